//! The command: starts the binaries of the heaps in turn and compares what they answer.

pub(crate) mod cell;
pub(crate) mod contender;
pub(crate) mod escapes;
pub(crate) mod process;
pub(crate) mod report;
pub(crate) mod section;
pub(crate) mod table;
pub(crate) mod verdict;

/// What is to be measured.
pub(crate) struct Wanted {
    /// 23, 24, or both.
    pub row: Option<u32>,
    /// Only these; all when empty.
    pub programs: Vec<String>,
    /// Processes for each cell.
    pub rounds: u32,
    /// Instructions.
    pub counts: bool,
    /// Times and memory.
    pub times: bool,
}

impl Wanted {
    pub(crate) fn has_row(&self, row: u32) -> bool {
        self.row.is_none_or(|wanted| wanted == row)
    }

    pub(crate) fn has_program(&self, name: &str) -> bool {
        self.programs.is_empty() || self.programs.iter().any(|wanted| wanted == name)
    }
}
