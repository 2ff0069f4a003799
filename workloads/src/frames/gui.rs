//! The GUI: made anew in each pass, but for what was measured before.

use arenite::{
    MemorySystem, Tag,
    system::{Commands, StringBuilder, SystemError, Zone},
};
use std::alloc::Layout;

use super::{render::Draw, step::Step, summary::FrameSummary, world::World};
use crate::roguelike::StableHash;

/// Rows of the list of entities.
const ROWS: usize = 40;
/// Labels above the list.
const LABELS: usize = 4;
/// Pixels of a row.
const ROW_HEIGHT: i32 = 14;

/// What is remembered of a widget from pass to pass.
#[derive(Clone, Copy)]
struct Retained {
    text_hash: u64,
    width: i32,
}

/// One widget of a pass.
struct Widget<'p> {
    text: &'p str,
    at: [i32; 2],
    size: [i32; 2],
}

/// The GUI's memory from pass to pass.
pub(super) struct Gui<'m> {
    retained: &'m mut [Retained],
}

impl<'m> Gui<'m> {
    pub(super) fn new(permanent: &'m Zone) -> Result<Self, SystemError> {
        let nothing = Retained { text_hash: 0, width: 0 };
        Ok(Self { retained: permanent.push_array_tagged(Tag::GUI, LABELS + ROWS, nothing)? })
    }

    /// Makes the widgets, lays them out and records how they are drawn. Returns how many had to be measured.
    pub(super) fn pass(
        &mut self,
        memory: &MemorySystem<'_>,
        step: &Step<'_, '_>,
        world: &World<'_>,
        so_far: &FrameSummary,
        commands: &mut Commands<'_, Draw>,
    ) -> Result<usize, SystemError> {
        let pass = memory.begin_gui()?;
        let (mut measured, mut top) = (0, 8);
        for (number, retained) in self.retained.iter_mut().enumerate() {
            let text = match number.checked_sub(LABELS) {
                None => label(&pass, number, so_far)?,
                Some(row) => row_text(&pass, world, step.number as usize / 32 + row * 97)?,
            };
            step.log.note(Tag::GUI, Layout::for_value(text));
            measured += usize::from(retained.measure(text));
            step.log.note(Tag::GUI, Layout::new::<Widget<'_>>());
            let size = [retained.width + 8, ROW_HEIGHT];
            let widget = pass.push_tagged(Tag::GUI, Widget { text, at: [8, top], size })?;
            top += widget.size[1] + 2;
            commands.push(Draw::Box { at: widget.at, size: widget.size })?;
            let text = commands.data(widget.text.as_bytes())?;
            step.log.note(Tag::RENDERER, Layout::for_value(widget.text));
            commands.push(Draw::Text { at: widget.at, text })?;
        }
        Ok(measured)
    }
}

impl Retained {
    /// Measures a text unless it is the one that was measured last.
    fn measure(&mut self, text: &str) -> bool {
        let mut hash = StableHash::new();
        hash.bytes(text.as_bytes());
        if hash.value() == self.text_hash {
            return false;
        }
        let advance = |letter: char| if matches!(letter, 'i' | 'l' | '.' | ',' | ' ') { 4 } else { 7 };
        *self = Self { text_hash: hash.value(), width: text.chars().map(advance).sum() };
        true
    }
}

fn label<'p>(pass: &'p Zone, number: usize, so_far: &FrameSummary) -> Result<&'p str, SystemError> {
    Ok(match number {
        0 => pass.try_alloc_str("arenite frames")?,
        1 => pass.try_alloc_fmt(format_args!("frame {}", so_far.number))?,
        2 => pass.try_alloc_fmt(format_args!("{} contacts, {} paths", so_far.contacts, so_far.paths))?,
        _ => pass.try_alloc_fmt(format_args!("{} posed, {} particles", so_far.posed, so_far.particles))?,
    })
}

/// `#123 at 12.5, 100.0: waits`, cut short where the row ends.
fn row_text<'p>(pass: &'p Zone, world: &World<'_>, entity: usize) -> Result<&'p str, SystemError> {
    let entity = entity % world.positions.len();
    let [x, y, _] = world.positions[entity];
    let mut text = StringBuilder::create(pass, 40)?;
    let _ = text.append_format(format_args!("#{entity} at {x:.1}, {y:.1}"))
        && text.append(": ")
        && text.append_format(format_args!("{:?}", world.minds[entity]));
    Ok(text.into_str())
}
