//! The borrow of a buffer, up to the drop of what lies in it.

use core::{marker::PhantomData, mem::MaybeUninit};

/// Held by what lies in a buffer of the caller's and is dropped without the compiler's knowledge of that.
///
/// A bare `PhantomData` of a reference says that the buffer is borrowed while the holder is *used*. That the holder's drop is
/// a use too, the compiler sees only by a `Drop` that has the lifetime: without one, safe code may free the buffer first.
pub(crate) struct Lent<'b>(PhantomData<&'b mut [MaybeUninit<u8>]>);

impl<'b> Lent<'b> {
    /// For as long as `'b`, which the caller takes from the buffer's reference.
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl Drop for Lent<'_> {
    #[inline(always)]
    fn drop(&mut self) {}
}
