//! A scan for pointers that outlive what they point to.

use super::{EscapeError, EscapeReport, spans::Spans};
use crate::{Arena, Node, NodeId};
use core::{ops::Range, time::Duration};
use std::vec::Vec;

/// Looks for words that point into what is about to die: before a level's arena is reset, say, on request.
///
/// Looked at, conservatively, word by word at multiples of a word's size:
/// - the calling thread's thread-locals, its stack above this call and the registers that its callers kept;
/// - the same without thread-locals of threads that come to a [`safepoint`](crate::debug::safepoint) within
///   [`wait`](Self::wait); threads that do not are named in the report;
/// - the statics of the program and its libraries;
/// - memory of arenas, heaps and pools: all that the address map knows (blocks of 64 KiB and more from the system, reserved
///   ranges), and of what is watched every live block.
///
/// Not looked at: what dies itself, other memory of the C heap or of the program's global allocator, small blocks of
/// allocators that are not watched, and pointers that are packed, unaligned or in a file.
///
/// **A word is no proof.** A number may look like an address, memory of an arena may hold what an earlier cycle left, and a
/// stack what calls before left or what will not be used again. What a scan finds is where to look; each finding says in
/// what it stands and, where the allocators are watched ([`Grade::Sites`](crate::debug::Grade::Sites)), who made both
/// ends.
///
/// The kernel reads the memory for the scan (`process_vm_readv`), so what other threads write or unmap meanwhile is no
/// race. O(bytes looked at), about 0.7 seconds for each GiB.
///
/// ```
/// use arenite::{Arena, ArenaOptions, report::EscapeScan};
/// let mut level = ArenaOptions::new().name("level").build();
/// let kept = ArenaOptions::new().name("kept").reserve(1 << 20).build();
/// let monster = level.alloc(7u64);
/// kept.alloc(std::ptr::from_ref(monster)); // outlives the level
/// # #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))] {
/// let escapes = level.escape_scan()?;
/// assert!(escapes.to_string().contains("in memory of \"kept\""), "{escapes}");
/// # }
/// level.reset();
/// # Ok::<(), arenite::report::EscapeError>(())
/// ```
#[derive(Clone)]
#[must_use = "`run` makes the scan"]
pub struct EscapeScan {
    pub(super) dying: Spans,
    pub(super) skipped: Spans,
    /// Nodes whose whole memory dies.
    pub(super) nodes: Vec<NodeId>,
    pub(super) wait: Duration,
}

impl Default for EscapeScan {
    fn default() -> Self {
        Self::new()
    }
}

impl EscapeScan {
    /// A scan for words that point into nothing yet.
    pub const fn new() -> Self {
        Self { dying: Spans::new(), skipped: Spans::new(), nodes: Vec::new(), wait: Duration::from_millis(20) }
    }

    /// All blocks of an arena are about to die. Its own state and what lies in these blocks is not looked at.
    pub fn arena(mut self, arena: &Arena) -> Self {
        arena.each_block(|whole, data| {
            self.skipped.add(whole);
            self.dying.add(data);
        });
        self.except(arena)
    }

    /// The memory of a node that the address map knows is about to die: blocks of 64 KiB and more from the system,
    /// reserved ranges. What refers to it by right - an allocator's own value - is to be named by
    /// [`except`](Self::except).
    pub fn node(mut self, node: &Node) -> Self {
        self.nodes.push(node.id());
        self
    }

    /// These addresses are about to die. Whoever computes the range has its ends on the stack, where they are found.
    pub fn range(mut self, range: Range<usize>) -> Self {
        self.skipped.add(range.clone());
        self.dying.add(range);
        self
    }

    /// What lies in this value does not count: an allocator that owns what dies, a list that dies with it.
    pub fn except<T: ?Sized>(mut self, value: &T) -> Self {
        let start = core::ptr::from_ref(value).cast::<u8>().addr();
        self.skipped.add(start..start + size_of_val(value));
        self
    }

    /// Waits at most so long for other threads to come to a safepoint; 20 ms unless set.
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Makes the scan.
    ///
    /// # Errors
    /// This is no platform for it, or the kernel refuses to say what is mapped or to read it.
    #[inline(never)]
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    pub fn run(self) -> Result<EscapeReport, EscapeError> {
        // The stack is looked at from here on up: what lies below are the frames of the scan.
        let registers = crate::debug::registers();
        let report = super::linux::walk(self, (&raw const registers).addr());
        core::hint::black_box(&registers);
        report
    }

    /// Makes the scan.
    ///
    /// # Errors
    /// This is no platform for it.
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    pub fn run(self) -> Result<EscapeReport, EscapeError> {
        let _ = (self.dying, self.skipped, self.nodes, self.wait);
        Err(EscapeError::Unsupported)
    }
}

impl Arena {
    /// Who still points into this arena? To be asked before a reset; see [`EscapeScan`](crate::report::EscapeScan) for what
    /// is looked at and what a finding is worth.
    ///
    /// # Errors
    /// As [`EscapeScan::run`](crate::report::EscapeScan::run).
    pub fn escape_scan(&self) -> Result<EscapeReport, EscapeError> {
        EscapeScan::new().arena(self).run()
    }
}
