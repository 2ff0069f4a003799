//! Where documents are worked on, one after the other.

use arenite::{Arena, ArenaOptions, Handle};
use bumpalo::Bump;

use crate::{
    builder::{Builder, BumpScratch, Heap, Scratch},
    compiler::{self, CompileError, Phases, compile_and_run},
    memory::{ArenaReport, MemoryReport},
};

/// Addresses reserved for a document's arena, of which it commits what it needs: the output, which is last, then grows
/// where it is however long it becomes. The largest document that comes with the source takes about 3 MiB.
const RESERVED: usize = if usize::BITS == 64 { 16 << (30 % usize::BITS) } else { 256 << 20 };
/// With so many it makes do where the system has a limit on addresses.
const RESERVED_AT_LEAST: usize = 64 << 20;
/// First block of a document's bump.
const DOCUMENT_BLOCK: usize = 256 << 10;
/// First block of the scratch arena: the lines and tokens of the deepest nesting.
const SCRATCH_BLOCK: usize = 64 << 10;

/// Memory for one document at a time, used again for the next: the plan's reusable arena.
pub trait Desk {
    /// What to call it in reports.
    const NAME: &'static str;

    /// What trees and output are built with.
    type Place<'a>: Builder<'a>
    where
        Self: 'a;

    /// What functions use and lose.
    type Scratch<'a>: Scratch
    where
        Self: 'a;

    /// What the current document is built with.
    fn place(&self) -> Self::Place<'_>;

    /// What functions use and lose while they work on it.
    fn scratch(&self) -> Self::Scratch<'_>;

    /// Compiles a program and runs it, each phase in a memory of its own.
    ///
    /// # Errors
    /// What is wrong with the program.
    fn compile(&mut self, source: &str) -> Result<compiler::Summary, CompileError>;

    /// Makes room for the next document. The exclusive borrow proves that the last one is gone.
    fn clear(&mut self);

    /// What the arenas hold; nothing where there are none.
    fn report(&self) -> MemoryReport;
}

/// The plain heap.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainDesk;

impl Desk for PlainDesk {
    const NAME: &'static str = "plain heap";

    type Place<'a> = Heap;
    type Scratch<'a> = Heap;

    fn place(&self) -> Heap {
        Heap
    }

    fn scratch(&self) -> Heap {
        Heap
    }

    fn compile(&mut self, source: &str) -> Result<compiler::Summary, CompileError> {
        compile_and_run(source, &mut Phases::<Heap>::new())
    }

    fn clear(&mut self) {}

    fn report(&self) -> MemoryReport {
        MemoryReport::default()
    }
}

/// Arenas of Arenite: one in a reserved range that is reset between documents, one for scopes, and those of the phases.
pub struct AreniteDesk {
    document: Arena,
    scratch: Arena,
    phases: Phases<Arena>,
}

impl AreniteDesk {
    /// A desk with its first blocks taken.
    ///
    /// # Panics
    /// When the system refuses them.
    pub fn new() -> Self {
        Self::configured(|options| options)
    }

    /// A desk whose arenas are made with the options that `configure` makes of the usual ones.
    ///
    /// # Panics
    /// When the first blocks are refused.
    pub fn configured(configure: impl Fn(ArenaOptions) -> ArenaOptions) -> Self {
        let document = ArenaOptions::new().name("document").reserve(RESERVED).reserve_at_least(RESERVED_AT_LEAST);
        let scratch = ArenaOptions::new().name("scratch").initial(SCRATCH_BLOCK).max(16 * SCRATCH_BLOCK);
        let phases = Phases::with(|name| configure(ArenaOptions::new().name(name)).build());
        Self { document: configure(document).build(), scratch: configure(scratch).build(), phases }
    }
}

impl Default for AreniteDesk {
    fn default() -> Self {
        Self::new()
    }
}

impl Desk for AreniteDesk {
    const NAME: &'static str = "arenite";

    type Place<'a> = &'a Handle;
    type Scratch<'a> = &'a Arena;

    fn place(&self) -> &Handle {
        &self.document
    }

    fn scratch(&self) -> &Arena {
        &self.scratch
    }

    fn compile(&mut self, source: &str) -> Result<compiler::Summary, CompileError> {
        compile_and_run(source, &mut self.phases)
    }

    fn clear(&mut self) {
        self.document.reset();
        self.scratch.reset();
    }

    fn report(&self) -> MemoryReport {
        let mut arenas = vec![describe("document", &self.document), describe("scratch", &self.scratch)];
        arenas.extend(self.phases.iter().map(|(name, arena)| describe(name, arena)));
        MemoryReport { arenas }
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

/// bumpalo's arenas: two that are reset between documents, and those of the phases.
#[derive(Default)]
pub struct BumpaloDesk {
    document: Bump,
    scratch: Bump,
    phases: Phases<Bump>,
}

impl BumpaloDesk {
    /// A desk with its first blocks taken.
    pub fn new() -> Self {
        Self {
            document: Bump::with_capacity(DOCUMENT_BLOCK),
            scratch: Bump::with_capacity(SCRATCH_BLOCK),
            phases: Phases::new(),
        }
    }
}

impl Desk for BumpaloDesk {
    const NAME: &'static str = "bumpalo";

    type Place<'a> = &'a Bump;
    type Scratch<'a> = BumpScratch<'a>;

    fn place(&self) -> &Bump {
        &self.document
    }

    fn scratch(&self) -> BumpScratch<'_> {
        BumpScratch(&self.scratch)
    }

    fn compile(&mut self, source: &str) -> Result<compiler::Summary, CompileError> {
        compile_and_run(source, &mut self.phases)
    }

    fn clear(&mut self) {
        self.document.reset();
        self.scratch.reset();
    }

    fn report(&self) -> MemoryReport {
        MemoryReport::default()
    }
}
