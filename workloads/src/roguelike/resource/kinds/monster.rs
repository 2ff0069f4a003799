//! Monsters: who lives on a level.

use allocator_api2::vec::Vec;

use super::{Dice, ItemId, Span};
use crate::memory::{Alloc, Temp};
use crate::roguelike::Text;
use crate::roguelike::resource::ast::{Block, Field, Value};
use crate::roguelike::resource::fields::persisted;
use crate::roguelike::resource::names::NameIndex;
use crate::roguelike::resource::token::Color;
use crate::roguelike::resource::{Problem, ResourceError};

/// A monster kind's place in the array of monster kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonsterId(pub u16);

/// A lasting condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Does nothing until woken.
    Sleep,
    /// Loses health each turn.
    Poison,
    /// Loses health each turn, faster.
    Bleeding,
    /// Gains health each turn.
    Mending,
    /// Acts more often.
    Haste,
    /// Acts less often.
    Slow,
    /// Flees.
    Fear,
    /// Stumbles.
    Confusion,
    /// Sees nothing.
    Blindness,
    /// Attacks whatever is near.
    Rage,
}

impl Effect {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "sleep" => Self::Sleep,
            "poison" => Self::Poison,
            "bleeding" => Self::Bleeding,
            "mending" => Self::Mending,
            "haste" => Self::Haste,
            "slow" => Self::Slow,
            "fear" => Self::Fear,
            "confusion" => Self::Confusion,
            "blindness" => Self::Blindness,
            "rage" => Self::Rage,
            _ => return None,
        })
    }
}

/// An effect that a kind of monster is prone to.
#[derive(Clone, Copy, Debug)]
pub struct EffectRule {
    /// Which.
    pub effect: Effect,
    /// How likely in a turn, in percent.
    pub percent: u32,
    /// For how many turns.
    pub turns: Span,
}

/// An item that a kind of monster may carry.
#[derive(Clone, Copy, Debug)]
pub struct Carried {
    /// Which.
    pub item: ItemId,
    /// How likely, in percent.
    pub percent: u32,
}

/// A kind of monster.
pub struct MonsterKind<A: Alloc> {
    /// Its name.
    pub name: Text<A>,
    /// How it is drawn as text.
    pub glyph: char,
    /// How it is drawn in colour.
    pub color: Color,
    /// The depths it lives at.
    pub depth: Span,
    /// How often it is met among its like.
    pub weight: u32,
    /// Its health when it appears.
    pub health: Dice,
    /// Actions per ten turns.
    pub speed: u32,
    /// How many come together.
    pub group: Span,
    /// How many in 100 have a name of their own.
    pub named: u32,
    /// What it is prone to.
    pub effects: Vec<EffectRule, A>,
    /// What it may carry.
    pub carries: Vec<Carried, A>,
}

fn effect<A: Alloc>(field: &Field<'_, A>) -> Result<EffectRule, ResourceError> {
    const WANTED: &str = "an effect, a percentage and a number of turns, as in `effect sleep 30% 2..8;`";
    let (word, percent, turns) = match field.values[..] {
        [Value::Word(word), Value::Percent(percent), Value::Range(low, high)] => (word, percent, Span::new(low, high)),
        [Value::Word(word), Value::Percent(percent), Value::Number(only)] => (word, percent, Span::new(only, only)),
        _ => return Err(field.wrong(WANTED)),
    };
    let effect = Effect::named(word).ok_or_else(|| {
        let problem = Problem::UnknownWord { field: field.name.to_owned(), word: word.to_owned() };
        ResourceError::new(field.at, problem)
    })?;
    Ok(EffectRule { effect, percent, turns })
}

fn carried<A: Alloc, I: Alloc>(
    field: &Field<'_, A>,
    items: &NameIndex<I>,
    temp: &impl Temp,
) -> Result<Carried, ResourceError> {
    let (name, percent) = match &field.values[..] {
        [Value::Text(name), Value::Percent(percent)] => (name, *percent),
        _ => return Err(field.wrong("an item's name and a percentage, as in `carries \"Torch\" 20%;`")),
    };
    let Some(place) = items.find(name.as_str(), temp) else {
        let problem = Problem::UnknownName { block: "item", name: name.as_str().to_owned() };
        return Err(ResourceError::new(field.at, problem));
    };
    Ok(Carried { item: ItemId(place), percent })
}

impl<P: Alloc> MonsterKind<P> {
    pub(in crate::roguelike::resource) fn bake<A: Alloc, I: Alloc>(
        block: &Block<'_, A>,
        items: &NameIndex<I>,
        program: P,
        temp: &impl Temp,
    ) -> Result<Self, ResourceError> {
        const BLOCK: &str = "monster";
        let (mut glyph, mut color, mut depth, mut weight, mut health) = (None, None, None, None, None);
        let (mut speed, mut group, mut named) = (10, Span::new(1, 1), 0);
        let mut effects = Vec::new_in(program);
        let mut carries = Vec::new_in(program);
        for field in &block.fields {
            match field.name {
                "glyph" => glyph = Some(field.glyph()?),
                "color" => color = Some(field.color()?),
                "depth" => depth = Some(field.span()?),
                "weight" => weight = Some(field.count()?),
                "health" => health = Some(field.dice()?),
                "speed" => speed = field.count()?,
                "group" => group = field.span()?,
                "named" => named = field.percent()?,
                "effect" => effects.push(effect(field)?),
                "carries" => carries.push(carried(field, items, temp)?),
                _ => return Err(field.unknown(BLOCK)),
            }
        }
        Ok(Self {
            name: persisted(&block.name, program),
            glyph: block.required(glyph, BLOCK, "glyph")?,
            color: block.required(color, BLOCK, "color")?,
            depth: block.required(depth, BLOCK, "depth")?,
            weight: block.required(weight, BLOCK, "weight")?,
            health: block.required(health, BLOCK, "health")?,
            speed,
            group,
            named,
            effects,
            carries,
        })
    }
}
