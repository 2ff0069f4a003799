//! Size classes.

use core::alloc::Layout;

/// The largest block that comes from a list.
pub(super) const LARGEST: usize = 4096;

/// The number of classes: every 16 bytes up to 256, then four for each doubling.
pub(super) const CLASSES: usize = 32;

const SIZES: [u16; CLASSES] = {
    let mut sizes = [0; CLASSES];
    let mut i = 0;
    while i < CLASSES {
        sizes[i] = if i < 16 { 16 * (i as u16 + 1) } else { (5 + i as u16 % 4) << (6 + (i - 16) / 4) };
        i += 1;
    }
    sizes
};

/// The class for `16 * i + 1` to `16 * i + 16` bytes, at i.
const INDEX: [u8; LARGEST / 16] = {
    let mut index = [0; LARGEST / 16];
    let (mut i, mut class) = (0, 0);
    while i < index.len() {
        if (i + 1) * 16 > SIZES[class] as usize {
            class += 1;
        }
        index[i] = class as u8;
        i += 1;
    }
    index
};

/// A size class: a number below [`CLASSES`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Class(u8);

impl Class {
    /// The class of blocks for a layout; `None` for one that is too large, or asks for nothing. A block of it is aligned as
    /// the layout asks: above 16 by its size, which is a power of two then.
    #[inline(always)]
    pub(super) fn of(layout: Layout) -> Option<Self> {
        let size = if layout.align() <= 16 || layout.size() == 0 {
            layout.size()
        } else {
            layout.size().max(layout.align()).checked_next_power_of_two()?
        };
        // Wraps for 0.
        let last = size.wrapping_sub(1);
        if last >= LARGEST { None } else { Some(Self(INDEX[last / 16])) }
    }

    /// The class whose blocks have exactly this size, which is a power of two from 16 to [`LARGEST`].
    pub(super) fn of_power(size: usize) -> Self {
        debug_assert!(size.is_power_of_two() && (16..=LARGEST).contains(&size));
        Self(INDEX[(size - 1) / 16])
    }

    /// The class with this number, modulo [`CLASSES`].
    pub(super) fn at(number: usize) -> Self {
        Self((number % CLASSES) as u8)
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..CLASSES).map(Self::at)
    }

    #[inline(always)]
    pub(super) fn number(self) -> usize {
        self.0 as usize
    }

    #[inline(always)]
    pub(super) fn size(self) -> usize {
        SIZES[self.number()] as usize
    }

    /// What its blocks start at a multiple of.
    pub(super) fn align(self) -> usize {
        if self.size().is_power_of_two() { self.size() } else { 16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_the_smallest_class_that_holds_it() {
        for size in 1..=LARGEST {
            let class = Class::of(Layout::from_size_align(size, 8).unwrap()).unwrap();
            assert!(class.size() >= size && class.size() - size < 16.max(size / 4 + 16));
            assert!(class.number() == 0 || Class::at(class.number() - 1).size() < size);
        }
        assert_eq!(Class::of(Layout::from_size_align(LARGEST + 1, 1).unwrap()), None);
        assert_eq!(Class::of(Layout::from_size_align(1, 8192).unwrap()), None);
        for align in [1, 16, 32, 4096] {
            assert_eq!(Class::of(Layout::from_size_align(0, align).unwrap()), None);
        }
    }

    #[test]
    fn alignments_are_those_of_the_blocks() {
        for shift in 0..=12 {
            for size in [1, 17, 100, 1000, 2049, 4096] {
                let layout = Layout::from_size_align(size, 1 << shift).unwrap();
                let class = Class::of(layout).unwrap();
                assert!(class.align() >= layout.align() && class.size() >= size);
            }
        }
        for shift in 4..=12 {
            assert_eq!(Class::of_power(1 << shift).size(), 1 << shift);
        }
    }
}
