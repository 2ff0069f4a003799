//! Memory that holds nothing of the program's, and has to stay as it was filled.

use super::{Difference, Fill, Metadata, fill, first_difference, tools};
use allocator_api2::vec::Vec;
use core::{ops::Range, ptr::NonNull};

/// Parts of an allocator's one range that were filled: fences, what was popped, what a reset left. Whoever writes there
/// breaks the rule that the byte stands for, which is seen when a part is looked at: before it is used again, or by a
/// check. Tools keep the parts closed.
pub(crate) struct Filled {
    /// In the order of addresses; none overlap.
    parts: Vec<Part, Metadata>,
}

#[derive(Clone, Copy)]
struct Part {
    start: usize,
    end: usize,
    fill: Fill,
}

/// A byte that was written.
#[derive(Clone, Copy)]
pub(crate) struct Written {
    pub(crate) address: usize,
    pub(crate) difference: Difference,
}

impl Part {
    /// What was written first in it.
    fn look(&self) -> Option<Written> {
        let (start, size) = (exposed(self.start), self.end - self.start);
        tools::defined(self.start, size);
        // SAFETY: the allocator's own memory, which `add` filled and nobody was given since.
        let difference = unsafe { first_difference(start, size, self.fill) }?;
        Some(Written { address: self.start + difference.offset, difference })
    }
}

impl Filled {
    pub(crate) const fn new() -> Self {
        Self { parts: Vec::new_in(Metadata) }
    }

    /// Fills `size` bytes and watches them. What was watched there before is not looked at. Without memory to note it, the
    /// part is filled and not watched.
    ///
    /// # Safety
    /// The memory is the allocator's and stays usable while it is watched; `start` is exposed, and nobody was given it.
    pub(crate) unsafe fn add(&mut self, start: usize, size: usize, what: Fill) {
        if size == 0 {
            return;
        }
        self.forget(start..start + size);
        // SAFETY: the caller's promise.
        unsafe { fill(exposed(start), size, what) };
        let at = self.parts.partition_point(|part| part.end <= start);
        let joins = at.checked_sub(1).filter(|&at| (self.parts[at].end, self.parts[at].fill) == (start, what));
        if let Some(before) = joins {
            self.parts[before].end = start + size;
        } else if self.parts.try_reserve(1).is_ok() {
            self.parts.insert(at, Part { start, end: start + size, fill: what });
        } else {
            return;
        }
        tools::no_access(start, size);
    }

    /// The first byte in a range that was written, and the range is watched no longer: it is about to be used.
    pub(crate) fn take(&mut self, range: Range<usize>) -> Option<Written> {
        let within = |part: &Part| Part { start: part.start.max(range.start), end: part.end.min(range.end), ..*part };
        let first = self.parts.partition_point(|part| part.end <= range.start);
        let parts = self.parts[first..].iter().take_while(|part| part.start < range.end);
        let written = parts.filter_map(|part| within(part).look()).next();
        self.forget(range);
        written
    }

    /// Watches a range no longer, whatever it holds.
    pub(crate) fn forget(&mut self, range: Range<usize>) {
        let first = self.parts.partition_point(|part| part.end <= range.start);
        let last = self.parts.partition_point(|part| part.start < range.end);
        if first >= last || range.is_empty() {
            return;
        }
        let (before, behind) = (self.parts[first], self.parts[last - 1]);
        for part in &self.parts[first..last] {
            let (start, end) = (part.start.max(range.start), part.end.min(range.end));
            tools::undefined(start, end - start);
        }
        let left = (before.start < range.start).then_some(Part { end: range.start, ..before });
        let right = (behind.end > range.end).then_some(Part { start: range.end, ..behind });
        // One more at the most: a part that is cut in two. Without memory for that its rear is watched no longer.
        let right = right.filter(|right| {
            let room = left.is_none() || last - first > 1 || self.parts.try_reserve(1).is_ok();
            if !room {
                tools::undefined(right.start, right.end - right.start);
            }
            room
        });
        self.parts.splice(first..last, left.into_iter().chain(right));
    }

    /// Looks at every part, and mends what was written.
    pub(crate) fn check(&mut self, mut found: impl FnMut(Written)) {
        for part in &self.parts {
            if let Some(written) = part.look() {
                found(written);
                // SAFETY: as in `look`.
                unsafe { fill(exposed(part.start), part.end - part.start, part.fill) };
            }
            tools::no_access(part.start, part.end - part.start);
        }
    }

    /// Watches nothing any more.
    pub(crate) fn clear(&mut self) {
        self.forget(0..usize::MAX);
    }
}

/// A pointer into the range, which the allocator exposed.
fn exposed(address: usize) -> NonNull<u8> {
    // SAFETY: no range begins at null.
    unsafe { NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut(address)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_what_a_map_of_bytes_would_say() {
        let mut room = [0u64; 32];
        let base = room.as_mut_ptr().expose_provenance();
        let (mut filled, mut model) = (Filled::new(), [None; 256]);
        let mut random = 88_172_645_463_325_252_u64;
        for _ in 0..20_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let start = random as usize % 256;
            // This test looks at what tools keep closed.
            tools::defined(base, 256);
            let size = (random >> 20) as usize % (257 - start).min(40);
            match (random >> 40) % 4 {
                0 | 1 => {
                    let what = Fill::ALL[(random >> 50) as usize % 4];
                    // SAFETY: bytes of the room.
                    unsafe { filled.add(base + start, size, what) };
                    model[start..start + size].fill(Some(what));
                }
                2 => {
                    let expected = (start..start + size).find(|&at| {
                        // SAFETY: a byte of the room.
                        let byte = unsafe { exposed(base + at).read() };
                        model[at].is_some_and(|what: Fill| what.byte() != byte)
                    });
                    let found = filled.take(base + start..base + start + size);
                    assert_eq!(found.map(|written| written.address - base), expected);
                    model[start..start + size].fill(None);
                }
                _ if model[start].is_some() => {
                    // SAFETY: a byte of the room.
                    unsafe { exposed(base + start).write(0x11) };
                    let mut seen = std::vec::Vec::new();
                    filled.check(|written| seen.push(written.address - base));
                    assert_eq!(seen, [start], "one byte was written, and those before it were mended");
                }
                _ => {}
            }
            let mut watched = [None; 256];
            for part in &filled.parts {
                assert!(part.start < part.end);
                watched[part.start - base..part.end - base].fill(Some(part.fill));
            }
            assert_eq!(watched, model);
            assert!(filled.parts.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
        filled.clear();
    }
}
