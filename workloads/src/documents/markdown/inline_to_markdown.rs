//! From the tree of a text to Markdown, with backslashes where the text would mean something else.

use super::{
    line,
    to_markdown::Writer,
    tree::{Inline, Shape},
};
use crate::builder::{Array, Builder, List};

impl<O: Array<u8>, P: Array<u8>> Writer<'_, O, P> {
    /// Writes a text, a heading's or a paragraph's.
    pub(super) fn inlines<'a, B: Builder<'a>>(&mut self, text: &impl List<Inline<'a, B>>, heading: bool) {
        let (mut behind_reference, mut first) = (false, true);
        for inline in text.iter() {
            match inline {
                Inline::Text(text) => self.text(text, heading, behind_reference),
                Inline::Soft => self.line(),
                Inline::Break => {
                    self.raw("\\");
                    self.line();
                }
                Inline::Code(text) => self.code_span(text),
                Inline::Emphasis { marker, strong, text } => {
                    let mark = match (marker, strong) {
                        (b'*', false) => "*",
                        (b'*', true) => "**",
                        (_, false) => "_",
                        (_, true) => "__",
                    };
                    self.raw(mark);
                    self.inlines(text, heading);
                    self.raw(mark);
                }
                Inline::Link { image, dest, title, text } => {
                    self.raw(if *image { "![" } else { "[" });
                    self.inlines(text, heading);
                    self.raw("](");
                    self.destination(dest, title, false);
                    self.raw(")");
                }
                Inline::Reference { image, shape, label, text } => {
                    self.raw(if *image { "![" } else { "[" });
                    self.inlines(text, heading);
                    self.raw("]");
                    match shape {
                        Shape::Shortcut => {}
                        Shape::Collapsed => self.raw("[]"),
                        Shape::Full => {
                            self.raw("[");
                            self.label(label);
                            self.raw("]");
                        }
                    }
                }
                Inline::Auto(text) => {
                    self.raw("<");
                    self.raw(text);
                    self.raw(">");
                }
                Inline::Html(text) => {
                    for (number, line) in text.split('\n').enumerate() {
                        if number > 0 {
                            self.line();
                        }
                        if !first && self.fresh && (line::interrupts(line) || line::underline(line).is_some()) {
                            // Indented like code, it continues the paragraph.
                            self.raw("    ");
                        }
                        first = false;
                        self.raw(line);
                    }
                }
                Inline::Entity(text) => self.raw(text),
            }
            first = false;
            behind_reference = matches!(inline, Inline::Reference { .. });
        }
    }

    fn text(&mut self, text: &str, heading: bool, behind_reference: bool) {
        let bytes = text.as_bytes();
        // The dot or parenthesis that would make an item of a line that begins with a number.
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = if self.fresh && digits > 0 { digits } else { usize::MAX };
        let mut from = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            let escaped = match byte {
                b'\\' | b'`' | b'*' | b'[' | b']' | b'<' => true,
                b'_' => !inside_word(text, at),
                b'&' => bytes.get(at + 1).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'#'),
                b'!' => at + 1 == bytes.len(),
                b'#' => heading || (at == 0 && self.fresh),
                b'+' | b'-' | b'=' | b'>' | b'~' => at == 0 && self.fresh,
                b':' | b'(' if at == 0 && behind_reference => true,
                b'.' | b')' => at == number,
                _ => false,
            };
            if escaped {
                self.out.extend(&bytes[from..at]);
                self.out.push(b'\\');
                from = at;
            }
        }
        self.out.extend(&bytes[from..]);
        self.fresh = false;
    }

    fn code_span(&mut self, text: &str) {
        let (mut runs, mut run) = (0u64, 0);
        for byte in text.bytes().chain([b' ']) {
            if byte == b'`' {
                run += 1;
            } else if run > 0 {
                runs |= 1u64.checked_shl(run).unwrap_or(0);
                run = 0;
            }
        }
        // As few backticks as no run inside has.
        let ticks = (1..64).find(|length| runs & (1 << length) == 0).unwrap_or(64);
        let ends = |byte: u8| text.as_bytes().first() == Some(&byte) && text.as_bytes().last() == Some(&byte);
        let beside = text.starts_with('`') || text.ends_with('`');
        let padded = beside || (ends(b' ') && !text.bytes().all(|byte| byte == b' '));
        (0..ticks).for_each(|_| self.out.push(b'`'));
        if padded {
            self.out.push(b' ');
        }
        self.raw(text);
        if padded {
            self.out.push(b' ');
        }
        (0..ticks).for_each(|_| self.out.push(b'`'));
    }

    /// Writes a label.
    pub(super) fn label(&mut self, label: &str) {
        self.escaped(label, |byte| matches!(byte, b'[' | b']' | b'\\'));
    }

    /// Writes a destination and its title.
    pub(super) fn destination(&mut self, dest: &str, title: &str, definition: bool) {
        let mut depth = 0i32;
        let balanced = dest.bytes().all(|byte| {
            depth += i32::from(byte == b'(') - i32::from(byte == b')');
            depth >= 0
        }) && depth == 0;
        let plain = !dest.is_empty() && !dest.starts_with('<') && dest.bytes().all(|byte| byte > b' ' && byte != 0x7F);
        if plain && balanced {
            self.escaped(dest, |byte| byte == b'\\');
        } else if definition || !dest.is_empty() || !title.is_empty() {
            self.raw("<");
            self.escaped(dest, |byte| matches!(byte, b'\\' | b'<' | b'>'));
            self.raw(">");
        }
        if !title.is_empty() {
            self.raw(" \"");
            self.escaped(title, |byte| matches!(byte, b'\\' | b'"'));
            self.raw("\"");
        }
    }

    /// Writes `text` with a backslash before each byte that `special` names.
    pub(super) fn escaped(&mut self, text: &str, special: impl Fn(u8) -> bool) {
        for byte in text.bytes() {
            if special(byte) {
                self.out.push(b'\\');
            }
            self.out.push(byte);
        }
        self.fresh = false;
    }
}

/// Whether what stands at `at` is inside a word, where an underscore delimits nothing.
fn inside_word(text: &str, at: usize) -> bool {
    let word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    word(text[..at].chars().next_back()) && word(text[at + 1..].chars().next())
}
