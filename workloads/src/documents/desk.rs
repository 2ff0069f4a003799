//! Where documents are worked on, one after the other.

use arenite::{Arena, ArenaOptions, Handle};
use bumpalo::Bump;

use super::builder::{BumpScratch, Builder, Heap, Scratch};
use crate::memory::{ArenaReport, MemoryReport};

/// First block of a document's arena. The largest document that comes with the source takes about 3 MiB.
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

    fn clear(&mut self) {}

    fn report(&self) -> MemoryReport {
        MemoryReport::default()
    }
}

/// Two arenas of Arenite: one that is reset between documents, and one for scopes.
pub struct AreniteDesk {
    document: Arena,
    scratch: Arena,
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
        let arena = |name: &'static str, block: usize| {
            configure(ArenaOptions::new().name(name).initial(block).max(16 * block)).build()
        };
        Self { document: arena("document", DOCUMENT_BLOCK), scratch: arena("scratch", SCRATCH_BLOCK) }
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

    fn clear(&mut self) {
        self.document.reset();
        self.scratch.reset();
    }

    fn report(&self) -> MemoryReport {
        MemoryReport { arenas: vec![describe("document", &self.document), describe("scratch", &self.scratch)] }
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

/// Two of bumpalo's arenas, both reset between documents.
#[derive(Default)]
pub struct BumpaloDesk {
    document: Bump,
    scratch: Bump,
}

impl BumpaloDesk {
    /// A desk with its first blocks taken.
    pub fn new() -> Self {
        Self { document: Bump::with_capacity(DOCUMENT_BLOCK), scratch: Bump::with_capacity(SCRATCH_BLOCK) }
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

    fn clear(&mut self) {
        self.document.reset();
        self.scratch.reset();
    }

    fn report(&self) -> MemoryReport {
        MemoryReport::default()
    }
}
