//! Row 18: `arenite_arena_alloc` as a C program calls it, every check on: NULL, foreign, destroyed, wrong thread, sizes.
//!
//! Counted are the instructions inside of the function, its return included. A program that is linked to the shared library
//! comes to it by one more, the jump of its procedure linkage table.

use crate::{
    criterion::{Criterion, Measure},
    kernel::{Clock, Count, Kernel, Section, Side},
};
use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const STATIC: [&str; 3] = ["static, 16 B", "static, 64 B", "static, 256 B"];
const SHARED: [&str; 3] = ["shared, 16 B", "shared, 64 B", "shared, 256 B"];

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("18", "arenite_arena_alloc from C, all checks on: the callee with its return");
    section.count = Count::Inside("arenite_arena_alloc", 20, 220);
    section.clock = Clock::Interleaved(1);
    section.kernels = vec![
        Kernel::program(STATIC[0], || program(false, 16)),
        Kernel::program(STATIC[1], || program(false, 64)),
        Kernel::program(STATIC[2], || program(false, 256)),
        Kernel::program(SHARED[0], || program(true, 16)),
        Kernel::program(SHARED[1], || program(true, 64)),
        Kernel::program(SHARED[2], || program(true, 256)),
        Kernel::unmeasured("chunked-arena", "the original: 52 instructions, by research; its pool 31 to 37"),
    ];
    let most = |names: [&'static str; 3], most| names.map(|name| Criterion::at_most(name, Measure::Instructions, most));
    section.criteria = [most(STATIC, 18.0), most(SHARED, 19.0)].concat();
    vec![section, of_a_game()]
}

/// What a C program calls in a frame, without a target. All checks on, as above; call, return and the store of the result
/// included, the loop not.
fn of_a_game() -> Section {
    let mut section =
        Section::new("18b", "from C, static: calls of a game, with call, checks and the store of the result");
    section.count = Count::Steps(20, 220);
    section.clock = Clock::Interleaved(1);
    macro_rules! calls {
        ($($name:literal $way:literal,)*) => {
            section.kernels = vec![$(Kernel::program($name, || game_calls($way)),)*];
            section.criteria = vec![$(Criterion::stated($name, Measure::Net),)*];
        };
    }
    calls! {
        "arenite_zone_push, 64 B" "push",
        "arenite_zone_push_tagged" "push-tagged",
        "arenite_ring_push, 100 in a frame" "ring",
        "arenite_pool_alloc and _free" "pool",
        "arenite_stack_push and _pop" "stack",
        "arenite_scratch_begin and _end" "scratch",
        "arenite_memory_begin_frame and _end_frame" "frame",
        "arenite_zone_begin_temp and _end_temp" "zone-temp",
        "arenite_arena_mark and _restore" "mark",
        "arenite_temp_begin and _end" "temp",
        "arenite_arena_reset in its first window" "reset",
    }
    section.kernels.push(Kernel { side: Side::Loop, ..Kernel::program("(loop alone)", || game_calls("nothing")) });
    section
}

/// `bench/c/game_calls.c`, and its first argument.
pub(super) fn game_calls(way: &str) -> io::Result<Vec<OsString>> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build("cc", "game_calls.c", false).map_err(|error| error.to_string()));
    Ok(vec![built.clone().map_err(io::Error::other)?.into(), way.into()])
}

/// The C program, linked in one of the two ways, and its first argument.
fn program(shared: bool, size: usize) -> io::Result<Vec<OsString>> {
    static BUILT: [OnceLock<Result<PathBuf, String>>; 2] = [const { OnceLock::new() }; 2];
    let built = BUILT[usize::from(shared)]
        .get_or_init(|| build("cc", "arena_alloc.c", shared).map_err(|error| error.to_string()));
    let program = built.clone().map_err(io::Error::other)?;
    Ok(vec![program.into(), size.to_string().into()])
}

/// A program of `bench/c`, compiled and linked to the library of this build.
pub(super) fn build(name: &str, source: &str, shared: bool) -> io::Result<PathBuf> {
    let libraries = build_library("arenite-capi")?;
    let link = if shared { "shared" } else { "static" };
    let program = libraries.join(format!("bench-{}-{link}", source.replace('.', "-")));
    let mut cc = compiler(name, source, &program);
    if shared {
        cc.arg("-L").arg(&libraries).arg(format!("-Wl,-rpath,{}", libraries.display())).arg("-larenite");
    } else {
        cc.arg(libraries.join("libarenite.a"));
    }
    run(cc.args(["-lgcc_s", "-lpthread", "-lm", "-ldl"]))?;
    Ok(program)
}

/// Builds a package of this workspace and says in which folder its libraries are.
pub(super) fn build_library(package: &str) -> io::Result<PathBuf> {
    // target/release/bench
    let exe = env::current_exe()?;
    let profile_dir = exe.parent().ok_or_else(|| io::Error::other("this program lies nowhere"))?;
    let target_dir = profile_dir.parent().unwrap_or(profile_dir);
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--release", "-p", package, "--target-dir"]).arg(target_dir).current_dir(bench());
    run(&mut cargo)?;
    Ok(target_dir.join("release"))
}

/// The compiler, `cc` or `c++`, about to make `program` of a file of `bench/c`.
pub(super) fn compiler(name: &str, source: &str, program: &Path) -> Command {
    let mut cc = Command::new(name);
    if name == "c++" {
        cc.arg("-std=c++17");
    }
    cc.args(["-O2", "-Wall", "-Wextra", "-I"]).arg(bench().join("../crates/arenite-capi/include"));
    cc.arg(bench().join("c").join(source)).arg("-o").arg(program);
    cc
}

fn bench() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs it; what it complains of is in the error.
pub(super) fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output().map_err(|error| io::Error::other(format!("{command:?}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr))))
}
