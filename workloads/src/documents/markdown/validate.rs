//! A Markdown tree against good manners.

use super::{
    definitions::{Label, Labels, plain},
    tree::{Block, Document, Inline, Shape},
};
use crate::{
    builder::{Array, Builder, List, Scratch},
    documents::violation::Violation,
};

/// Objects to headings that leave out a level, to references and definitions that lead nowhere, and to labels that are
/// defined twice. A label in brackets alone is taken for text in brackets when it is not defined. Violations are built in
/// `place`; what is defined is looked up in `scratch`.
pub fn validate<'a, B: Builder<'a>, S: Scratch>(
    document: &Document<'a, B>,
    place: B,
    scratch: &S,
) -> B::List<Violation<'a, B>> {
    let level = scratch.nested();
    let labels = Labels::of(document, level.place().array(16));
    let mut found = place.list();
    labels.repeated(|label| object_to(place, &mut found, label.as_bytes(), "the label is defined twice"));
    let mut checker = Checker { place, found, labels, level: 0 };
    checker.blocks(&document.blocks);
    checker.found
}

struct Checker<'a, B: Builder<'a>, A> {
    place: B,
    found: B::List<Violation<'a, B>>,
    labels: Labels<A>,
    /// Of the last heading.
    level: u8,
}

impl<'d, 'a, B: Builder<'a>, A: Array<Label<'d>>> Checker<'a, B, A> {
    fn blocks(&mut self, blocks: &impl List<Block<'a, B>>) {
        for block in blocks.iter() {
            match block {
                Block::Heading { level, text } => {
                    if self.level > 0 && *level > self.level + 1 {
                        self.object_to_text(text, "the heading leaves out a level");
                    }
                    self.level = *level;
                    self.inlines(text);
                }
                Block::Paragraph(text) => self.inlines(text),
                Block::Quote(blocks) => self.blocks(blocks),
                Block::List { items, .. } => items.iter().for_each(|item| self.blocks(&item.blocks)),
                Block::Definition { label, dest, .. } if dest.is_empty() => {
                    object_to(self.place, &mut self.found, label.as_bytes(), "the label leads nowhere");
                }
                _ => {}
            }
        }
    }

    fn inlines(&mut self, list: &impl List<Inline<'a, B>>) {
        for inline in list.iter() {
            match inline {
                Inline::Emphasis { text, .. } => self.inlines(text),
                Inline::Link { dest, text, .. } => {
                    if dest.is_empty() {
                        self.object_to_text(text, "the link leads nowhere");
                    }
                    self.inlines(text);
                }
                Inline::Reference { shape, label, text, .. } => {
                    if *shape != Shape::Shortcut && self.labels.find(label).is_none() {
                        self.object_to_text(text, "the reference's label is not defined");
                    }
                    self.inlines(text);
                }
                _ => {}
            }
        }
    }

    #[cold]
    fn object_to_text(&mut self, text: &impl List<Inline<'a, B>>, what: &str) {
        let mut at = self.place.array(64);
        plain(text, &mut at);
        object_to(self.place, &mut self.found, &at, what);
    }
}

#[cold]
fn object_to<'a, B: Builder<'a>>(place: B, found: &mut B::List<Violation<'a, B>>, at: &[u8], what: &str) {
    let at = std::str::from_utf8(at).expect("made of whole texts");
    let violation = Violation { at: place.text(at), what: place.text(what) };
    place.push(found, violation);
}
