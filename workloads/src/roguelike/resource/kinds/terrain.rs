//! Terrains: what a tile can be.

use std::ops::BitOr;

use crate::memory::Alloc;
use crate::roguelike::Text;
use crate::roguelike::resource::ResourceError;
use crate::roguelike::resource::ast::Block;
use crate::roguelike::resource::fields::persisted;
use crate::roguelike::resource::token::Color;

/// A terrain's place in the array of terrains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TerrainId(pub u16);

/// What holds for a terrain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerrainFlags(u16);

impl TerrainFlags {
    /// Nothing holds.
    pub const NONE: Self = Self(0);
    /// Monsters walk on it; connectivity is over these tiles.
    pub const WALKABLE: Self = Self(1);
    /// Solid rock or masonry: what doors stand between.
    pub const WALL: Self = Self(2);
    /// Blocks sight.
    pub const OPAQUE: Self = Self(4);
    /// Water, mud, lava.
    pub const LIQUID: Self = Self(8);
    /// A door in any state.
    pub const DOOR: Self = Self(16);
    /// Cannot be dug.
    pub const PERMANENT: Self = Self(32);
    /// A thing that stands in a room and is walked around.
    pub const OBSTACLE: Self = Self(64);
    /// A way up.
    pub const UP: Self = Self(128);
    /// A way down.
    pub const DOWN: Self = Self(256);

    /// Whether all of `flags` hold.
    #[inline]
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Whether any of `flags` holds.
    #[inline]
    pub const fn any(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }

    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "walkable" => Self::WALKABLE,
            "wall" => Self::WALL,
            "opaque" => Self::OPAQUE,
            "liquid" => Self::LIQUID,
            "door" => Self::DOOR,
            "permanent" => Self::PERMANENT,
            "obstacle" => Self::OBSTACLE,
            "up" => Self::UP,
            "down" => Self::DOWN,
            _ => return None,
        })
    }
}

impl BitOr for TerrainFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A kind of tile.
pub struct Terrain<A: Alloc> {
    /// Its name.
    pub name: Text<A>,
    /// How it is drawn as text.
    pub glyph: char,
    /// How it is drawn in colour.
    pub color: Color,
    /// What holds for it.
    pub flags: TerrainFlags,
    /// How dear it is to dig through, 0 to 100.
    pub hardness: u32,
}

impl<P: Alloc> Terrain<P> {
    pub(in crate::roguelike::resource) fn bake<A: Alloc>(
        block: &Block<'_, A>,
        program: P,
    ) -> Result<Self, ResourceError> {
        const BLOCK: &str = "terrain";
        let (mut glyph, mut color, mut flags, mut hardness) = (None, None, None, 0);
        for field in &block.fields {
            match field.name {
                "glyph" => glyph = Some(field.glyph()?),
                "color" => color = Some(field.color()?),
                "hardness" => hardness = field.count()?,
                "flags" => {
                    let mut all = TerrainFlags::NONE;
                    field.choices(TerrainFlags::named, |flag| all = all | flag)?;
                    flags = Some(all);
                }
                _ => return Err(field.unknown(BLOCK)),
            }
        }
        Ok(Self {
            name: persisted(&block.name, program),
            glyph: block.required(glyph, BLOCK, "glyph")?,
            color: block.required(color, BLOCK, "color")?,
            flags: block.required(flags, BLOCK, "flags")?,
            hardness,
        })
    }
}
