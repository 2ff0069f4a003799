//! The two ways in which an arena grows.

use super::{ArenaOptions, block::HEADER};
#[cfg(feature = "std")]
use crate::source::Reservation;
use crate::{bump::round_up, error::ErrorKind, source::SourceRef};
#[cfg(feature = "std")]
use alloc::sync::Arc;
use core::ptr::NonNull;

/// Where an arena's room comes from.
pub(crate) enum Space {
    /// Blocks from a source, doubling from `initial` to `max` bytes of capacity; with `whole` the header of each but the first
    /// comes out of that.
    Chained { source: SourceRef, initial: usize, max: usize, whole: bool },
    /// One range: reserved and committed as used, or memory of the caller's.
    Range(Span),
}

impl Space {
    /// Blocks from `source`, or the system's heap, in sizes that `limit` has room for and the source serves well, with the header inside where they
    /// are to be `whole`.
    pub(super) fn chained(
        source: Option<SourceRef>,
        initial: usize,
        max: Option<usize>,
        limit: Option<usize>,
        whole: bool,
    ) -> Result<Self, ErrorKind> {
        let source = match source {
            Some(source) => source,
            None => SourceRef::system().ok_or(ErrorKind::NoSource)?,
        };
        let fits = |bytes: usize| bytes.max(1).min(isize::MAX as usize / 2);
        let limit = limit.unwrap_or(usize::MAX) & !15;
        let initial = round_up(fits(initial), 16).min(limit.max(16));
        let max = max.unwrap_or_else(|| source.get().fitting(ArenaOptions::MAX + HEADER).saturating_sub(HEADER));
        let max = round_up(fits(max), 16).max(initial);
        Ok(Self::Chained { source, initial, max, whole })
    }
}

/// A part of a reservation, or of memory that is there already.
pub(crate) struct Span {
    pub(super) base: NonNull<u8>,
    pub(super) size: usize,
    #[cfg(feature = "std")]
    owner: Option<(Arc<Reservation>, usize)>,
}

impl Span {
    /// Memory of the caller's, all of it usable.
    ///
    /// # Safety
    /// `size` bytes at `base` are valid for reads and writes and used by nobody else while the span lives.
    pub(crate) unsafe fn borrowed(base: NonNull<u8>, size: usize) -> Self {
        Self {
            base,
            size,
            #[cfg(feature = "std")]
            owner: None,
        }
    }

    /// `size` bytes at `offset` of a reservation.
    ///
    /// # Safety
    /// Nobody else commits, decommits or uses that part while the span lives.
    #[cfg(feature = "std")]
    pub(crate) unsafe fn reserved(owner: &Arc<Reservation>, offset: usize, size: usize) -> Self {
        assert!(offset.checked_add(size).is_some_and(|end| end <= owner.size()), "a span outside its reservation");
        // SAFETY: just checked to lie in the reservation.
        let base = unsafe { owner.base().add(offset) };
        Self { base, size, owner: Some((owner.clone(), offset)) }
    }

    /// Bytes to commit at a time; `None` when all of the span is usable from the start.
    #[cfg(feature = "std")]
    pub(super) fn step(&self) -> Option<usize> {
        self.owner.as_ref().map(|(reservation, _)| reservation.step())
    }

    #[cfg(not(feature = "std"))]
    pub(super) fn step(&self) -> Option<usize> {
        None
    }

    /// Commits `from..to`, offsets from the span's base. Whether the system agreed.
    #[cfg_attr(not(feature = "std"), allow(clippy::unused_self))]
    pub(super) fn commit(&self, from: usize, to: usize) -> bool {
        #[cfg(feature = "std")]
        if let Some((reservation, offset)) = &self.owner {
            return reservation.commit(offset + from..offset + to).is_ok();
        }
        let _ = (from, to);
        true
    }

    /// Decommits `from..to`. Whether that memory is now gone (and reads as zero once committed again).
    ///
    /// # Safety
    /// Nothing in that part is used any more.
    #[cfg_attr(not(feature = "std"), allow(clippy::unused_self))]
    pub(super) unsafe fn decommit(&self, from: usize, to: usize) -> bool {
        #[cfg(feature = "std")]
        if let Some((reservation, offset)) = &self.owner {
            // SAFETY: the caller's promise, and the part is this span's alone.
            return unsafe { reservation.decommit(offset + from..offset + to) }.is_ok();
        }
        let _ = (from, to);
        false
    }
}
