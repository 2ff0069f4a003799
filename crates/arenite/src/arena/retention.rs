//! What an arena keeps at a reset.

/// How many bytes of its blocks an arena keeps when it is reset. The first block always stays; the others are kept in
/// order, so that the same work fits in them again without a call to the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Retention {
    /// Everything. Reset is O(1) over any number of blocks.
    #[default]
    KeepAll,
    /// At most this many bytes.
    KeepBytes(usize),
    /// As much as any of the last cycles needed (1 to 16 of them, from reset to reset): a spike is forgotten after that
    /// many resets, and steady work never takes a new block.
    HighWater(u8),
    /// Nothing but the first block.
    GiveBack,
}

/// Bytes of blocks: those that the cursor runs through, and those of single large requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Room {
    pub(super) chain: usize,
    pub(super) own: usize,
}

impl Room {
    pub(super) fn max(self, other: Self) -> Self {
        Self { chain: self.chain.max(other.chain), own: self.own.max(other.own) }
    }
}

/// What to keep of the blocks of each kind, and of both together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Keep {
    pub(super) room: Room,
    pub(super) total: usize,
}

impl Keep {
    /// At most so many bytes, of either kind.
    pub(super) fn at_most(total: usize) -> Self {
        Self { room: Room { chain: total, own: total }, total }
    }
}

/// What the last cycles needed.
#[derive(Default)]
pub(super) struct Cycles {
    needed: core::cell::Cell<[Room; Cycles::MOST]>,
    next: core::cell::Cell<usize>,
}

impl Cycles {
    pub(super) const MOST: usize = 16;

    /// Records a cycle and says how much to keep: `None` for everything.
    pub(super) fn end(&self, policy: Retention, needed: Room) -> Option<Keep> {
        match policy {
            Retention::KeepAll => None,
            Retention::KeepBytes(total) => {
                // Blocks of the chain that this cycle did without leave room for large ones that it needed.
                let own = needed.own.min(total.saturating_sub(needed.chain));
                Some(Keep { room: Room { chain: total - own, own: total }, total })
            }
            Retention::GiveBack => Some(Keep::default()),
            Retention::HighWater(cycles) => {
                let length = usize::from(cycles).clamp(1, Self::MOST);
                let mut window = self.needed.get();
                window[self.next.get() % length] = needed;
                self.needed.set(window);
                self.next.set(self.next.get() + 1);
                let room = window[..length].iter().copied().fold(Room::default(), Room::max);
                Some(Keep { room, total: usize::MAX })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_is_forgotten_after_the_given_number_of_cycles() {
        let cycles = Cycles::default();
        let end = |chain, own| cycles.end(Retention::HighWater(3), Room { chain, own }).unwrap().room;
        assert_eq!(end(1000, 0), Room { chain: 1000, own: 0 });
        assert_eq!(end(10, 7), Room { chain: 1000, own: 7 });
        assert_eq!(end(20, 0), Room { chain: 1000, own: 7 });
        assert_eq!(end(5, 0), Room { chain: 20, own: 7 }, "the fourth cycle no longer sees the first");
    }

    #[test]
    fn a_window_of_no_cycles_is_one_cycle() {
        let needed = Room { chain: 7, own: 0 };
        assert_eq!(Cycles::default().end(Retention::HighWater(0), needed).unwrap().room, needed);
    }
}
