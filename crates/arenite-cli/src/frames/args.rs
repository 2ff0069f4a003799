//! The options of `arenite frames`.

use clap::{Args, ValueEnum};

/// Run a game's frame loop in the areas of a memory system and count what it costs.
///
/// Ten thousand entities are moved, sorted into a grid, collided, animated, given paths and drawn; particles, sound, a GUI
/// and text come with them: more than a thousand allocations of mixed sizes a frame, under tags with budgets.
///
/// Checked over the steady frames (all but the first 60, or the first half of a short run): the whole process makes no
/// heap call, no page fault and no system call for memory, and its footprint is flat. Then 1,000 allocations of a frame
/// are timed (target: below 10 us) and the clearing of a frame area filled to its last byte, 512 MiB (target: below
/// 1 ms). Times are judged in release builds.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  arenite frames                          the standard run
  arenite frames --frames 10000           a long run with a flat footprint
  arenite frames --full-clear never       without filling 512 MiB
  arenite frames --json | jq .steady      figures for scripts

To count system calls from outside (they do not grow with --frames):
  strace -f -c -e trace=mmap,munmap,mprotect,madvise,brk \\
    arenite frames --full-clear never")]
pub(crate) struct FramesArgs {
    /// How many frames to run
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u64).range(2..))]
    pub(crate) frames: u64,

    /// Whether to fill the frame area and time its clearing
    #[arg(long, value_enum, default_value_t = FullClear::Auto)]
    pub(crate) full_clear: FullClear,

    /// Print one JSON object to standard output and nothing else there
    #[arg(long)]
    pub(crate) json: bool,

    /// Print failures and what --json asks for, nothing else
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// When the frame area is filled.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FullClear {
    /// When more than 2 GiB of memory are free
    Auto,
    /// In any case
    Always,
    /// Not at all
    Never,
}
