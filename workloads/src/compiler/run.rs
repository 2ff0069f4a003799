//! From source to result.

use super::{
    check::check,
    emit::emit,
    error::{CompileError, Wrong},
    interner::Interner,
    lexer::lex,
    machine,
    parser::parse,
    phases::{Phase, Phases},
};
use crate::{
    builder::{Array, Builder},
    roguelike::StableHash,
};

/// Programs that come with the source: name and text.
pub const PROGRAMS: [(&str, &str); 3] = [
    ("primes.sand", include_str!("../../programs/primes.sand")),
    ("towers.sand", include_str!("../../programs/towers.sand")),
    ("words.sand", include_str!("../../programs/words.sand")),
];

/// What came of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tokens of the source.
    pub tokens: u64,
    /// Names and texts, each counted once.
    pub names: u64,
    /// Functions.
    pub functions: u64,
    /// Functions that `main` leads to.
    pub reached: u64,
    /// Functions at which the walk from `main` came full circle: one at least of each circle of calls.
    pub recursive: u64,
    /// Instructions of the code.
    pub instructions: u64,
    /// Instructions that were run.
    pub steps: u64,
    /// What `main` gave.
    pub result: i64,
    /// The hash of all of this and of the code; the same on every memory.
    pub hash: u64,
}

/// Compiles a program and runs it. Each phase's memory is cleared when its results are used up, and all of them when this
/// returns.
///
/// # Errors
/// What is wrong with the program, and where.
pub fn compile_and_run<P: Phase>(source: &str, phases: &mut Phases<P>) -> Result<Summary, CompileError> {
    let done = work(source, phases);
    phases.clear();
    done.map_err(|(fault, at)| CompileError::at(fault, source, at))
}

fn work<P: Phase>(source: &str, phases: &mut Phases<P>) -> Result<Summary, Wrong> {
    let mut summary = Summary::default();
    let mut hash = StableHash::new();
    let mut names = Interner::new(phases.names.place());

    let tokens = lex(source, &mut names, phases.tokens.place())?;
    summary.tokens = tokens.len() as u64;
    let program = parse(&tokens, phases.tree.place())?;
    drop(tokens);
    phases.tokens.clear();

    let checked = check(&program, &mut names, phases.graph.place())?;
    summary.names = names.len() as u64;
    summary.functions = checked.functions.len() as u64;
    summary.reached = checked.functions.iter().filter(|function| function.reached()).count() as u64;
    summary.recursive = checked.functions.iter().filter(|function| function.recursive()).count() as u64;
    let code = emit(&program, &checked, phases.code.place());
    for function in checked.functions.iter() {
        hash.bytes(names.text(function.name).as_bytes());
    }
    drop(checked);
    drop(program);
    phases.graph.clear();
    phases.tree.clear();

    summary.instructions = code.ops.len() as u64;
    (summary.result, summary.steps) = machine::run(&code, &names, phases.values.place())?;

    // The code in words, as a listing would show it: a text that grows by formatted pieces.
    let mut listing = phases.values.place().array(0);
    for op in code.ops.iter() {
        write(&mut listing, format_args!("{op:?}\n"));
    }
    hash.bytes(&listing);
    for figure in [summary.tokens, summary.reached, summary.recursive, summary.steps, summary.result.cast_unsigned()] {
        hash.word(figure);
    }
    summary.hash = hash.value();
    Ok(summary)
}

/// Appends formatted text.
fn write(out: &mut impl Array<u8>, text: std::fmt::Arguments<'_>) {
    struct Bytes<'o, A>(&'o mut A);
    impl<A: Array<u8>> std::fmt::Write for Bytes<'_, A> {
        fn write_str(&mut self, piece: &str) -> std::fmt::Result {
            self.0.extend(piece.as_bytes());
            Ok(())
        }
    }
    std::fmt::Write::write_fmt(&mut Bytes(out), text).expect("an array refuses no text");
}
