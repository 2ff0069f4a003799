//! A growable string in a memory of one's choice, since allocator-api2 has vectors but no string.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};

use allocator_api2::vec::Vec;

use crate::memory::Alloc;

/// A UTF-8 string whose bytes lie in `A`.
///
/// It compares and hashes as its bytes do, so a map with `Text` keys is asked by `&[u8]`.
pub struct Text<A: Alloc> {
    bytes: Vec<u8, A>,
}

impl<A: Alloc> Text<A> {
    /// An empty text; takes no memory until something is pushed.
    pub fn new_in(alloc: A) -> Self {
        Self { bytes: Vec::new_in(alloc) }
    }

    /// A copy of `text` that fits exactly.
    pub fn copy_in(text: &str, alloc: A) -> Self {
        let mut bytes = Vec::with_capacity_in(text.len(), alloc);
        bytes.extend_from_slice(text.as_bytes());
        Self { bytes }
    }

    /// A copy with ASCII capitals lowered: the form that names are compared in.
    pub fn folded_in(text: &str, alloc: A) -> Self {
        let mut folded = Self::copy_in(text, alloc);
        folded.bytes.make_ascii_lowercase();
        folded
    }

    /// Appends `text`.
    pub fn push_str(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Appends one character.
    pub fn push(&mut self, character: char) {
        let mut buffer = [0; 4];
        self.push_str(character.encode_utf8(&mut buffer));
    }

    /// The text as a string slice.
    ///
    /// The check for valid UTF-8 costs a pass over the bytes; it cannot fail, since only strings are ever pushed.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("only whole strings are pushed")
    }

    /// The text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing has been pushed.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl<A: Alloc> fmt::Write for Text<A> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}

impl<A: Alloc> fmt::Debug for Text<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<A: Alloc> fmt::Display for Text<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<A: Alloc> PartialEq for Text<A> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<A: Alloc> Eq for Text<A> {}

impl<A: Alloc> Hash for Text<A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<A: Alloc> Borrow<[u8]> for Text<A> {
    fn borrow(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    #[test]
    fn a_folded_copy_lowers_ascii_and_keeps_the_rest() {
        assert_eq!(Text::folded_in("Éboulis NOIR", Global).as_str(), "Éboulis noir");
    }

    #[test]
    fn pushed_pieces_make_one_text() {
        let mut text = Text::new_in(Global);
        assert!(text.is_empty());
        text.push_str("stone");
        text.push('é');
        assert_eq!(text.as_str(), "stoneé");
        assert_eq!(text.len(), 7);
    }
}
