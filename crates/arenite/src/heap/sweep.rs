//! Finding memory again: which segments are empty, which neighbouring blocks are one stretch.

use super::{
    class::GRAIN,
    home::{Home, Kind},
    memory::give_segment,
    segment::{SEGMENT, Segment},
    shard::Shard,
    state::State,
    table::{CODE, HELD, LIVE, Table},
};
use core::cell::Cell;

impl Home {
    /// A segment's watch was freed: finds another, or counts the segment as empty.
    ///
    /// # Safety
    /// The calling thread's shard, and a segment of it.
    pub(super) unsafe fn watch_freed_in(&self, shard: &Shard, segment: &Segment) {
        shard.freed_watches.set(shard.freed_watches.get() + 1);
        // SAFETY: the caller's promise.
        if !unsafe { segment.set_watch(shard.random(), segment.watch.get()) } {
            shard.empty.set(shard.empty.get() + 1);
        }
    }

    pub(super) fn watch_freed(&self, shard: &Shard, segment: &Segment) {
        // SAFETY: called for a segment of the calling thread's shard.
        unsafe { self.watch_freed_in(shard, segment) }
    }

    /// Whether so many segments were seen empty that a sweep is due: more than may be kept, and at least half of all, so
    /// that the walk over the other half is paid for.
    pub(super) fn sweep_is_due(&self, shard: &Shard) -> bool {
        let empty = shard.empty.get();
        empty * SEGMENT > self.retain && empty * 2 >= shard.segment_count.get()
    }

    /// Walks a shard's tables: gives empty segments back, down to `retain` bytes of them, and makes all lists and regions
    /// anew, with neighbouring free blocks joined. O(blocks). Returns how many bytes went back.
    ///
    /// # Safety
    /// The calling thread's shard, or one whose thread has ended; its heap is no bounded one.
    pub(super) unsafe fn sweep(&self, state: &mut State, shard: &Shard, retain: usize) -> usize {
        // SAFETY: the caller's promise. Nobody else reads the list of segments without the lock, which `state` stands for.
        unsafe {
            shard.take_remote(|segment| segment.watch.set(0));
            let before = state.memory.held;
            let mut kept = 0;
            let mut link: *const Cell<*const Segment> = &raw const shard.segments;
            let current = Table(shard.limit().saturating_sub(1) & !(SEGMENT - 1));
            let zero_from = shard.zero_from(current.0 + SEGMENT);
            shard.forget();
            while let Some(segment) = (*link).get().as_ref() {
                let home = segment.is_home_of(shard);
                // What is watched is live.
                let empty = !home && segment.watch.get() == 0 && segment.is_empty();
                if empty {
                    if kept + SEGMENT > retain {
                        (*link).set(segment.next.get());
                        shard.segment_count.set(shard.segment_count.get() - 1);
                        let zero = if segment.table == current { zero_from } else { segment.end };
                        give_segment(&mut state.memory, segment.table.0, zero);
                        continue;
                    }
                    kept += SEGMENT;
                }
                relist(shard, segment);
                if !empty && !home && segment.watch.get() == 0 {
                    segment.set_watch(shard.random(), segment.end);
                }
                link = &raw const segment.next;
            }
            let count = shard.segment_count.get();
            shard.sweep_at.set(count + count / 4 + 4);
            before - state.memory.held
        }
    }

    /// Joins neighbouring free blocks of a bounded heap.
    ///
    /// # Safety
    /// The lock is held.
    pub(super) unsafe fn sweep_single(&self, shard: &Shard) {
        debug_assert!(self.kind == Kind::Bounded);
        shard.forget();
        // SAFETY: the caller's promise; the only segment is alive.
        unsafe { relist(shard, &*shard.segments.get()) }
    }

    /// Gives back what can be given of all shards that nobody else is in. Returns how many bytes.
    pub(super) fn trim(&self) -> usize {
        if self.kind != Kind::Segments {
            return 0;
        }
        let mut state = self.state.lock();
        let mut given = 0;
        for shard in self.shards() {
            // SAFETY: a shard has the record of its thread; who ended stays ended, and adopting needs the lock.
            let free = Self::is_mine(shard)
                || unsafe { (*shard.record.get()).has_ended(shard.token.load(crate::sync::Ordering::Relaxed)) };
            if free {
                // SAFETY: this thread's shard, or nobody's.
                given += unsafe { self.sweep(&mut state, shard, 0) };
            } else {
                shard.remote.ask_for_trim();
            }
        }
        given
    }
}

/// Puts a segment's free memory on the shard's lists: single free blocks as such, longer stretches as regions.
///
/// # Safety
/// The shard is the caller's and has forgotten its lists; a segment of it.
unsafe fn relist(shard: &Shard, segment: &Segment) {
    let (table, end) = (segment.table, segment.end);
    let mut place = segment.first.get();
    // SAFETY: `place` is a block's start, or in memory without blocks, of which all bytes are 0.
    unsafe {
        while place < end {
            let (start, code) = (place, table.load(place));
            if code & (LIVE | HELD) != 0 {
                place += table.size(place, code & CODE);
                continue;
            }
            let mut alone = code != 0;
            place += if alone { table.size(place, code) } else { GRAIN };
            while place < end {
                let byte = table.load(place);
                if byte & (LIVE | HELD) != 0 {
                    break;
                }
                if alone {
                    alone = false;
                    table.store(start, 0);
                }
                if byte == 0 {
                    place += GRAIN;
                } else {
                    table.store(place, 0);
                    place += table.size(place, byte);
                }
            }
            if alone {
                shard.push(start, code);
            } else {
                shard.add_region(start, place);
            }
        }
    }
}
