//! Blocks that say themselves how large they are: for the C library's current allocator, which is freed to without sizes and
//! without being told of which arena. In front of each are two words, its size and a mark that only this block of this owner
//! has.
//!
//! A header is read where the arena knows that it has memory, so any address can be asked for. What lay in the memory before
//! may still look like a header when nothing was written there since: the arena went back, and by the program's word nobody
//! frees what it had handed out before.

use super::{Handle, grains::GRAIN};
use crate::{arena::space::Space, bump::FIRST_ADDRESS, debug::tools, error::AllocError};
use core::{ops::Range, ptr::NonNull};

/// Bytes in front of a block: a grain, so that the block lies at a multiple of 16 too.
const HEADER: usize = GRAIN;
const _: () = assert!(HEADER >= size_of::<Header>());

#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    size: usize,
    mark: usize,
}

/// Of a live block, and of one that was freed.
const LIVE: usize = 0x6A09_E667_F3BC_C908_u64 as usize;
const FREED: usize = 0x3C6E_F372_FE94_F82B_u64 as usize;

/// What is in front of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Headed {
    /// The header of a live block with this size.
    Live(usize),
    /// That of a block that was freed.
    Freed,
    /// None: no block of the owner starts there.
    Nothing,
}

#[inline(always)]
const fn mark(block: usize, owner: usize, state: usize) -> usize {
    block ^ owner.rotate_left(9) ^ state
}

/// Only for an arena made with `ArenaOptions::grains`.
#[doc(hidden)]
impl Handle {
    /// A block with a header, when the open window has it. `None` for size 0 too.
    #[inline(always)]
    #[must_use]
    pub fn take_headed(&self, size: usize, owner: usize) -> Option<NonNull<u8>> {
        if size.wrapping_sub(1) >= isize::MAX as usize - 2 * GRAIN {
            return None;
        }
        let front = self.take_grains(size + HEADER)?;
        // SAFETY: taken just now, with room for the header.
        Some(unsafe { head(front, size, owner) })
    }

    /// As [`take_headed`](Self::take_headed), beyond the window.
    ///
    /// # Errors
    /// As [`try_alloc_aligned`](Self::try_alloc_aligned).
    #[track_caller]
    pub fn try_alloc_headed(&self, size: usize, owner: usize) -> Result<NonNull<u8>, AllocError> {
        let whole = size.checked_add(HEADER).ok_or_else(|| self.overflow(GRAIN))?;
        let front = self.try_alloc_grains(whole, GRAIN)?;
        // SAFETY: as above.
        Ok(unsafe { head(front, size, owner) })
    }

    /// Whether blocks may have headers: the arena has a block, and nobody notes what it hands out. Whoever notes is to see
    /// the addresses and sizes that the program has.
    #[must_use]
    pub fn serves_headed(&self) -> bool {
        self.limit.get() >= FIRST_ADDRESS && self.core().is_some_and(super::Core::knows_its_grade)
    }

    /// What is in front of `block`. For any address.
    #[must_use]
    pub fn headed(&self, block: NonNull<u8>, owner: usize) -> Headed {
        let address = block.addr().get();
        let Some(start) = address.checked_sub(HEADER).filter(|start| start % GRAIN == 0) else {
            return Headed::Nothing;
        };
        match self.extent_around(start) {
            Some(known) if known.readable.end - start > HEADER => {
                // Also where tools take it for nobody's.
                tools::defined(start, HEADER);
                // SAFETY: committed memory of a block of the arena, which is the calling thread's; aligned.
                let header = unsafe { block.sub(HEADER).cast::<Header>().read() };
                let fits = (1..=known.readable.end - address).contains(&header.size);
                if header.mark == mark(address, owner, LIVE) && fits {
                    Headed::Live(header.size)
                } else if header.mark == mark(address, owner, FREED) {
                    Headed::Freed
                } else {
                    Headed::Nothing
                }
            }
            _ => Headed::Nothing,
        }
    }

    /// The arena's memory around an address: whose it stays until the arena gives a block back.
    #[must_use]
    pub fn bounds_around(&self, address: usize) -> Option<Range<usize>> {
        self.extent_around(address).map(|around| around.whole)
    }

    fn extent_around(&self, address: usize) -> Option<Around> {
        let core = self.core()?;
        let whole = core.block_around(address)?;
        let end = match &core.space {
            Space::Chained { .. } => whole.end,
            // Beyond that a range has addresses only.
            Space::Range(_) => whole.end.min(core.committed.get()),
        };
        (address < end).then_some(Around { readable: whole.start..end, whole })
    }

    /// Takes a live block back: its memory where it is the last, and in any case its header says so.
    ///
    /// # Safety
    /// It is one, of this owner and size, and nobody uses it any more.
    #[track_caller]
    pub unsafe fn free_headed(&self, block: NonNull<u8>, size: usize, owner: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let front = block.sub(HEADER);
            front.cast::<Header>().write(Header { size, mark: mark(block.addr().get(), owner, FREED) });
            self.free_grains(front, size + HEADER);
        }
    }

    /// Another size for a live block where it is; `false`: it is not the last, or there is no room, and nothing has changed.
    ///
    /// # Safety
    /// It is one, of this owner and size; `new` is not 0.
    pub unsafe fn resize_headed(&self, block: NonNull<u8>, size: usize, new: usize, owner: usize) -> bool {
        let Some(whole) = new.checked_add(HEADER) else { return false };
        // SAFETY: the caller's promise.
        unsafe {
            let resized = self.resize_grains(block.sub(HEADER), size + HEADER, whole);
            if resized {
                head(block.sub(HEADER), new, owner);
            }
            resized
        }
    }
}

/// A block of the arena: its addresses, and how far there is memory behind them.
struct Around {
    whole: Range<usize>,
    readable: Range<usize>,
}

/// Writes a header; the block behind it.
///
/// # Safety
/// `front` is the caller's, with room for the header and the block.
#[inline(always)]
unsafe fn head(front: NonNull<u8>, size: usize, owner: usize) -> NonNull<u8> {
    // SAFETY: the caller's promise; grains are aligned enough.
    unsafe {
        let block = front.add(HEADER);
        front.cast::<Header>().write(Header { size, mark: mark(block.addr().get(), owner, LIVE) });
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arena, ArenaOptions};

    const OWNER: usize = 0x1230;

    fn settled() -> Arena {
        let arena = ArenaOptions::new().grains().build();
        arena.try_alloc_grains(16, 16).unwrap();
        arena
    }

    #[test]
    fn a_block_says_its_size_to_its_owner_until_it_is_freed() {
        let arena = settled();
        let before = arena.used();
        let block = arena.take_headed(40, OWNER).unwrap();
        assert_eq!((block.addr().get() % 16, arena.used() - before), (0, 64));
        assert_eq!((arena.headed(block, OWNER), arena.headed(block, OWNER + 16)), (Headed::Live(40), Headed::Nothing));
        // SAFETY: live until freed.
        unsafe {
            assert!(arena.resize_headed(block, 40, 100, OWNER));
            assert_eq!(arena.headed(block, OWNER), Headed::Live(100));
            let behind = arena.take_headed(8, OWNER).unwrap();
            assert!(!arena.resize_headed(block, 100, 1000, OWNER) && arena.headed(block, OWNER) == Headed::Live(100));
            arena.free_headed(behind, 8, OWNER);
            arena.free_headed(block, 100, OWNER);
        }
        assert_eq!((arena.headed(block, OWNER), arena.used()), (Headed::Freed, before));
    }

    #[test]
    fn any_address_can_be_asked_for() {
        let arena = settled();
        let block = arena.take_headed(40, OWNER).unwrap();
        let bounds = arena.bounds_around(block.addr().get()).unwrap();
        let asked =
            [1, 8, 16, block.addr().get() + 16, block.addr().get() + 8, bounds.start, bounds.end, usize::MAX & !15];
        for address in asked {
            let address = NonNull::new(core::ptr::with_exposed_provenance_mut::<u8>(address)).unwrap();
            assert_eq!(arena.headed(address, OWNER), Headed::Nothing, "{address:p}");
        }
        assert!(Arena::new().bounds_around(block.addr().get()).is_none());
        assert!(arena.take_headed(0, OWNER).is_none() && arena.take_headed(usize::MAX - 8, OWNER).is_none());
        assert!(arena.try_alloc_headed(usize::MAX - 8, OWNER).is_err());
    }

    #[test]
    fn a_range_is_not_read_where_it_is_not_committed() {
        let arena = ArenaOptions::new().grains().reserve(1 << 30).build();
        let block = arena.try_alloc_headed(40, OWNER).unwrap();
        assert_eq!(arena.headed(block, OWNER), Headed::Live(40));
        let bounds = arena.bounds_around(block.addr().get()).unwrap();
        assert!(bounds.len() > 1 << 29);
        let far = NonNull::new(core::ptr::with_exposed_provenance_mut::<u8>(bounds.end - 4096)).unwrap();
        assert_eq!(arena.headed(far, OWNER), Headed::Nothing);
    }

    #[test]
    fn what_notes_its_blocks_serves_none_with_a_header() {
        let mut arena = ArenaOptions::new().grains().build();
        assert!(!arena.serves_headed(), "no block yet");
        arena.try_alloc_grains(16, 16).unwrap();
        assert!(arena.serves_headed());
        #[cfg(feature = "debug")]
        {
            arena.set_grade(Some(crate::debug::Grade::Sites)).unwrap();
            assert!(!arena.serves_headed());
        }
    }
}
