//! What the machine runs.

use super::interner::Symbol;
use crate::builder::Builder;

/// An instruction: it takes its operands from the stack and leaves its result there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// An integer of the code's pool.
    Int(u32),
    Bool(bool),
    Text(Symbol),
    Load(u32),
    Store(u32),
    Jump(u32),
    JumpIfNot(u32),
    Call(u32),
    Return,
    Pop,
    Negate,
    Not,
    Add,
    Subtract,
    Multiply,
    /// Divide, and where the source does.
    Divide(u32),
    Remainder(u32),
    Equal,
    Less,
    Greater,
    Len,
    Str,
    /// Joins two texts.
    Join,
}

/// A program's code.
pub(super) struct Code<'a, B: Builder<'a>> {
    pub(super) ops: B::Slice<Op>,
    pub(super) integers: B::Slice<i64>,
    /// By their numbers in the program; those that are never called have no code.
    pub(super) functions: B::Slice<Entry>,
    pub(super) main: u32,
}

/// A function's code.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) start: u32,
    pub(super) parameters: u32,
    pub(super) locals: u32,
}
