//! Where labels lead.

use super::{
    escape::{normalised, unescaped},
    references::{destination, label, title},
    tree::{Block, Document, Inline},
};
use crate::builder::{Array, Builder, List};

/// The definition that a line is.
pub(super) fn definition<'a, B: Builder<'a>>(place: B, line: &str) -> Option<Block<'a, B>> {
    let start = line.len() - line.trim_start_matches(' ').len();
    let inside = label(line, start)?;
    let colon = inside.end + 1;
    if line.as_bytes().get(colon) != Some(&b':') {
        return None;
    }
    let space = |at: usize| at + line[at..].len() - line[at..].trim_start_matches([' ', '\t']).len();
    let (dest, behind) = destination(line, space(colon + 1))?;
    if dest.is_empty() && behind == space(colon + 1) {
        return None;
    }
    let at = space(behind);
    let named = if at > behind { title(line, at) } else { None };
    let (name, end) = match named {
        Some((name, end)) => (name, end),
        None => (at..at, at),
    };
    if space(end) != line.len() {
        return None;
    }
    let text = normalised(place, &line[inside]);
    if text.is_empty() {
        return None;
    }
    Some(Block::Definition { label: text, dest: unescaped(place, &line[dest]), title: unescaped(place, &line[name]) })
}

/// The labels of a document, sorted; the first of those that are equal comes first.
pub(super) struct Labels<A> {
    sorted: A,
}

/// A label, its place in the document, and where it leads.
pub(super) struct Label<'d> {
    pub(super) name: &'d str,
    number: usize,
    pub(super) dest: &'d str,
    pub(super) title: &'d str,
}

impl<'d, A: Array<Label<'d>>> Labels<A> {
    /// All labels that `document` defines, collected in `empty`.
    pub(super) fn of<'a, B: Builder<'a>>(document: &'d Document<'a, B>, empty: A) -> Self {
        let mut sorted = empty;
        collect(&document.blocks, &mut sorted);
        sorted.sort_unstable_by_key(|label| (label.name, label.number));
        Self { sorted }
    }

    /// Where a label leads, if it is defined.
    pub(super) fn find(&self, name: &str) -> Option<&Label<'d>> {
        let at = self.sorted.partition_point(|label| label.name < name);
        self.sorted.get(at).filter(|label| label.name == name)
    }

    /// Calls `see` for each label that is defined again.
    pub(super) fn repeated(&self, mut see: impl FnMut(&'d str)) {
        self.sorted.windows(2).filter(|pair| pair[0].name == pair[1].name).for_each(|pair| see(pair[1].name));
    }
}

fn collect<'d, 'a: 'd, B: Builder<'a>>(blocks: &'d impl List<Block<'a, B>>, labels: &mut impl Array<Label<'d>>) {
    for block in blocks.iter() {
        match block {
            Block::Definition { label, dest, title } => {
                let number = labels.len();
                labels.push(Label { name: label, number, dest, title });
            }
            Block::Quote(blocks) => collect(blocks, labels),
            Block::List { items, .. } => items.iter().for_each(|item| collect(&item.blocks, labels)),
            _ => {}
        }
    }
}

/// The characters of a text, without what marks them.
pub(super) fn plain<'a, B: Builder<'a>>(text: &impl List<Inline<'a, B>>, out: &mut impl Array<u8>) {
    for inline in text.iter() {
        match inline {
            Inline::Text(text) | Inline::Code(text) | Inline::Auto(text) | Inline::Entity(text) => {
                out.extend(text.as_bytes());
            }
            Inline::Soft | Inline::Break => out.push(b' '),
            Inline::Html(_) => {}
            Inline::Emphasis { text, .. } | Inline::Link { text, .. } | Inline::Reference { text, .. } => {
                plain(text, out);
            }
        }
    }
}
