//! A level as rows of glyphs.

use crate::memory::Alloc;
use crate::roguelike::{Grid, Level, Resources};

/// The level as text, one row a line: terrains, over them items, over them monsters.
pub fn draw_text<P: Alloc, A: Alloc, Q: Alloc>(level: &Level<A, Q>, resources: &Resources<P>) -> String {
    let mut glyphs = Grid::filled(level.tiles.width(), level.tiles.height(), ' ', allocator_api2::alloc::Global);
    for at in level.tiles.bounds().points() {
        glyphs[at] = level.registry.get(level.tiles[at]).map_or('?', |terrain| terrain.glyph);
    }
    for item in &level.items {
        glyphs[item.at] = resources.items[usize::from(item.kind.0)].glyph;
    }
    for monster in &level.monsters {
        glyphs[monster.at] = resources.monsters[usize::from(monster.kind.0)].glyph;
    }
    let width = usize::try_from(level.tiles.width()).expect("a map is not negative");
    let mut text = String::new();
    for row in glyphs.cells().chunks(width) {
        text.extend(row);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::{PlainSlot, PlainTemp};
    use crate::roguelike::Pools;
    use crate::roguelike::generate::generate;

    #[test]
    fn a_drawing_has_the_size_of_the_map_and_shows_stairs_and_monsters() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        let level = generate(&resources, 11, 2, Global, Pools::of(&PlainSlot), &PlainTemp);
        let drawing = draw_text(&level, &resources);
        let rows: Vec<Vec<char>> = drawing.lines().map(|row| row.chars().collect()).collect();
        assert_eq!(rows.len(), level.tiles.height() as usize);
        assert!(rows.iter().all(|row| row.len() == level.tiles.width() as usize));
        for stair in &level.stairs {
            if !level.monsters.iter().any(|monster| monster.at == stair.at) {
                let glyph = if stair.up { '<' } else { '>' };
                assert_eq!(rows[stair.at.y as usize][stair.at.x as usize], glyph);
            }
        }
        let monster = &level.monsters[0];
        let glyph = resources.monsters[usize::from(monster.kind.0)].glyph;
        assert_eq!(rows[monster.at.y as usize][monster.at.x as usize], glyph);
    }
}
