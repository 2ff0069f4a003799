//! The ring.

use super::{FrameHeld, FrameToken};
use crate::{
    AllocError, SharedArena, SharedArenaStats, SharedOptions,
    node::{Node, NodeId},
    sync::Lock,
};
use alloc::{sync::Arc, vec::Vec};
use core::fmt;

/// A ring of frames that jobs on any thread allocate from and keep alive.
///
/// [`begin_frame`](Self::begin_frame) takes the next slot of the ring, drops what was registered in its last frame and
/// takes that memory back, without giving it away: after the first rounds a frame takes no block. It never overtakes: as
/// long as a [`FrameToken`] or [`FrameBox`](super::FrameBox) of the slot's last frame is alive, it refuses, and says which frame and how
/// many hold it.
///
/// ```
/// use arenite::SharedOptions;
/// let frames = SharedOptions::new().name("jobs").build_frames(2);
/// for n in 0..10 {
///     let frame = frames.begin_frame();
///     let job = std::thread::spawn({
///         let frame = frame.clone();
///         move || frame.local().alloc_slice_fill_with(100, |i| i as u64).iter().sum::<u64>()
///     });
///     assert_eq!((frame.number(), job.join().unwrap()), (n, 4950));
/// }
/// let held = frames.begin_frame();
/// drop(frames.begin_frame());
/// let refused = frames.try_begin_frame().unwrap_err();
/// assert_eq!((refused.frame(), refused.holders()), (held.number(), 1));
/// ```
pub struct SharedFrames {
    ring: Lock<Ring>,
    node: Option<Node>,
}

struct Ring {
    slots: Vec<Slot>,
    /// The number of the next frame.
    next: u64,
}

struct Slot {
    /// The number of the last frame that was begun here.
    last: u64,
    /// Absent while that frame is being begun.
    frame: Option<Arc<Frame>>,
}

impl Slot {
    /// Tokens and boxes that hold the slot's frame; whoever is beginning it counts as one.
    fn holders(&self) -> usize {
        self.frame.as_ref().map_or(1, |frame| Arc::strong_count(frame) - 1)
    }
}

/// One frame: its number, and its memory.
pub(super) struct Frame {
    pub(super) number: u64,
    pub(super) arena: SharedArena,
}

impl SharedFrames {
    pub(crate) fn with_options(mut options: SharedOptions, depth: usize) -> Result<Self, AllocError> {
        let depth = depth.max(1);
        let node = options.node_for_all();
        let slot = |_| {
            let arena = options.part(node.as_ref(), depth).try_build_arena()?;
            Ok(Slot { last: 0, frame: Some(Arc::new(Frame { number: 0, arena })) })
        };
        let slots = (0..depth).map(slot).collect::<Result<_, AllocError>>()?;
        Ok(Self { ring: Lock::new(Ring { slots, next: 0 }), node })
    }

    /// The next frame, empty.
    ///
    /// # Panics
    /// As [`try_begin_frame`](Self::try_begin_frame) refuses; and when a value that was registered in the slot's last frame
    /// panics as it is dropped: nobody gets that frame, and the next one has another number.
    #[must_use]
    #[track_caller]
    pub fn begin_frame(&self) -> FrameToken {
        match self.try_begin_frame() {
            Ok(frame) => frame,
            Err(held) => held.panic(),
        }
    }

    /// The next frame, empty. Frames are numbered from 0. O(blocks of the slot, and values registered in it).
    ///
    /// # Errors
    /// The slot's last frame is still held: nothing changes.
    ///
    /// # Panics
    /// As [`begin_frame`](Self::begin_frame).
    pub fn try_begin_frame(&self) -> Result<FrameToken, FrameHeld> {
        /// Puts a frame in its slot, also when a registered value panics.
        struct Begun<'a>(&'a SharedFrames, usize, Option<Arc<Frame>>);
        impl Drop for Begun<'_> {
            fn drop(&mut self) {
                self.0.ring.lock().slots[self.1].frame = self.2.take();
            }
        }
        let (mut begun, number) =
            self.claim_slot().map(|(slot, frame, number)| (Begun(self, slot, Some(frame)), number))?;
        // Without the lock: a value that is dropped may hold other frames, or begin one.
        let frame = begun.2.as_mut().expect("put there above");
        let only = Arc::get_mut(frame).expect("claimed as nobody held it");
        only.number = number;
        only.arena.reset();
        Ok(FrameToken::of(frame.clone()))
    }

    /// The next slot, its frame, which nobody holds, and the number of that.
    fn claim_slot(&self) -> Result<(usize, Arc<Frame>, u64), FrameHeld> {
        let mut ring = self.ring.lock();
        let (number, depth) = (ring.next, ring.slots.len());
        let index = (number % depth as u64) as usize;
        let slot = &mut ring.slots[index];
        // Not by the count alone: what holders did is seen after `get_mut`.
        let free = slot.frame.as_mut().is_some_and(|frame| Arc::get_mut(frame).is_some());
        match slot.frame.take_if(|_| free) {
            Some(frame) => {
                slot.last = number;
                ring.next = number + 1;
                Ok((index, frame, number))
            }
            None => {
                let node = self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id);
                // One that goes at this very time is counted still.
                Err(FrameHeld { node, frame: slot.last, holders: slot.holders().max(1), depth })
            }
        }
    }

    /// How many frames may be held at once.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.ring.lock().slots.len()
    }

    /// Which slots are held: the frame's number and how many hold it, in the order of the ring.
    #[must_use]
    pub fn held(&self) -> Vec<(u64, usize)> {
        let ring = self.ring.lock();
        let holders = ring.slots.iter().map(|slot| (slot.last, slot.holders()));
        holders.filter(|&(_, holders)| holders > 0).collect()
    }

    /// The figures of all slots together, apart from one that is just being begun. Exact where no local is alive.
    #[must_use]
    pub fn stats(&self) -> SharedArenaStats {
        let ring = self.ring.lock();
        ring.slots.iter().filter_map(|slot| slot.frame.as_ref()).map(|frame| frame.arena.stats()).fold(
            SharedArenaStats::default(),
            |sum, slot| SharedArenaStats {
                used: sum.used + slot.used,
                held: sum.held + slot.held,
                drops: sum.drops + slot.drops,
                locals: sum.locals + slot.locals,
                blocks_taken: sum.blocks_taken + slot.blocks_taken,
                blocks_returned: sum.blocks_returned + slot.blocks_returned,
                resets: sum.resets + slot.resets,
            },
        )
    }

    /// The node that pays for the blocks.
    #[must_use]
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }
}

impl fmt::Debug for SharedFrames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedFrames").field("node", &self.node).field("held", &self.held()).finish_non_exhaustive()
    }
}
