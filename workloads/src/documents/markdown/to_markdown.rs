//! From Markdown's tree to Markdown.

use super::tree::{Block, Document, Inline, Item};
use crate::builder::{Array, Builder, List, Scratch, push_number};

/// Numbers of items have nine digits at most.
const MAX_NUMBER: u32 = 999_999_999;

/// Writes a document so that it is read again as the same tree. What a line begins with is `scratch`.
pub fn to_markdown<'a, B: Builder<'a>, S: Scratch>(document: &Document<'a, B>, out: &mut impl Array<u8>, scratch: &S) {
    let level = scratch.nested();
    let mut writer = Writer { out, prefix: level.place().array(64), fresh: true, marks: 0 };
    writer.blocks(&document.blocks, false, 0);
    if !document.blocks.is_empty() {
        writer.out.push(b'\n');
    }
}

pub(super) struct Writer<'o, O, P> {
    pub(super) out: &'o mut O,
    /// What every line of the containers that are open begins with.
    prefix: P,
    /// Whether nothing stands on the line but the containers' marks.
    pub(super) fresh: bool,
    /// How many items begin on the line.
    marks: u8,
}

impl<O: Array<u8>, P: Array<u8>> Writer<'_, O, P> {
    /// Begins a line.
    pub(super) fn line(&mut self) {
        self.out.push(b'\n');
        self.out.extend(&self.prefix);
        (self.fresh, self.marks) = (true, 0);
    }

    /// A line with nothing on it, up to its end.
    fn blank(&mut self) {
        let kept = self.prefix.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
        self.out.push(b'\n');
        self.out.extend(&self.prefix[..kept]);
    }

    /// Writes what needs no escapes.
    pub(super) fn raw(&mut self, text: &str) {
        self.out.extend(text.as_bytes());
        self.fresh = false;
    }

    fn blocks<'a, B: Builder<'a>>(&mut self, blocks: &impl List<Block<'a, B>>, tight: bool, item: u8) {
        for (number, block) in blocks.iter().enumerate() {
            if number > 0 {
                if !tight {
                    self.blank();
                }
                self.line();
            }
            self.block(block, if number == 0 { item } else { 0 });
        }
    }

    /// Writes a block. `item` is the mark that stands before it on its line, or 0.
    fn block<'a, B: Builder<'a>>(&mut self, block: &Block<'a, B>, item: u8) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text),
            Block::Paragraph(text) => self.inlines(text, false),
            Block::Code { info, text } => self.code(info, text),
            Block::Html(text) => self.lines(text),
            // Behind its own kind a rule would be one with the item's mark.
            Block::Rule => self.raw(if item == b'*' { "---" } else { "***" }),
            Block::Quote(blocks) => {
                let outer = self.prefix.len();
                self.raw(if blocks.is_empty() { ">" } else { "> " });
                self.prefix.extend(b"> ");
                self.fresh = true;
                self.blocks(blocks, false, 0);
                self.prefix.truncate(outer);
            }
            Block::List { marker, start, tight, items } => {
                // Three marks of a kind and nothing else would be a rule.
                if item == *marker && self.marks >= 2 && begins_bare(items, *marker) {
                    self.line();
                }
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        if !tight {
                            self.blank();
                        }
                        self.line();
                    }
                    let number = start.saturating_add(number as u32).min(MAX_NUMBER);
                    self.item(item, *marker, number, *tight);
                }
            }
            Block::Definition { label, dest, title } => {
                self.raw("[");
                self.label(label);
                self.raw("]: ");
                self.destination(dest, title, true);
            }
        }
    }

    fn item<'a, B: Builder<'a>>(&mut self, item: &Item<'a, B>, marker: u8, number: u32, tight: bool) {
        let start = self.out.len();
        if matches!(marker, b'.' | b')') {
            push_number(self.out, number.into());
        }
        self.out.push(marker);
        self.marks = self.marks.saturating_add(1);
        self.fresh = false;
        if item.blocks.is_empty() {
            return;
        }
        self.out.push(b' ');
        self.fresh = true;
        let outer = self.prefix.len();
        (start..self.out.len()).for_each(|_| self.prefix.push(b' '));
        self.blocks(&item.blocks, tight, marker);
        self.prefix.truncate(outer);
    }

    fn heading<'a, B: Builder<'a>>(&mut self, level: u8, text: &impl List<Inline<'a, B>>) {
        if spans_lines(text) {
            self.inlines(text, true);
            self.line();
            self.raw(if level == 1 { "===" } else { "---" });
            return;
        }
        self.raw(&"######"[..usize::from(level)]);
        if !text.is_empty() {
            self.raw(" ");
            self.inlines(text, true);
        }
    }

    fn code(&mut self, info: &str, text: &str) {
        let mark = if info.contains('`') { b'~' } else { b'`' };
        let (mut longest, mut run) = (2, 0);
        for byte in text.bytes() {
            run = if byte == mark { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        let fence = |writer: &mut Self| (0..=longest).for_each(|_| writer.out.push(mark));
        fence(self);
        if mark == b'~' {
            self.out.push(b' ');
        }
        self.escaped(info, |byte| byte == b'\\');
        for line in text.lines() {
            if line.is_empty() {
                self.blank();
            } else {
                self.line();
                self.raw(line);
            }
        }
        self.line();
        fence(self);
        self.fresh = false;
    }

    /// Writes lines as they are.
    fn lines(&mut self, text: &str) {
        for (number, line) in text.lines().enumerate() {
            if number > 0 {
                if line.is_empty() {
                    self.blank();
                    continue;
                }
                self.line();
            }
            self.raw(line);
        }
    }
}

/// Whether a list begins with marks of a kind alone.
fn begins_bare<'a, B: Builder<'a>>(items: &impl List<Item<'a, B>>, mark: u8) -> bool {
    let Some(first) = items.iter().next() else { return true };
    match first.blocks.iter().next() {
        None => true,
        Some(Block::List { marker, items, .. }) => *marker == mark && begins_bare(items, mark),
        Some(_) => false,
    }
}

/// Whether a text has a line end in it.
fn spans_lines<'a, B: Builder<'a>>(text: &impl List<Inline<'a, B>>) -> bool {
    text.iter().any(|inline| match inline {
        Inline::Soft | Inline::Break => true,
        Inline::Html(text) => text.contains('\n'),
        Inline::Emphasis { text, .. } | Inline::Link { text, .. } | Inline::Reference { text, .. } => spans_lines(text),
        _ => false,
    })
}
