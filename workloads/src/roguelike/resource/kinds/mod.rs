//! The runtime form of each kind of block, and how it is baked from the block's fields.
//!
//! What a kind keeps is copied out of the file's blocks into the program's memory, because the blocks die when their
//! file is done. Vectors that hold a kind's lists are pushed to while the block is read, as many as it has.

mod item;
mod level;
mod monster;
mod room;
mod terrain;
mod vein;

pub use item::{ItemClass, ItemId, ItemKind};
pub use level::{Alias, LevelKind};
pub use monster::{Carried, Effect, EffectRule, MonsterId, MonsterKind};
pub use room::{FeatureRule, LegendEntry, RoomKind, RoomShape};
pub use terrain::{Terrain, TerrainFlags, TerrainId};
pub use vein::VeinKind;

/// Both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Smallest value.
    pub low: i32,
    /// Largest value.
    pub high: i32,
}

impl Span {
    /// The values from `low` to `high`.
    pub const fn new(low: i32, high: i32) -> Self {
        Self { low, high }
    }

    /// Whether `value` lies inside.
    pub const fn contains(self, value: i32) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Some dice of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice {
    /// How many.
    pub count: u32,
    /// Faces of each.
    pub sides: u32,
}

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// From how many columns to how many.
    pub width: Span,
    /// From how many rows to how many.
    pub height: Span,
}
