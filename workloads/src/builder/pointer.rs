//! Edges of graphs.

use std::rc::Weak;

/// An edge to a value that others may point to as well, in circles too.
pub trait Pointer<T> {
    /// Lets `look` see the value at the other end.
    ///
    /// # Panics
    /// On the heap, when the value is gone. In an arena it cannot be.
    fn follow<R>(&self, look: impl FnOnce(&T) -> R) -> R;
}

impl<T> Pointer<T> for Weak<T> {
    fn follow<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.upgrade().expect("a graph is dropped as a whole, after its last reader"))
    }
}

impl<T> Pointer<T> for &T {
    #[inline]
    fn follow<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(self)
    }
}
