//! How much a node may hold.

use super::NodeId;
use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// Two thresholds in bytes, each optional. Zero is a budget like any other: nothing may be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Budget {
    /// Passing this calls the node's callback, once per crossing from below.
    pub soft: Option<usize>,
    /// Passing this is refused, and nothing changes.
    pub hard: Option<usize>,
}

/// A soft budget was crossed: what the callback gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SoftCrossing {
    /// Whose budget.
    pub node: NodeId,
    /// The budget, in bytes.
    pub budget: usize,
    /// What is charged at the time of the call, in bytes.
    pub charged: usize,
}

/// The account that the charges of a node and everything below it go to.
#[derive(Debug)]
pub(crate) struct Account {
    soft: AtomicUsize,
    hard: AtomicUsize,
    charged: AtomicUsize,
    high_water: AtomicUsize,
    /// Whether the soft budget is passed now, as far as settled.
    over: AtomicBool,
    /// Whether it was passed since somebody was told.
    crossed: AtomicBool,
}

impl Account {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            soft: AtomicUsize::new(budget.soft.unwrap_or(usize::MAX)),
            hard: AtomicUsize::new(budget.hard.unwrap_or(usize::MAX)),
            charged: AtomicUsize::new(0),
            high_water: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            crossed: AtomicBool::new(false),
        }
    }

    pub(crate) fn budget(&self) -> Budget {
        let of = |threshold: &AtomicUsize| Some(threshold.load(Ordering::Relaxed)).filter(|&bytes| bytes != usize::MAX);
        Budget { soft: of(&self.soft), hard: of(&self.hard) }
    }

    pub(crate) fn set_budget(&self, budget: Budget) {
        self.soft.store(budget.soft.unwrap_or(usize::MAX), Ordering::Relaxed);
        self.hard.store(budget.hard.unwrap_or(usize::MAX), Ordering::Relaxed);
        self.over.store(self.charged() > budget.soft.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    pub(crate) fn charged(&self) -> usize {
        self.charged.load(Ordering::Relaxed)
    }

    pub(crate) fn high_water(&self) -> usize {
        self.high_water.load(Ordering::Relaxed)
    }

    /// Adds `bytes`, or refuses with the hard budget and what is charged. They may yet be refused elsewhere: high water
    /// and soft budget see them when they are settled. Relaxed throughout: the counter orders nothing but itself.
    pub(super) fn hold(&self, bytes: usize) -> Result<(), (usize, usize)> {
        let hard = self.hard.load(Ordering::Relaxed);
        let held = self.charged.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |charged| {
            charged.checked_add(bytes).filter(|&sum| sum <= hard)
        });
        held.map(drop).map_err(|charged| (hard, charged))
    }

    /// Adds `bytes` whatever the hard budget says. Passing that from below counts as a crossing.
    #[cfg(feature = "std")]
    pub(super) fn hold_regardless(&self, bytes: usize) -> bool {
        let hard = self.hard.load(Ordering::Relaxed);
        let before = self.charged.fetch_add(bytes, Ordering::Relaxed);
        let past = before + bytes > hard;
        if past && before <= hard {
            self.crossed.store(true, Ordering::Relaxed);
        }
        past
    }

    /// Records what is charged now.
    pub(super) fn settle(&self) {
        let charged = self.charged();
        self.high_water.fetch_max(charged, Ordering::Relaxed);
        if charged > self.soft.load(Ordering::Relaxed)
            && !self.over.load(Ordering::Relaxed)
            && !self.over.swap(true, Ordering::Relaxed)
        {
            self.crossed.store(true, Ordering::Relaxed);
        }
    }

    /// Holds and settles at once, for an account that one thread at a time uses: plain loads and stores, no locked
    /// instruction.
    #[cfg(feature = "std")]
    pub(crate) fn charge_unshared(&self, bytes: usize) -> Result<(), (usize, usize)> {
        let (before, hard) = (self.charged(), self.hard.load(Ordering::Relaxed));
        let after = before.checked_add(bytes).filter(|&sum| sum <= hard).ok_or((hard, before))?;
        self.charged.store(after, Ordering::Relaxed);
        if after > self.high_water() {
            self.high_water.store(after, Ordering::Relaxed);
        }
        let soft = self.soft.load(Ordering::Relaxed);
        if before <= soft && after > soft {
            self.crossed.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// As [`refund`](Self::refund), likewise.
    #[cfg(feature = "std")]
    pub(crate) fn refund_unshared(&self, bytes: usize) {
        self.charged.store(self.charged() - bytes, Ordering::Relaxed);
    }

    pub(crate) fn refund(&self, bytes: usize) {
        let before = self.charged.fetch_sub(bytes, Ordering::Relaxed);
        debug_assert!(before >= bytes, "a refund of more than was charged");
        if before - bytes <= self.soft.load(Ordering::Relaxed) {
            self.over.store(false, Ordering::Relaxed);
        }
    }

    /// Whether a budget was crossed since this was last asked: the soft one, or the hard one where it may be passed; the
    /// larger of those that are passed now.
    pub(crate) fn take_crossing(&self) -> Option<usize> {
        // A plain load first: this is asked after every block, and crossings are rare.
        let crossed = self.crossed.load(Ordering::Relaxed) && self.crossed.swap(false, Ordering::Relaxed);
        crossed.then(|| {
            let (soft, hard) = (self.soft.load(Ordering::Relaxed), self.hard.load(Ordering::Relaxed));
            if soft == usize::MAX || self.charged() > hard { hard } else { soft }
        })
    }
}
