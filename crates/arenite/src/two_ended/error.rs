//! Why an end refused.

use crate::{
    error::{AllocError, ErrorKind},
    node::{NodeId, label},
};
use core::fmt;

/// A refused request at one end. The arena is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TwoEndedError {
    /// Not for want of room between the ends: memory, budget, size or alignment.
    Refused(AllocError),
    /// There is not as much room between the two ends.
    Met {
        /// The arena's node.
        node: NodeId,
        /// Whether it was asked for at the high end.
        high: bool,
        /// The size asked for, in bytes.
        size: usize,
        /// The alignment asked for, in bytes.
        align: usize,
        /// Bytes in use at the low end.
        low_used: usize,
        /// Bytes in use at the high end.
        high_used: usize,
        /// Bytes that both share.
        capacity: usize,
    },
}

impl TwoEndedError {
    /// Panics with this error's text: what the plain forms do where the `try_` forms return it.
    ///
    /// # Panics
    /// Always.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub fn panic(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for TwoEndedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Refused(error) => error.fmt(f),
            Self::Met { node, high, size, align, low_used, high_used, capacity } => write!(
                f,
                "{} refused {size} bytes aligned to {align} at its {} end: of {capacity} bytes the low end has {low_used} \
                 and the high end {high_used}; take back what is temporary at either, or make the range larger",
                label("two-ended arena", node),
                if high { "high" } else { "low" },
            ),
        }
    }
}

impl core::error::Error for TwoEndedError {}

impl From<AllocError> for TwoEndedError {
    fn from(error: AllocError) -> Self {
        Self::Refused(error)
    }
}

impl From<TwoEndedError> for AllocError {
    /// For the interface of all allocators: ends that met are a full range.
    fn from(error: TwoEndedError) -> Self {
        match error {
            TwoEndedError::Refused(error) => error,
            TwoEndedError::Met { node, size, align, capacity, .. } => {
                Self::new(ErrorKind::ReservationFull { reserved: capacity }, size, align, node)
            }
        }
    }
}
