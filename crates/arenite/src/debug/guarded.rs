//! A block between fences.

use super::{BlockRecord, Difference, Fences, Fill, Grade, fill, first_difference, tools};
use core::{alloc::Layout, ptr::NonNull};

/// A block that was made under [`Grade::Guard`] or above: where its whole lies, fences and all.
///
/// There is one for as long as the books have the block as live or held, and so the whole is the allocator's.
#[derive(Clone, Copy)]
pub(crate) struct Guarded {
    base: NonNull<u8>,
    fences: Fences,
    size: usize,
}

impl Guarded {
    /// Of a block in the books; `None`: it was made without fences, or on [`pages`](super::pages) of its own.
    #[inline]
    pub(crate) fn of(record: &BlockRecord) -> Option<Self> {
        if record.grade < Grade::Guard || record.grade == Grade::Page {
            return None;
        }
        let fences = Fences::around(Layout::from_size_align(record.size, record.align).ok()?, record.padding as usize)?;
        // `begin` exposed it. A pointer of the program's may reach no further than the block.
        let base = core::ptr::with_exposed_provenance_mut(record.address - fences.front());
        Some(Self { base: NonNull::new(base)?, fences, size: record.size })
    }

    /// Writes fences into a fresh whole and fills the block.
    ///
    /// # Safety
    /// `base` starts a fresh `fences.whole()` for a block of `size` bytes.
    #[inline(always)]
    pub(crate) unsafe fn begin(base: NonNull<u8>, fences: Fences, size: usize, zeroed: bool) -> Self {
        let _ = base.as_ptr().expose_provenance();
        let new = Self { base, fences, size };
        let told = tools::active();
        if told {
            // It may have been closed since its last block died.
            new.open();
        }
        // SAFETY: the caller's promise.
        unsafe {
            fences.write(base);
            if zeroed {
                new.block().write_bytes(0, size);
            } else {
                fill(new.block(), size, Fill::Fresh);
            }
        }
        if told {
            new.close_fences();
            if !zeroed {
                tools::undefined(new.block().addr().get(), size);
            }
        }
        new
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(crate) fn whole(&self) -> Layout {
        self.fences.whole()
    }

    pub(crate) fn block(&self) -> NonNull<u8> {
        // SAFETY: the block lies in the whole, `front` bytes behind its start.
        unsafe { self.base.add(self.fences.front()) }
    }

    /// The broken fence byte, if one is; the fences are whole afterwards, so that nothing is told twice.
    ///
    /// # Safety
    /// The block is live in the books, which are locked, or its record has just left them.
    #[inline]
    pub(crate) unsafe fn broken(&self) -> Option<(isize, Difference)> {
        let told = tools::active();
        if told {
            self.fence_ranges().into_iter().for_each(|(start, size)| tools::defined(start, size));
        }
        // SAFETY: `begin` wrote the fences, and only a fault of the program's writes them.
        let broken = unsafe { self.fences.check(self.base) };
        if broken.is_some() {
            // SAFETY: the whole is the allocator's.
            unsafe { self.fences.write(self.base) };
        }
        if told {
            self.close_fences();
        }
        broken
    }

    /// Fills the block as freed, and closes the whole when it is held back.
    ///
    /// # Safety
    /// The program has given the block back, and nobody else gets the whole meanwhile.
    #[inline]
    pub(crate) unsafe fn end(&self, held: bool) {
        // SAFETY: the caller's promise.
        unsafe { fill(self.block(), self.size, Fill::Freed) };
        if held {
            tools::no_access(self.base.addr().get(), self.whole().size());
        }
    }

    /// Makes the block smaller; what it gives up is fence.
    ///
    /// # Safety
    /// As [`broken`](Self::broken); the block has at least `size` bytes, and the program uses no more of them.
    pub(crate) unsafe fn shrink(&self, size: usize) {
        let (start, rest) = (self.block().addr().get() + size, self.whole().size() - self.fences.front() - size);
        tools::undefined(start, rest);
        // SAFETY: the rest of the whole, which is the allocator's.
        unsafe { fill(self.block().add(size), rest, Fill::Fence) };
        tools::no_access(start, rest);
    }

    /// The byte of a held block that was written, if one was; it is as before afterwards.
    ///
    /// # Safety
    /// The block was held and its memory is still the layer's.
    pub(crate) unsafe fn written(&self) -> Option<(isize, Difference)> {
        self.open();
        tools::defined(self.base.addr().get(), self.whole().size());
        // SAFETY: `end` filled the block; as in `broken` for the fences.
        let inside = unsafe { first_difference(self.block(), self.size, Fill::Freed) };
        let written = match inside {
            Some(difference) => Some((difference.offset as isize, difference)),
            // SAFETY: as above.
            None => unsafe { self.fences.check(self.base) },
        };
        if written.is_some() {
            // SAFETY: the whole is the allocator's.
            unsafe {
                self.fences.write(self.base);
                fill(self.block(), self.size, Fill::Freed);
            }
        }
        tools::no_access(self.base.addr().get(), self.whole().size());
        written
    }

    /// Lets the allocator below have the whole again, as far as tools are concerned.
    pub(crate) fn open(&self) {
        tools::undefined(self.base.addr().get(), self.whole().size());
    }

    /// Tells tools that the block is in use, in the pool of this anchor; `defined`: it has contents.
    pub(crate) fn enter_pool(&self, anchor: usize, defined: bool) {
        let start = self.block().addr().get();
        tools::pool_alloc(anchor, start, self.size);
        if defined {
            tools::defined(start, self.size);
        }
        self.close_fences();
    }

    /// Tells tools that the block has ended: it is closed to them.
    pub(crate) fn leave_pool(&self, anchor: usize) {
        tools::pool_free(anchor, self.block().addr().get(), self.size);
    }

    /// Nobody is to touch the fences, as far as tools are concerned.
    fn close_fences(&self) {
        for (start, size) in self.fence_ranges() {
            tools::no_access(start, size);
        }
    }

    fn fence_ranges(&self) -> [(usize, usize); 2] {
        let (base, front) = (self.base.addr().get(), self.fences.front());
        let rear = front + self.size;
        [(base, front), (base + rear, self.whole().size() - rear)]
    }
}
