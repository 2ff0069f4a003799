//! A resource file as blocks of named fields, before anyone asks what they mean.

use allocator_api2::vec::Vec;

use super::error::Position;
use super::token::Color;
use crate::memory::Alloc;
use crate::roguelike::Text;

/// A value of a field.
pub enum Value<'s, A: Alloc> {
    /// A string, escapes resolved.
    Text(Text<A>),
    /// A bare word.
    Word(&'s str),
    /// A glyph.
    Character(char),
    /// A whole number.
    Number(i32),
    /// `1..6`, both ends included.
    Range(i32, i32),
    /// `30%`
    Percent(u32),
    /// `2d6`
    Dice(u32, u32),
    /// `7x5`, or `7x5..13x9` as smallest and largest.
    Sizes((i32, i32), (i32, i32)),
    /// `#8a7560`
    Color(Color),
}

/// A field: its word and values.
pub struct Field<'s, A: Alloc> {
    /// The word it begins with.
    pub name: &'s str,
    /// Where the word stands.
    pub at: Position,
    /// What follows up to the semicolon.
    pub values: Vec<Value<'s, A>, A>,
}

/// A block: a keyword, a name, fields.
pub struct Block<'s, A: Alloc> {
    /// The name in quotes, escapes resolved.
    pub name: Text<A>,
    /// Where the keyword stands.
    pub at: Position,
    /// The fields in the file's order.
    pub fields: Vec<Field<'s, A>, A>,
}

/// What a file holds, a list for each kind of block.
pub struct File<'s, A: Alloc> {
    /// `terrain` blocks.
    pub terrains: Vec<Block<'s, A>, A>,
    /// `monster` blocks.
    pub monsters: Vec<Block<'s, A>, A>,
    /// `item` blocks.
    pub items: Vec<Block<'s, A>, A>,
    /// `room` blocks.
    pub rooms: Vec<Block<'s, A>, A>,
    /// `vein` blocks.
    pub veins: Vec<Block<'s, A>, A>,
    /// `level` blocks.
    pub levels: Vec<Block<'s, A>, A>,
}

impl<'s, A: Alloc> File<'s, A> {
    /// A file without blocks.
    pub fn new_in(alloc: A) -> Self {
        Self {
            terrains: Vec::new_in(alloc),
            monsters: Vec::new_in(alloc),
            items: Vec::new_in(alloc),
            rooms: Vec::new_in(alloc),
            veins: Vec::new_in(alloc),
            levels: Vec::new_in(alloc),
        }
    }

    /// The list that blocks with this keyword go to.
    pub fn list(&mut self, keyword: &str) -> Option<&mut Vec<Block<'s, A>, A>> {
        Some(match keyword {
            "terrain" => &mut self.terrains,
            "monster" => &mut self.monsters,
            "item" => &mut self.items,
            "room" => &mut self.rooms,
            "vein" => &mut self.veins,
            "level" => &mut self.levels,
            _ => return None,
        })
    }
}
