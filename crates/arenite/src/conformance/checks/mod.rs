//! The checks.

mod figures;
mod misuse;
mod reuse;
mod shapes;
mod threads;
mod work;

use super::blocks::{Blocks, Stop};
use crate::{Capabilities, DynAllocator};

/// One check.
pub(super) struct Check {
    pub(super) name: &'static str,
    /// What must be promised for it.
    pub(super) needs: Capabilities,
    pub(super) run: Run,
}

#[derive(Clone, Copy)]
pub(super) enum Run {
    Alone(fn(&mut Blocks<'_>) -> Result<(), Stop>),
    Shared(fn(&(dyn DynAllocator + Sync), u64) -> Result<(), Stop>),
}

const fn alone(name: &'static str, needs: Capabilities, run: fn(&mut Blocks<'_>) -> Result<(), Stop>) -> Check {
    Check { name, needs, run: Run::Alone(run) }
}

/// Every check but that of the source's faults, in the order in which they are made: what is simple first.
pub(super) static CHECKS: &[Check] = &[
    alone("sizes", Capabilities::NONE, shapes::sizes),
    alone("alignments", Capabilities::NONE, shapes::alignments),
    alone("impossible sizes", Capabilities::NONE, shapes::impossible),
    alone("disjoint blocks", Capabilities::NONE, work::disjoint),
    alone("zeroed memory", Capabilities::NONE, work::zeroed),
    alone("grow and shrink", Capabilities::NONE, work::grow_and_shrink),
    alone("resize in place", Capabilities::NONE, work::resize),
    alone("usable size", Capabilities::NONE, work::usable_size),
    alone("random operations", Capabilities::NONE, work::random_operations),
    alone("collections", Capabilities::NONE, work::collections),
    alone("figures", Capabilities::NONE, figures::figures),
    alone("ownership", Capabilities::OWNS, figures::ownership),
    alone("reuse of freed memory", Capabilities::FREE, reuse::free),
    alone("reuse of the last block", Capabilities::FREE_LAST, reuse::free_last),
    alone("last in, first out", Capabilities::LIFO, reuse::lifo),
    alone("exhaustion and recovery", Capabilities::BOUNDED, reuse::exhaustion),
    alone("reset", Capabilities::NONE, reuse::reset),
    alone("double free", Capabilities::FINDS_DOUBLE_FREE, misuse::double_free),
    alone("foreign free", Capabilities::FINDS_FOREIGN_FREE, misuse::foreign_free),
    alone("wrong size", Capabilities::FINDS_WRONG_SIZE, misuse::wrong_size),
    Check { name: "threads", needs: Capabilities::THREADS, run: Run::Shared(threads::threads) },
];

/// The work during which each take of the source fails in turn.
pub(super) static FAULTS: Check = alone("faults of the source", Capabilities::NONE, work::under_faults);
