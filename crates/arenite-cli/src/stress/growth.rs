//! What a memory holds, and how much more than it did.

use crate::process::footprint;
use workloads::memory::MemoryReport;

/// A memory between two levels. Bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holding {
    live: usize,
    reserved: Option<usize>,
    resident: Option<usize>,
}

/// Bytes held at the end beyond those held when the run was warm. `None` where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Growth {
    /// After how many levels the run was warm; 0 when it was too short to become so.
    pub(super) from_level: u32,
    /// Of levels that were freed.
    pub(super) live: usize,
    /// Blocks of arenas; for the plain heap the writable address space of the process, which malloc extends in steps of
    /// 132 KiB.
    pub(super) reserved: Option<usize>,
    /// The resident set, mapped files left out.
    pub(super) resident: Option<usize>,
}

impl Holding {
    /// What is held now. `left` is what levels left on the heap; a memory with arenas reports those.
    pub(super) fn now(left: usize, arenas: &MemoryReport) -> Self {
        let process = footprint();
        Self {
            live: left.wrapping_add(arenas.live().unwrap_or(0)),
            reserved: arenas.reserved().or(process.writable),
            resident: process.resident,
        }
    }

    /// How much more `self` is than `before`, which was held after `from_level` levels.
    pub(super) fn since(&self, before: &Self, from_level: u32) -> Growth {
        let more = |now: Option<usize>, then: Option<usize>| {
            if from_level == 0 { None } else { Some(now?.saturating_sub(then?)) }
        };
        Growth {
            from_level,
            live: self.live.wrapping_sub(before.live),
            reserved: more(self.reserved, before.reserved),
            resident: more(self.resident, before.resident),
        }
    }
}
