//! Whose arena a block of the current allocator lies in: a table of the arenas' own blocks by address. It is looked at before
//! anything is read at an address, and written where a thread comes to another block of an arena: once in 4 KiB at the least.
//!
//! The library's address map knows blocks of 64 KiB and more, and their node, which several arenas may share; the first blocks
//! of an arena are smaller.
//!
//! What an arena has given back stays until somebody else's block is entered over it, or its part of the table would grow:
//! the arena itself is asked, when it is the calling thread's, whether it still has memory there.

use crate::{handle::Handle, slots};
use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Some arena's block.
struct Entry {
    addresses: Range<usize>,
    arena: Handle,
}

/// By address; no two overlap.
static TABLE: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// Changes when an entry goes for another: what a thread remembers to have entered may not be there any more. Relaxed: memory
/// comes from one arena to another by a lock or a call of the system's, which the change goes before.
static CHANGES: AtomicUsize = AtomicUsize::new(1);

/// What [`enter`] counts; never 0.
#[inline(always)]
pub(super) fn changes() -> usize {
    CHANGES.load(Ordering::Relaxed)
}

fn table() -> MutexGuard<'static, Vec<Entry>> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Enters a block of an arena of the calling thread's; the count of changes then. `None`: there is no memory for it.
pub(super) fn enter(addresses: &Range<usize>, arena: Handle) -> Option<usize> {
    let mut table = table();
    let from = table.partition_point(|entry| entry.addresses.end <= addresses.start);
    let over = table[from..].iter().take_while(|entry| entry.addresses.start < addresses.end).count();
    if over == 1 && table[from].arena == arena && table[from].addresses == *addresses {
        return Some(changes());
    }
    let entry = Entry { addresses: addresses.clone(), arena };
    if over > 0 {
        CHANGES.fetch_add(1, Ordering::Relaxed);
        table[from] = entry;
        table.drain(from + 1..from + over);
    } else {
        if table.len() == table.capacity() {
            table.retain(is_needed);
            // A table that grows by a few each time would be looked through each time.
            let more = table.len().max(16);
            table.try_reserve(more).ok()?;
        }
        let from = table.partition_point(|entry| entry.addresses.end <= addresses.start);
        table.insert(from, entry);
    }
    Some(changes())
}

/// Whether the arena is there, and has not given the block back as far as this thread may ask.
fn is_needed(entry: &Entry) -> bool {
    match slots::mine(entry.arena) {
        Some(arena) => arena.bounds_around(entry.addresses.start).is_some_and(|now| now == entry.addresses),
        None => slots::is_live(entry.arena),
    }
}

/// The arena that had the block at this address when it was entered.
pub(super) fn find(address: usize) -> Option<Handle> {
    let table = table();
    let at = table.partition_point(|entry| entry.addresses.end <= address);
    table.get(at).filter(|entry| entry.addresses.contains(&address)).map(|entry| entry.arena)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    /// Far from what other tests have, and no block of these arenas.
    const BASE: usize = 1 << 20;

    #[test]
    fn a_block_is_its_arenas_until_another_is_entered_over_it() {
        // Of arenas that never were: the table of arenas is another test's.
        let [one, two] = [1, 2].map(|generation| Handle::new(Kind::Arena, 0xF_FFFC, generation + 1000));
        let before = enter(&(BASE..BASE + 100), one).unwrap();
        assert_eq!(enter(&(BASE..BASE + 100), one), Some(before), "it is there already");
        enter(&(BASE + 100..BASE + 200), two).unwrap();
        assert_eq!(
            [BASE - 1, BASE, BASE + 99, BASE + 100, BASE + 200].map(find),
            [None, Some(one), Some(one), Some(two), None]
        );
        let after = enter(&(BASE + 50..BASE + 150), two).unwrap();
        assert!(after > before);
        assert_eq!([BASE, BASE + 50, BASE + 149, BASE + 150].map(find), [None, Some(two), Some(two), None]);
        // Those of arenas that are gone make room.
        for at in 0..10_000 {
            enter(&(BASE + at * 16..BASE + at * 16 + 8), one).unwrap();
        }
        assert!(table().capacity() < 100);
    }
}
