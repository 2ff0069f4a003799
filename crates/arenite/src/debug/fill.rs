//! Bytes that tell which rule broke.

use core::ptr::NonNull;

/// What memory that holds nothing of the program is filled with, from [`Grade::Guard`](super::Grade::Guard) on. Seen in a
/// debugger or a crash, each byte tells what was done to the memory, and so which rule a reader of it broke.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Fill {
    /// 0xCD: handed out and not written yet. Who reads it reads before the first write.
    Fresh = 0xCD,
    /// 0xDD: an arena's, after its reset, clear or rewind. Who reads it kept a pointer beyond its lifetime.
    Reset = 0xDD,
    /// 0xDE: a block freed by itself, or one that a growing vector left behind. Who reads it kept a pointer to it.
    Freed = 0xDE,
    /// 0xFD: around a block. Who reads it is past an end of the block.
    Fence = 0xFD,
}

impl Fill {
    /// Every fill.
    pub const ALL: [Self; 4] = [Self::Fresh, Self::Reset, Self::Freed, Self::Fence];

    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// The fill that a byte seen somewhere may stand for.
    ///
    /// ```
    /// use arenite::debug::Fill;
    /// assert_eq!(Fill::of(0xDE), Some(Fill::Freed));
    /// assert_eq!(Fill::of(0), None);
    /// ```
    #[must_use]
    pub fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fill| fill.byte() == byte)
    }

    /// What was done to memory that holds it.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Fresh => "memory handed out and not yet written",
            Self::Reset => "arena memory after a reset, clear or rewind",
            Self::Freed => "a freed block, or one that a growing vector left behind",
            Self::Fence => "a fence around a block",
        }
    }
}

/// A byte that is not what it was filled with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Difference {
    /// Bytes from the start of the range.
    pub(crate) offset: usize,
    /// What it was filled with: the rule that was broken.
    pub(crate) was: Fill,
    /// What is there now.
    pub(crate) found: u8,
}

/// Sixteen bytes at a time: one register of the smallest machines that have vectors.
type Wide = u128;
const WIDE: usize = size_of::<Wide>();

const fn wide(byte: u8) -> Wide {
    Wide::from_ne_bytes([byte; WIDE])
}

/// Fills `size` bytes. What has a length of a few registers, as fences and most blocks, is filled here: a call of the C
/// library's own function costs more than that.
///
/// # Safety
/// The bytes may be written, and nobody else uses them meanwhile.
#[inline]
pub(crate) unsafe fn fill(start: NonNull<u8>, size: usize, fill: Fill) {
    let (value, at) = (wide(fill.byte()), |offset: usize| start.as_ptr().wrapping_add(offset).cast::<Wide>());
    // SAFETY: the caller's promise; each offset leaves sixteen bytes of the `size`.
    unsafe {
        match size {
            WIDE..=FEW => {
                at(0).write_unaligned(value);
                if size > 2 * WIDE {
                    at(WIDE).write_unaligned(value);
                    at(size - 2 * WIDE).write_unaligned(value);
                }
                at(size - WIDE).write_unaligned(value);
            }
            _ => start.write_bytes(fill.byte(), size),
        }
    }
}

/// As many bytes as are compared or filled without a loop.
const FEW: usize = 4 * WIDE;

/// The first of `size` bytes that is not what it was filled with. O(size), a vector register at a time.
///
/// # Safety
/// The bytes may be read, are initialised, and nobody writes them meanwhile.
#[inline]
pub(crate) unsafe fn first_difference(start: NonNull<u8>, size: usize, fill: Fill) -> Option<Difference> {
    let expected = wide(fill.byte());
    // SAFETY: the caller's promise; each offset that it is asked with leaves sixteen bytes of the `size`.
    let differs = |offset: usize| unsafe { start.add(offset).cast::<Wide>().read_unaligned() ^ expected };
    if (WIDE..=2 * WIDE).contains(&size) && differs(0) | differs(size - WIDE) == 0 {
        return None;
    }
    // SAFETY: the caller's promise.
    let (offset, found) = unsafe { first_that(start, size, |byte| byte ^ fill.byte()) }?;
    Some(Difference { offset, was: fill, found })
}

/// The first of `size` bytes that is neither [`Fill::Reset`] nor [`Fill::Freed`], and what it is. O(size).
///
/// # Safety
/// As [`first_difference`].
#[inline]
pub(crate) unsafe fn first_written(start: NonNull<u8>, size: usize) -> Option<(usize, u8)> {
    const { assert!(Fill::Freed.byte() == Fill::Reset.byte() + 1) };
    // SAFETY: the caller's promise.
    unsafe { first_that(start, size, |byte| byte.wrapping_sub(Fill::Reset.byte()) & !1) }
}

/// The first of `size` bytes that differs, and what it is. How it differs is bits, so that those of many bytes can be
/// gathered before any is looked at.
///
/// # Safety
/// As [`first_difference`].
unsafe fn first_that(start: NonNull<u8>, size: usize, differs: impl Fn(u8) -> u8) -> Option<(usize, u8)> {
    // SAFETY: the caller's promise; the slice lives as long as this call.
    let bytes = unsafe { core::slice::from_raw_parts(start.as_ptr(), size) };
    // Without a branch inside a step, which lets the compiler use vectors.
    fn same<const STEP: usize>(step: &[u8; STEP], differs: impl Fn(u8) -> u8) -> bool {
        step.iter().fold(0, |all, &byte| all | differs(byte)) == 0
    }
    let mut clean = 0;
    while let Some(step) = bytes[clean..].first_chunk::<FEW>().filter(|step| same(step, &differs)) {
        clean += step.len();
    }
    while let Some(step) = bytes[clean..].first_chunk::<WIDE>().filter(|step| same(step, &differs)) {
        clean += step.len();
    }
    // What is left is looked at once more with what lies before it.
    if bytes.last_chunk::<WIDE>().is_some_and(|step| clean + WIDE > size && same(step, &differs)) {
        return None;
    }
    let offset = clean + bytes[clean..].iter().position(|&byte| differs(byte) != 0)?;
    Some((offset, bytes[offset]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_range_is_clean_and_any_changed_byte_of_it_is_found_first() {
        let mut bytes = [0u8; 300];
        for what in Fill::ALL {
            for size in [0, 1, 7, 63, 64, 65, 128, 200, 300] {
                bytes.fill(0x11);
                let start = NonNull::from(&mut bytes[0]);
                // SAFETY: a prefix of the array, used by this test alone.
                unsafe { fill(start, size, what) };
                // SAFETY: as above.
                assert_eq!(unsafe { first_difference(start, size, what) }, None);
                assert!(bytes[size..].iter().all(|&byte| byte == 0x11), "a byte behind the range was written");
                for offset in 0..size {
                    bytes[size - 1] = 0x22;
                    bytes[offset] = 0x33;
                    let start = NonNull::from(&mut bytes[0]);
                    // SAFETY: as above.
                    let found = unsafe { first_difference(start, size, what) };
                    assert_eq!(found, Some(Difference { offset, was: what, found: 0x33 }));
                    bytes[offset] = what.byte();
                    bytes[size - 1] = what.byte();
                }
            }
        }
    }
}
