//! One range of address space, committed as it is used.

use super::os::{self, VmError};
use crate::bump::{MAX_ALIGN, round_up};
use core::{ops::Range, ptr::NonNull};

/// Sizes and boundaries of everything committed: Windows' allocation granularity, and the step below which committing
/// costs more than it saves (4 KiB steps were measured 36 % slower than 64 KiB ones).
pub(crate) const GRANULE: usize = 64 << 10;

/// What to reserve. `ReservationOptions::new(size)` reserves exactly `size`, without huge pages.
#[derive(Clone, Copy, Debug)]
pub struct ReservationOptions {
    size: usize,
    at_least: usize,
    huge_pages: bool,
    prefault: bool,
    hint: usize,
}

impl ReservationOptions {
    /// Asks for `size` bytes, rounded up to 64 KiB.
    #[must_use]
    pub const fn new(size: usize) -> Self {
        Self { size, at_least: size, huge_pages: false, prefault: false, hint: 0 }
    }

    /// Accepts less when the system refuses `size` (a limit on address space, strict overcommit, valgrind): it is halved
    /// until the system agrees, down to `bytes` itself.
    #[must_use]
    pub const fn at_least(mut self, bytes: usize) -> Self {
        self.at_least = bytes;
        self
    }

    pub(crate) const fn size(&self) -> usize {
        self.size
    }

    /// The same with `bytes` more in front.
    pub(crate) const fn with_front(mut self, bytes: usize) -> Self {
        self.size = self.size.saturating_add(bytes);
        self.at_least = self.at_least.saturating_add(bytes);
        self
    }

    /// Prefers addresses from this one on, a multiple of 64 KiB; others will do.
    pub(crate) const fn hint(mut self, address: usize) -> Self {
        self.hint = address;
        self
    }

    /// Asks for 2 MiB pages, and commits in steps of 2 MiB, so that a single object makes 2 MiB resident.
    ///
    /// On memory that the machine has at hand first touch costs a third or less. A virtual machine that gives free memory back
    /// to its host (free page reporting, balloons) has most of it not at hand, and there a huge page waits for the host at its
    /// first touch: 4.6 ms were seen for 2 MiB, against 0.2 at hand and 0.9 in small pages. So measure the first use where
    /// that counts; memory used again costs the same in either.
    #[must_use]
    pub const fn huge_pages(mut self, yes: bool) -> Self {
        self.huge_pages = yes;
        self
    }

    /// Faults pages in as they are committed, not as they are touched.
    #[must_use]
    pub const fn prefault(mut self, yes: bool) -> Self {
        self.prefault = yes;
        self
    }
}

/// A reserved range of address space with an inaccessible guard of 64 KiB below and above it. The guards are no part of
/// [`size`](Self::size), so that no commit can ever open them.
///
/// Reserving costs address space, not memory. Dropped, it is given back whole.
#[derive(Debug)]
pub struct Reservation {
    mapping: NonNull<u8>,
    mapped: usize,
    base: NonNull<u8>,
    size: usize,
    huge_pages: bool,
    prefault: bool,
}

// SAFETY: a reservation is an address range and constants; committing is a system call that any thread may make.
unsafe impl Send for Reservation {}
// SAFETY: as above.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves address space.
    ///
    /// # Errors
    /// The system's refusal of the smallest size that [`ReservationOptions::at_least`] accepts; a size whose guards
    /// overflow the address space is refused as too large by the same error.
    pub fn new(options: ReservationOptions) -> Result<Self, VmError> {
        let mut size = options.size.max(1);
        let least = options.at_least.clamp(1, size);
        loop {
            match Self::exactly(size, options) {
                Ok(reservation) => return Ok(reservation),
                Err(refused) if size == least => return Err(refused),
                Err(_) => size = (size / 2).max(least),
            }
        }
    }

    fn exactly(size: usize, options: ReservationOptions) -> Result<Self, VmError> {
        let align = if options.huge_pages { MAX_ALIGN } else { GRANULE };
        let too_large = VmError { operation: "reserve", size, code: 0 };
        if size > isize::MAX as usize - 2 * MAX_ALIGN - 2 * GRANULE {
            return Err(too_large);
        }
        let size = round_up(size, GRANULE);
        let mapped = size + align + 2 * GRANULE;
        let mapping = os::reserve(mapped, options.hint)?;
        let offset = round_up(mapping.addr().get() + GRANULE, align) - mapping.addr().get();
        // SAFETY: guard, alignment and size together are at most `mapped`.
        let base = unsafe { mapping.add(offset) };
        if options.huge_pages {
            // SAFETY: our own fresh range.
            unsafe { os::advise_huge(base.as_ptr(), size) };
        }
        Ok(Self { mapping, mapped, base, size, huge_pages: options.huge_pages, prefault: options.prefault })
    }

    /// The first usable byte, at a multiple of 64 KiB (2 MiB with huge pages).
    #[must_use]
    pub fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Usable bytes: a multiple of 64 KiB.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The step in which it pays to commit, in bytes.
    #[must_use]
    pub fn step(&self) -> usize {
        if self.huge_pages { MAX_ALIGN } else { GRANULE }
    }

    /// Makes `range` (offsets from the base, widened to whole pages) readable and writable. Bytes that were not committed
    /// before read as zero. Committing what is committed changes nothing.
    ///
    /// # Errors
    /// The system has no memory to commit.
    ///
    /// # Panics
    /// When the range does not lie in the reservation.
    pub fn commit(&self, range: Range<usize>) -> Result<(), VmError> {
        let Some((at, size)) = self.pages(&range) else { return Ok(()) };
        // SAFETY: `pages` checked that the range is ours.
        unsafe { os::commit(at, size)? };
        if self.prefault {
            // SAFETY: just committed; populating writes zeros to fresh pages only where the kernel cannot do it itself.
            unsafe { os::populate(at, size) };
        }
        Ok(())
    }

    /// Gives the memory of `range` back; it must be committed again before use and then reads as zero.
    ///
    /// # Safety
    /// Nothing in the range, widened to whole pages, is used any more.
    ///
    /// # Errors
    /// The system's refusal; the range is then still committed or not, and must not be used.
    ///
    /// # Panics
    /// When the range does not lie in the reservation.
    pub unsafe fn decommit(&self, range: Range<usize>) -> Result<(), VmError> {
        let Some((at, size)) = self.pages(&range) else { return Ok(()) };
        // SAFETY: `pages` checked that the range is ours, the caller that it is not used.
        unsafe { os::decommit(at, size) }
    }

    fn pages(&self, range: &Range<usize>) -> Option<(*mut u8, usize)> {
        assert!(
            range.start <= range.end && range.end <= self.size,
            "a range of {}..{} in a reservation of {} bytes",
            range.start,
            range.end,
            self.size
        );
        let page = os::page_size();
        let start = range.start & !(page - 1);
        let end = round_up(range.end, page);
        // SAFETY: `start <= self.size`.
        (start < end).then(|| (unsafe { self.base.as_ptr().add(start) }, end - start))
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: exactly what `os::reserve` returned; whoever used the range held this reservation.
        unsafe { os::release(self.mapping.as_ptr(), self.mapped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_bytes_read_as_zero_and_keep_what_is_written() {
        let range = Reservation::new(ReservationOptions::new(1 << 20)).unwrap();
        assert_eq!(range.base().addr().get() % GRANULE, 0);
        range.commit(0..GRANULE).unwrap();
        // SAFETY: committed just now.
        unsafe {
            assert_eq!(range.base().read(), 0);
            range.base().write(7);
            range.commit(0..2 * GRANULE).unwrap();
            assert_eq!(range.base().read(), 7, "committing again keeps contents");
            range.decommit(0..GRANULE).unwrap();
            range.commit(0..GRANULE).unwrap();
            assert_eq!(range.base().read(), 0, "decommitted memory comes back as zero");
        }
    }

    #[test]
    fn a_refused_size_is_halved_down_to_the_least_that_is_accepted() {
        let impossible = 1 << if usize::BITS == 64 { 50 } else { 31 };
        assert!(Reservation::new(ReservationOptions::new(impossible)).is_err());
        let range = Reservation::new(ReservationOptions::new(impossible).at_least(1 << 20)).unwrap();
        assert!(range.size() >= 1 << 20 && range.size() < impossible);
    }

    #[test]
    fn a_size_that_overflows_with_its_guards_is_refused() {
        assert!(Reservation::new(ReservationOptions::new(usize::MAX)).is_err());
        assert!(Reservation::new(ReservationOptions::new(isize::MAX as usize)).is_err());
    }

    #[test]
    #[should_panic(expected = "in a reservation of")]
    fn committing_past_the_end_panics_and_leaves_the_guard_closed() {
        let range = Reservation::new(ReservationOptions::new(GRANULE)).unwrap();
        let _ = range.commit(0..GRANULE + 1);
    }

    #[test]
    fn a_prefaulted_range_is_resident_before_it_is_touched() {
        let range = Reservation::new(ReservationOptions::new(1 << 20).prefault(true)).unwrap();
        range.commit(0..1 << 20).unwrap();
        // SAFETY: committed.
        assert_eq!(unsafe { range.base().add((1 << 20) - 1).read() }, 0);
    }
}
