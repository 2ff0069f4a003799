//! An arena that is out.

use super::ArenaPool;
use crate::Arena;
use core::{
    fmt,
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
};

/// An arena of an [`ArenaPool`], its holder's alone. Dropped, it is reset and goes back: what was registered in it is dropped
/// then, on this thread.
///
/// It dereferences to the [`Arena`]. Whoever swaps another arena into its place gives that one back. One that is forgotten
/// is out for ever.
pub struct PooledArena<'p> {
    pool: &'p ArenaPool,
    /// There until the drop.
    arena: ManuallyDrop<Arena>,
}

impl<'p> PooledArena<'p> {
    pub(super) fn of(pool: &'p ArenaPool, arena: Arena) -> Self {
        Self { pool, arena: ManuallyDrop::new(arena) }
    }

    /// The arena, which is out until it is given back.
    pub(super) fn into_arena(self) -> Arena {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: never used again.
        unsafe { ManuallyDrop::take(&mut this.arena) }
    }
}

impl Deref for PooledArena<'_> {
    type Target = Arena;

    #[inline(always)]
    fn deref(&self) -> &Arena {
        &self.arena
    }
}

impl DerefMut for PooledArena<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Arena {
        &mut self.arena
    }
}

impl Drop for PooledArena<'_> {
    fn drop(&mut self) {
        /// Gives the arena back, also when a registered value panics: it is empty then too.
        struct Back<'p>(&'p ArenaPool, Option<Arena>);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                if let Some(arena) = self.1.take() {
                    self.0.put(arena);
                }
            }
        }
        // SAFETY: never used again, as this value is being dropped.
        let mut back = Back(self.pool, Some(unsafe { ManuallyDrop::take(&mut self.arena) }));
        if let Some(arena) = &mut back.1 {
            arena.reset();
        }
    }
}

impl fmt::Debug for PooledArena<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledArena").field("arena", &*self.arena).finish_non_exhaustive()
    }
}
