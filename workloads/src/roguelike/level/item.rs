//! Items on a level.

use crate::memory::Alloc;
use crate::roguelike::resource::kinds::ItemId;
use crate::roguelike::{Point, Text};

/// An item, or several of a kind together.
pub struct Item<A: Alloc> {
    /// Its kind.
    pub kind: ItemId,
    /// Its tile, or its bearer's when it was made.
    pub at: Point,
    /// How many.
    pub count: i32,
    /// How much better or worse than its like.
    pub quality: i32,
    /// How strong it is.
    pub power: i32,
    /// What it is called in full, as in `3 fine arrows`.
    pub label: Text<A>,
}
