//! Why a text is no JSON.

use std::{error::Error, fmt};

/// What is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub fault: JsonFault,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// The text ends inside a value.
    End,
    /// No value begins here.
    Value,
    /// No such word but `null`, `true` and `false`.
    Word,
    /// A number that RFC 8259 does not know: a leading zero or plus, no digit where one must be.
    Number,
    /// A control character in a string.
    Control,
    /// No such escape.
    Escape,
    /// A surrogate without its other half.
    Surrogate,
    /// A member without a name in quotes.
    Name,
    /// A name without a colon behind it.
    Colon,
    /// Neither a comma nor the closing bracket.
    Comma,
    /// Arrays and objects nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    Depth,
    /// Something behind the document's one value.
    Trailing,
}

impl JsonError {
    /// The fault at byte `at` of `text`.
    pub(super) fn at(fault: JsonFault, text: &str, at: usize) -> Self {
        let before = &text.as_bytes()[..at.min(text.len())];
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        // Bytes that continue a character are not counted, so that `at` may lie anywhere.
        let column = 1 + before[start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        Self { fault, line, column }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            JsonFault::End => "the text ends inside a value; close what is open",
            JsonFault::Value => "a value must begin here: {, [, \", a digit, - or a word",
            JsonFault::Word => "no such word; JSON has null, true and false",
            JsonFault::Number => "no such number; write digits without leading zeros, and a digit after . and e",
            JsonFault::Control => "a control character in a string; write it as \\u00XX",
            JsonFault::Escape => "no such escape; write \\\\ for a backslash",
            JsonFault::Surrogate => "a surrogate without its other half; write both as \\uXXXX\\uXXXX",
            JsonFault::Name => "a member must begin with a name in quotes",
            JsonFault::Colon => "a colon must follow the name",
            JsonFault::Comma => "a comma or the closing bracket must follow the value",
            JsonFault::Depth => "nested more than 512 deep",
            JsonFault::Trailing => "a document is one value; nothing may follow it",
        };
        write!(f, "line {}, column {}: {what}", self.line, self.column)
    }
}

impl Error for JsonError {}
