//! The pool.

use super::{ArenaPoolError, ArenaPoolOptions, ArenaPoolStats, PooledArena, options::Make};
use crate::{
    Arena,
    node::{Node, NodeId},
    sync::Lock,
};
use alloc::{format, vec::Vec};
use core::{fmt, mem};

/// How many arenas a pool has room to keep from the start: keeping more may ask the heap.
const ROOM: usize = 64;

/// Arenas that threads take and give back: each is empty when it is taken, is its taker's alone, and comes back by being
/// dropped. O(1) under a lock, and the reset of the arena outside of it.
///
/// ```
/// use arenite::{ArenaOptions, ArenaPoolOptions, Retention};
/// let pool = ArenaPoolOptions::new()
///     .name("request")
///     .keep(4)
///     .arenas(|| ArenaOptions::new().retention(Retention::KeepBytes(1 << 20)))
///     .build();
/// std::thread::scope(|threads| {
///     for request in 0..4 {
///         let pool = &pool;
///         threads.spawn(move || {
///             let arena = pool.take();
///             arena.alloc_fmt(format_args!("answer to {request}")).len()
///         });
///     }
/// });
/// let stats = pool.stats();
/// assert_eq!((stats.taken, stats.returned, stats.out), (4, 4, 0));
/// assert_eq!(stats.made as usize, stats.kept);
/// ```
/// What it holds goes back before the arena does:
/// ```compile_fail,E0505
/// let pool = arenite::ArenaPool::new();
/// let arena = pool.take();
/// let n = arena.alloc(1);
/// drop(arena);
/// *n += 1;
/// ```
pub struct ArenaPool {
    state: Lock<State>,
    node: Option<Node>,
    keep: usize,
    most: usize,
    make: Make,
}

struct State {
    /// The last one that came back is the next to go.
    kept: Vec<Arena>,
    stats: ArenaPoolStats,
    /// The number that the next arena made is called by.
    number: u64,
}

impl ArenaPool {
    /// A pool that keeps up to [`ArenaPoolOptions::KEEP`] arenas as [`Arena::new`] makes them.
    #[must_use]
    pub fn new() -> Self {
        ArenaPoolOptions::new().build()
    }

    pub(super) fn with(node: Option<Node>, keep: usize, most: usize, make: Make) -> Self {
        let state = State { kept: Vec::with_capacity(keep.min(ROOM)), stats: ArenaPoolStats::default(), number: 1 };
        Self { state: Lock::new(state), node, keep, most, make }
    }

    /// An empty arena, kept or new.
    ///
    /// # Panics
    /// As [`try_take`](Self::try_take) refuses.
    #[must_use]
    #[track_caller]
    pub fn take(&self) -> PooledArena<'_> {
        match self.try_take() {
            Ok(arena) => arena,
            Err(refused) => refused.panic(),
        }
    }

    /// An empty arena, kept or new.
    ///
    /// # Errors
    /// As many as may be are out, or a new one's first block is refused: by the source, a budget or its own limit.
    pub fn try_take(&self) -> Result<PooledArena<'_>, ArenaPoolError> {
        let number = {
            let mut state = self.state.lock();
            if state.stats.out >= self.most {
                let node = self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id);
                return Err(ArenaPoolError::AllOut { node, most: self.most });
            }
            // Counted at once: nobody else may take the last one meanwhile.
            state.stats.out += 1;
            if let Some(arena) = state.kept.pop() {
                state.stats.note_taken();
                return Ok(PooledArena::of(self, arena));
            }
            state.number += 1;
            state.number - 1
        };
        /// Takes the count back, also when a callback panics.
        struct Unmade<'p>(&'p ArenaPool);
        impl Drop for Unmade<'_> {
            fn drop(&mut self) {
                self.0.state.lock().stats.out -= 1;
            }
        }
        // Without the lock: it asks a source and may call back.
        let unmade = Unmade(self);
        let arena = self.make(number)?;
        mem::forget(unmade);
        let mut state = self.state.lock();
        state.stats.made += 1;
        state.stats.note_taken();
        Ok(PooledArena::of(self, arena))
    }

    /// As [`try_take`](Self::try_take), for who keeps arena and pool together by other means: the C library.
    ///
    /// # Errors
    /// As that.
    #[doc(hidden)]
    pub fn try_take_owned(&self) -> Result<Arena, ArenaPoolError> {
        self.try_take().map(PooledArena::into_arena)
    }

    /// Takes back what [`try_take_owned`](Self::try_take_owned) gave, and resets it.
    #[doc(hidden)]
    pub fn give_owned(&self, arena: Arena) {
        drop(PooledArena::of(self, arena));
    }

    fn make(&self, number: u64) -> Result<Arena, ArenaPoolError> {
        let mut options = (self.make)();
        if let Some(pool) = &self.node {
            let node = Node::new(format!("{} {number}", pool.name())).parent(pool);
            let node = pool.tag().into_iter().fold(node, |node, tag| node.tag(tag));
            options = options.node(&node.build());
        }
        Ok(options.try_build()?)
    }

    /// Takes an arena back, which was reset.
    pub(super) fn put(&self, arena: Arena) {
        let mut state = self.state.lock();
        state.stats.out -= 1;
        state.stats.returned += 1;
        if state.kept.len() < self.keep {
            state.kept.push(arena);
            return;
        }
        state.stats.dropped += 1;
        drop(state);
        // Without the lock: it gives blocks back.
        drop(arena);
    }

    /// Drops the arenas that are kept. Those that are out come back as ever.
    pub fn clear(&self) {
        let mut state = self.state.lock();
        state.stats.dropped += state.kept.len() as u64;
        let room = Vec::with_capacity(state.kept.capacity());
        let kept = mem::replace(&mut state.kept, room);
        drop(state);
        drop(kept);
    }

    /// The figures, as of now.
    #[must_use]
    pub fn stats(&self) -> ArenaPoolStats {
        let state = self.state.lock();
        ArenaPoolStats { kept: state.kept.len(), ..state.stats }
    }

    /// The node above those of the arenas.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }
}

impl ArenaPoolStats {
    fn note_taken(&mut self) {
        self.taken += 1;
        self.most_out = self.most_out.max(self.out);
    }
}

impl Default for ArenaPool {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ArenaPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArenaPool").field("node", &self.node).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
