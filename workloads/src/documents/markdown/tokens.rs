//! The tokens of a text, before it is a tree.

use super::tree::Shape;

/// A piece of a text. Which pieces belong together is found out while it is scanned and written into the first of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Of an opening token, the token that closes it; of a closing one of a link, the link's number.
    pub(super) mate: u32,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Characters, those of delimiters that delimit nothing among them.
    Text,
    /// A line end.
    Soft,
    /// A line end that is meant.
    Break,
    /// Code.
    Code,
    /// An address in angle brackets.
    Auto,
    /// HTML.
    Html,
    /// An entity.
    Entity,
    /// Opens emphasis. It is one byte long, or two when it is strong: then the next token belongs to it.
    Emphasis,
    /// As that, strong.
    Strong,
    /// Opens a link or reference.
    Open,
    /// Closes it, all that stands behind the text included.
    Close,
}

/// A run of `*` or `_`. Its tokens are one for each byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) byte: u8,
    pub(super) opens: bool,
    pub(super) closes: bool,
    /// How many delimiters its cluster has, escaped ones and those of other runs among them.
    pub(super) total: u32,
    /// The first of its tokens.
    pub(super) first: u32,
    /// How many it had at first.
    pub(super) length: u32,
    /// How many have closed something, from the front.
    pub(super) front: u32,
    /// How many have opened something, from the back.
    pub(super) back: u32,
}

/// A bracket that may open a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    pub(super) token: u32,
    pub(super) image: bool,
    /// No link may begin here any more, since one would contain another.
    pub(super) spent: bool,
    /// How many runs stood before it.
    pub(super) runs: u32,
}

/// What a link's closing token stands for. Ranges are of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) image: bool,
    /// `None` when the destination stands here.
    pub(super) shape: Option<Shape>,
    /// Destination, or label.
    pub(super) dest: (u32, u32),
    pub(super) title: (u32, u32),
}

impl Token {
    pub(super) fn new(kind: Kind, start: usize, end: usize) -> Self {
        Self { kind, start: start as u32, end: end as u32, mate: 0 }
    }
}
