//! The trait for arenas and what takes their cursor over.

use super::{AllocatorStats, Capabilities, DynAllocator, ResetError, ResetMode};
use crate::{AllocError, Arena, BufferArena, Claim, Handle, Scope};
use core::{alloc::Layout, ptr::NonNull};

const OF_HANDLES: Capabilities = Capabilities::FREE_LAST.with(Capabilities::RESIZE).with(Capabilities::OWNS);

/// What has an arena's handle. Only the arena itself is reset: what goes back with its owner cannot do so alone.
trait Cursor {
    const CAPABILITIES: Capabilities = OF_HANDLES;

    fn cursor(&self) -> &Handle;

    unsafe fn start_over(&self, _mode: ResetMode) -> Result<(), ResetError> {
        Err(ResetError::Unsupported)
    }

    fn figures(&self) -> AllocatorStats {
        AllocatorStats { used: Some(self.cursor().used()), ..AllocatorStats::default() }
    }
}

impl Cursor for Handle {
    #[inline(always)]
    fn cursor(&self) -> &Handle {
        self
    }
}

impl Cursor for Scope<'_> {
    #[inline(always)]
    fn cursor(&self) -> &Handle {
        self
    }
}

impl Cursor for Claim<'_> {
    #[inline(always)]
    fn cursor(&self) -> &Handle {
        self.as_handle()
    }
}

impl Cursor for Arena {
    const CAPABILITIES: Capabilities = OF_HANDLES.with(Capabilities::RESET);

    #[inline(always)]
    fn cursor(&self) -> &Handle {
        self
    }

    unsafe fn start_over(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.reset_shared(mode) }
    }

    fn figures(&self) -> AllocatorStats {
        let stats = self.stats();
        AllocatorStats {
            used: Some(stats.used),
            held: Some(stats.allocated),
            live: None,
            blocks_taken: Some(stats.blocks_taken),
            blocks_returned: Some(stats.blocks_returned),
        }
    }
}

impl Cursor for BufferArena<'_> {
    const CAPABILITIES: Capabilities = Arena::CAPABILITIES.with(Capabilities::BOUNDED);

    #[inline(always)]
    fn cursor(&self) -> &Handle {
        self
    }

    unsafe fn start_over(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { Arena::start_over(self, mode) }
    }

    fn figures(&self) -> AllocatorStats {
        Arena::figures(self)
    }
}

/// Implements the trait for references; for all of them at once would overlap with that for references to allocators.
macro_rules! by_cursor {
    ($($owner:ty),*) => {$(
        // SAFETY: blocks stay until the handle's owner goes back, which the references in them prevent; a resize moves
        // the cursor that lies right behind the block.
        unsafe impl DynAllocator for &$owner {
            #[inline]
            fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                let memory = self.cursor().try_alloc_layout(layout)?;
                Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
            }

            #[inline]
            unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
                // SAFETY: the caller's promise.
                unsafe { self.cursor().resize_last(memory, old.size(), new_size) || new_size <= old.size() }
            }

            fn owns(&self, address: *const u8) -> bool {
                self.cursor().owns(address)
            }

            /// Blocks that are noted, from [`Grade::Sites`](crate::debug::Grade::Sites) on, stay where they are and as large
            /// as they are: what is promised otherwise does not hold while the arena is under such a grade.
            fn capabilities(&self) -> Capabilities {
                let varies = Capabilities::RESIZE | Capabilities::LIFO | Capabilities::FREE_LAST;
                let noted = self.cursor().notes_blocks();
                <$owner>::CAPABILITIES.without(if noted { varies } else { Capabilities::NONE })
            }

            unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
                // SAFETY: the caller's promise.
                unsafe { self.start_over(mode) }
            }

            fn stats(&self) -> AllocatorStats {
                self.figures()
            }
        }
    )*};
}

by_cursor!(Handle, Scope<'_>, Claim<'_>, Arena, BufferArena<'_>);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn an_arena_is_reset_by_the_interface_unless_a_scope_has_its_cursor() {
        let arena = Arena::new();
        let memory: &dyn DynAllocator = &&arena;
        arena.alloc_slice_fill(100_000, 1u8);
        let scope = arena.scope();
        // SAFETY: nothing is used any more.
        assert_eq!(unsafe { memory.reset(ResetMode::Keep) }, Err(ResetError::Claimed));
        // SAFETY: as above.
        assert_eq!(unsafe { (&&scope).reset(ResetMode::Keep) }, Err(ResetError::Unsupported));
        drop(scope);
        assert!(memory.stats().used >= Some(100_000));
        // SAFETY: as above.
        assert_eq!(unsafe { memory.reset(ResetMode::Keep) }, Ok(()));
        assert_eq!(memory.stats().used, Some(0));
        assert!(memory.stats().held >= Some(100_000));
        // SAFETY: as above.
        assert_eq!(unsafe { memory.reset(ResetMode::GiveBack) }, Ok(()));
        assert!(memory.stats().held <= Some(4096));
    }

    #[test]
    fn the_last_block_is_resized_where_it_is_and_others_only_shrink() {
        let arena = Arena::new();
        let memory = &&arena;
        let layout = Layout::array::<u8>(24).unwrap();
        let blocks: Vec<_> = (0..2).map(|_| memory.try_allocate(layout).unwrap().cast::<u8>()).collect();
        // SAFETY: live blocks of this layout; the sizes change as asked.
        unsafe {
            assert!(memory.resize(blocks[1], layout, 240));
            assert!(!memory.resize(blocks[0], layout, 25));
            assert!(memory.resize(blocks[0], layout, 8));
        }
        assert_eq!(arena.used(), 24 + 240);
    }

    #[test]
    fn a_refusal_tells_its_reason_through_the_interface() {
        let arena = crate::ArenaOptions::new().limit(8192).build();
        let refused = (&&arena).try_allocate(Layout::array::<u8>(100_000).unwrap()).unwrap_err();
        assert!(matches!(refused.kind(), crate::ErrorKind::LimitExceeded { limit: 8192, .. }));
    }
}
