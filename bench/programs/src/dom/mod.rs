//! One tree of a JSON document, built by one parser in three memories: the process's heap, bumpalo, an arena of ours.
//!
//! For row 24: what an arena that code knows of is worth beside a scope around code that knows of none.

mod in_arena;
mod on_heap;
mod parser;
mod tree;

pub use in_arena::Node;
pub use on_heap::HeapNode;
pub use parser::parse;
pub use tree::{Heap, Tree};

use crate::{
    documents::Documents,
    program::{Call, Program},
};
use arenite::Arena;
use bumpalo::Bump;

/// The three; all have the same hash.
pub const ALL: [Program; 3] = [
    Program { name: "dom-std", what: "the tree of Vec and String", sample: 2, start: on_the_heap },
    Program { name: "dom-bumpalo", what: "the tree in a reused `Bump`", sample: 2, start: in_bumpalo },
    Program { name: "dom-arenite", what: "the tree in a reused `Arena`", sample: 2, start: in_arenite },
];

/// A document that is none has no tree; those of packages have one.
const IS_JSON: &str = "JSON from a package";

fn on_the_heap(documents: &Documents) -> Call {
    let text = documents.emoji.clone();
    Box::new(move |look| look.at(&parse(&text, Heap).expect(IS_JSON)))
}

fn in_bumpalo(documents: &Documents) -> Call {
    let text = documents.emoji.clone();
    let mut bump = Bump::new();
    Box::new(move |look| {
        let hash = look.at(&parse(&text, &bump).expect(IS_JSON));
        bump.reset();
        hash
    })
}

fn in_arenite(documents: &Documents) -> Call {
    let text = documents.emoji.clone();
    let mut arena = Arena::new();
    Box::new(move |look| {
        let hash = look.at(&parse(&text, &arena).expect(IS_JSON));
        arena.reset();
        hash
    })
}
