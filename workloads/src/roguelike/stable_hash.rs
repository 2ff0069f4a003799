//! A 64-bit hash that gives the same figure in every run, build and platform.
//!
//! The standard hashers promise none of that, and a level's hash is compared between memories, runs and machines. It
//! also drives the maps, so that they grow alike in both memories.

use std::hash::{BuildHasher, Hasher};

const SEED: u64 = 0x5A17_9E3D_C0B1_46F5;
const SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;

/// A running 64-bit hash over words.
#[derive(Clone, Copy, Debug)]
pub struct StableHash {
    state: u64,
}

/// Builds [`StableHash`]ers for maps.
#[derive(Clone, Copy, Debug, Default)]
pub struct StableState;

impl StableHash {
    /// A hash of nothing yet.
    pub fn new() -> Self {
        Self { state: SEED }
    }

    /// Mixes in one word; order matters.
    pub fn word(&mut self, word: u64) {
        let mixed = (self.state ^ word).wrapping_mul(SPREAD);
        self.state = mixed ^ (mixed >> 32);
    }

    /// Mixes in a signed coordinate or count.
    pub fn signed(&mut self, value: i32) {
        self.word(u64::from(value.cast_unsigned()));
    }

    /// Mixes in a run of bytes and its length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.word(u64::from_le_bytes(word.try_into().expect("chunks of eight")));
        }
        let mut tail = [0; 8];
        let rest = words.remainder();
        tail[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(tail));
        self.word(bytes.len() as u64);
    }

    /// The hash of everything mixed in so far.
    pub fn value(&self) -> u64 {
        let folded = (self.state ^ (self.state >> 29)).wrapping_mul(SPREAD);
        folded ^ (folded >> 32)
    }
}

impl Default for StableHash {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher for StableHash {
    fn finish(&self) -> u64 {
        self.value()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }

    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }
}

impl BuildHasher for StableState {
    type Hasher = StableHash;

    fn build_hasher(&self) -> StableHash {
        StableHash::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> u64 {
        let mut hash = StableHash::new();
        hash.bytes(bytes);
        hash.value()
    }

    #[test]
    fn the_hash_of_a_known_text_never_changes() {
        assert_eq!(of(b"granite"), GRANITE, "recorded hashes of levels would all be void");
    }

    const GRANITE: u64 = 555_793_409_273_506_472;

    #[test]
    fn order_length_and_content_all_count() {
        assert_ne!(of(b"ab"), of(b"ba"));
        assert_ne!(of(b"ab"), of(b"ab\0"));
        assert_ne!(of(b"12345678"), of(b"12345679"));
    }
}
