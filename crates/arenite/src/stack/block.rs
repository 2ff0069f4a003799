//! The name of a block of a stack.

use core::{fmt, marker::PhantomData};

/// A block of values of type `T` in a [`Stack`](crate::Stack): a number to ask the stack with, not a pointer.
///
/// Copies name the same block. Once the block is popped, or the stack is reset, no copy names anything any more, whatever
/// is pushed later.
pub struct StackBlock<T> {
    pub(super) stack: u64,
    /// Not the number of any other block of that stack, ever.
    pub(super) serial: u64,
    /// How many blocks lie below it.
    pub(super) index: usize,
    /// Invariant in T: a block is asked for exactly the type that was pushed.
    kind: PhantomData<*mut T>,
}

// SAFETY: a block gives `&T` and `&mut T` to whoever has it and the stack, and there may be copies on several threads: so
// T must be `Send` and `Sync`. It holds numbers only.
unsafe impl<T: Send + Sync> Send for StackBlock<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for StackBlock<T> {}

impl<T> StackBlock<T> {
    /// For a block of Ts that was pushed just now.
    pub(super) const fn new(stack: u64, serial: u64, index: usize) -> Self {
        Self { stack, serial, index, kind: PhantomData }
    }
}

impl<T> Clone for StackBlock<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StackBlock<T> {}

impl<T> PartialEq for StackBlock<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.stack, self.serial) == (other.stack, other.serial)
    }
}

impl<T> Eq for StackBlock<T> {}

impl<T> fmt::Debug for StackBlock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StackBlock<{}> {} (the {}th pushed)", core::any::type_name::<T>(), self.index, self.serial)
    }
}
