//! Chunks that scopes left behind because something in them is in use, and how many there may be.

use super::{chunk::Chunk, range::RANGE};
use crate::sync::{AtomicU64, AtomicUsize, Ordering};

static PINNED: AtomicUsize = AtomicUsize::new(0);
static BUDGET: AtomicUsize = AtomicUsize::new(DEFAULT);
static DECLINED: AtomicU64 = AtomicU64::new(0);

const DEFAULT: usize = 16 << 20;

/// What happens when survivors of scopes hold too much: each holds its whole chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PinBudget {
    /// While pinned chunks hold more than so many bytes, new scopes change nothing and open ones take no further chunk:
    /// the program's heap serves, at its own speed and without pinning. So pinned memory never exceeds this by more than
    /// what the scopes that were open at the moment had taken.
    HeapBeyond(usize),
    /// Scopes go on as long as there is memory.
    Unlimited,
}

impl Default for PinBudget {
    /// 16 MiB.
    fn default() -> Self {
        Self::HeapBeyond(DEFAULT)
    }
}

/// What survivors hold. See [`pinned`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Pinned {
    /// Chunks that no scope has any more and in which something is in use.
    pub chunks: usize,
    /// Their size in bytes.
    pub bytes: usize,
    /// Scopes that changed nothing, and chunks that open ones did not take, because of the [`PinBudget`].
    pub declined: u64,
}

/// Sets the budget for all threads, from their next chunk on.
///
/// ```
/// use arenite::context::{PinBudget, set_pin_budget};
/// set_pin_budget(PinBudget::HeapBeyond(64 << 20));
/// # set_pin_budget(PinBudget::default());
/// ```
pub fn set_pin_budget(budget: PinBudget) {
    let bytes = match budget {
        PinBudget::HeapBeyond(bytes) => bytes.min(usize::MAX - 1),
        PinBudget::Unlimited => usize::MAX,
    };
    BUDGET.store(bytes, Ordering::Relaxed);
}

/// What survivors of scopes hold at this moment, over all threads. Not in it: open scopes, and the half-full chunk that
/// each thread keeps for its next scope.
#[must_use]
pub fn pinned() -> Pinned {
    let chunks = PINNED.load(Ordering::Relaxed);
    Pinned { chunks, bytes: chunks * RANGE.chunk_size(), declined: DECLINED.load(Ordering::Relaxed) }
}

// Relaxed: figures. That one is counted in before it is counted out follows from the chunk's tally.

// A large one counts as the plain ones that it is made of.

pub(super) fn pin(chunk: &Chunk) {
    PINNED.fetch_add(1 << chunk.order.load(Ordering::Relaxed), Ordering::Relaxed);
}

pub(super) fn unpin(chunk: &Chunk) {
    PINNED.fetch_sub(1 << chunk.order.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// Whether one more chunk is within the budget; notes it when not.
pub(super) fn allowed() -> bool {
    let held = PINNED.load(Ordering::Relaxed).saturating_mul(RANGE.chunk_size());
    let allowed = held <= BUDGET.load(Ordering::Relaxed);
    if !allowed {
        DECLINED.fetch_add(1, Ordering::Relaxed);
    }
    allowed
}
