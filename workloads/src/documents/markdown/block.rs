//! A document's lines.

use std::borrow::Cow;

use super::{blocks::blocks, tree::Document};
use crate::documents::builder::{Array, Builder, Scratch};

/// Reads a document. The tree is built in `place`; lines, tokens and stacks are `scratch`. Whatever is no Markdown is
/// text: nothing can be wrong with a document.
pub fn read<'a, B: Builder<'a>, S: Scratch>(text: &str, place: B, scratch: &S) -> Document<'a, B> {
    let level = scratch.nested();
    let spaced = text.contains(['\t', '\r', '\0']).then(|| spaced(text, level.place()));
    let text = spaced.as_deref().unwrap_or(text);
    let mut lines = level.place().array(text.len() / 32 + 8);
    text.strip_suffix('\n').unwrap_or(text).split('\n').for_each(|line| lines.push(line));
    Document { blocks: blocks(place, &level, &lines, 0).0 }
}

/// `text` with spaces for the tabs that line things up, and newlines only for line ends.
fn spaced<'t, B: Builder<'t>>(text: &str, place: B) -> B::Text {
    let text = if text.contains(['\r', '\0']) {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    };
    let mut out = place.array(text.len() + text.len() / 8 + 16);
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push(b'\n');
        }
        let aligned = |byte: &u8| matches!(byte, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')' | b'0'..=b'9');
        let (bytes, mut column) = (line.as_bytes(), 0);
        let prefix = bytes.iter().take_while(|byte| aligned(byte)).count();
        for &byte in &bytes[..prefix] {
            if byte == b'\t' {
                let width = 4 - column % 4;
                out.extend(&b"    "[..width]);
                column += width;
            } else {
                out.push(byte);
                column += 1;
            }
        }
        out.extend(&bytes[prefix..]);
    }
    place.text_of(out).expect("text, with tabs replaced")
}
