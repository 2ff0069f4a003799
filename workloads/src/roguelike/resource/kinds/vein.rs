//! Veins: streaks of another terrain that run through rock or over floor.

use allocator_api2::vec::Vec;

use super::Span;
use crate::memory::Alloc;
use crate::roguelike::Text;
use crate::roguelike::resource::ResourceError;
use crate::roguelike::resource::ast::Block;
use crate::roguelike::resource::fields::persisted;

/// A kind of vein.
pub struct VeinKind<A: Alloc> {
    /// Its name.
    pub name: Text<A>,
    /// The name of the terrain it is made of.
    pub terrain: Text<A>,
    /// The names of the terrains it replaces.
    pub within: Vec<Text<A>, A>,
    /// The depths it runs at.
    pub depth: Span,
    /// How often it runs among its like.
    pub weight: u32,
    /// How many steps it takes.
    pub length: Span,
    /// How far it reaches to the sides.
    pub width: Span,
    /// How many of its tiles are replaced, in percent.
    pub density: u32,
}

impl<P: Alloc> VeinKind<P> {
    pub(in crate::roguelike::resource) fn bake<A: Alloc>(
        block: &Block<'_, A>,
        program: P,
    ) -> Result<Self, ResourceError> {
        const BLOCK: &str = "vein";
        let (mut terrain, mut within, mut depth, mut weight, mut length) = (None, None, None, None, None);
        let (mut width, mut density) = (Span::new(1, 1), 100);
        for field in &block.fields {
            match field.name {
                "terrain" => terrain = Some(persisted(field.text()?, program)),
                "within" => within = Some(field.texts(program)?),
                "depth" => depth = Some(field.span()?),
                "weight" => weight = Some(field.count()?),
                "length" => length = Some(field.span()?),
                "width" => width = field.span()?,
                "density" => density = field.percent()?,
                _ => return Err(field.unknown(BLOCK)),
            }
        }
        Ok(Self {
            name: persisted(&block.name, program),
            terrain: block.required(terrain, BLOCK, "terrain")?,
            within: block.required(within, BLOCK, "within")?,
            depth: block.required(depth, BLOCK, "depth")?,
            weight: block.required(weight, BLOCK, "weight")?,
            length: block.required(length, BLOCK, "length")?,
            width,
            density,
        })
    }
}
