//! The tree of a program. What is found out about a node later is written into its `Cell`.

use std::cell::Cell;

use super::interner::Symbol;
use crate::builder::Builder;

/// Types of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Type {
    #[default]
    Int,
    Bool,
    Text,
}

pub(super) struct Program<'a, B: Builder<'a>> {
    pub(super) functions: B::List<Function<'a, B>>,
}

pub(super) struct Function<'a, B: Builder<'a>> {
    pub(super) name: Symbol,
    pub(super) parameters: B::Slice<Parameter>,
    pub(super) result: Type,
    pub(super) body: B::List<Statement<'a, B>>,
    pub(super) at: u32,
    /// Places for its parameters and variables; known after the check.
    pub(super) locals: Cell<u32>,
}

#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: Symbol,
    pub(super) kind: Type,
}

pub(super) enum Statement<'a, B: Builder<'a>> {
    /// A new variable, and its place.
    Let(Symbol, Expression<'a, B>, Cell<u32>),
    Assign(Symbol, Expression<'a, B>, Cell<u32>),
    If(Expression<'a, B>, B::List<Statement<'a, B>>, B::List<Statement<'a, B>>),
    While(Expression<'a, B>, B::List<Statement<'a, B>>),
    Return(Expression<'a, B>),
    Expression(Expression<'a, B>),
}

pub(super) struct Expression<'a, B: Builder<'a>> {
    pub(super) at: u32,
    /// Known after the check.
    pub(super) kind: Cell<Type>,
    pub(super) node: Node<'a, B>,
}

pub(super) enum Node<'a, B: Builder<'a>> {
    Int(i64),
    Bool(bool),
    Text(Symbol),
    /// A variable, and its place.
    Variable(Symbol, Cell<u32>),
    /// A call, and whom it calls.
    Call(Symbol, B::List<Expression<'a, B>>, Cell<Callee>),
    Unary(&'static str, B::Boxed<Expression<'a, B>>),
    Binary(&'static str, B::Boxed<Expression<'a, B>>, B::Boxed<Expression<'a, B>>),
}

/// Whom a call calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Callee {
    /// Not known yet.
    #[default]
    Unknown,
    /// A function, by its number in the program.
    Function(u32),
    /// `len`.
    Len,
    /// `str`.
    Str,
}
