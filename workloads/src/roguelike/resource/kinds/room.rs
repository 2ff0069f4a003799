//! Kinds of rooms: shape, floor, and what stands in them.

use allocator_api2::vec::Vec;

use super::{Sizes, Span};
use crate::memory::Alloc;
use crate::roguelike::Text;
use crate::roguelike::resource::ResourceError;
use crate::roguelike::resource::ast::{Block, Field, Value};
use crate::roguelike::resource::fields::persisted;

/// How a room's tiles are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomShape {
    /// All tiles of the rectangle.
    Rectangle,
    /// The ellipse inside the rectangle.
    Ellipse,
    /// Two crossing bars.
    Cross,
    /// The rectangle without its corners.
    Octagon,
    /// A cave grown in the rectangle by a cellular automaton.
    Cave,
    /// As drawn in the kind's plan.
    Plan,
}

impl RoomShape {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "rectangle" => Self::Rectangle,
            "ellipse" => Self::Ellipse,
            "cross" => Self::Cross,
            "octagon" => Self::Octagon,
            "cave" => Self::Cave,
            "plan" => Self::Plan,
            _ => return None,
        })
    }
}

/// A feature that rooms of a kind have.
pub struct FeatureRule<A: Alloc> {
    /// The terrain's name.
    pub terrain: Text<A>,
    /// How many.
    pub count: Span,
    /// Over how many tiles each spreads.
    pub spread: Span,
}

/// What a glyph in a plan stands for.
pub struct LegendEntry<A: Alloc> {
    /// The glyph.
    pub glyph: char,
    /// The terrain's name.
    pub terrain: Text<A>,
}

/// A kind of room.
pub struct RoomKind<A: Alloc> {
    /// Its name.
    pub name: Text<A>,
    /// The depths it is built at.
    pub depth: Span,
    /// How often it is built among its like.
    pub weight: u32,
    /// How its tiles are found.
    pub shape: RoomShape,
    /// How large it may be; of a plan, exactly how large it is.
    pub sizes: Sizes,
    /// The name of the floor's terrain.
    pub floor: Text<A>,
    /// What stands in it.
    pub features: Vec<FeatureRule<A>, A>,
    /// Rows of a plan; `.` is the floor, a space is no part of the room.
    pub plan: Vec<Text<A>, A>,
    /// What other glyphs of the plan stand for.
    pub legend: Vec<LegendEntry<A>, A>,
}

fn feature<A: Alloc, P: Alloc>(field: &Field<'_, A>, program: P) -> Result<FeatureRule<P>, ResourceError> {
    const WANTED: &str = "a terrain's name, a count and at most a spread, as in `feature \"Pool\" 1..2 4..9;`";
    let span = |value: &Value<'_, A>| match *value {
        Value::Number(only) => Some(Span::new(only, only)),
        Value::Range(low, high) => Some(Span::new(low, high)),
        _ => None,
    };
    let (terrain, count, spread) = match &field.values[..] {
        [Value::Text(terrain), count] => (terrain, span(count), Some(Span::new(1, 1))),
        [Value::Text(terrain), count, spread] => (terrain, span(count), span(spread)),
        _ => return Err(field.wrong(WANTED)),
    };
    match (count, spread) {
        (Some(count), Some(spread)) => Ok(FeatureRule { terrain: persisted(terrain, program), count, spread }),
        _ => Err(field.wrong(WANTED)),
    }
}

fn legend<A: Alloc, P: Alloc>(field: &Field<'_, A>, program: P) -> Result<LegendEntry<P>, ResourceError> {
    match &field.values[..] {
        [Value::Character(glyph), Value::Text(terrain)] => {
            Ok(LegendEntry { glyph: *glyph, terrain: persisted(terrain, program) })
        }
        _ => Err(field.wrong("a glyph and a terrain's name, as in `tile '~' \"Pool\";`")),
    }
}

/// The size that a plan has, all rows being as wide as the widest.
fn plan_sizes<P: Alloc>(plan: &[Text<P>]) -> Sizes {
    let widest = plan.iter().map(|row| row.as_str().chars().count()).max().unwrap_or(0);
    let exactly = |count: usize| {
        let count = i32::try_from(count).expect("a plan is as small as its file");
        Span::new(count, count)
    };
    Sizes { width: exactly(widest), height: exactly(plan.len()) }
}

impl<P: Alloc> RoomKind<P> {
    pub(in crate::roguelike::resource) fn bake<A: Alloc>(
        block: &Block<'_, A>,
        program: P,
    ) -> Result<Self, ResourceError> {
        const BLOCK: &str = "room";
        let (mut depth, mut weight, mut shape, mut sizes, mut floor) = (None, None, None, None, None);
        let mut features = Vec::new_in(program);
        let mut plan = Vec::new_in(program);
        let mut tiles = Vec::new_in(program);
        for field in &block.fields {
            match field.name {
                "depth" => depth = Some(field.span()?),
                "weight" => weight = Some(field.count()?),
                "shape" => shape = Some(field.choice(RoomShape::named)?),
                "size" => sizes = Some(field.sizes()?),
                "floor" => floor = Some(persisted(field.text()?, program)),
                "feature" => features.push(feature(field, program)?),
                "plan" => plan = field.texts(program)?,
                "tile" => tiles.push(legend(field, program)?),
                _ => return Err(field.unknown(BLOCK)),
            }
        }
        let shape = block.required(shape, BLOCK, "shape")?;
        if shape == RoomShape::Plan {
            block.required(plan.first(), BLOCK, "plan")?;
            sizes = Some(plan_sizes(&plan));
        }
        Ok(Self {
            name: persisted(&block.name, program),
            depth: block.required(depth, BLOCK, "depth")?,
            weight: block.required(weight, BLOCK, "weight")?,
            shape,
            sizes: block.required(sizes, BLOCK, "size")?,
            floor: floor.unwrap_or_else(|| Text::copy_in("floor", program)),
            features,
            plan,
            legend: tiles,
        })
    }
}
