//! Kinds of levels: the look of a depth and the mix of what is built there.

use allocator_api2::vec::Vec;

use super::{Sizes, Span};
use crate::memory::Alloc;
use crate::roguelike::Text;
use crate::roguelike::resource::ResourceError;
use crate::roguelike::resource::ast::{Block, Field, Value};
use crate::roguelike::resource::fields::persisted;
use crate::roguelike::resource::token::Color;

/// A name that means another terrain on levels of a kind.
pub struct Alias<A: Alloc> {
    /// The name: a terrain's, or a role such as `floor`.
    pub name: Text<A>,
    /// The terrain that is meant.
    pub terrain: Text<A>,
}

/// A kind of level.
pub struct LevelKind<A: Alloc> {
    /// Its name.
    pub name: Text<A>,
    /// The depths it is made for.
    pub depth: Span,
    /// How often it is made among its like.
    pub weight: u32,
    /// How large it may be.
    pub sizes: Sizes,
    /// The colour that all terrains are tinted with.
    pub tint: Color,
    /// How much of the tint is mixed in, in percent.
    pub tint_percent: u32,
    /// What names mean here; every kind of level says at least what `wall`, `floor`, `corridor` and `door` are.
    pub aliases: Vec<Alias<A>, A>,
    /// How many levels in 100 are one wide cavern.
    pub cavern: u32,
    /// How many rooms in 100 are caves.
    pub caves: u32,
    /// How many rooms in 100 get a second way.
    pub loops: u32,
    /// How many corridors in 100 wind instead of running straight.
    pub winding: u32,
    /// How many doorways in 100 have a door.
    pub doors: u32,
    /// How many veins.
    pub veins: Span,
    /// How many groups of monsters.
    pub monsters: Span,
    /// How many items lie about.
    pub items: Span,
}

fn alias<A: Alloc, P: Alloc>(field: &Field<'_, A>, program: P) -> Result<Alias<P>, ResourceError> {
    match &field.values[..] {
        [Value::Text(name), Value::Text(terrain)] => {
            Ok(Alias { name: persisted(name, program), terrain: persisted(terrain, program) })
        }
        _ => Err(field.wrong("two names, as in `alias \"floor\" \"Flagstones\";`")),
    }
}

fn tint<A: Alloc>(field: &Field<'_, A>) -> Result<(Color, u32), ResourceError> {
    match field.values[..] {
        [Value::Color(color), Value::Percent(percent)] => Ok((color, percent)),
        _ => Err(field.wrong("a color and a percentage, as in `tint #203050 15%;`")),
    }
}

impl<P: Alloc> LevelKind<P> {
    pub(in crate::roguelike::resource) fn bake<A: Alloc>(
        block: &Block<'_, A>,
        program: P,
    ) -> Result<Self, ResourceError> {
        const BLOCK: &str = "level";
        let (mut depth, mut weight, mut sizes) = (None, None, None);
        let (mut veins, mut monsters, mut items) = (None, None, None);
        let (mut cavern, mut caves, mut loops, mut winding, mut doors) = (0, 0, 20, 30, 60);
        let mut tinted = (Color::default(), 0);
        let mut aliases = Vec::new_in(program);
        for field in &block.fields {
            match field.name {
                "depth" => depth = Some(field.span()?),
                "weight" => weight = Some(field.count()?),
                "size" => sizes = Some(field.sizes()?),
                "tint" => tinted = tint(field)?,
                "alias" => aliases.push(alias(field, program)?),
                "cavern" => cavern = field.percent()?,
                "caves" => caves = field.percent()?,
                "loops" => loops = field.percent()?,
                "winding" => winding = field.percent()?,
                "doors" => doors = field.percent()?,
                "veins" => veins = Some(field.span()?),
                "monsters" => monsters = Some(field.span()?),
                "items" => items = Some(field.span()?),
                _ => return Err(field.unknown(BLOCK)),
            }
        }
        Ok(Self {
            name: persisted(&block.name, program),
            depth: block.required(depth, BLOCK, "depth")?,
            weight: block.required(weight, BLOCK, "weight")?,
            sizes: block.required(sizes, BLOCK, "size")?,
            tint: tinted.0,
            tint_percent: tinted.1,
            aliases,
            cavern,
            caves,
            loops,
            winding,
            doors,
            veins: block.required(veins, BLOCK, "veins")?,
            monsters: block.required(monsters, BLOCK, "monsters")?,
            items: block.required(items, BLOCK, "items")?,
        })
    }
}
