//! A document's lines.

use super::{blocks::blocks, tree::Document};
use crate::builder::{Array, Builder, Scratch};

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
    let aligned = |byte: u8| matches!(byte, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')' | b'0'..=b'9');
    let mut out = place.array(text.len() + text.len() / 8 + 16);
    let (mut column, mut aligning) = (0, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        aligning &= aligned(byte);
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' && bytes.peek() == Some(&b'\n') {
                    bytes.next();
                }
                out.push(b'\n');
                (column, aligning) = (0, true);
                continue;
            }
            b'\t' if aligning => {
                let width = 4 - column % 4;
                out.extend(&b"    "[..width]);
                column += width - 1;
            }
            b'\0' => out.extend("\u{FFFD}".as_bytes()),
            byte => out.push(byte),
        }
        column += 1;
    }
    place.text_of(out).expect("text, with some of its ASCII replaced")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Heap;

    #[test]
    fn tabs_that_line_things_up_are_spaces_and_all_line_ends_are_newlines() {
        assert_eq!(spaced("\ta\tb\r\n-\tc\r> \td\0", Heap), "    a\tb\n-   c\n>   d\u{FFFD}");
    }
}
