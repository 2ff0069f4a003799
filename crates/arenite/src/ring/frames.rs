//! When a ring's memory dies.

use super::{RingError, record::Record, ring::Ring};
use crate::debug::{Heard, Place};

impl Ring<'_> {
    /// Begins the next frame and answers its number (the first is 1). Retires first what is due: frames ended by count, N
    /// frames after they began. O(1), plus one step for each frame retired.
    ///
    /// # Errors
    /// A frame is open, or N frames are in flight and the oldest waits for a fence.
    #[track_caller]
    pub fn begin_frame(&mut self) -> Result<u64, RingError> {
        self.look();
        let mut heard = Heard::new();
        let begun = self.begin(Place::here(), &mut heard);
        self.told(heard, &begun, Place::here());
        begun
    }

    fn begin(&mut self, place: Place, heard: &mut Heard) -> Result<u64, RingError> {
        if self.open {
            return Err(RingError::FrameOpen { node: self.range.node_id(), frame: self.newest });
        }
        let next = self.newest + 1;
        self.retire_due(next, place, heard);
        if next - self.oldest >= u64::from(self.in_flight_max) {
            // Nothing was retired, or there would be room: a frame by count that is N frames old is due.
            self.no_promise(self.oldest)?;
        }
        self.newest = next;
        self.set_record(next, Record { start: self.cursor, bytes: 0, padding: 0, fence: None });
        self.open = true;
        self.set_limit();
        Ok(next)
    }

    /// Ends the open frame, which is retired when the frame N later begins.
    ///
    /// # Errors
    /// No frame is open.
    #[track_caller]
    pub fn end_frame(&mut self) -> Result<(), RingError> {
        self.end(None, Place::here())
    }

    /// Ends the open frame, which is retired once [`retire`](Self::retire) was told that `fence` has passed.
    ///
    /// # Errors
    /// No frame is open, or `fence` is below the last frame's: fences of a queue never fall. (Several frames may wait for
    /// one.)
    #[track_caller]
    pub fn end_frame_with_fence(&mut self, fence: u64) -> Result<(), RingError> {
        self.end(Some(fence), Place::here())
    }

    fn end(&mut self, fence: Option<u64>, place: Place) -> Result<(), RingError> {
        let node = self.range.node_id();
        if !self.open {
            return Err(RingError::NoFrame { node });
        }
        if let Some(given) = fence {
            if given < self.last_fence {
                return Err(RingError::FenceFell { node, given, last: self.last_fence });
            }
            self.last_fence = given;
        }
        let used = self.used();
        let bytes = used - self.closed;
        let record = self.record(self.newest);
        self.set_record(self.newest, Record { bytes, fence, ..record });
        self.closed = used;
        self.open = false;
        self.set_limit();
        self.range.publish(used);
        self.note_end(place);
        Ok(())
    }

    /// Says that every fence up to `completed` has passed, and retires the frames that waited for them. Answers how many
    /// were retired, oldest first; a frame never goes before an older one. O(frames retired).
    ///
    /// # Errors
    /// `completed` is below what was said before.
    #[track_caller]
    pub fn retire(&mut self, completed: u64) -> Result<u64, RingError> {
        if let Some(last) = self.completed.filter(|&last| completed < last) {
            return Err(RingError::FenceFell { node: self.range.node_id(), given: completed, last });
        }
        self.completed = Some(completed);
        let oldest = self.oldest;
        let mut heard = Heard::new();
        self.retire_due(self.newest, Place::here(), &mut heard);
        let retired = self.oldest - oldest;
        heard.report();
        Ok(retired)
    }

    /// Retires every frame at once: for a level's end or a lost device.
    ///
    /// # Errors
    /// A frame is open, or one waits for a fence that has not passed: what is promised stays.
    #[track_caller]
    pub fn reset(&mut self) -> Result<(), RingError> {
        self.look();
        let mut heard = Heard::new();
        let ended = self.retire_all(Place::here(), &mut heard);
        self.told(heard, &ended, Place::here());
        ended
    }

    fn retire_all(&mut self, place: Place, heard: &mut Heard) -> Result<(), RingError> {
        if self.open {
            return Err(RingError::FrameOpen { node: self.range.node_id(), frame: self.newest });
        }
        (self.oldest..=self.newest).try_for_each(|frame| self.no_promise(frame))?;
        while self.oldest <= self.newest {
            self.retire_oldest(place, heard);
        }
        self.range.publish(0);
        Ok(())
    }

    /// Whether nobody was promised frame `frame` until a fence to come.
    fn no_promise(&self, frame: u64) -> Result<(), RingError> {
        let (node, completed, frames) = (self.range.node_id(), self.completed, self.in_flight_max);
        match self.record(frame).fence {
            Some(fence) if completed.is_none_or(|completed| completed < fence) => {
                Err(RingError::InFlight { node, frame, fence, completed, frames })
            }
            _ => Ok(()),
        }
    }

    /// Retires what is due when `begun` is the last frame that began, oldest first.
    fn retire_due(&mut self, begun: u64, place: Place, heard: &mut Heard) {
        let before = self.oldest;
        // An open frame is never due: it has no fence yet, and is less than N frames old.
        while self.oldest <= self.newest {
            let due = match self.record(self.oldest).fence {
                Some(fence) => self.completed.is_some_and(|completed| fence <= completed),
                None => self.oldest + u64::from(self.in_flight_max) <= begun,
            };
            if !due {
                break;
            }
            self.retire_oldest(place, heard);
        }
        if self.oldest > before {
            self.set_limit();
            let used = self.used();
            self.range.publish(used);
        }
    }

    /// Takes the oldest frame's memory back. It is closed.
    fn retire_oldest(&mut self, place: Place, heard: &mut Heard) {
        let frame = self.record(self.oldest);
        let used = self.used();
        self.note_retired(frame, place, heard);
        self.high_water = self.high_water.max(used);
        self.closed -= frame.bytes;
        self.padding -= frame.padding;
        self.oldest += 1;
        if self.oldest > self.newest {
            (self.cursor, self.tail, self.wrapped) = (self.data, self.data, false);
        } else {
            self.tail = self.record(self.oldest).start;
            self.wrapped = self.is_wrapped(self.tail, used - frame.bytes);
        }
    }

    /// Goes back to the start of the range when no frame in flight holds a byte.
    pub(super) fn start_over_if_empty(&mut self) {
        if self.used() > 0 {
            return;
        }
        for frame in self.oldest..=self.newest {
            let record = self.record(frame);
            self.set_record(frame, Record { start: self.data, ..record });
        }
        (self.cursor, self.tail, self.wrapped) = (self.data, self.data, false);
    }
}
