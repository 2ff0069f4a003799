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
pub(super) struct Account {
    soft: AtomicUsize,
    hard: AtomicUsize,
    charged: AtomicUsize,
    high_water: AtomicUsize,
    crossed: AtomicBool,
}

impl Account {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            soft: AtomicUsize::new(budget.soft.unwrap_or(usize::MAX)),
            hard: AtomicUsize::new(budget.hard.unwrap_or(usize::MAX)),
            charged: AtomicUsize::new(0),
            high_water: AtomicUsize::new(0),
            crossed: AtomicBool::new(false),
        }
    }

    pub(super) fn budget(&self) -> Budget {
        let of = |threshold: &AtomicUsize| Some(threshold.load(Ordering::Relaxed)).filter(|&bytes| bytes != usize::MAX);
        Budget { soft: of(&self.soft), hard: of(&self.hard) }
    }

    pub(super) fn set_budget(&self, budget: Budget) {
        self.soft.store(budget.soft.unwrap_or(usize::MAX), Ordering::Relaxed);
        self.hard.store(budget.hard.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    pub(super) fn charged(&self) -> usize {
        self.charged.load(Ordering::Relaxed)
    }

    pub(super) fn high_water(&self) -> usize {
        self.high_water.load(Ordering::Relaxed)
    }

    /// Adds `bytes`, or refuses with the hard budget and what is charged. Relaxed throughout: the counter orders nothing
    /// but itself.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), (usize, usize)> {
        let hard = self.hard.load(Ordering::Relaxed);
        let before = self
            .charged
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |charged| {
                charged.checked_add(bytes).filter(|&sum| sum <= hard)
            })
            .map_err(|charged| (hard, charged))?;
        let after = before + bytes;
        self.high_water.fetch_max(after, Ordering::Relaxed);
        let soft = self.soft.load(Ordering::Relaxed);
        if before <= soft && after > soft {
            self.crossed.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    pub(super) fn refund(&self, bytes: usize) {
        let before = self.charged.fetch_sub(bytes, Ordering::Relaxed);
        debug_assert!(before >= bytes, "a refund of more than was charged");
    }

    /// Whether the soft budget was crossed since this was last asked.
    pub(super) fn take_crossing(&self) -> Option<usize> {
        // A plain load first: this is asked after every block, and crossings are rare.
        let crossed = self.crossed.load(Ordering::Relaxed) && self.crossed.swap(false, Ordering::Relaxed);
        crossed.then(|| self.soft.load(Ordering::Relaxed))
    }
}
