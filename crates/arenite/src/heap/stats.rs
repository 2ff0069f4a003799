//! A heap's figures.

use super::home::{Home, Kind};

/// Figures of one heap, counted when they are asked for. Bytes where not said otherwise.
///
/// They are exact while no other thread uses the heap; what another thread does during the count is in it or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HeapStats {
    /// Blocks handed out and not freed.
    pub live: usize,
    /// Their usable bytes.
    pub live_bytes: usize,
    /// What the heap has taken from its source and not given back: what is charged to its node.
    pub held: usize,
    /// The most that it ever held.
    pub high_water: usize,
    /// Pieces of memory taken from the source so far.
    pub blocks_taken: u64,
    /// Pieces given back so far.
    pub blocks_returned: u64,
    /// Segments of 64 KiB now.
    pub segments: usize,
    /// Live blocks with memory of their own: above 32 KiB, or all in a pass-through heap.
    pub large: usize,
    /// Threads that the heap has a shard for; a new thread takes over that of one that has ended.
    pub shards: usize,
}

impl Home {
    pub(super) fn stats(&self) -> HeapStats {
        // Before the lock is taken: the books' lock comes first.
        let [held_back, below, covered] = self.covered();
        let state = self.state.lock();
        let mut stats = HeapStats {
            live: state.large.live,
            live_bytes: state.large.bytes,
            held: state.memory.held,
            high_water: state.memory.high_water,
            blocks_taken: state.memory.taken,
            blocks_returned: state.memory.returned,
            large: state.large.live,
            ..HeapStats::default()
        };
        for shard in self.shards() {
            stats.shards += 1;
            stats.segments += if self.kind == Kind::Segments { shard.segment_count.get() } else { 0 };
        }
        // SAFETY: the lock is held, as the walk wants.
        unsafe {
            self.for_each_small(|_, size| {
                stats.live += 1;
                stats.live_bytes += size;
            });
        }
        stats.live = stats.live.saturating_sub(held_back);
        stats.live_bytes = (stats.live_bytes + covered).saturating_sub(below);
        stats
    }

    /// Calls `visit` with start and usable size of each live block in a segment.
    ///
    /// # Safety
    /// The lock is held, or the heap is the caller's alone: the list of segments changes under the lock only.
    pub(super) unsafe fn for_each_small(&self, mut visit: impl FnMut(usize, usize)) {
        for shard in self.shards() {
            let mut next = shard.segments.get();
            // SAFETY: the list's segments are alive.
            while let Some(segment) = unsafe { next.as_ref() } {
                // SAFETY: as above.
                unsafe { segment.for_each_live(&mut visit) };
                next = segment.next.get();
            }
        }
    }
}
