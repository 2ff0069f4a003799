//! Row 19: `arenite::arena::alloc` of 64 bytes as a C++ program calls it that knows only `arenite::allocator &`: the arguments,
//! the virtual call, the checks of size and alignment, the count of bytes asked for. Beside it the arena of the standard
//! library, through its interface.

use super::c_library::build;
use crate::{
    criterion::{Criterion, Measure},
    kernel::{Clock, Count, Kernel, Section, Side},
};
use std::{ffi::OsString, io, path::PathBuf, sync::OnceLock};

const OURS: &str = "arenite::arena";

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("19", "arenite::arena::alloc of 64 B from C++, by the virtual interface");
    section.count = Count::Steps(40, 240);
    section.clock = Clock::Interleaved(1);
    let of = |side, kernel: Kernel| Kernel { side, ..kernel };
    section.kernels = vec![
        Kernel::program(OURS, || program("arena")),
        of(Side::Opponent, Kernel::program("std::pmr::monotonic_buffer_resource", || program("monotonic"))),
        of(Side::Loop, Kernel::program("(loop alone)", || program("empty"))),
        Kernel::unmeasured("allocator-interface", "the original: 37 instructions, by research"),
    ];
    section.criteria = vec![Criterion::at_most(OURS, Measure::Net, 22.0)];
    vec![section]
}

/// The C++ program, and its first argument.
fn program(who: &str) -> io::Result<Vec<OsString>> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build("c++", "cpp_arena.cpp", false).map_err(|error| error.to_string()));
    Ok(vec![built.clone().map_err(io::Error::other)?.into(), who.into()])
}
