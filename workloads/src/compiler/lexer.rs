//! From source to tokens.

use super::{
    error::{Fault, Wrong},
    interner::Interner,
    token::{KEYWORDS, SIGNS, Token, TokenKind},
};
use crate::builder::{Array, Builder};

/// The tokens of a program, an end token last.
pub(super) fn lex<'n, 'a, N: Builder<'n>, B: Builder<'a>>(
    source: &str,
    names: &mut Interner<'n, N>,
    place: B,
) -> Result<B::Slice<Token>, Wrong> {
    let bytes = source.as_bytes();
    let mut tokens = place.array(64);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &source[at..];
        let start = at as u32;
        let (kind, length) = match byte {
            b' ' | b'\n' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'0'..=b'9' => {
                let length = count(rest, |byte| byte.is_ascii_digit());
                let number = rest[..length].parse().map_err(|_| (Fault::Number, start))?;
                (TokenKind::Int(number), length)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let length = count(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
                let word = &rest[..length];
                let keyword = KEYWORDS.iter().find(|keyword| **keyword == word);
                (keyword.map_or_else(|| TokenKind::Name(names.intern(word)), |word| TokenKind::Word(word)), length)
            }
            b'"' => {
                let length = text_length(rest).ok_or((Fault::Text, start))?;
                let inside = &rest[1..length - 1];
                let symbol = if inside.contains('\\') {
                    let mut text = place.array(inside.len());
                    unescape(inside, &mut text).ok_or((Fault::Text, start))?;
                    names.intern(std::str::from_utf8(&text).expect("a text without some of its ASCII"))
                } else {
                    names.intern(inside)
                };
                (TokenKind::Text(symbol), length)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or((Fault::Character, start))?;
                (TokenKind::Word(sign), sign.len())
            }
        };
        tokens.push(Token { kind, at: start });
        at += length;
    }
    tokens.push(Token { kind: TokenKind::End, at: at as u32 });
    Ok(place.slice(tokens))
}

fn count(text: &str, fits: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|&byte| fits(byte)).count()
}

/// Bytes of the text that `rest` begins with, both quotes among them.
fn text_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\n' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn unescape(inside: &str, text: &mut impl Array<u8>) -> Option<()> {
    let mut bytes = inside.bytes();
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                byte @ (b'"' | b'\\') => byte,
                _ => return None,
            },
            byte => byte,
        });
    }
    Some(())
}
