//! The tree of a Markdown document.

use crate::builder::{Builder, List};

/// A document.
pub struct Document<'a, B: Builder<'a>> {
    /// Its blocks.
    pub blocks: B::List<Block<'a, B>>,
}

/// A block.
pub enum Block<'a, B: Builder<'a>> {
    /// A heading.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        text: B::List<Inline<'a, B>>,
    },
    /// A paragraph.
    Paragraph(B::List<Inline<'a, B>>),
    /// Code, fenced or indented.
    Code {
        /// What stands behind the fence: mostly a language.
        info: B::Text,
        /// The lines, each with its end.
        text: B::Text,
    },
    /// HTML, as it is.
    Html(B::Text),
    /// A quote.
    Quote(B::List<Block<'a, B>>),
    /// A list.
    List {
        /// `-`, `+`, `*`, `.` or `)`.
        marker: u8,
        /// The first number of a numbered list.
        start: u32,
        /// Whether no blank lines stand between its items and their blocks.
        tight: bool,
        /// The items.
        items: B::List<Item<'a, B>>,
    },
    /// A rule from side to side.
    Rule,
    /// Where a label leads.
    Definition {
        /// The label, normalised.
        label: B::Text,
        /// Where it leads.
        dest: B::Text,
        /// A title, or nothing.
        title: B::Text,
    },
}

/// An item of a list.
pub struct Item<'a, B: Builder<'a>> {
    /// Its blocks.
    pub blocks: B::List<Block<'a, B>>,
}

/// A part of a text.
pub enum Inline<'a, B: Builder<'a>> {
    /// Characters.
    Text(B::Text),
    /// A line end that means a space.
    Soft,
    /// A line end that is meant.
    Break,
    /// Code.
    Code(B::Text),
    /// Emphasis.
    Emphasis {
        /// `*` or `_`.
        marker: u8,
        /// Whether it is strong.
        strong: bool,
        /// What is emphasised.
        text: B::List<Inline<'a, B>>,
    },
    /// A link or an image whose destination stands with it.
    Link {
        /// Whether it is an image.
        image: bool,
        /// The destination.
        dest: B::Text,
        /// The title, or nothing.
        title: B::Text,
        /// What is shown.
        text: B::List<Inline<'a, B>>,
    },
    /// A link or an image whose destination is defined elsewhere, if it is.
    Reference {
        /// Whether it is an image.
        image: bool,
        /// How it is written.
        shape: Shape,
        /// The label, normalised.
        label: B::Text,
        /// What is shown.
        text: B::List<Inline<'a, B>>,
    },
    /// An address in angle brackets.
    Auto(B::Text),
    /// HTML, as it is.
    Html(B::Text),
    /// An entity, as it is.
    Entity(B::Text),
}

/// How a reference is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `[text][label]`
    Full,
    /// `[label][]`
    Collapsed,
    /// `[label]`
    Shortcut,
}

impl<'a, B: Builder<'a>> Document<'a, B> {
    /// Blocks, items and parts of texts.
    pub fn nodes(&self) -> u64 {
        blocks(&self.blocks)
    }
}

fn blocks<'a, B: Builder<'a>>(list: &impl List<Block<'a, B>>) -> u64 {
    let of = |block: &Block<'a, B>| match block {
        Block::Heading { text, .. } | Block::Paragraph(text) => inlines(text),
        Block::Quote(list) => blocks(list),
        Block::List { items, .. } => items.iter().map(|item| 1 + blocks(&item.blocks)).sum(),
        _ => 0,
    };
    list.iter().map(|block| 1 + of(block)).sum()
}

fn inlines<'a, B: Builder<'a>>(list: &impl List<Inline<'a, B>>) -> u64 {
    let of = |inline: &Inline<'a, B>| match inline {
        Inline::Emphasis { text, .. } | Inline::Link { text, .. } | Inline::Reference { text, .. } => inlines(text),
        _ => 0,
    };
    list.iter().map(|inline| 1 + of(inline)).sum()
}
