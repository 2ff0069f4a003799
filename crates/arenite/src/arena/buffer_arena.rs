//! An arena over the caller's memory.

use super::{Arena, ArenaOptions, space::Span};
use crate::{error::AllocError, lent::Lent};
use core::{fmt, mem::MaybeUninit, ops::Deref, ptr::NonNull};

/// An arena in a borrowed buffer: no system, no heap, no growth.
///
/// The arena's own state takes the first few hundred bytes of the buffer. It dereferences to a shared [`Arena`] only, so
/// that the arena cannot be moved out of its buffer's lifetime.
///
/// ```
/// use core::mem::MaybeUninit;
/// let mut memory = [MaybeUninit::uninit(); 4096];
/// let mut arena = arenite::BufferArena::new(&mut memory)?;
/// let label = arena.alloc_fmt(format_args!("no heap: {}", 1));
/// assert_eq!(label, "no heap: 1");
/// arena.reset();
/// # Ok::<(), arenite::AllocError>(())
/// ```
/// Collections use a reference to it, which knows, other than one to the [`Arena`], that there is no more
/// ([`Capabilities::BOUNDED`](crate::Capabilities::BOUNDED)). It is dropped before its buffer:
/// ```compile_fail,E0597
/// let arena;
/// let mut memory = [core::mem::MaybeUninit::uninit(); 4096];
/// arena = arenite::BufferArena::new(&mut memory);
/// ```
pub struct BufferArena<'b> {
    arena: Arena,
    _buffer: Lent<'b>,
}

impl<'b> BufferArena<'b> {
    /// An arena in `buffer`.
    ///
    /// # Errors
    /// The buffer is too small for the arena's own state and 64 bytes more (1,280 bytes in all on 64-bit systems).
    pub fn new(buffer: &'b mut [MaybeUninit<u8>]) -> Result<Self, AllocError> {
        let base = NonNull::from(&mut *buffer).cast();
        // SAFETY: the buffer is borrowed exclusively for 'b, as long as this arena lives.
        let span = unsafe { Span::borrowed(base, buffer.len()) };
        Ok(Self { arena: ArenaOptions::new().span(span).try_build()?, _buffer: Lent::new() })
    }

    /// As [`Arena::reset`].
    ///
    /// # Panics
    /// As that.
    pub fn reset(&mut self) {
        self.arena.reset();
    }
}

impl Deref for BufferArena<'_> {
    type Target = Arena;

    fn deref(&self) -> &Arena {
        &self.arena
    }
}

impl fmt::Debug for BufferArena<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arena.fmt(f)
    }
}
