//! The name of values in a ring.

use core::{fmt, marker::PhantomData};

/// Values of type `T` in a [`Ring`](crate::Ring): a place and a frame to ask the ring with, not a pointer.
///
/// Copies name the same values. Once their frame is retired no copy names anything any more.
pub struct RingSlice<T> {
    pub(super) ring: u64,
    pub(super) frame: u64,
    /// Address of the first value; of nothing when there are no bytes.
    pub(super) start: usize,
    pub(super) len: usize,
    /// Invariant in T: a slice is asked for exactly the type that was pushed.
    kind: PhantomData<*mut T>,
}

// SAFETY: a slice gives `&T` and `&mut T` to whoever has it and the ring, and there may be copies on several threads: so T
// must be `Send` and `Sync`. It holds numbers only.
unsafe impl<T: Send + Sync> Send for RingSlice<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for RingSlice<T> {}

impl<T> RingSlice<T> {
    /// For `len` Ts that were pushed just now.
    pub(super) const fn new(ring: u64, frame: u64, start: usize, len: usize) -> Self {
        Self { ring, frame, start, len, kind: PhantomData }
    }

    /// The number of values.
    #[must_use]
    pub const fn len(self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The number of the frame that the values belong to.
    #[must_use]
    pub const fn frame(self) -> u64 {
        self.frame
    }
}

impl<T> Clone for RingSlice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RingSlice<T> {}

impl<T> PartialEq for RingSlice<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.ring, self.frame, self.start, self.len) == (other.ring, other.frame, other.start, other.len)
    }
}

impl<T> Eq for RingSlice<T> {}

impl<T> fmt::Debug for RingSlice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingSlice<{}> of {} in frame {}", core::any::type_name::<T>(), self.len, self.frame)
    }
}
