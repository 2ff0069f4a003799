//! What keeps a frame.

use super::{FrameBox, frames::Frame};
use crate::{AllocError, SharedArena, SharedLocal, shared_options::granted};
use alloc::sync::Arc;
use core::{alloc::Layout, fmt, ptr};

/// Keeps a frame alive, on any thread. Clones hold it too; its memory is used again when all are gone.
///
/// What is allocated borrows the token; what has to go along with its frame, without a borrow, is a
/// [`FrameBox`].
///
/// ```compile_fail,E0505
/// let frames = arenite::SharedOptions::new().build_frames(2);
/// let frame = frames.begin_frame();
/// let n = frame.local().alloc(1);
/// drop(frame);
/// *n += 1;
/// ```
#[derive(Clone)]
pub struct FrameToken(Arc<Frame>);

impl FrameToken {
    pub(super) fn of(frame: Arc<Frame>) -> Self {
        Self(frame)
    }

    /// The frame's number, from 0.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// A window on the frame's memory, for one thread at a time. What it hands out lives as long as the borrow of this
    /// token.
    #[must_use]
    pub fn local(&self) -> SharedLocal<'_> {
        self.0.arena.local()
    }

    /// The frame's memory.
    #[must_use]
    pub fn arena(&self) -> &SharedArena {
        &self.0.arena
    }

    /// Moves `value` to the memory that `local` is a window on, in a box that holds this frame: it may be kept anywhere, and
    /// the frame is not used again before it is dropped.
    ///
    /// ```
    /// let frames = arenite::SharedOptions::new().build_frames(1);
    /// let frame = frames.begin_frame();
    /// let name = frame.boxed(&frame.local(), String::from("grain"));
    /// drop(frame);
    /// assert!(frames.try_begin_frame().is_err(), "the box holds it");
    /// assert_eq!(std::thread::spawn(move || name.len()).join().unwrap(), 5);
    /// assert!(frames.try_begin_frame().is_ok());
    /// ```
    ///
    /// # Panics
    /// When the memory is refused, or `local` is not of this frame.
    #[track_caller]
    pub fn boxed<T>(&self, local: &SharedLocal<'_>, value: T) -> FrameBox<T> {
        granted(self.try_boxed(local, value))
    }

    /// As [`boxed`](Self::boxed).
    ///
    /// # Errors
    /// The memory is refused; `value` is dropped.
    ///
    /// # Panics
    /// When `local` is not of this frame.
    #[track_caller]
    pub fn try_boxed<T>(&self, local: &SharedLocal<'_>, value: T) -> Result<FrameBox<T>, AllocError> {
        assert!(ptr::eq(local.arena(), &self.0.arena), "the local belongs to another frame or arena");
        let place = local.try_alloc_layout(Layout::new::<T>())?.cast::<T>();
        // SAFETY: fresh memory for a T of this frame, which is the box's alone.
        Ok(unsafe {
            place.write(value);
            FrameBox::new(place, self.clone())
        })
    }
}

impl fmt::Debug for FrameToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameToken").field("number", &self.number()).field("arena", self.arena()).finish()
    }
}
