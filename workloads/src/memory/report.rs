//! What a memory can say about itself, in figures that compare between runs.

use std::fmt;

/// The state of one arena.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArenaReport {
    /// The arena's name.
    pub name: String,
    /// Bytes handed out and not taken back, alignment included.
    pub used: usize,
    /// Bytes of the blocks it holds.
    pub allocated: usize,
    /// The most `used` ever was.
    pub high_water: usize,
    /// Blocks it holds.
    pub chunks: usize,
    /// Blocks it ever took from its source; flat once the program is warm.
    pub blocks_taken: u64,
    /// Blocks it ever gave back.
    pub blocks_returned: u64,
}

/// The state of a whole memory.
///
/// The plain heap has no arenas and knows no figures of its own: its report is empty, and the caller counts in the
/// global allocator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryReport {
    /// One entry per arena.
    pub arenas: Vec<ArenaReport>,
}

impl MemoryReport {
    /// Bytes in use over all arenas; `None` where the memory does not count.
    pub fn live(&self) -> Option<usize> {
        self.sum(|arena| arena.used)
    }

    /// Bytes held over all arenas; `None` where the memory does not count.
    pub fn reserved(&self) -> Option<usize> {
        self.sum(|arena| arena.allocated)
    }

    fn sum(&self, figure: impl Fn(&ArenaReport) -> usize) -> Option<usize> {
        if self.arenas.is_empty() { None } else { Some(self.arenas.iter().map(figure).sum()) }
    }
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for arena in &self.arenas {
            writeln!(
                f,
                "{:<10} used {:>9} of {:>9} B in {:>2} chunks, high water {:>9} B, blocks taken {} returned {}",
                arena.name,
                arena.used,
                arena.allocated,
                arena.chunks,
                arena.high_water,
                arena.blocks_taken,
                arena.blocks_returned
            )?;
        }
        Ok(())
    }
}
