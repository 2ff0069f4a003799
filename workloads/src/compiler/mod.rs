//! A compiler for a small language: lex, parse, check, emit, and a machine that runs what came out.
//!
//! Each phase has an arena of its own, which is cleared as soon as the next phases are done with what it made: tokens
//! after parsing, the tree and the graph after emitting, the code after running. Names are interned in an arena that all
//! phases see; the graph of calls has circles and is tied together by `Cell`. It is written once over
//! [`Builder`](crate::builder::Builder), as the documents are, and runs on the plain heap, on Arenite and on
//! bumpalo.
//!
//! ```text
//! program    = { "fn" name "(" [ name ":" type { "," name ":" type } ] ")" ":" type block }
//! type       = "int" | "bool" | "text"
//! block      = "{" { statement } "}"
//! statement  = "let" name "=" expression ";" | name "=" expression ";" | "return" expression ";" | expression ";"
//!            | "if" expression block [ "else" ( block | if ) ] | "while" expression block
//! expression = operands joined by || && == != < <= > >= + - * / %, the last three binding most; - and ! before one
//! operand    = number | "text" | "true" | "false" | name | name "(" [ expressions ] ")" | "(" expression ")"
//! ```
//!
//! `+` also joins texts; `len(text)` and `str(int)` are given. A name may hide one of an outer block. `main()` is run,
//! and gives an `int`. Comments begin with `//`.
//!
//! ```
//! use arenite::Arena;
//! use workloads::compiler::{Phases, compile_and_run};
//!
//! let source = "fn twice(n: int): int { return n * 2; } fn main(): int { return twice(21); }";
//! let mut phases = Phases::<Arena>::new();
//! assert_eq!(compile_and_run(source, &mut phases)?.result, 42);
//! # Ok::<(), workloads::compiler::CompileError>(())
//! ```

mod ast;
mod check;
mod code;
mod emit;
mod error;
mod generate;
mod graph;
mod interner;
mod lexer;
mod machine;
mod parser;
mod phases;
mod run;
mod scopes;
mod token;

pub use error::{CompileError, Fault};
pub use generate::generate;
pub use phases::{Phase, Phases};
pub use run::{PROGRAMS, Summary, compile_and_run};
