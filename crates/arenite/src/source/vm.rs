//! The kernel's pages as a source of blocks.

use super::{Source, os, reservation::GRANULE};
use crate::bump::round_up;
use core::{alloc::Layout, ptr::NonNull};

/// Blocks straight from the kernel, in multiples of 64 KiB, zeroed. A block given back leaves the process at once.
///
/// For large chunks, or where the C heap must stay out of it; small chunks are better off with [`System`](super::System).
#[derive(Clone, Copy, Debug, Default)]
pub struct Vm {
    huge_pages: bool,
}

impl Vm {
    /// Blocks of ordinary pages.
    #[must_use]
    pub const fn new() -> Self {
        Self { huge_pages: false }
    }

    /// Blocks of 2 MiB and more ask for huge pages, and start on a 2 MiB boundary.
    #[must_use]
    pub const fn huge_pages() -> Self {
        Self { huge_pages: true }
    }

    /// Size and offset-giving alignment of the mapping behind a block: both sides compute the same from the layout.
    fn shape(&self, layout: Layout) -> Option<(usize, usize)> {
        let huge = self.huge_pages && layout.size() >= crate::bump::MAX_ALIGN;
        let align = layout.align().max(if huge { crate::bump::MAX_ALIGN } else { GRANULE });
        let size = round_up(layout.size(), GRANULE);
        size.checked_add(align).map(|mapped| (mapped, align))
    }
}

// SAFETY: a block is a fresh private mapping, page-aligned or better, zeroed by the kernel, and released as mapped.
unsafe impl Source for Vm {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let (mapped, align) = self.shape(layout)?;
        let mapping = os::reserve(mapped, 0).ok()?;
        // One granule at the least stays in front of the block; its first word, in a page of its own, says where the
        // mapping begins.
        let base = round_up(mapping.addr().get() + 1, align);
        let offset = base - mapping.addr().get();
        let size = round_up(layout.size(), GRANULE);
        // SAFETY: `offset + size <= mapped`, since the mapping starts on a page and `align` is at least one granule.
        let block = unsafe { mapping.add(offset) };
        let head = os::page_size();
        // SAFETY: both ranges lie in our fresh mapping: the page before the block, and the block.
        let ready = unsafe { os::commit(block.as_ptr().sub(head), size + head) };
        if ready.is_err() {
            // SAFETY: our own fresh mapping, unused.
            unsafe { os::release(mapping.as_ptr(), mapped) };
            return None;
        }
        // SAFETY: the page before the block was just committed.
        unsafe { block.as_ptr().sub(head).cast::<*mut u8>().write(mapping.as_ptr()) };
        if align == crate::bump::MAX_ALIGN && self.huge_pages {
            // SAFETY: our own block.
            unsafe { os::advise_huge(block.as_ptr(), size) };
        }
        Some(block)
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        let Some((mapped, _)) = self.shape(layout) else { return };
        // SAFETY: `take` wrote the mapping's address into the page before the block; the caller is done with the block.
        unsafe {
            let mapping = block.as_ptr().sub(os::page_size()).cast::<*mut u8>().read();
            os::release(mapping, mapped);
        }
    }

    fn zeroed(&self) -> bool {
        true
    }

    fn granule(&self) -> usize {
        GRANULE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_zeroed_aligned_and_go_back_whole() {
        for vm in [Vm::new(), Vm::huge_pages()] {
            for (size, align) in [(1, 1), (4096, 16), (65_536, 4096), (65_537, 65_536), (3 << 20, 2 << 20)] {
                let layout = Layout::from_size_align(size, align).unwrap();
                let block = vm.take(layout).unwrap();
                assert_eq!(block.addr().get() % align.max(GRANULE), 0);
                // SAFETY: ours until given back.
                unsafe {
                    assert_eq!(block.add(size - 1).read(), 0);
                    block.add(size - 1).write(1);
                    vm.give(block, layout);
                }
            }
        }
    }

    #[test]
    fn an_impossible_size_is_refused() {
        let layout = Layout::from_size_align(isize::MAX as usize & !0xFFFF, 1 << 16).unwrap();
        // A 32-bit program may have room for one of 2 GiB.
        let blocks: std::vec::Vec<_> = core::iter::from_fn(|| Vm::new().take(layout)).take(3).collect();
        assert!(blocks.len() < if usize::BITS == 64 { 1 } else { 3 });
        for block in blocks {
            // SAFETY: taken above with this layout.
            unsafe { Vm::new().give(block, layout) };
        }
    }
}
