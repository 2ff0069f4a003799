//! Stacks, each kept once.

use super::{Metadata, frames};
use crate::sync::Lock;
use allocator_api2::vec::Vec;
use core::{fmt, num::NonZeroU32};

/// A stack of the program, as the addresses that calls return to. Kept for ever, once for all sites that share it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StackId(NonZeroU32);

/// A stack's addresses: up to 32, the innermost first.
#[derive(Clone, Copy)]
pub(super) struct Addresses {
    all: [usize; frames::MOST],
    count: usize,
}

impl core::ops::Deref for Addresses {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.all[..self.count]
    }
}

impl StackId {
    /// Copied out, so that nothing is locked while they are printed.
    pub(super) fn addresses(self) -> Addresses {
        let stacks = STACKS.lock();
        let mut copy = Addresses { all: [0; frames::MOST], count: 0 };
        if let Some(known) = stacks.known.get(self.0.get() as usize - 1) {
            let frames = &stacks.frames[known.start..][..usize::from(known.count)];
            copy.count = frames.len();
            copy.all[..frames.len()].copy_from_slice(frames);
        }
        copy
    }

    /// Shows the innermost call that is neither an allocator's nor the standard library's, where names are known.
    pub(super) fn fmt_place(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &address in self.addresses().iter() {
            if frames::print_caller(address, f)? {
                return Ok(());
            }
        }
        f.write_str("the calls of this stack, the innermost first")
    }
}

impl fmt::Display for StackId {
    /// A line for each frame, each after a line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.addresses().iter().try_for_each(|&address| write!(f, "\n      {}", frames::Frame(address)))
    }
}

struct Known {
    hash: u64,
    start: usize,
    count: u8,
}

/// Every stack's frames one after the other, and a hash table to find them by: numbers of stacks, 0 for an empty slot, a
/// power of two of them, half full at the most.
struct Stacks {
    frames: Vec<usize, Metadata>,
    known: Vec<Known, Metadata>,
    slots: Vec<u32, Metadata>,
}

static STACKS: Lock<Stacks> = Lock::new(Stacks::new());

/// The stack of these addresses. `None`: there are none, or no memory for them.
pub(super) fn intern(addresses: &[usize]) -> Option<StackId> {
    STACKS.lock().intern(addresses)
}

impl Stacks {
    const fn new() -> Self {
        Self { frames: Vec::new_in(Metadata), known: Vec::new_in(Metadata), slots: Vec::new_in(Metadata) }
    }

    fn intern(&mut self, addresses: &[usize]) -> Option<StackId> {
        if addresses.is_empty() || !self.reserve(addresses.len()) {
            return None;
        }
        // FNV-1a by words: the table is small, and stacks differ in many of them.
        let hash = addresses.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &word| {
            (hash ^ word as u64).wrapping_mul(0x0100_0000_01B3).rotate_left(23)
        });
        let slot =
            self.probe(hash, |stacks, known| &stacks.frames[known.start..][..usize::from(known.count)] == addresses);
        if self.slots[slot] == 0 {
            self.known.push(Known { hash, start: self.frames.len(), count: addresses.len() as u8 });
            self.frames.extend_from_slice(addresses);
            self.slots[slot] = self.known.len() as u32;
        }
        NonZeroU32::new(self.slots[slot]).map(StackId)
    }

    /// The slot of the stack with this hash that is the wanted one, or the empty slot where it belongs.
    fn probe(&self, hash: u64, wanted: impl Fn(&Self, &Known) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(known) = (self.slots[slot] as usize).checked_sub(1).map(|at| &self.known[at]) {
            if known.hash == hash && wanted(self, known) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Room for one more stack.
    fn reserve(&mut self, count: usize) -> bool {
        if self.frames.try_reserve(count).is_err() || self.known.try_reserve(1).is_err() {
            return false;
        }
        if (self.known.len() + 1) * 2 > self.slots.len() {
            let size = (self.slots.len() * 2).max(64);
            let mut slots = Vec::new_in(Metadata);
            if size > u32::MAX as usize || slots.try_reserve_exact(size).is_err() {
                return false;
            }
            slots.resize(size, 0);
            self.slots = slots;
            for at in 0..self.known.len() {
                let slot = self.probe(self.known[at].hash, |_, _| false);
                self.slots[slot] = at as u32 + 1;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_kept_once_and_comes_back_whole() {
        let mut stacks = Stacks::new();
        let frames = |n: usize| [n, n / 7, 0x1000 + n % 3, n * n];
        let ids: alloc::vec::Vec<_> = (0..1000).map(|n| stacks.intern(&frames(n)[..1 + n % 4]).unwrap()).collect();
        for (n, id) in ids.into_iter().enumerate() {
            let again = stacks.intern(&frames(n)[..1 + n % 4]).unwrap();
            assert_eq!(again, id);
            let known = &stacks.known[again.0.get() as usize - 1];
            assert_eq!(&stacks.frames[known.start..][..usize::from(known.count)], &frames(n)[..1 + n % 4]);
        }
        assert_eq!(stacks.known.len(), 1000);
        assert_eq!(stacks.intern(&[]), None);
    }
}
