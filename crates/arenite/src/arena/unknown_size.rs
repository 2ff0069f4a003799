//! The entry of the C library's documents: blocks at multiples of 8, that are resized and freed without a word of how large
//! they are.

use super::Arena;
use crate::{
    bump::{FIRST_ADDRESS, MIN_ALIGN},
    debug::Place,
    error::AllocError,
};
use core::ptr::NonNull;

/// How large a block is, as far as its arena knows.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// So many bytes.
    Known(usize),
    /// No more than up to where its chunk is used. What lies behind the block belongs to others.
    AtMost(usize),
}

/// The block that a resize made last. It knows its size, so that it grows where it is for as long as nothing lies behind it.
#[derive(Clone, Copy, Default)]
pub(super) struct Resized {
    /// 0: none.
    start: usize,
    size: usize,
    /// Of the arena: after a reset its address may be another block's.
    generation: u64,
}

/// Only for an arena from which nothing is taken back but by these functions, resets and clears: a mark that is restored
/// could leave the record of the last resize behind.
#[doc(hidden)]
impl Arena {
    /// How large the block is that starts at `block`. `None` when none can: it is none of this arena's, lies behind the
    /// cursor or inside of a block that is known, or is freed in the books. O(blocks of the source), for any address.
    #[must_use]
    pub fn extent_of(&self, block: NonNull<u8>) -> Option<Extent> {
        let (core, address) = (self.raw_core()?, block.addr().get());
        // SAFETY: a handle's core lives as long as its arena.
        let core = unsafe { core.as_ref() };
        if core.has_books() {
            let noted = core.with_ledger(|ledger| ledger.at(address).map(|(record, _)| *record)).flatten();
            if let Some(record) = noted.filter(|record| record.is_live() || core.is_trusted(record.serial)) {
                return record.is_live().then_some(Extent::Known(record.size));
            }
        }
        let last = core.resized.get();
        if last.start == address && last.generation == self.generation.get() {
            return Some(Extent::Known(last.size));
        }
        if let Some(own) = core.own.iter().find(|own| own.holds(address)) {
            return (own.data == block).then(|| Extent::Known(own.used.get()));
        }
        let holder = core.block_of(address)?;
        let end = if holder == core.current.get() { self.window().cursor.addr() } else { holder.left_at().addr() };
        let start = holder.data.addr().get();
        (address % MIN_ALIGN == 0 && (start..end).contains(&address)).then(|| Extent::AtMost(end - address))
    }

    /// A block of `size` bytes, not 0, with the contents of this one: the same where its size is known and the new one has
    /// room, else a new one, to which as much is copied as can be the block's. Copies at most `size` bytes.
    ///
    /// # Safety
    /// `block` is a block of this arena with that extent. It is not used any more, unless it is the result; no other thread
    /// writes to the arena's blocks meanwhile.
    ///
    /// # Errors
    /// As [`try_alloc_words`](super::Handle::try_alloc_words); the block is then as it was.
    #[track_caller]
    pub unsafe fn realloc_words(
        &self,
        block: NonNull<u8>,
        extent: Extent,
        size: usize,
    ) -> Result<NonNull<u8>, AllocError> {
        if let Extent::Known(old) = extent {
            // SAFETY: the caller's promise.
            if size <= isize::MAX as usize && unsafe { self.resize_last(block, old, size) } {
                self.note_resized(block, size);
                return Ok(block);
            }
            if size <= old {
                return Ok(block);
            }
        }
        let moved = self.try_alloc_words(size)?;
        let (Extent::Known(used) | Extent::AtMost(used)) = extent;
        // SAFETY: `used` bytes lie in the arena behind `block`, all of them in front of where the cursor stood; the new block
        // has `size` bytes, behind that or elsewhere.
        unsafe { moved.copy_from_nonoverlapping(block, used.min(size)) };
        if let Extent::Known(old) = extent {
            // SAFETY: the caller's promise.
            unsafe { self.leave_behind(block, old, Place::here()) };
        }
        self.note_resized(moved, size);
        Ok(moved)
    }

    fn note_resized(&self, block: NonNull<u8>, size: usize) {
        if let Some(core) = self.raw_core() {
            let resized = Resized { start: block.addr().get(), size, generation: self.generation.get() };
            // SAFETY: a handle's core lives as long as its arena.
            unsafe { core.as_ref() }.resized.set(resized);
        }
    }

    /// Whether [`free_words`](Self::free_words) would do nothing: nobody watches, and the block was not resized last.
    #[inline(always)]
    #[must_use]
    pub fn keeps_what_is_freed(&self, block: NonNull<u8>) -> bool {
        // SAFETY: a handle's core lives as long as its arena.
        let last = self.raw_core().map_or(0, |core| unsafe { core.as_ref() }.resized.get().start);
        self.window().limit >= FIRST_ADDRESS && last != block.addr().get()
    }

    /// Takes a block back, if it is the one that was resized last and nothing lies behind it, or if the books know it: for
    /// them it ends here, and a second end is a fault. Otherwise its memory waits for the arena's next reset.
    ///
    /// # Safety
    /// If `block` is one of this arena's, it is not used any more.
    #[track_caller]
    pub unsafe fn free_words(&self, block: NonNull<u8>) {
        let Some(core) = self.raw_core() else { return };
        // SAFETY: a handle's core lives as long as its arena.
        let core = unsafe { core.as_ref() };
        let address = block.addr().get();
        let last = core.resized.get();
        let is_last = last.start == address && last.generation == self.generation.get();
        if !is_last && self.window().limit >= FIRST_ADDRESS {
            return;
        }
        core.resized.set(Resized::default());
        let known = || match self.extent_of(block) {
            Some(Extent::Known(size)) => size,
            // One that is not in the books; or a fault, which they find whatever the size.
            _ => usize::MAX / 2,
        };
        let size = if is_last { last.size } else { known() };
        // SAFETY: the caller's promise; the cursor stands so many bytes behind the block only if it is the last.
        unsafe { self.free_last(block, size, Place::here()) };
    }
}
