//! Backslashes.

use crate::builder::{Array, Builder};

/// `raw` without the backslashes that stand before ASCII punctuation, and on one line.
pub(super) fn unescaped<'a, B: Builder<'a>>(place: B, raw: &str) -> B::Text {
    if !raw.contains(['\\', '\n']) {
        return place.text(raw);
    }
    let mut text = place.array(raw.len());
    let bytes = raw.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\\' if is_escape(bytes, at) => {}
            b'\n' => text.push(b' '),
            byte => text.push(byte),
        }
    }
    place.text_of(text).expect("text without some of its ASCII")
}

/// Whether the backslash at `at` escapes what follows.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    // It is escaped itself when an odd number of backslashes stands before it.
    let before = bytes[..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
    before % 2 == 0 && bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation)
}

/// A label as it is compared: in small letters, with single spaces, without backslashes, and without backticks and the
/// spaces beside them, which code may have more of or fewer.
pub(super) fn normalised<'a, B: Builder<'a>>(place: B, raw: &str) -> B::Text {
    let mut text = place.array(raw.len());
    let (mut space, mut code) = (false, true);
    for character in raw.chars() {
        if character.is_whitespace() {
            space = true;
        } else if character == '`' {
            (space, code) = (false, true);
        } else if character != '\\' {
            if space && !code {
                text.push(b' ');
            }
            (space, code) = (false, false);
            for small in character.to_lowercase() {
                text.extend(small.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    place.text_of(text).expect("made of characters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Heap;

    #[test]
    fn backslashes_go_before_punctuation_only() {
        assert_eq!(unescaped(Heap, r"a\*b\\\c\\"), r"a*b\\c\");
    }

    #[test]
    fn labels_are_compared_in_small_letters_with_single_spaces() {
        assert_eq!(normalised(Heap, "  Foo\n \tBAR \\[ "), "foo bar [");
        assert_eq!(normalised(Heap, "a ``b`` c"), normalised(Heap, "A`` b ``C"));
    }
}
