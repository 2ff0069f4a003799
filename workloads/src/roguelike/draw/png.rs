//! A level as a PNG picture.

use std::io::Write;

use crate::memory::Alloc;
use crate::roguelike::resource::token::Color;
use crate::roguelike::{Level, Point, Resources};

/// Pixels of three bytes, row by row.
struct Picture {
    width: usize,
    scale: usize,
    bytes: Vec<u8>,
}

impl Picture {
    /// Fills a tile but for `margin` pixels on each side.
    fn fill(&mut self, at: Point, margin: usize, color: Color) {
        let (left, top) = (at.x as usize * self.scale, at.y as usize * self.scale);
        for y in top + margin..top + self.scale - margin {
            for x in left + margin..left + self.scale - margin {
                let pixel = 3 * (y * self.width + x);
                self.bytes[pixel..pixel + 3].copy_from_slice(&[color.red, color.green, color.blue]);
            }
        }
    }
}

/// Writes the level as a PNG with `scale` by `scale` pixels a tile (at least 1, at most 64). Items are small squares,
/// monsters larger ones, in their colours.
///
/// # Errors
/// What the writer or the encoder reports.
pub fn draw_png<P: Alloc, A: Alloc, Q: Alloc>(
    level: &Level<A, Q>,
    resources: &Resources<P>,
    writer: impl Write,
    scale: usize,
) -> Result<(), png::EncodingError> {
    let scale = scale.clamp(1, 64);
    let (width, height) = (level.tiles.width() as usize * scale, level.tiles.height() as usize * scale);
    let mut picture = Picture { width, scale, bytes: vec![0; 3 * width * height] };
    for at in level.tiles.bounds().points() {
        let color = level.registry.get(level.tiles[at]).map_or(Color::default(), |terrain| terrain.color);
        picture.fill(at, 0, color);
    }
    let margin = |share: usize| (scale / share).max(1).min((scale - 1) / 2);
    for item in &level.items {
        picture.fill(item.at, margin(3), resources.items[usize::from(item.kind.0)].color);
    }
    for monster in &level.monsters {
        picture.fill(monster.at, margin(6), resources.monsters[usize::from(monster.kind.0)].color);
    }
    let mut encoder = png::Encoder::new(writer, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&picture.bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use allocator_api2::alloc::Global;

    use super::*;
    use crate::memory::{PlainSlot, PlainTemp};
    use crate::roguelike::Pools;
    use crate::roguelike::generate::generate;

    #[test]
    fn the_picture_decodes_to_the_terrain_colors_of_the_level() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        let level = generate(&resources, 3, 5, Global, Pools::of(&PlainSlot), &PlainTemp);
        let mut file = Vec::new();
        draw_png(&level, &resources, &mut file, 4).expect("a vector takes every byte");

        let mut reader = png::Decoder::new(Cursor::new(file)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
        let info = reader.next_frame(&mut pixels).expect("an image");
        assert_eq!((info.width as i32, info.height as i32), (4 * level.tiles.width(), 4 * level.tiles.height()));
        for at in level.tiles.bounds().points() {
            let corner = 3 * (at.y as usize * 4 * info.width as usize + at.x as usize * 4);
            let color = level.registry.get(level.tiles[at]).expect("a valid level").color;
            assert_eq!(pixels[corner..corner + 3], [color.red, color.green, color.blue], "{at:?}");
        }
    }

    #[test]
    fn every_scale_from_one_up_draws_without_leaving_the_picture() {
        let resources = Resources::load(Global, &PlainTemp).expect("the game's own files");
        let level = generate(&resources, 3, 5, Global, Pools::of(&PlainSlot), &PlainTemp);
        for scale in 0..9 {
            draw_png(&level, &resources, std::io::sink(), scale).expect("a sink takes every byte");
        }
    }
}
