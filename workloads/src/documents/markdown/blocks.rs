//! From lines to blocks.

use super::{
    definitions::definition,
    html::{self, End},
    inline::inlines,
    line::{self, Fence, blank, without},
    lists,
    tree::Block,
};
use crate::builder::{Array, Builder, List, Scratch};

/// How deep quotes and lists may be nested.
const MAX_DEPTH: usize = 32;

/// The blocks of one container's lines, and whether blank lines stand between them.
pub(super) fn blocks<'a, B: Builder<'a>, S: Scratch>(
    place: B,
    scratch: &S,
    lines: &[&str],
    depth: usize,
) -> (B::List<Block<'a, B>>, bool) {
    let mut reader = Blocks { place, scratch, lines, at: 0, depth };
    let mut done = place.list();
    let (mut pause, mut loose, mut behind_container) = (false, false, false);
    while let Some(&line) = lines.get(reader.at) {
        if blank(line) {
            reader.at += 1;
            pause = true;
            continue;
        }
        // What follows a container without a pause would continue the paragraph in it if it were written so.
        loose |= (pause && !done.is_empty()) || behind_container;
        pause = false;
        let block = reader.block(line);
        behind_container = matches!(block, Block::Quote(_) | Block::List { .. });
        place.push(&mut done, block);
    }
    (done, loose)
}

/// A container's lines, as far as they have been read.
pub(super) struct Blocks<'l, B, S> {
    pub(super) place: B,
    pub(super) scratch: &'l S,
    pub(super) lines: &'l [&'l str],
    /// The next line.
    pub(super) at: usize,
    pub(super) depth: usize,
}

impl<'l, 'a, B: Builder<'a>, S: Scratch> Blocks<'l, B, S> {
    /// The block that begins on the line here, which is not blank.
    fn block(&mut self, line: &'l str) -> Block<'a, B> {
        if line::indent(line) >= 4 {
            return self.indented_code();
        }
        if let Some((level, text)) = line::heading(line) {
            self.at += 1;
            return Block::Heading { level, text: inlines(self.place, self.scratch, text) };
        }
        if let Some(fence) = line::fence(line) {
            return self.fenced_code(fence);
        }
        if line::rule(line) {
            self.at += 1;
            return Block::Rule;
        }
        if self.depth < MAX_DEPTH {
            if line::quote(line).is_some() {
                return lists::quote(self);
            }
            if let Some(marker) = line::marker(line) {
                return lists::list(self, marker);
            }
        }
        if let Some(end) = html::block(line, false) {
            return self.html(end);
        }
        if let Some(definition) = definition(self.place, line) {
            self.at += 1;
            return definition;
        }
        self.paragraph()
    }

    fn indented_code(&mut self) -> Block<'a, B> {
        let from = self.at;
        let mut end = from;
        while let Some(line) = self.lines.get(self.at).filter(|line| blank(line) || line::indent(line) >= 4) {
            self.at += 1;
            if !blank(line) {
                end = self.at;
            }
        }
        self.at = end;
        Block::Code { info: self.place.text(""), text: self.text_of_lines(&self.lines[from..end], |_| 4) }
    }

    fn fenced_code(&mut self, fence: Fence<'_>) -> Block<'a, B> {
        let from = self.at + 1;
        let rest = &self.lines[from..];
        let length = rest.iter().position(|line| fence.closed_by(line)).unwrap_or(rest.len());
        self.at = (from + length + 1).min(self.lines.len());
        let info = super::escape::unescaped(self.place, fence.info);
        Block::Code { info, text: self.text_of_lines(&rest[..length], |_| fence.indent) }
    }

    fn html(&mut self, end: End) -> Block<'a, B> {
        let from = self.at;
        while let Some(line) = self.lines.get(self.at) {
            if end == End::Blank && blank(line) {
                break;
            }
            self.at += 1;
            if end.is_in(line) {
                break;
            }
        }
        let lines = &self.lines[from..self.at];
        let kept = lines.iter().rposition(|line| !blank(line)).map_or(0, |last| last + 1);
        // An end that was not found takes the container's last blank lines too; they are no part of it.
        self.at = from + kept;
        Block::Html(self.text_of_lines(&lines[..kept], |number| if number == 0 { 3 } else { 0 }))
    }

    /// A paragraph, or a heading when an underline ends it.
    fn paragraph(&mut self) -> Block<'a, B> {
        let from = self.at;
        self.at += 1;
        let mut level = None;
        while let Some(line) = self.lines.get(self.at) {
            level = line::underline(line);
            if level.is_some() || line::interrupts(line) {
                break;
            }
            self.at += 1;
        }
        let lines = &self.lines[from..self.at];
        self.at += usize::from(level.is_some());
        let text = self.text(lines);
        match level {
            Some(level) => Block::Heading { level, text },
            None => Block::Paragraph(text),
        }
    }

    /// What stands on the lines of a paragraph, without the spaces around it.
    fn text(&self, lines: &[&str]) -> B::List<super::tree::Inline<'a, B>> {
        const SPACE: [char; 2] = [' ', '\t'];
        if let [line] = lines {
            return inlines(self.place, self.scratch, line.trim_matches(SPACE));
        }
        let level = self.scratch.nested();
        let mut joined = level.place().array(lines.iter().map(|line| line.len() + 1).sum());
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                joined.push(b'\n');
            }
            joined.extend(line.trim_start_matches(SPACE).as_bytes());
        }
        let joined = level.place().text_of(joined).expect("joined lines of text");
        inlines(self.place, &level, joined.trim_end_matches(SPACE))
    }

    /// Lines as they are, each with its end, but for up to `indent` spaces at their starts.
    fn text_of_lines(&self, lines: &[&str], indent: impl Fn(usize) -> usize) -> B::Text {
        let mut text = self.place.array(lines.iter().map(|line| line.len() + 1).sum());
        for (number, line) in lines.iter().enumerate() {
            text.extend(without(line, indent(number)).as_bytes());
            text.push(b'\n');
        }
        self.place.text_of(text).expect("lines of text")
    }
}
