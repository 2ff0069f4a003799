//! Items: what lies about and is carried.

use super::{Dice, Span};
use crate::memory::Alloc;
use crate::roguelike::Text;
use crate::roguelike::resource::ResourceError;
use crate::roguelike::resource::ast::Block;
use crate::roguelike::resource::fields::persisted;
use crate::roguelike::resource::token::Color;

/// An item kind's place in the array of item kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId(pub u16);

/// What an item is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemClass {
    /// Wielded.
    Weapon,
    /// Worn.
    Armor,
    /// Drunk.
    Potion,
    /// Read.
    Scroll,
    /// Pointed.
    Wand,
    /// Worn on a finger.
    Ring,
    /// Eaten.
    Food,
    /// Used.
    Tool,
    /// Shot or thrown.
    Missile,
    /// Sold.
    Treasure,
}

impl ItemClass {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "weapon" => Self::Weapon,
            "armor" => Self::Armor,
            "potion" => Self::Potion,
            "scroll" => Self::Scroll,
            "wand" => Self::Wand,
            "ring" => Self::Ring,
            "food" => Self::Food,
            "tool" => Self::Tool,
            "missile" => Self::Missile,
            "treasure" => Self::Treasure,
            _ => return None,
        })
    }

    /// Whether single pieces differ in quality.
    pub const fn has_quality(self) -> bool {
        matches!(self, Self::Weapon | Self::Armor | Self::Ring | Self::Wand)
    }
}

/// A kind of item.
pub struct ItemKind<A: Alloc> {
    /// Its name.
    pub name: Text<A>,
    /// How it is drawn as text.
    pub glyph: char,
    /// How it is drawn in colour.
    pub color: Color,
    /// What it is for.
    pub class: ItemClass,
    /// The depths it is found at.
    pub depth: Span,
    /// How often it is found among its like.
    pub weight: u32,
    /// How strong it is.
    pub power: Dice,
    /// How many lie together.
    pub stack: Span,
    /// What it sells for.
    pub value: u32,
}

impl<P: Alloc> ItemKind<P> {
    pub(in crate::roguelike::resource) fn bake<A: Alloc>(
        block: &Block<'_, A>,
        program: P,
    ) -> Result<Self, ResourceError> {
        const BLOCK: &str = "item";
        let (mut glyph, mut color, mut class, mut depth, mut weight) = (None, None, None, None, None);
        let mut power = Dice { count: 1, sides: 1 };
        let (mut stack, mut value) = (Span::new(1, 1), 0);
        for field in &block.fields {
            match field.name {
                "glyph" => glyph = Some(field.glyph()?),
                "color" => color = Some(field.color()?),
                "class" => class = Some(field.choice(ItemClass::named)?),
                "depth" => depth = Some(field.span()?),
                "weight" => weight = Some(field.count()?),
                "power" => power = field.dice()?,
                "stack" => stack = field.span()?,
                "value" => value = field.count()?,
                _ => return Err(field.unknown(BLOCK)),
            }
        }
        Ok(Self {
            name: persisted(&block.name, program),
            glyph: block.required(glyph, BLOCK, "glyph")?,
            color: block.required(color, BLOCK, "color")?,
            class: block.required(class, BLOCK, "class")?,
            depth: block.required(depth, BLOCK, "depth")?,
            weight: block.required(weight, BLOCK, "weight")?,
            power,
            stack,
            value,
        })
    }
}
