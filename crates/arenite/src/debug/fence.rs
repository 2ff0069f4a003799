//! Room around a block.

use super::{Difference, Fill, fill, first_difference};
use core::{alloc::Layout, ptr::NonNull};

/// Where a block lies between its fences: `front` bytes before it, and behind it the odd bytes of its size and a rear
/// fence. Every byte of the whole that is not the block's is a fence, so a write of one byte past any end is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fences {
    front: usize,
    size: usize,
    whole: Layout,
}

impl Fences {
    /// The least bytes on either side.
    pub(crate) const LEAST: usize = 16;

    /// For a block of `layout`, with `padding` more bytes before it (rounded to its alignment): what a
    /// [`Shake`](super::Shake) adds. `None` when the whole would pass `isize::MAX`.
    #[inline]
    pub(crate) fn around(layout: Layout, padding: usize) -> Option<Self> {
        let front = Self::LEAST.checked_add(padding)?.checked_next_multiple_of(layout.align())?;
        let size = front.checked_add(layout.size())?.checked_add(Self::LEAST)?;
        let whole = Layout::from_size_align(size, layout.align()).ok()?.pad_to_align();
        // A size that is a multiple of 8 lets AddressSanitizer close all of the rear fence.
        let whole = Layout::from_size_align(whole.size().checked_next_multiple_of(8)?, layout.align()).ok()?;
        Some(Self { front, size: layout.size(), whole })
    }

    /// What to take from the allocator.
    pub(crate) const fn whole(&self) -> Layout {
        self.whole
    }

    /// Bytes from the start of the whole to the block.
    pub(crate) const fn front(&self) -> usize {
        self.front
    }

    const fn rear(&self) -> usize {
        self.front + self.size
    }

    /// Writes both fences; the block itself is not touched.
    ///
    /// # Safety
    /// `base` starts a [`whole`](Self::whole) that may be written and that nobody else uses meanwhile.
    #[inline]
    pub(crate) unsafe fn write(&self, base: NonNull<u8>) {
        // SAFETY: the caller's promise; `front` bytes lie at the start of the whole.
        unsafe { fill(base, self.front, Fill::Fence) };
        // SAFETY: the rear fence reaches from behind the block to the end of the whole.
        unsafe { fill(base.add(self.rear()), self.whole.size() - self.rear(), Fill::Fence) };
    }

    /// The broken fence byte next to the block: bytes from the start of the block, negative before it, and what it is.
    ///
    /// # Safety
    /// `base` starts a whole whose fences were written; nobody writes them meanwhile.
    #[inline]
    pub(crate) unsafe fn check(&self, base: NonNull<u8>) -> Option<(isize, Difference)> {
        // SAFETY: the caller's promise; the same range as in `write`.
        let rear = unsafe { first_difference(base.add(self.rear()), self.whole.size() - self.rear(), Fill::Fence) };
        if let Some(difference) = rear {
            return Some(((self.size + difference.offset) as isize, difference));
        }
        // SAFETY: likewise.
        let front = unsafe { first_difference(base, self.front, Fill::Fence) }?;
        Some((front.offset as isize - self.front as isize, front))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_around_a_block_is_watched_and_the_block_keeps_its_alignment() {
        #[repr(align(256))]
        struct Room([u8; 2048]);
        let mut room = Room([0; 2048]);
        for align in [1, 2, 8, 16, 64, 256] {
            for size in [0, 1, 3, 8, 13, 100] {
                for padding in [0, 1, 40] {
                    let fences = Fences::around(Layout::from_size_align(size, align).unwrap(), padding).unwrap();
                    let whole = fences.whole();
                    assert!(fences.front() % align == 0 && fences.front() >= Fences::LEAST + padding);
                    assert!(whole.size() - fences.rear() >= Fences::LEAST && whole.size() % 8 == 0);
                    room.0.fill(1);
                    let base = NonNull::from(&mut room.0[0]);
                    // SAFETY: the whole lies in the room.
                    unsafe { fences.write(base) };
                    // SAFETY: as above.
                    assert_eq!(unsafe { fences.check(base) }, None);
                    let block = fences.front()..fences.rear();
                    assert!(room.0[block.clone()].iter().all(|&byte| byte == 1) && room.0[whole.size()] == 1);
                    for at in (0..whole.size()).filter(|at| !block.contains(at)) {
                        room.0[at] = 9;
                        // SAFETY: as above.
                        let (offset, found) = unsafe { fences.check(NonNull::from(&mut room.0[0])) }.unwrap();
                        assert_eq!(offset, at as isize - fences.front() as isize);
                        assert_eq!((found.was, found.found), (Fill::Fence, 9));
                        room.0[at] = Fill::Fence.byte();
                    }
                }
            }
        }
    }

    #[test]
    fn a_block_too_large_for_fences_has_none() {
        let largest = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
        assert_eq!(Fences::around(largest, 0), None);
        assert_eq!(Fences::around(Layout::new::<u8>(), usize::MAX), None);
    }
}
