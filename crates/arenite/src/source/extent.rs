//! Address space that one allocator commits piece by piece.

use super::{Reservation, VmError};
use alloc::sync::Arc;
use core::{ops::Range, ptr::NonNull};

/// A reservation of one's own, or one's part of a shared one. Offsets count from its start. Dropped, its memory goes back.
pub(crate) enum Extent {
    Own(Reservation),
    Part { whole: Arc<Reservation>, part: Range<usize> },
}

impl Extent {
    /// A part of a reservation.
    ///
    /// # Safety
    /// Nobody else commits, decommits or uses that part while this lives.
    ///
    /// # Panics
    /// When the part does not lie in the reservation, or an end of it is no multiple of [`Reservation::step`] (or the
    /// reservation's end).
    pub(crate) unsafe fn part(whole: &Arc<Reservation>, part: Range<usize>) -> Self {
        let (size, step) = (whole.size(), whole.step());
        assert!(
            part.start <= part.end
                && part.end <= size
                && part.start % step == 0
                && (part.end % step == 0 || part.end == size),
            "a part of {}..{} in a reservation of {size} bytes and steps of {step}",
            part.start,
            part.end
        );
        Self::Part { whole: whole.clone(), part }
    }

    pub(crate) fn base(&self) -> NonNull<u8> {
        match self {
            Self::Own(reservation) => reservation.base(),
            // SAFETY: `part` checked that it lies in the reservation.
            Self::Part { whole, part } => unsafe { whole.base().add(part.start) },
        }
    }

    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Own(reservation) => reservation.size(),
            Self::Part { part, .. } => part.len(),
        }
    }

    pub(crate) fn step(&self) -> usize {
        match self {
            Self::Own(whole) => whole.step(),
            Self::Part { whole, .. } => whole.step(),
        }
    }

    /// As [`Reservation::commit`].
    pub(crate) fn commit(&self, range: Range<usize>) -> Result<(), VmError> {
        match self {
            Self::Own(reservation) => reservation.commit(range),
            Self::Part { whole, part } => {
                assert!(range.end <= part.len(), "a range that ends at {} in a part of {}", range.end, part.len());
                whole.commit(part.start + range.start..part.start + range.end)
            }
        }
    }
}

impl Drop for Extent {
    fn drop(&mut self) {
        if let Self::Part { whole, part } = self {
            // All of it: a refused commit may have left pages that nobody recorded. A refusal here keeps them until the
            // reservation ends.
            // SAFETY: the part is this extent's alone, starts and ends on steps, and whoever used it held the extent.
            let _ = unsafe { whole.decommit(part.clone()) };
        }
    }
}
