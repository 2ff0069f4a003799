//! Arenite: an arena for the program, one per slot, and scopes of a scratch arena for functions.

use std::alloc::Layout;

use arenite::pool::{BlockPoolOptions, ChunkedBlockPool};
use arenite::{Arena, ArenaOptions, Scope};

use super::{ArenaReport, Memory, MemoryReport, Slot, Temp};

/// First block of the program's arena: what the resources of a game come to.
const PROGRAM_BLOCK: usize = 128 << 10;
/// First block of a slot's arena: most levels fit, so that a level is one block and its end moves one cursor.
const SLOT_BLOCK: usize = 256 << 10;
/// First block of the scratch arena: the grids and queues of the deepest nesting.
const SCRATCH_BLOCK: usize = 256 << 10;

type Configure = Box<dyn Fn(ArenaOptions) -> ArenaOptions>;

/// Runs a program on arenas.
///
/// All arenas keep their blocks over a reset, so that after the first levels no block is taken or given back.
pub struct AreniteMemory {
    program: Arena,
    scratch: Arena,
    configure: Configure,
}

/// Block sizes of a slot's pools: of list records, small things, large things.
const POOLS: [usize; 3] = [32, 96, 192];

/// The arena of one slot, and its pools.
pub struct AreniteSlot {
    arena: Arena,
    pools: [ChunkedBlockPool; POOLS.len()],
}

fn options(name: &'static str, block: usize) -> ArenaOptions {
    ArenaOptions::new().name(name).initial(block).max(4 * block)
}

impl AreniteMemory {
    /// A memory with its first blocks taken.
    ///
    /// # Panics
    /// When the system refuses them.
    pub fn new() -> Self {
        Self::configured(|options| options)
    }

    /// A memory whose arenas are made with the options that `configure` makes of the usual ones: another source, a
    /// parent in the lifetime tree, counting, a limit.
    ///
    /// # Panics
    /// When the first blocks are refused.
    pub fn configured(configure: impl Fn(ArenaOptions) -> ArenaOptions + 'static) -> Self {
        Self {
            program: configure(options("program", PROGRAM_BLOCK)).build(),
            scratch: configure(options("scratch", SCRATCH_BLOCK)).build(),
            configure: Box::new(configure),
        }
    }
}

impl Default for AreniteMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Temp for &'a Arena {
    type Alloc<'s>
        = &'a Arena
    where
        Self: 's;
    type Nested<'s>
        = Scope<'a>
    where
        Self: 's;

    fn alloc(&self) -> &'a Arena {
        self
    }

    fn nested(&self) -> Scope<'a> {
        self.scope()
    }

    fn discard<T>(&self, value: T) {
        std::mem::forget(value);
    }
}

impl<'a> Temp for Scope<'a> {
    type Alloc<'s>
        = &'s Scope<'a>
    where
        Self: 's;
    type Nested<'s>
        = Scope<'s>
    where
        Self: 's;

    fn alloc(&self) -> &Scope<'a> {
        self
    }

    fn nested(&self) -> Scope<'_> {
        self.scope()
    }

    fn discard<T>(&self, value: T) {
        std::mem::forget(value);
    }
}

impl Slot for AreniteSlot {
    type Alloc<'l> = &'l Arena;
    type Pooled<'l> = &'l ChunkedBlockPool;

    fn alloc(&self) -> &Arena {
        &self.arena
    }

    fn pool(&self, thing: Layout) -> &ChunkedBlockPool {
        let fits = |pool: &&ChunkedBlockPool| thing.size() <= pool.block_size() && thing.align() <= pool.block_align();
        self.pools.iter().find(fits).unwrap_or_else(|| panic!("a slot has no pool for things of {thing:?}"))
    }

    fn discard<T>(&self, value: T) {
        std::mem::forget(value);
    }

    fn recycle(&mut self) {
        self.arena.reset();
        self.pools.iter_mut().for_each(ChunkedBlockPool::clear);
    }

    fn describe(&self, report: &mut MemoryReport) {
        report.arenas.push(describe("slot", &self.arena));
        report.arenas.extend(self.pools.iter().map(describe_pool));
    }
}

impl Memory for AreniteMemory {
    const NAME: &'static str = "arenite";

    type Program<'m> = &'m Arena;
    type Temp<'m> = &'m Arena;
    type Slot = AreniteSlot;

    fn program(&self) -> &Arena {
        &self.program
    }

    fn temp(&self) -> &Arena {
        &self.scratch
    }

    fn slot(&self) -> AreniteSlot {
        let arena = (self.configure)(options("slot", SLOT_BLOCK)).build();
        let pools = POOLS.map(|size| {
            let options = BlockPoolOptions::new(size);
            // Who pays for the slot's arena pays for its pools.
            arena.node().map_or(options.clone(), |node| options.node(node)).build_chunked()
        });
        AreniteSlot { arena, pools }
    }

    fn report(&self) -> MemoryReport {
        MemoryReport { arenas: vec![describe("program", &self.program), describe("scratch", &self.scratch)] }
    }
}

fn describe(name: &str, arena: &Arena) -> ArenaReport {
    let stats = arena.stats();
    ArenaReport {
        name: name.to_owned(),
        used: stats.used,
        allocated: stats.allocated,
        high_water: stats.high_water,
        chunks: stats.chunks,
        blocks_taken: stats.blocks_taken,
        blocks_returned: stats.blocks_returned,
    }
}

fn describe_pool(pool: &ChunkedBlockPool) -> ArenaReport {
    let stats = pool.stats();
    ArenaReport {
        name: format!("pool of {}", stats.block_size),
        used: stats.live * stats.block_size,
        allocated: stats.allocated,
        high_water: stats.high_water * stats.block_size,
        chunks: usize::try_from(stats.chunks_taken - stats.chunks_returned).unwrap_or(usize::MAX),
        blocks_taken: stats.chunks_taken,
        blocks_returned: stats.chunks_returned,
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::vec::Vec;

    use super::*;

    #[test]
    fn a_nested_level_gives_back_what_it_took_and_leaves_the_outer_one_as_it_was() {
        let memory = AreniteMemory::new();
        let outer = memory.temp().nested();
        let mut kept = Vec::with_capacity_in(4, outer.alloc());
        kept.push(7);
        let before = outer.used();
        {
            let inner = outer.nested();
            let mut lost = Vec::new_in(inner.alloc());
            lost.resize(1_000, 0u64);
            kept.push(8);
        }
        assert_eq!(outer.used(), before);
        assert_eq!(kept[..], [7, 8]);
    }

    #[test]
    fn a_recycled_slot_is_empty_and_keeps_its_blocks() {
        let memory = AreniteMemory::new();
        let mut slot = memory.slot();
        let mut chunks = 0;
        for _ in 0..3 {
            let mut numbers = Vec::new_in(Slot::alloc(&slot));
            numbers.resize(100_000, 1u64);
            slot.discard(numbers);
            slot.recycle();
            let mut report = MemoryReport::default();
            slot.describe(&mut report);
            assert_eq!(report.live(), Some(0));
            assert!(chunks == 0 || chunks == report.arenas[0].chunks);
            chunks = report.arenas[0].chunks;
        }
        assert!(chunks > 1);
    }

    #[test]
    fn every_arena_is_made_with_the_configured_options() {
        let memory = AreniteMemory::configured(|options| options.counting(true));
        memory.program().alloc_str("counted");
        assert_eq!(memory.program().stats().allocations, Some(1));
        assert_eq!(Slot::alloc(&memory.slot()).stats().allocations, Some(0));
    }
}
