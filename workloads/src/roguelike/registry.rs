//! The terrains of one level: the game's terrains in the level's colours, found by name or role.

use allocator_api2::vec::Vec;

use super::resource::NameIndex;
use super::resource::kinds::{LevelKind, Terrain, TerrainFlags, TerrainId};
use super::resource::token::Color;
use crate::memory::{Alloc, Temp};

/// A terrain as one level shows it.
#[derive(Clone, Copy, Debug)]
pub struct TerrainEntry {
    /// How it is drawn as text.
    pub glyph: char,
    /// How it is drawn in colour, the level's tint mixed in.
    pub color: Color,
    /// What holds for it.
    pub flags: TerrainFlags,
    /// How dear it is to dig through.
    pub hardness: u32,
}

/// The terrains of one level.
///
/// First every terrain is added to the array, then the index is built over the complete array, then the level's aliases
/// are laid over it. Ids are places in the game's array of terrains, so they mean the same on every level.
pub struct TerrainRegistry<A: Alloc> {
    entries: Vec<TerrainEntry, A>,
    index: NameIndex<A>,
}

impl<A: Alloc> TerrainRegistry<A> {
    /// The registry for a level of `kind`.
    ///
    /// # Panics
    /// If an alias names no terrain, which baking the resources has ruled out.
    pub fn build<P: Alloc>(terrains: &[Terrain<P>], kind: &LevelKind<P>, alloc: A, temp: &impl Temp) -> Self {
        let mut entries = Vec::new_in(alloc);
        for terrain in terrains {
            entries.push(TerrainEntry {
                glyph: terrain.glyph,
                color: terrain.color.mixed(kind.tint, kind.tint_percent),
                flags: terrain.flags,
                hardness: terrain.hardness,
            });
        }
        let mut index = NameIndex::of(terrains.iter().map(|terrain| terrain.name.as_str()), alloc)
            .unwrap_or_else(|place| panic!("the terrain {} is there twice", terrains[place].name));
        for alias in &kind.aliases {
            let meant = index.find(alias.terrain.as_str(), temp);
            let meant = meant.unwrap_or_else(|| panic!("{}: no terrain is called {}", kind.name, alias.terrain));
            index.insert(alias.name.as_str(), meant);
        }
        Self { entries, index }
    }

    /// The terrain that `name` means on this level, in whatever capitals.
    pub fn find(&self, name: &str, temp: &impl Temp) -> Option<TerrainId> {
        self.index.find(name, temp).map(TerrainId)
    }

    /// The terrain that `name` means on this level.
    ///
    /// # Panics
    /// If it means none: resources are checked when they are baked, so the name is a role that a level kind forgot.
    pub fn need(&self, name: &str, temp: &impl Temp) -> TerrainId {
        self.find(name, temp).unwrap_or_else(|| panic!("no terrain or alias is called \"{name}\" on this level"))
    }

    /// The terrain with this id, if there is one.
    pub fn get(&self, id: TerrainId) -> Option<&TerrainEntry> {
        self.entries.get(usize::from(id.0))
    }

    /// What holds for a terrain.
    #[inline]
    pub fn flags(&self, id: TerrainId) -> TerrainFlags {
        self.entries[usize::from(id.0)].flags
    }

    /// How dear a terrain is to dig through.
    #[inline]
    pub fn hardness(&self, id: TerrainId) -> u32 {
        self.entries[usize::from(id.0)].hardness
    }

    /// How many terrains there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::PlainTemp;
    use crate::roguelike::resource::Resources;

    #[test]
    fn a_role_means_what_the_kind_of_level_says_it_means() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        for kind in &resources.levels {
            let registry = TerrainRegistry::build(&resources.terrains, kind, Global, &PlainTemp);
            assert_eq!(registry.len(), resources.terrains.len());
            for alias in &kind.aliases {
                let shout = alias.name.as_str().to_ascii_uppercase();
                let id = registry.find(&shout, &PlainTemp).expect("aliases are registered");
                let meant = &resources.terrains[usize::from(id.0)];
                assert_eq!(meant.name.as_str().to_ascii_lowercase(), alias.terrain.as_str().to_ascii_lowercase());
            }
            assert_eq!(registry.find("no such thing", &PlainTemp), None);
        }
    }

    #[test]
    fn the_tint_of_a_level_changes_colors_and_nothing_else() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        let kind = resources.levels.iter().find(|kind| kind.tint_percent > 0).expect("some kind is tinted");
        let registry = TerrainRegistry::build(&resources.terrains, kind, Global, &PlainTemp);
        let mut changed = 0;
        for (place, terrain) in resources.terrains.iter().enumerate() {
            let id = TerrainId(u16::try_from(place).expect("few terrains"));
            let entry = registry.get(id).expect("ids are places");
            assert_eq!((entry.glyph, entry.flags, entry.hardness), (terrain.glyph, terrain.flags, terrain.hardness));
            changed += usize::from(entry.color != terrain.color);
        }
        assert!(changed > resources.terrains.len() / 2);
    }
}
