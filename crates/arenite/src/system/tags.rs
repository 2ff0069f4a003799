//! What is in use under each tag.

use super::error::SystemError;
use crate::{Budget, Tag, node::Account};
use core::cell::Cell;

pub(super) type OnTag = Box<dyn Fn(TagCrossing) + Send + Sync>;

/// A tag passed its soft budget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TagCrossing {
    /// Which.
    pub tag: Tag,
    /// The budget, in bytes.
    pub budget: usize,
    /// What is in use under the tag at the time of the call.
    pub used: usize,
}

/// The accounts of all tags of a system, which is not `Sync`: one thread at a time uses them.
pub(super) struct TagTable {
    accounts: [Account; Tag::COUNT],
    on_soft: Option<OnTag>,
}

impl TagTable {
    pub(super) fn new(budgets: &[Budget; Tag::COUNT], on_soft: Option<OnTag>) -> Self {
        Self { accounts: core::array::from_fn(|i| Account::new(budgets[i])), on_soft }
    }

    pub(super) fn account(&self, tag: Tag) -> &Account {
        &self.accounts[usize::from(tag.number())]
    }

    pub(super) fn charge(&self, tag: Tag, bytes: usize) -> Result<(), SystemError> {
        let charged = self.account(tag).charge_unshared(bytes);
        charged.map_err(|(budget, used)| SystemError::TagBudget { tag, budget, used, request: bytes })
    }

    pub(super) fn refund(&self, tag: Tag, bytes: usize) {
        self.account(tag).refund_unshared(bytes);
    }

    /// Tells of a soft budget that was crossed.
    pub(super) fn report_crossing(&self, tag: Tag) {
        if let (Some(budget), Some(call)) = (self.account(tag).take_crossing(), &self.on_soft) {
            call(TagCrossing { tag, budget, used: self.account(tag).charged() });
        }
    }
}

/// Bytes by tag that one zone or temp pushed and must give back.
#[derive(Default)]
pub(super) struct TagCounts {
    bytes: [Cell<usize>; Tag::COUNT],
    touched: Cell<u32>,
}

impl TagCounts {
    pub(super) fn add(&self, tag: Tag, bytes: usize) {
        let count = &self.bytes[usize::from(tag.number())];
        count.set(count.get() + bytes);
        self.touched.set(self.touched.get() | 1 << tag.number());
    }

    /// The tags that may have something: a bit for each number.
    pub(super) fn touched_bits(&self) -> u32 {
        self.touched.get()
    }

    /// The tags that may have something, and what they have.
    #[inline]
    pub(super) fn touched(&self) -> impl Iterator<Item = (Tag, usize)> {
        let mut touched = self.touched.get();
        core::iter::from_fn(move || {
            // 32, which is no tag, when none is left.
            let tag = Tag::new(touched.trailing_zeros() as u8)?;
            touched &= touched - 1;
            Some((tag, self.bytes[usize::from(tag.number())].get()))
        })
    }

    pub(super) fn subtract(&self, tag: Tag, bytes: usize) {
        let count = &self.bytes[usize::from(tag.number())];
        count.set(count.get().saturating_sub(bytes));
    }

    /// Takes all counts out: the tags with something to give back.
    pub(super) fn drain(&self) -> impl Iterator<Item = (Tag, usize)> {
        let mut touched = self.touched.replace(0);
        core::iter::from_fn(move || {
            let number = touched.checked_ilog2()? as u8;
            touched &= !(1 << number);
            let tag = Tag::new(number)?;
            Some((tag, self.bytes[usize::from(number)].replace(0)))
        })
    }
}
