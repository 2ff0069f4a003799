//! The name of a value in a pool.

use core::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    num::NonZeroU32,
};

/// Names a value of a [`HandlePool`](super::HandlePool): 64 bits, an index and a generation. `Option<PoolHandle<T>>` has
/// 64 bits, too.
///
/// Once its value is removed a handle answers `None` for ever, whatever the slot holds later. A handle of *another* pool
/// of the same type may name a value here: that is safe, and wrong.
pub struct PoolHandle<T> {
    index: u32,
    /// Odd: the generations of taken slots are.
    generation: NonZeroU32,
    of: PhantomData<fn() -> T>,
}

impl<T> PoolHandle<T> {
    pub(super) const fn new(index: u32, generation: NonZeroU32) -> Self {
        Self { index, generation, of: PhantomData }
    }

    pub(super) const fn generation(self) -> u32 {
        self.generation.get()
    }

    /// The slot's number in its pool: below the pool's high-water mark, and stable while the value lives.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// As a number, for files and foreign code.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        (self.generation.get() as u64) << 32 | self.index as u64
    }

    /// From the number of [`to_bits`](Self::to_bits); `None` for one that no handle has. A made-up handle is as good as a
    /// stale one: it answers `None`, or names a live value.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        match NonZeroU32::new((bits >> 32) as u32) {
            Some(generation) if generation.get() % 2 == 1 => Some(Self::new(bits as u32, generation)),
            _ => None,
        }
    }
}

impl<T> Clone for PoolHandle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PoolHandle<T> {}

impl<T> PartialEq for PoolHandle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl<T> Eq for PoolHandle<T> {}

impl<T> Hash for PoolHandle<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bits().hash(state);
    }
}

impl<T> fmt::Debug for PoolHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PoolHandle({}, generation {})", self.index, self.generation)
    }
}
