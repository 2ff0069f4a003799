//! The terrains that the generator itself builds with, looked up once per level.

use crate::memory::{Alloc, Temp};
use crate::roguelike::TerrainRegistry;
use crate::roguelike::resource::kinds::TerrainId;

/// What each role means on this level.
#[derive(Clone, Copy)]
pub(super) struct Palette {
    pub(super) bedrock: TerrainId,
    pub(super) wall: TerrainId,
    pub(super) corridor: TerrainId,
    pub(super) door: TerrainId,
    pub(super) open_door: TerrainId,
    pub(super) up_stairs: TerrainId,
    pub(super) down_stairs: TerrainId,
}

impl Palette {
    pub(super) fn of<A: Alloc>(registry: &TerrainRegistry<A>, temp: &impl Temp) -> Self {
        let need = |role| registry.need(role, temp);
        Self {
            bedrock: need("Bedrock"),
            wall: need("Wall"),
            corridor: need("Corridor"),
            door: need("Door"),
            open_door: need("Open Door"),
            up_stairs: need("Up Stairs"),
            down_stairs: need("Down Stairs"),
        }
    }
}
