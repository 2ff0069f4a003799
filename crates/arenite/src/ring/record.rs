//! What a ring keeps of a frame in flight.

use super::ring::Ring;

/// A frame in flight. The records of a ring of N frames lie at the start of its range, that of frame f in slot f mod N.
#[derive(Clone, Copy)]
pub(super) struct Record {
    /// The cursor when the frame began.
    pub(super) start: usize,
    /// What the frame has used, from when it ended.
    pub(super) bytes: usize,
    /// What of that it left unused at the end of the range.
    pub(super) padding: usize,
    /// What retires it; `None`: the beginning of the frame N later.
    pub(super) fence: Option<u64>,
}

const RECORD: usize = size_of::<Record>();

impl Ring<'_> {
    /// Bytes in front of the data for the records of `frames` frames.
    pub(crate) fn front(frames: u32) -> Option<usize> {
        const { assert!(align_of::<Record>() <= 8 && RECORD % align_of::<Record>() == 0) };
        // The range may begin at any address.
        RECORD.checked_mul(usize::try_from(frames).ok()?)?.checked_add(8)
    }

    fn slot(&self, frame: u64) -> usize {
        // Less than N, which is 32 bits wide.
        self.records + (frame % u64::from(self.in_flight_max)) as usize * RECORD
    }

    /// The record of a frame in flight.
    pub(super) fn record(&self, frame: u64) -> Record {
        debug_assert!((self.oldest..=self.newest).contains(&frame));
        // SAFETY: `begin_frame` wrote it before the frame counted as one in flight, and the slot is another frame's only
        // when this one is retired.
        unsafe { self.range.read(self.slot(frame)) }
    }

    pub(super) fn set_record(&mut self, frame: u64, record: Record) {
        // SAFETY: the slots lie in front of the data, aligned, and were committed when the ring was made.
        unsafe { self.range.write(self.slot(frame), record) }
    }
}
