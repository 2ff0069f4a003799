//! The turns before the player arrives: monsters wander, fall asleep, heal and sicken.

use super::Maker;
use crate::memory::{Alloc, Temp};
use crate::roguelike::level::Monster;
use crate::roguelike::resource::kinds::{Effect, MonsterKind, TerrainFlags};
use crate::roguelike::stati::FreeStati;
use crate::roguelike::{CARDINAL, Grid, Rng};

/// How many turns pass.
const TURNS: u32 = 20;
/// How many idle turns in 100 a monster walks in.
const WANDERS: u32 = 40;

/// Lets the level live for a while.
#[inline(never)]
pub(super) fn settle<P: Alloc, A: Alloc, Q: Alloc>(maker: &mut Maker<'_, P, A, Q>, temp: &impl Temp) {
    let mut rng = maker.rng.fork("settling");
    let own = temp.nested();
    let level = &mut maker.level;
    let mut free = Grid::filled(level.tiles.width(), level.tiles.height(), false, own.alloc());
    for (free, &id) in free.cells_mut().iter_mut().zip(level.tiles.cells()) {
        *free = level.registry.flags(id).has(TerrainFlags::WALKABLE);
    }
    for monster in &level.monsters {
        free[monster.at] = false;
    }
    for _ in 0..TURNS {
        for monster in &mut level.monsters {
            let kind = &maker.resources.monsters[usize::from(monster.kind.0)];
            suffer(monster, kind, &mut level.free_stati, &mut rng);
            wander(monster, kind, &mut free, &mut rng);
        }
    }
}

/// What effects do in a turn, which end with it, and which begin.
fn suffer<P: Alloc, A: Alloc, Q: Alloc>(
    monster: &mut Monster<A, Q>,
    kind: &MonsterKind<P>,
    free_stati: &mut FreeStati<Q>,
    rng: &mut Rng,
) {
    let healthiest = (kind.health.count * kind.health.sides).cast_signed();
    for stati in monster.stati.iter() {
        let change = match stati.effect {
            Effect::Poison => -1,
            Effect::Bleeding => -2,
            Effect::Mending => 1,
            _ => 0,
        };
        monster.health = (monster.health + change).clamp(1, healthiest.max(1));
    }
    monster.stati.pass_turn(free_stati);
    for rule in &kind.effects {
        if rng.chance(rule.percent) && !monster.stati.has(rule.effect) {
            let turns = rng.between(rule.turns.low, rule.turns.high).cast_unsigned();
            free_stati.give(&mut monster.stati, rule.effect, turns);
        }
    }
}

/// A step to a free tile beside, unless something keeps the monster where it is.
fn wander<P: Alloc, A: Alloc, Q: Alloc, W: Alloc>(
    monster: &mut Monster<A, Q>,
    kind: &MonsterKind<P>,
    free: &mut Grid<bool, W>,
    rng: &mut Rng,
) {
    let hasty = if monster.stati.has(Effect::Haste) { 2 } else { 1 };
    if monster.stati.has(Effect::Sleep) || !rng.chance(WANDERS * kind.speed * hasty / 10) {
        return;
    }
    let next = monster.at.plus(CARDINAL[rng.index(CARDINAL.len())]);
    if free.get(next) == Some(true) {
        free[monster.at] = true;
        free[next] = false;
        monster.at = next;
    }
}
