//! The ring.

use super::{RingError, RingSlice, RingStats, watched::RingWatch};
use crate::{
    bump::{MAX_ALIGN, bump_aligned, round_up},
    debug::{Metadata, Place, Watch},
    error::{AllocError, ErrorKind},
    node::{Node, NodeId},
    range::{MemoryRange, RangeOptions},
};
use allocator_api2::boxed::Box;
use core::{alloc::Layout, fmt, mem, ptr::NonNull, slice};

/// A byte ring with an N-frame lifetime: what is pushed in a frame stays until that frame is retired, then its memory is
/// used again. What is promised is never overtaken: a push that would is refused, and the error names the frame and the
/// fence that are in the way.
///
/// A frame ended by [`end_frame`](Self::end_frame) is retired when the frame N later begins: with N = 2 the values of the
/// last frame can still be read in this one. A frame ended by [`end_frame_with_fence`](Self::end_frame_with_fence) is
/// retired when [`retire`](Self::retire) is told that its fence has passed, however many frames later: that is the right
/// lifetime for what a GPU reads. Frames are retired oldest first, and no more than N are in flight.
///
/// Every result is contiguous. What does not fit behind the cursor goes to the start of the range, and the rest of the end
/// counts as [padding](RingStats::wrap_padding) until its frame is retired. A reserved range is thus walked, and in time
/// committed, whole: give it the size of what N frames need. An empty ring starts over at its beginning.
///
/// Pushing is O(1), plus O(frames in flight) where it is refused. Values that need `Drop` are refused by the compiler.
///
/// # Grades
/// A ring that is watched ([`debug`](crate::debug)) counts, and from `sites` on notes where values were pushed and frames
/// ended and retired. What is refused because frames in flight hold the room is reported as an overtaken ring, with the
/// place that promised them; [`get`](Self::get) of values whose frame is retired with all three places. From `guard` on it
/// fills: 0xCD what is pushed unwritten, 0xDD what is retired, 0xFD the bytes that alignment leaves and 16 behind the
/// newest values. These are looked at when they are used again, and by [`check`](Self::check). Values lie side by side and
/// frames end in order, so that there is room for no other fences, nothing can be held back, and `quarantine` and `page`
/// do what `guard` does. A change of the grade is seen when a frame begins, and when a push has no room behind the cursor.
///
/// ```
/// use arenite::{RangeOptions, Ring, RingError};
/// let mut ring = Ring::new(RangeOptions::reserve(64 << 10).name("uploads"));
/// ring.begin_frame()?;
/// let vertices = ring.push_slice(&[1.0f32, 2.0, 3.0])?;
/// ring.end_frame_with_fence(7)?; // submitted: the GPU signals 7 when it has read them
///
/// ring.begin_frame()?;
/// assert_eq!(ring.get(vertices), Some(&[1.0, 2.0, 3.0][..]));
/// ring.end_frame_with_fence(8)?;
///
/// let refused = ring.begin_frame().unwrap_err();
/// assert!(matches!(refused, RingError::InFlight { frame: 1, fence: 7, .. }));
/// assert_eq!(ring.retire(7)?, 1, "one frame is retired");
/// assert_eq!(ring.get(vertices), None);
/// ring.begin_frame()?;
/// # Ok::<(), RingError>(())
/// ```
pub struct Ring<'b> {
    /// Address after what was pushed last.
    pub(super) cursor: usize,
    /// Address up to which a push needs to ask nobody; 0 when no frame is open, or the ring is sealed.
    pub(super) limit: usize,
    /// The last frame begun, 0 before the first.
    pub(super) newest: u64,
    /// The oldest frame in flight; `newest + 1` when there is none.
    pub(super) oldest: u64,
    /// Address of the first byte that is promised.
    pub(super) tail: usize,
    /// The cursor has gone back to the start and the tail has not: it lies at or below the tail.
    pub(super) wrapped: bool,
    pub(super) open: bool,
    pub(super) in_flight_max: u32,
    /// What the closed frames in flight use.
    pub(super) closed: usize,
    pub(super) padding: usize,
    pub(super) wraps: u64,
    pub(super) high_water: usize,
    pub(super) last_fence: u64,
    pub(super) completed: Option<u64>,
    /// Addresses: of the records, of the data and after it.
    pub(super) records: usize,
    pub(super) data: usize,
    pub(super) end: usize,
    pub(super) watch: Watch,
    /// Once it was watched.
    pub(super) watched: Option<Box<RingWatch, Metadata>>,
    pub(super) range: MemoryRange<'b>,
}

impl<'b> Ring<'b> {
    /// A ring of two frames.
    ///
    /// # Panics
    /// As [`try_new`](Self::try_new) refuses.
    #[must_use]
    #[track_caller]
    pub fn new(range: RangeOptions<'b>) -> Self {
        match Self::try_new(range, 2) {
            Ok(ring) => ring,
            Err(error) => error.panic(),
        }
    }

    /// A ring of `frames` frames. Their records (40 bytes each on 64-bit targets) come out of the range, except where that
    /// is reserved for this ring.
    ///
    /// # Errors
    /// The range cannot be had, a budget refuses it, or it is too small for the records and 64 bytes.
    ///
    /// # Panics
    /// When `frames` is 0.
    pub fn try_new(range: RangeOptions<'b>, frames: u32) -> Result<Self, AllocError> {
        assert!(frames > 0, "a ring of no frames keeps nothing");
        let refused = |kind, node| AllocError::new(kind, usize::MAX, 1, node);
        let overflow = || refused(ErrorKind::CapacityOverflow, NodeId::ANONYMOUS);
        let front = Self::front(frames).ok_or_else(overflow)?;
        let mut range = range.build(front, front.checked_add(64).ok_or_else(overflow)?)?;
        let (records, data) = (round_up(range.start(), 8), range.start() + front);
        let end = range.end();
        range.grow(data, end).map_err(|kind| AllocError::new(kind, front, 8, range.node_id()))?;
        let mut ring = Self {
            cursor: data,
            limit: 0,
            newest: 0,
            oldest: 1,
            tail: data,
            wrapped: false,
            open: false,
            in_flight_max: frames,
            closed: 0,
            padding: 0,
            wraps: 0,
            high_water: 0,
            last_fence: 0,
            completed: None,
            records,
            data,
            end,
            watch: Watch::new(),
            watched: None,
            range,
        };
        ring.look();
        Ok(ring)
    }

    /// Pushes a value.
    ///
    /// # Errors
    /// No frame is open; frames in flight hold the room (the error names the one to wait for, and its fence); the request
    /// is larger than the ring; there is no memory to commit, or a budget refuses it.
    #[inline]
    #[track_caller]
    pub fn push<T>(&mut self, value: T) -> Result<RingSlice<T>, RingError> {
        // SAFETY: one value is written.
        unsafe { self.push_by(1, |place: *mut T| place.write(value)) }
    }

    /// Pushes a copy of a slice. O(n).
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline]
    #[track_caller]
    pub fn push_slice<T: Copy>(&mut self, values: &[T]) -> Result<RingSlice<T>, RingError> {
        // SAFETY: as many are written as there are; the place is free memory of the ring's, which `values` is not.
        unsafe {
            self.push_by(values.len(), |place: *mut T| place.copy_from_nonoverlapping(values.as_ptr(), values.len()))
        }
    }

    /// Pushes `len` values, that at `i` made by `make(i)`. O(n).
    ///
    /// # Errors
    /// As [`push`](Self::push), and when the size of `len` values overflows.
    ///
    /// # Panics
    /// When `make` does: nothing is pushed then.
    #[inline]
    #[track_caller]
    pub fn push_with<T>(&mut self, len: usize, mut make: impl FnMut(usize) -> T) -> Result<RingSlice<T>, RingError> {
        // SAFETY: all are written, or `make` panics.
        unsafe {
            self.push_by(len, |place: *mut T| {
                for i in 0..len {
                    place.add(i).write(make(i));
                }
            })
        }
    }

    /// Pushes uninitialised memory. The pointer is good until the open frame is retired, or the ring is dropped.
    ///
    /// # Errors
    /// As [`push`](Self::push), and an alignment above 2 MiB.
    #[inline]
    #[track_caller]
    pub fn push_layout(&mut self, layout: Layout) -> Result<NonNull<u8>, RingError> {
        let (start, end) = self.room(layout, Place::here())?;
        self.cursor = end;
        // SAFETY: an address in the range, or the alignment of a request for nothing: neither is null.
        Ok(unsafe { NonNull::new_unchecked(self.range.at(start)) })
    }

    /// As [`push_layout`](Self::push_layout), where there is room behind the cursor: the fast path, which never unwinds.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    pub fn push_at_hand(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.align() > MAX_ALIGN {
            return None;
        }
        let (start, end) = bump_aligned(self.cursor, layout.size(), layout.align(), self.limit)?;
        self.cursor = end;
        NonNull::new(self.range.at(start))
    }

    /// Pushes `len` values, which `write` writes at the place that it is given.
    ///
    /// # Safety
    /// `write` returns only when it has written all of them, and writes nothing else.
    #[inline(always)]
    #[track_caller]
    unsafe fn push_by<T>(&mut self, len: usize, write: impl FnOnce(*mut T)) -> Result<RingSlice<T>, RingError> {
        const { assert!(!mem::needs_drop::<T>(), "a value that needs Drop: a ring drops nothing") };
        let refused = || self.refuse(ErrorKind::CapacityOverflow, usize::MAX, align_of::<T>());
        let layout = Layout::array::<T>(len).map_err(|_| refused())?;
        let (start, end) = self.room(layout, Place::here())?;
        // `start..end` is usable, aligned, promised to nobody, and has room for `len`.
        write(self.range.at(start).cast());
        self.cursor = end;
        Ok(RingSlice::new(self.range.id(), self.newest, start, len))
    }

    /// The values; `None` when their frame is retired, or they belong to another ring. O(1).
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn get<T>(&self, values: RingSlice<T>) -> Option<&[T]> {
        if self.holds(values) {
            // SAFETY: the frame is in flight, so that the bytes are still as pushed: `len` values of exactly this type
            // (`RingSlice` is invariant); none is borrowed mutably, as that would borrow the ring.
            return Some(unsafe { slice::from_raw_parts(self.range.at(values.start).cast(), values.len) });
        }
        self.missed(values, Place::here())
    }

    /// As [`get`](Self::get), to change them.
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn get_mut<T>(&mut self, values: RingSlice<T>) -> Option<&mut [T]> {
        if self.holds(values) {
            // SAFETY: as in `get`, and the ring is borrowed mutably.
            return Some(unsafe { slice::from_raw_parts_mut(self.range.at(values.start).cast(), values.len) });
        }
        self.missed(values, Place::here())
    }

    #[inline(always)]
    fn holds<T>(&self, values: RingSlice<T>) -> bool {
        values.ring == self.range.id() && values.frame >= self.oldest
    }

    /// The figures, as of now.
    #[must_use]
    pub fn stats(&self) -> RingStats {
        let oldest = (self.oldest <= self.newest).then_some(self.oldest);
        RingStats {
            used: self.used(),
            high_water: self.high_water.max(self.used()),
            wrap_padding: self.padding,
            wraps: self.wraps,
            capacity: self.end - self.data,
            committed: self.range.committed(),
            frames: self.newest,
            frames_in_flight: self.newest + 1 - self.oldest,
            oldest_frame: oldest,
            oldest_fence: oldest.and_then(|frame| self.record(frame).fence),
            completed: self.completed,
        }
    }

    /// The ring's node in the lifetime tree.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.range.node()
    }

    /// Whether `pointer` points into the ring's memory, in use or not.
    #[must_use]
    pub fn owns<T: ?Sized>(&self, pointer: *const T) -> bool {
        (self.data..self.end).contains(&pointer.addr())
    }

    #[inline(always)]
    pub(super) fn used(&self) -> usize {
        if self.wrapped { self.end - self.tail + self.cursor - self.data } else { self.cursor - self.tail }
    }

    fn refuse(&self, kind: ErrorKind, size: usize, align: usize) -> RingError {
        AllocError::new(kind, size, align, self.range.node_id()).into()
    }

    /// Start of the room for a request, and the cursor behind it.
    #[inline(always)]
    fn room(&mut self, layout: Layout, place: Place) -> Result<(usize, usize), RingError> {
        if layout.align() <= MAX_ALIGN {
            if let Some(place) = bump_aligned(self.cursor, layout.size(), layout.align(), self.limit) {
                return Ok(place);
            }
        }
        self.room_cold(layout, place)
    }

    /// Room that may lie at the start of the range, or has to be committed first.
    pub(super) fn find_room(&mut self, layout: Layout) -> Result<(usize, usize), RingError> {
        let (size, align) = (layout.size(), layout.align());
        if !self.open {
            return Err(RingError::NoFrame { node: self.range.node_id() });
        }
        if align > MAX_ALIGN {
            return Err(self.refuse(ErrorKind::BadAlignment, size, align));
        }
        if size == 0 {
            return Ok((align, self.cursor));
        }
        if bump_aligned(self.data, size, align, self.end).is_none() {
            return Err(self.refuse(ErrorKind::ReservationFull { reserved: self.end - self.data }, size, align));
        }
        self.start_over_if_empty();
        let Some(spot) = self.spot(self.tail, self.wrapped, layout) else { return Err(self.blocked(layout)) };
        let grown = self.range.grow(spot.end, self.range.end());
        grown.map_err(|kind| self.refuse(kind, size, align))?;
        if spot.wraps {
            let padding = self.end - self.cursor;
            let frame = self.record(self.newest);
            // Once a frame: before it could wrap again it would have to pass its own start.
            self.set_record(self.newest, super::record::Record { padding, ..frame });
            self.padding += padding;
            self.wraps += 1;
            self.wrapped = true;
            self.cursor = self.data;
        }
        self.set_limit();
        let used = self.used();
        self.range.publish(used);
        Ok((spot.start, spot.end))
    }

    /// Where a request goes, with the promised bytes beginning at `tail`.
    fn spot(&self, tail: usize, wrapped: bool, layout: Layout) -> Option<Spot> {
        let (size, align) = (layout.size(), layout.align());
        let run_end = if wrapped { tail } else { self.end };
        if let Some((start, end)) = bump_aligned(self.cursor, size, align, run_end) {
            return Some(Spot { start, end, wraps: false });
        }
        let (start, end) = if wrapped { None } else { bump_aligned(self.data, size, align, tail) }?;
        Some(Spot { start, end, wraps: true })
    }

    /// Which frame is in the way of a request that the empty ring would serve.
    fn blocked(&self, layout: Layout) -> RingError {
        let (node, size, newest) = (self.range.node_id(), layout.size(), self.newest);
        let start = round_up(if self.wrapped { self.cursor } else { self.data }, layout.align());
        let missing = start.saturating_add(size) - self.tail;
        let mut left = self.used();
        for frame in self.oldest..newest {
            let record = self.record(frame);
            left -= record.bytes;
            let tail = self.record(frame + 1).start;
            if left == 0 || self.spot(tail, self.is_wrapped(tail, left), layout).is_some() {
                let (fence, completed) = (record.fence, self.completed);
                let until = frame + u64::from(self.in_flight_max);
                return RingError::Blocked { node, size, missing, frame, fence, completed, until };
            }
        }
        RingError::FrameFull { node, size, missing, frame: newest, capacity: self.end - self.data }
    }

    /// Whether the cursor lies below the promised bytes, when `used` of them begin at `tail`.
    pub(super) fn is_wrapped(&self, tail: usize, used: usize) -> bool {
        self.cursor < tail || (self.cursor == tail && used > 0)
    }

    /// Opens what lies in one piece behind the cursor, as far as it is committed, to pushes.
    pub(super) fn set_limit(&mut self) {
        self.limit = if self.is_sealed() { 0 } else { self.open_end() };
    }

    /// Where that ends; 0 when no frame is open.
    pub(super) fn open_end(&self) -> usize {
        let run_end = if self.wrapped { self.tail } else { self.end };
        if self.open { run_end.min(self.range.low_end()) } else { 0 }
    }
}

/// Room for a request.
struct Spot {
    start: usize,
    end: usize,
    /// It lies at the start of the range, where the cursor is not.
    wraps: bool,
}

impl fmt::Debug for Ring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("node", &self.node()).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
