//! The figures of a system, and how they are printed.

use super::layout::Area;
use crate::{Budget, Tag, report::Bytes};
use core::fmt;

/// One area's figures, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AreaStats {
    /// Which area; the render area once per command buffer.
    pub area: Area,
    /// In use.
    pub used: usize,
    /// The most that was in use.
    pub high_water: usize,
    /// Committed: given memory by the operating system.
    pub committed: usize,
    /// Its size.
    pub reserved: usize,
    /// How often it was cleared.
    pub generation: u64,
}

/// One tag's figures, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TagStats {
    /// Which tag.
    pub tag: Tag,
    /// In use under it.
    pub used: usize,
    /// The most that was in use.
    pub high_water: usize,
    /// Its budget.
    pub budget: Budget,
}

/// The figures of a whole system. Its `Display` is the table that `print_stats` prints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SystemStats {
    /// Each area.
    pub areas: Vec<AreaStats>,
    /// Each tag that has a budget or was used.
    pub tags: Vec<TagStats>,
    /// Frames begun.
    pub frames: u64,
    /// Address space of the whole.
    pub reserved: usize,
}

impl fmt::Display for SystemStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:>12} {:>12} {:>12} {:>12}", "area", "used", "high water", "committed", "reserved")?;
        for area in &self.areas {
            area.fmt(f)?;
            writeln!(f)?;
        }
        writeln!(f, "{:<12} {:>12} {:>12} {:>12} {:>12}", "tag", "used", "high water", "soft", "hard")?;
        for tag in &self.tags {
            let budget = |bytes: Option<usize>| bytes.map_or_else(|| "-".to_owned(), |bytes| Bytes(bytes).to_string());
            writeln!(
                f,
                "{:<12} {:>12} {:>12} {:>12} {:>12}",
                tag.tag,
                Bytes(tag.used),
                Bytes(tag.high_water),
                budget(tag.budget.soft),
                budget(tag.budget.hard)
            )?;
        }
        write!(f, "{} frames, {} reserved", self.frames, Bytes(self.reserved))
    }
}

impl fmt::Display for AreaStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<12} {:>12} {:>12} {:>12} {:>12}",
            self.area,
            Bytes(self.used),
            Bytes(self.high_water),
            Bytes(self.committed),
            Bytes(self.reserved)
        )
    }
}
