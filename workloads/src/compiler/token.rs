//! Tokens.

use super::interner::Symbol;

/// A token and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Its first byte in the source.
    pub(super) at: u32,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Int(i64),
    Text(Symbol),
    Name(Symbol),
    /// A keyword, operator or bracket, in its own words.
    Word(&'static str),
    End,
}

/// Keywords.
pub(super) const KEYWORDS: [&str; 11] =
    ["fn", "let", "if", "else", "while", "return", "true", "false", "int", "bool", "text"];

/// Operators and brackets; those that begin with another stand before it.
pub(super) const SIGNS: [&str; 23] = [
    "==", "!=", "<=", ">=", "&&", "||", "=", "<", ">", "+", "-", "*", "/", "%", "!", "(", ")", "{", "}", ",", ":", ";",
    ".",
];
