//! Documents read, checked and written, one after the other.

use super::{
    corpus::{Corpus, File, Format},
    desk::Desk,
    json, markdown,
    violation::Violation,
};
use crate::{
    builder::{Array, Builder, List, Scratch},
    roguelike::StableHash,
};

/// What the output is given at first. It grows from there.
const FIRST_OUTPUT: usize = 4 << 10;

/// What came of one document or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents.
    pub documents: u64,
    /// Documents that are not what they ought to be, such as JSON with comments or a program that divides by zero.
    pub rejected: u64,
    /// Bytes read.
    pub read: u64,
    /// Bytes written.
    pub written: u64,
    /// Nodes of the trees; of a program, instructions of its code.
    pub nodes: u64,
    /// What the validators objected to.
    pub violations: u64,
    /// The hash of everything that was written and objected to; the same on every memory.
    pub hash: u64,
}

/// Works on all documents of a corpus, in order.
pub fn run<D: Desk>(corpus: &Corpus, desk: &mut D) -> Summary {
    let mut total = Summary::default();
    corpus.files.iter().for_each(|file| total.add(&work(file, desk)));
    total
}

/// Works on one document: reads it, validates it, writes it as XML, and Markdown as Markdown too; a program is compiled
/// and run. Then `desk` is clear
/// for the next.
pub fn work<D: Desk>(file: &File, desk: &mut D) -> Summary {
    let mut summary = Summary { documents: 1, read: file.text.len() as u64, ..Summary::default() };
    let mut hash = StableHash::new();
    match file.format {
        Format::Json => json_document(file, desk.place(), &desk.scratch(), &mut summary, &mut hash),
        Format::Markdown => markdown_document(file, desk.place(), &desk.scratch(), &mut summary, &mut hash),
        Format::Program => program(file, desk, &mut summary, &mut hash),
    }
    summary.hash = hash.value();
    desk.clear();
    summary
}

fn json_document<'a, B: Builder<'a>, S: Scratch>(
    file: &File,
    place: B,
    scratch: &S,
    summary: &mut Summary,
    hash: &mut StableHash,
) {
    let value = match json::read(&file.text, place) {
        Ok(value) => value,
        Err(error) => return reject(summary, hash, error.line, error.column),
    };
    summary.nodes = value.nodes();
    let found = json::validate(&value, file.schema.as_ref(), place, scratch);
    violations(&found, summary, hash);
    let mut out = place.array(FIRST_OUTPUT);
    json::to_xml(&value, &mut out);
    output(&out, summary, hash);
}

fn markdown_document<'a, B: Builder<'a>, S: Scratch>(
    file: &File,
    place: B,
    scratch: &S,
    summary: &mut Summary,
    hash: &mut StableHash,
) {
    let document = markdown::read(&file.text, place, scratch);
    summary.nodes = document.nodes();
    let found = markdown::validate(&document, place, scratch);
    violations(&found, summary, hash);
    let mut out = place.array(FIRST_OUTPUT);
    markdown::to_xml(&document, &mut out, scratch);
    output(&out, summary, hash);
    out.truncate(0);
    markdown::to_markdown(&document, &mut out, scratch);
    output(&out, summary, hash);
}

fn program<D: Desk>(file: &File, desk: &mut D, summary: &mut Summary, hash: &mut StableHash) {
    match desk.compile(&file.text) {
        Ok(done) => {
            summary.nodes = done.instructions;
            hash.word(done.hash);
        }
        Err(error) => reject(summary, hash, error.line, error.column),
    }
}

fn reject(summary: &mut Summary, hash: &mut StableHash, line: usize, column: usize) {
    summary.rejected = 1;
    hash.word(line as u64);
    hash.word(column as u64);
}

fn violations<'a, B: Builder<'a>>(found: &impl List<Violation<'a, B>>, summary: &mut Summary, hash: &mut StableHash) {
    summary.violations = found.len() as u64;
    for violation in found.iter() {
        hash.bytes(violation.at.as_bytes());
        hash.bytes(violation.what.as_bytes());
    }
}

fn output(out: &[u8], summary: &mut Summary, hash: &mut StableHash) {
    summary.written += out.len() as u64;
    hash.bytes(out);
}

impl Summary {
    /// Adds what came of further documents.
    pub fn add(&mut self, more: &Self) {
        self.documents += more.documents;
        self.rejected += more.rejected;
        self.read += more.read;
        self.written += more.written;
        self.nodes += more.nodes;
        self.violations += more.violations;
        let mut hash = StableHash::new();
        hash.word(self.hash);
        hash.word(more.hash);
        self.hash = hash.value();
    }
}
