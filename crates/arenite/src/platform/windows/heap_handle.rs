//! Which heap.

/// Names a heap: what Windows calls the `HANDLE` of one. Any number may be one; what names no heap is refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HeapHandle(usize);

impl HeapHandle {
    /// The handle with this number, for C.
    #[must_use]
    pub const fn from_bits(bits: usize) -> Self {
        Self(bits)
    }

    /// Its number: never 0, and never the address of anything.
    #[must_use]
    pub const fn bits(self) -> usize {
        self.0
    }
}
