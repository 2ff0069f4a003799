//! Where the things lie that come and go one by one.

use std::alloc::Layout;

use super::level::{Item, Monster};
use super::stati::Stati;
use crate::memory::{Alloc, Slot};

/// One pool for each kind of thing; the plain heap answers with itself for all of them.
#[derive(Clone, Copy)]
pub struct Pools<Q: Alloc> {
    /// Of [`Stati`] records.
    pub effects: Q,
    /// Of [`Item`]s.
    pub items: Q,
    /// Of [`Monster`]s.
    pub monsters: Q,
}

impl<Q: Alloc> Pools<Q> {
    /// The pools of a slot.
    pub fn of<'l, S: Slot<Pooled<'l> = Q>>(slot: &'l S) -> Self {
        Self {
            effects: slot.pool(Layout::new::<Stati<Q>>()),
            items: slot.pool(Layout::new::<Item<S::Alloc<'l>>>()),
            monsters: slot.pool(Layout::new::<Monster<S::Alloc<'l>, Q>>()),
        }
    }
}
