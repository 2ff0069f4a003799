//! All resource files of the game, baked.

use allocator_api2::vec::Vec;

use super::ast::{Block, File};
use super::error::{Position, Problem, ResourceError};
use super::kinds::{ItemKind, LevelKind, MonsterKind, RoomKind, Terrain, VeinKind};
use super::lexer::tokenize;
use super::names::NameIndex;
use super::parser::parse;
use crate::memory::{Alloc, Temp};

/// A resource file's name and text.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'s> {
    /// Its name in error messages.
    pub name: &'s str,
    /// Its text.
    pub text: &'s str,
}

/// The game's own files. A file may name what an earlier one defines.
pub const FILES: [SourceFile<'static>; 6] = [
    SourceFile { name: "terrains.res", text: include_str!("../../../resources/terrains.res") },
    SourceFile { name: "items.res", text: include_str!("../../../resources/items.res") },
    SourceFile { name: "monsters.res", text: include_str!("../../../resources/monsters.res") },
    SourceFile { name: "rooms.res", text: include_str!("../../../resources/rooms.res") },
    SourceFile { name: "veins.res", text: include_str!("../../../resources/veins.res") },
    SourceFile { name: "levels.res", text: include_str!("../../../resources/levels.res") },
];

/// Names that stand for a terrain on every kind of level, beside the terrains' own.
pub(in crate::roguelike) const ROLES: [&str; 7] =
    ["wall", "floor", "corridor", "door", "bedrock", "up stairs", "down stairs"];

/// The runtime arrays, alive as long as the program.
pub struct Resources<P: Alloc> {
    /// Kinds of tiles.
    pub terrains: Vec<Terrain<P>, P>,
    /// Kinds of items.
    pub items: Vec<ItemKind<P>, P>,
    /// Kinds of monsters.
    pub monsters: Vec<MonsterKind<P>, P>,
    /// Kinds of rooms.
    pub rooms: Vec<RoomKind<P>, P>,
    /// Kinds of veins.
    pub veins: Vec<VeinKind<P>, P>,
    /// Kinds of levels.
    pub levels: Vec<LevelKind<P>, P>,
}

impl<P: Alloc> Resources<P> {
    /// Bakes the game's own files.
    ///
    /// # Errors
    /// Only if a file in the source tree has been broken.
    pub fn load(program: P, temp: &impl Temp) -> Result<Self, ResourceError> {
        Self::from_files(&FILES, program, temp)
    }

    /// Bakes `files` in their order.
    ///
    /// # Errors
    /// The first problem, with file, line and column.
    pub fn from_files(files: &[SourceFile<'_>], program: P, temp: &impl Temp) -> Result<Self, ResourceError> {
        let mut all = Self {
            terrains: Vec::new_in(program),
            items: Vec::new_in(program),
            monsters: Vec::new_in(program),
            rooms: Vec::new_in(program),
            veins: Vec::new_in(program),
            levels: Vec::new_in(program),
        };
        for file in files {
            all.add(file.text, program, temp).map_err(|error| error.in_file(file.name))?;
        }
        all.check_kinds_present()?;
        Ok(all)
    }

    fn add(&mut self, text: &str, program: P, temp: &impl Temp) -> Result<(), ResourceError> {
        let own = temp.nested();
        let tokens = tokenize(text, own.alloc())?;
        let file = parse(&tokens, own.alloc())?;
        self.bake(&file, program, &own)?;
        own.discard(file);
        own.discard(tokens);
        Ok(())
    }

    /// Appends what a file holds. Each array is complete before the index that the next ones look names up in is built;
    /// the indexes die with this call.
    fn bake<A: Alloc>(&mut self, file: &File<'_, A>, program: P, temp: &impl Temp) -> Result<(), ResourceError> {
        let own = temp.nested();
        bake_list(&mut self.terrains, &file.terrains, |block| Terrain::bake(block, program))?;
        let terrains = index(&self.terrains, |terrain| terrain.name.as_str(), &file.terrains, own.alloc())?;
        bake_list(&mut self.items, &file.items, |block| ItemKind::bake(block, program))?;
        let items = index(&self.items, |item| item.name.as_str(), &file.items, own.alloc())?;
        bake_list(&mut self.monsters, &file.monsters, |block| MonsterKind::bake(block, &items, program, &own))?;
        index(&self.monsters, |monster| monster.name.as_str(), &file.monsters, own.alloc())?;

        let known = |name: &str, at: Position| {
            let role = ROLES.iter().any(|role| role.eq_ignore_ascii_case(name));
            if role || terrains.find(name, &own).is_some() {
                return Ok(());
            }
            Err(ResourceError::new(at, Problem::UnknownName { block: "terrain", name: name.to_owned() }))
        };
        bake_list(&mut self.rooms, &file.rooms, |block| {
            let room = RoomKind::bake(block, program)?;
            known(room.floor.as_str(), block.at)?;
            room.features.iter().try_for_each(|rule| known(rule.terrain.as_str(), block.at))?;
            room.legend.iter().try_for_each(|entry| known(entry.terrain.as_str(), block.at))?;
            Ok(room)
        })?;
        bake_list(&mut self.veins, &file.veins, |block| {
            let vein = VeinKind::bake(block, program)?;
            known(vein.terrain.as_str(), block.at)?;
            vein.within.iter().try_for_each(|name| known(name.as_str(), block.at))?;
            Ok(vein)
        })?;
        bake_list(&mut self.levels, &file.levels, |block| {
            let level = LevelKind::bake(block, program)?;
            level.aliases.iter().try_for_each(|alias| known(alias.terrain.as_str(), block.at))?;
            Ok(level)
        })
    }

    fn check_kinds_present(&self) -> Result<(), ResourceError> {
        let counts = [
            ("terrain", self.terrains.len()),
            ("item", self.items.len()),
            ("monster", self.monsters.len()),
            ("room", self.rooms.len()),
            ("vein", self.veins.len()),
            ("level", self.levels.len()),
        ];
        match counts.iter().find(|(_, count)| *count == 0) {
            Some(&(block, _)) => Err(ResourceError::new(Position::default(), Problem::Nothing(block))),
            None => Ok(()),
        }
    }
}

fn bake_list<'s, K, A: Alloc, P: Alloc>(
    kinds: &mut Vec<K, P>,
    blocks: &[Block<'s, A>],
    bake: impl Fn(&Block<'s, A>) -> Result<K, ResourceError>,
) -> Result<(), ResourceError> {
    kinds.reserve_exact(blocks.len());
    for block in blocks {
        kinds.push(bake(block)?);
    }
    Ok(())
}

/// The index of a complete array; `blocks` are the last of its elements' sources.
fn index<K, A: Alloc, I: Alloc>(
    kinds: &[K],
    name: impl Fn(&K) -> &str,
    blocks: &[Block<'_, A>],
    alloc: I,
) -> Result<NameIndex<I>, ResourceError> {
    NameIndex::of(kinds.iter().map(&name), alloc).map_err(|place| {
        let taken = Problem::DuplicateName(name(&kinds[place]).to_owned());
        let from_this_file = place + blocks.len() - kinds.len();
        ResourceError::new(blocks[from_this_file].at, taken)
    })
}
