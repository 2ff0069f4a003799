//! A short text in place.

use core::{fmt, ops::Deref};

/// Up to 47 bytes of text, in place: names in reports, which may not allocate. What is longer is cut at a character.
///
/// ```
/// use arenite::debug::Text;
/// let text = Text::new("level");
/// assert_eq!((&*text, text.len()), ("level", 5));
/// assert_eq!(Text::new(&"ä".repeat(30)).len(), 46);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    bytes: [u8; Self::CAPACITY],
    len: u8,
}

impl Text {
    /// The most bytes that it holds.
    pub const CAPACITY: usize = 47;
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; Self::CAPACITY], len: 0 };

    /// A copy of the text, or of its beginning.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut len = text.len().min(Self::CAPACITY);
        while !text.is_char_boundary(len) {
            len -= 1;
        }
        let mut copy = Self { len: len as u8, ..Self::EMPTY };
        copy.bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
        copy
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        // Cut at a character, so the check always passes.
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}
