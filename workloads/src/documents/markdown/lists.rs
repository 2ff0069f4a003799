//! Blocks that contain blocks: their lines are collected without their markers, and read as a document's are.

use super::{
    blocks::{Blocks, blocks},
    line::{self, Fence, Marker, blank, without},
    tree::{Block, Item},
};
use crate::builder::{Array, Builder, Scratch};

/// The quote that begins on the line here.
pub(super) fn quote<'a, B: Builder<'a>, S: Scratch>(outer: &mut Blocks<'_, B, S>) -> Block<'a, B> {
    let level = outer.scratch.nested();
    let mut inner = level.place().array(16);
    let mut last = Last::default();
    while let Some(&line) = outer.lines.get(outer.at) {
        let line = match line::quote(line) {
            Some(quoted) => quoted,
            None if last.is_continued_by(line) => line,
            None => break,
        };
        last.is(line);
        inner.push(line);
        outer.at += 1;
    }
    Block::Quote(blocks(outer.place, &level, &inner, outer.depth + 1).0)
}

/// The list whose first item begins on the line here.
pub(super) fn list<'a, B: Builder<'a>, S: Scratch>(outer: &mut Blocks<'_, B, S>, first: Marker) -> Block<'a, B> {
    let mut items = outer.place.list();
    let mut tight = true;
    let mut marker = first;
    loop {
        let (item, loose) = item(outer, marker);
        outer.place.push(&mut items, item);
        tight &= !loose;
        let rest = &outer.lines[outer.at..];
        let blanks = rest.iter().take_while(|line| blank(line)).count();
        let next = rest.get(blanks).filter(|line| !line::rule(line)).and_then(|line| line::marker(line));
        match next.filter(|next| next.kind == first.kind) {
            Some(next) => marker = next,
            None => return Block::List { marker: first.kind, start: first.number, tight, items },
        }
        tight &= blanks == 0;
        outer.at += blanks;
    }
}

/// The item that begins on the line here, and whether blank lines stand between its blocks.
fn item<'a, B: Builder<'a>, S: Scratch>(outer: &mut Blocks<'_, B, S>, marker: Marker) -> (Item<'a, B>, bool) {
    let level = outer.scratch.nested();
    let mut inner = level.place().array(16);
    let first = if marker.bare { "" } else { &outer.lines[outer.at][marker.offset..] };
    inner.push(first);
    outer.at += 1;
    let mut last = Last::default();
    last.is(first);
    let empty = marker.bare && outer.lines.get(outer.at).is_none_or(|line| blank(line));
    let (mut kept, mut at) = (inner.len(), outer.at);
    while let Some(&line) = outer.lines.get(at).filter(|_| !empty) {
        let own = blank(line) || line::indent(line) >= marker.offset;
        if !own && !last.is_continued_by(line) {
            break;
        }
        let line = if own { without(line, marker.offset) } else { line };
        last.is(line);
        inner.push(line);
        at += 1;
        if !blank(line) {
            // Blank lines at the end are the container's.
            (kept, outer.at) = (inner.len(), at);
        }
    }
    let (blocks, loose) = blocks(outer.place, &level, &inner[..kept], outer.depth + 1);
    (Item { blocks }, loose)
}

/// What matters of the lines collected so far when the next has no marker.
#[derive(Default)]
struct Last<'l> {
    line: &'l str,
    fence: Option<Fence<'l>>,
}

impl<'l> Last<'l> {
    /// `line` is the last one now.
    fn is(&mut self, line: &'l str) {
        self.line = line;
        match self.fence {
            Some(fence) if fence.closed_by(line.trim_start_matches(' ')) => self.fence = None,
            Some(_) => {}
            None => self.fence = fence_within(line),
        }
    }

    /// Whether `line`, though without a marker, continues a paragraph.
    fn is_continued_by(&self, line: &str) -> bool {
        self.fence.is_none()
            && !line::interrupts(line)
            && line::marker(line).is_none()
            && line::underline(line).is_none()
            && line::underline(self.line).is_none()
            && line::paragraph(self.line)
    }
}

/// The fence that is opened on a line, perhaps behind the markers of containers.
fn fence_within(mut line: &str) -> Option<Fence<'_>> {
    loop {
        if let Some(fence) = line::fence(line) {
            return Some(fence);
        }
        line = match (line::quote(line), line::marker(line)) {
            (Some(quoted), _) => quoted,
            (None, Some(marker)) if !marker.bare && !line::rule(line) => &line[marker.offset..],
            _ => return None,
        };
    }
}
