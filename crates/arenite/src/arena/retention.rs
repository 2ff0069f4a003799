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

/// What the last cycles needed.
#[derive(Default)]
pub(super) struct Cycles {
    needed: core::cell::Cell<[usize; Cycles::MOST]>,
    next: core::cell::Cell<usize>,
}

impl Cycles {
    pub(super) const MOST: usize = 16;

    /// Records a cycle and says how much to keep: `None` for everything.
    pub(super) fn end(&self, policy: Retention, needed: usize) -> Option<usize> {
        match policy {
            Retention::KeepAll => None,
            Retention::KeepBytes(bytes) => Some(bytes),
            Retention::GiveBack => Some(0),
            Retention::HighWater(cycles) => {
                let length = usize::from(cycles).clamp(1, Self::MOST);
                let mut window = self.needed.get();
                window[self.next.get() % length] = needed;
                self.needed.set(window);
                self.next.set(self.next.get() + 1);
                window[..length].iter().copied().max()
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
        let policy = Retention::HighWater(3);
        assert_eq!(cycles.end(policy, 1000), Some(1000));
        assert_eq!(cycles.end(policy, 10), Some(1000));
        assert_eq!(cycles.end(policy, 20), Some(1000));
        assert_eq!(cycles.end(policy, 5), Some(20), "the fourth cycle no longer sees the first");
    }

    #[test]
    fn a_window_of_no_cycles_is_one_cycle() {
        assert_eq!(Cycles::default().end(Retention::HighWater(0), 7), Some(7));
    }
}
