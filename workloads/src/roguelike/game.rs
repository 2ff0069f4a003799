//! The game on one memory: resources loaded once, levels made and freed.

use super::generate::generate;
use super::level::{Level, LevelSummary};
use super::pools::Pools;
use super::resource::{ResourceError, Resources};
use crate::memory::{Memory, Slot};

/// A level in a slot of the memory `M`.
pub type LevelIn<'l, M> = Level<<<M as Memory>::Slot as Slot>::Alloc<'l>, <<M as Memory>::Slot as Slot>::Pooled<'l>>;

/// The game, its resources in the program's memory.
pub struct Game<'m, M: Memory> {
    memory: &'m M,
    resources: Resources<M::Program<'m>>,
}

impl<'m, M: Memory> Game<'m, M> {
    /// Loads the game's own resource files.
    ///
    /// # Errors
    /// Only if a file in the source tree has been broken.
    pub fn load(memory: &'m M) -> Result<Self, ResourceError> {
        let resources = Resources::load(memory.program(), &memory.temp())?;
        Ok(Self { memory, resources })
    }

    /// The memory the game runs on.
    pub fn memory(&self) -> &'m M {
        self.memory
    }

    /// What there is to build levels from.
    pub fn resources(&self) -> &Resources<M::Program<'m>> {
        &self.resources
    }

    /// Makes a level in `slot`. It borrows the slot, so the slot cannot be recycled under it.
    pub fn generate<'l>(&self, slot: &'l M::Slot, seed: u64, depth: i32) -> LevelIn<'l, M> {
        generate(&self.resources, seed, depth, slot.alloc(), Pools::of(slot), &self.memory.temp())
    }

    /// Makes a level, lets `look` at it, then frees it and recycles the slot.
    pub fn with_level<R>(
        &self,
        slot: &mut M::Slot,
        seed: u64,
        depth: i32,
        look: impl FnOnce(&LevelIn<'_, M>) -> R,
    ) -> R {
        let level = self.generate(slot, seed, depth);
        let seen = look(&level);
        slot.discard(level);
        slot.recycle();
        seen
    }

    /// Makes a level, frees it and gives its figures.
    pub fn make(&self, slot: &mut M::Slot, seed: u64, depth: i32) -> LevelSummary {
        self.with_level(slot, seed, depth, |level| level.summary())
    }
}
