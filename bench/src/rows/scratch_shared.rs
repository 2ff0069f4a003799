//! Row 9 in a shared library, where the address of a thread-local is a call: stated, not judged.

use super::c_library;
use crate::{
    criterion::{Criterion, Measure},
    kernel::{Clock, Kernel, Section, Side},
};
use std::{ffi::OsString, io, path::PathBuf, sync::OnceLock};

const OURS: &str = "arenite scratch, shared library";
const BARE: &str = "(a const thread-local, replaced)";

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("9b", "scratch of the thread in a shared library: enter, alloc(u64), exit");
    section.clock = Clock::Interleaved(1);
    section.kernels = vec![
        Kernel::program(OURS, || program("scratch")),
        Kernel { side: Side::Floor, ..Kernel::program(BARE, || program("thread-local")) },
        Kernel { side: Side::Loop, ..Kernel::program("(loop alone)", || program("loop")) },
    ];
    section.criteria = vec![Criterion::stated(OURS, Measure::Net)];
    vec![section]
}

/// The C program, linked to the library, and its first argument.
fn program(what: &str) -> io::Result<Vec<OsString>> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| error.to_string()));
    Ok(vec![built.clone().map_err(io::Error::other)?.into(), what.into()])
}

fn build() -> io::Result<PathBuf> {
    let libraries = c_library::build_library("scratch-shared")?;
    let program = libraries.join("bench-scratch-shared");
    let mut cc = c_library::compiler("cc", "scratch_shared.c", &program);
    cc.arg("-L").arg(&libraries).arg(format!("-Wl,-rpath,{}", libraries.display())).arg("-lbench_scratch");
    c_library::run(&mut cc)?;
    Ok(program)
}
