//! Finding live and held blocks in a table, many bytes at a time.

use super::{
    class::GRAIN,
    table::{HELD, LIVE, Table},
};
#[cfg(not(all(target_arch = "x86_64", not(any(miri, arenite_shuttle)))))]
use crate::sync::Ordering;

/// How many bytes [`Table::occupied`] looks at.
pub(super) const STEP: usize = 16;
/// How many [`Table::is_free`] looks at.
pub(super) const STRIDE: usize = 64;

const _: () = assert!(LIVE == 0x80 && HELD == 0x40, "which is what is asked of each byte below");

// Assembly, because the bytes may be changing while they are read: to the processor these are relaxed loads of each, which
// compilers do not make of a loop of such loads, and a wider load of Rust's would be a data race.
#[cfg(all(target_arch = "x86_64", not(any(miri, arenite_shuttle))))]
impl Table {
    /// Which of the bytes for the [`STEP`] grains from `place` on are those of live or held blocks: a bit for each.
    ///
    /// # Safety
    /// As [`byte`](Table::byte), for each of them.
    #[inline(always)]
    pub(super) unsafe fn occupied(self, place: usize) -> u32 {
        let (live, held): (u32, u32);
        // SAFETY: the caller's promise.
        unsafe {
            core::arch::asm!(
                "movdqu {bytes}, [{first}]",
                "pmovmskb {live:e}, {bytes}",
                "paddb {bytes}, {bytes}",
                "pmovmskb {held:e}, {bytes}",
                first = in(reg) self.byte(place),
                bytes = out(xmm_reg) _,
                live = out(reg) live,
                held = lateout(reg) held,
                options(nostack, readonly, preserves_flags),
            );
        }
        live | held
    }

    /// Whether none of the bytes for the [`STRIDE`] grains from `place` on is that of a live or held block.
    ///
    /// # Safety
    /// As [`byte`](Table::byte), for each of them.
    #[inline(always)]
    pub(super) unsafe fn is_free(self, place: usize) -> bool {
        let any: u32;
        // SAFETY: the caller's promise.
        unsafe {
            core::arch::asm!(
                "movdqu {all}, [{first}]",
                "movdqu {next}, [{first} + 16]",
                "por {all}, {next}",
                "movdqu {next}, [{first} + 32]",
                "por {all}, {next}",
                "movdqu {next}, [{first} + 48]",
                "por {all}, {next}",
                "movdqa {next}, {all}",
                "paddb {next}, {next}",
                "por {all}, {next}",
                "pmovmskb {any:e}, {all}",
                first = in(reg) self.byte(place),
                all = out(xmm_reg) _,
                next = out(xmm_reg) _,
                any = lateout(reg) any,
                options(nostack, readonly, preserves_flags),
            );
        }
        any == 0
    }
}

#[cfg(not(all(target_arch = "x86_64", not(any(miri, arenite_shuttle)))))]
impl Table {
    /// As for x86-64.
    ///
    /// # Safety
    /// As there.
    pub(super) unsafe fn occupied(self, place: usize) -> u32 {
        (0..STEP).fold(0, |bits, index| {
            // SAFETY: the caller's promise.
            let byte = unsafe { self.byte(place + index * GRAIN) }.load(Ordering::Relaxed);
            bits | u32::from(byte & (LIVE | HELD) != 0) << index
        })
    }

    /// As for x86-64.
    ///
    /// # Safety
    /// As there.
    pub(super) unsafe fn is_free(self, place: usize) -> bool {
        (0..STRIDE).fold(0, |any, index| {
            // SAFETY: the caller's promise.
            any | unsafe { self.byte(place + index * GRAIN) }.load(Ordering::Relaxed)
        }) & (LIVE | HELD)
            == 0
    }
}

impl Table {
    /// The first place from `from` to `to` with a byte that is live or held, and is not `own`: that of the table itself.
    ///
    /// # Safety
    /// The places lie in the segment, which is alive.
    pub(super) unsafe fn next_occupied(self, from: usize, to: usize, own: usize) -> Option<usize> {
        let mut place = from;
        // SAFETY: no place at or above `to` is read.
        unsafe {
            while to - place >= STEP * GRAIN {
                if to - place >= STRIDE * GRAIN && self.is_free(place) {
                    place += STRIDE * GRAIN;
                    continue;
                }
                let bits = self.occupied(place) & !bit(place, own);
                if bits != 0 {
                    return Some(place + bits.trailing_zeros() as usize * GRAIN);
                }
                place += STEP * GRAIN;
            }
            (place..to).step_by(GRAIN).find(|&place| place != own && self.load(place) & (LIVE | HELD) != 0)
        }
    }

    /// The last one.
    ///
    /// # Safety
    /// As [`next_occupied`](Self::next_occupied).
    pub(super) unsafe fn last_occupied(self, from: usize, to: usize, own: usize) -> Option<usize> {
        let mut end = to;
        // SAFETY: no place below `from` is read.
        unsafe {
            while end - from >= STEP * GRAIN {
                if end - from >= STRIDE * GRAIN && self.is_free(end - STRIDE * GRAIN) {
                    end -= STRIDE * GRAIN;
                    continue;
                }
                end -= STEP * GRAIN;
                let bits = self.occupied(end) & !bit(end, own);
                if bits != 0 {
                    return Some(end + bits.ilog2() as usize * GRAIN);
                }
            }
            (from..end).step_by(GRAIN).rev().find(|&place| place != own && self.load(place) & (LIVE | HELD) != 0)
        }
    }
}

/// The bit of `own` among those for the grains from `place` on.
#[inline(always)]
const fn bit(place: usize, own: usize) -> u32 {
    let index = own.wrapping_sub(place) / GRAIN;
    if index < STEP { 1 << index } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::super::{segment::SEGMENT, table::OFFSET};
    use super::*;
    use std::alloc::{Layout, alloc_zeroed, dealloc};

    #[test]
    fn the_first_and_the_last_occupied_place_are_found_wherever_they_are() {
        let layout = Layout::from_size_align(SEGMENT, SEGMENT).unwrap();
        // SAFETY: memory of a segment, freed at the end; all places lie in it.
        unsafe {
            let memory = alloc_zeroed(layout);
            let table = Table(memory.expose_provenance());
            let (from, to) = (table.0 + 5 * GRAIN, table.0 + SEGMENT - 3 * GRAIN);
            let own = table.0 + OFFSET;
            let plain = |place: usize| (place - table.0) / GRAIN;
            for place in (from..to).step_by(GRAIN) {
                // Free blocks of all classes are passed over.
                table.store(place, (plain(place) % 57) as u8);
            }
            table.store(own, HELD | 62);
            assert_eq!((table.next_occupied(from, to, own), table.last_occupied(from, to, own)), (None, None));
            for place in (from..to).step_by(GRAIN).filter(|&place| place != own) {
                let (was, byte) = (table.load(place), if plain(place) % 2 == 0 { LIVE | 3 } else { HELD | 3 });
                table.store(place, byte);
                assert_eq!(table.next_occupied(from, to, own), Some(place));
                assert_eq!(table.last_occupied(from, to, own), Some(place));
                assert_eq!(table.next_occupied(place + GRAIN, to, own), None);
                assert_eq!(table.last_occupied(from, place, own), None);
                table.store(place, was);
            }
            dealloc(memory, layout);
        }
    }
}
