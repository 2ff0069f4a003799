//! What is wrong with a program.

use std::{error::Error, fmt};

/// A fault and its place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// What is wrong.
    pub fault: Fault,
    /// The line, from 1.
    pub line: usize,
    /// The column in bytes, from 1.
    pub column: usize,
}

/// What can be wrong with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A character that begins no token.
    Character,
    /// A text without its closing quote, or an escape that is none.
    Text,
    /// A number beyond 64 bits.
    Number,
    /// Something else had to stand here.
    Expected(&'static str),
    /// Blocks or expressions nested too deep.
    Depth,
    /// A name that nothing is called.
    Unknown,
    /// A second function of a name.
    Twice,
    /// A value of another type than is needed here.
    Type,
    /// Other arguments than the function takes.
    Arguments,
    /// A function that may end without a result.
    NoReturn,
    /// There is no `main` without parameters that gives an `int`.
    NoMain,
    /// Division by zero, while the program ran.
    Division,
    /// The program ran too long or called too deep.
    Limit,
}

impl CompileError {
    pub(super) fn at(fault: Fault, source: &str, at: u32) -> Self {
        let before = &source.as_bytes()[..(at as usize).min(source.len())];
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        Self { fault, line, column: 1 + before.len() - start }
    }
}

/// A fault at a byte of the source.
pub(super) type Wrong = (Fault, u32);

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        f.write_str(match self.fault {
            Fault::Character => "no token begins with this character",
            Fault::Text => "a text ends with a quote on its own line; escapes are \\n, \\\" and \\\\",
            Fault::Number => "a number must fit in 63 bits",
            Fault::Expected(what) => return write!(f, "expected {what}"),
            Fault::Depth => "nested more than 200 deep; give a part a name of its own",
            Fault::Unknown => "nothing is called so here",
            Fault::Twice => "there is a function of this name already",
            Fault::Type => "a value of another type is needed here",
            Fault::Arguments => "the function takes other arguments",
            Fault::NoReturn => "the function may end without a result; return one on every way",
            Fault::NoMain => "a program needs fn main(): int",
            Fault::Division => "divided by zero",
            Fault::Limit => "stopped: the program ran too long or called too deep",
        })
    }
}

impl Error for CompileError {}
