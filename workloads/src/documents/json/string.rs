//! Strings, and what stands for what in them.

use super::{error::JsonFault, reader::Reader};
use crate::builder::{Array, Builder};

/// Bytes that a string consists of as they are: all but quotes, backslashes and control characters.
static PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 0x20 {
        plain[byte] = false;
        byte += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain
};

impl<'a, B: Builder<'a>> Reader<'_, B> {
    /// A string, from its opening quote to behind the closing one.
    #[inline]
    pub(super) fn string(&mut self) -> Result<B::Text, JsonFault> {
        self.at += 1;
        let start = self.at;
        if self.plain() == Some(b'"') {
            let text = self.place.text(&self.text[start..self.at]);
            self.at += 1;
            return Ok(text);
        }
        self.string_with_escapes(start)
    }

    /// Skips plain bytes and gives the one behind them.
    #[inline]
    fn plain(&mut self) -> Option<u8> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| !PLAIN[usize::from(byte)]).unwrap_or(rest.len());
        self.at += length;
        rest.get(length).copied()
    }

    #[inline(never)]
    fn string_with_escapes(&mut self, start: usize) -> Result<B::Text, JsonFault> {
        let mut buffer = self.place.array(2 * (self.at - start) + 16);
        buffer.extend(&self.bytes[start..self.at]);
        loop {
            let from = self.at;
            let found = self.plain();
            buffer.extend(&self.bytes[from..self.at]);
            match found {
                Some(b'"') => break,
                Some(b'\\') => {
                    let character = self.escape()?;
                    buffer.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(_) => return Err(JsonFault::Control),
                None => return Err(JsonFault::End),
            }
        }
        self.at += 1;
        Ok(self.place.text_of(buffer).expect("pieces of a text, cut at ASCII, and characters"))
    }

    /// What the escape at the backslash here stands for.
    fn escape(&mut self) -> Result<char, JsonFault> {
        let start = self.at;
        self.at += 1;
        let character = match self.bytes.get(self.at).ok_or(JsonFault::End)? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.four_digits()?;
                let lone = |reader: &mut Self| {
                    reader.at = start;
                    JsonFault::Surrogate
                };
                let code = match unit {
                    0xD800..0xDC00 => {
                        if !self.bytes[self.at..].starts_with(b"\\u") {
                            return Err(lone(self));
                        }
                        self.at += 1;
                        let low = self.four_digits()?;
                        if !(0xDC00..0xE000).contains(&low) {
                            return Err(lone(self));
                        }
                        0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
                    }
                    unit => unit,
                };
                return char::from_u32(code).ok_or_else(|| lone(self));
            }
            _ => return Err(JsonFault::Escape),
        };
        self.at += 1;
        Ok(character)
    }

    /// The four digits behind the `u` here.
    fn four_digits(&mut self) -> Result<u32, JsonFault> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let byte = *self.bytes.get(self.at).ok_or(JsonFault::End)?;
            unit = unit << 4 | char::from(byte).to_digit(16).ok_or(JsonFault::Escape)?;
            self.at += 1;
        }
        Ok(unit)
    }
}
