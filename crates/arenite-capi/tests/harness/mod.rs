//! Compiles C and C++ programs against the library of this build, and runs them.
//!
//! `cargo test` builds no cdylib or staticlib of the package that it tests, so the first test that asks builds them, in the
//! same profile and folder. `ARENITE_C_FLAGS` are more flags for all programs (`-fsanitize=address,undefined`), and
//! `ARENITE_C_RUN` is what they are run by (`valgrind --quiet --error-exitcode=9`). A compiler that is not there leaves one line; where `CI` is `true` that is a failure.
//! The programs may be for another machine: `machine.rs`.

// Each test file uses some of it.
#![allow(dead_code, unreachable_pub)]

mod machine;

pub use machine::Machine;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
    thread,
    time::Duration,
};

/// The folder of the package.
pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder with `libarenite.so` and `libarenite.a`, built.
pub fn libraries() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(other) = Machine::other() {
            return other.libraries.clone();
        }
        // target/debug/deps/test-0123
        let exe = env::current_exe().expect("the path of this test");
        let profile_dir = exe.ancestors().nth(2).expect("target/<profile>").to_path_buf();
        let target_dir = profile_dir.parent().expect("target");
        let name = profile_dir.file_name().and_then(|name| name.to_str()).expect("a profile");
        let profile = if name == "debug" { "dev" } else { name };
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "-p", "arenite-capi", "--profile", profile, "--target-dir"]).arg(target_dir);
        run_or_panic(cargo.current_dir(package()));
        profile_dir
    })
}

/// Starts it and waits for its end. A program that was written just now may be open still: in a child that another test's
/// thread has forked and that has not come to its `exec`.
pub fn output(command: &mut Command) -> io::Result<Output> {
    for _ in 0..100 {
        match command.output() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => thread::sleep(Duration::from_millis(20)),
            output => return output,
        }
    }
    command.output()
}

/// Runs it; its output when it fails.
pub fn run(command: &mut Command) -> Result<Output, String> {
    let output = output(command).map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{command:?}\n{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
}

pub fn run_or_panic(command: &mut Command) -> Output {
    run(command).unwrap_or_else(|failed| panic!("{failed}"))
}

/// What a compiler of the programs' machine is called; for another one there are only gcc and g++.
pub fn compiler(name: &str) -> Option<String> {
    Machine::other().map_or_else(|| Some(name.to_owned()), |other| other.compiler(name))
}

/// Whether a tool is there; one line when it is not, and a failure in CI. For another machine there are only its compilers.
pub fn has(tool: &str) -> bool {
    let Some(tool) = compiler(tool) else { return false };
    let found = Command::new(&tool).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{tool} is missing: in CI that is a failure");
        eprintln!("{tool} is not installed: what needs it was not tested");
    }
    found
}

/// The program, run by what runs programs of its machine.
pub fn start(executable: &Path) -> Command {
    Machine::other().map_or_else(|| Command::new(executable), |other| other.start(executable))
}

/// The program, below the tool that the environment names.
pub fn tool(executable: &Path) -> Command {
    let tool = env::var("ARENITE_C_RUN").unwrap_or_default();
    let mut words = tool.split_whitespace();
    let Some(first) = words.next() else { return start(executable) };
    let mut command = Command::new(first);
    command.args(words).arg(executable);
    command
}

/// Whether something between the kernel and the programs has signals, limits and memory of its own: qemu, wine.
pub fn emulated() -> bool {
    Machine::other().is_some_and(Machine::is_emulated)
}

/// Whether the programs run below a tool, or with one built in, which has memory of its own.
pub fn below_a_tool() -> bool {
    ["ARENITE_C_FLAGS", "ARENITE_C_RUN"].iter().any(|name| env::var(name).is_ok_and(|value| !value.is_empty()))
}

/// How a program is linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    Static,
    Shared,
}

/// What Rust's standard library asks the linker for, in a static link on Linux.
pub const STATIC_LIBRARIES: [&str; 6] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];

/// A C or C++ program of `tests/`, to be compiled in some way.
#[derive(Clone, Debug)]
pub struct Program {
    pub source: PathBuf,
    pub compiler: &'static str,
    pub flags: Vec<String>,
    pub link: Link,
}

impl Program {
    /// A source file by its path below the package, with gcc or g++, linked to the static library.
    pub fn new(source: &str) -> Self {
        let compiler = if source.ends_with(".cpp") { "g++" } else { "gcc" };
        Self { source: package().join(source), compiler, flags: Vec::new(), link: Link::Static }
    }

    pub fn with(mut self, compiler: &'static str, flags: &[&str], link: Link) -> Self {
        self.compiler = compiler;
        self.flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        self.link = link;
        self
    }

    /// Compiles it; where the executable is.
    pub fn build(&self) -> Result<PathBuf, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c");
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let stem = self.source.file_stem().and_then(|stem| stem.to_str()).unwrap_or("program");
        let flags = self.flags.concat().replace(|c: char| !c.is_alphanumeric(), "_");
        let suffix = if Machine::other().is_some_and(Machine::is_windows) { ".exe" } else { "" };
        let name = format!("{stem}-{}-{:?}{flags}-{}{suffix}", self.compiler, self.link, std::process::id());
        let executable = folder.join(name);
        let compiler = compiler(self.compiler).ok_or_else(|| format!("no {} for this machine", self.compiler))?;
        let mut compile = Command::new(compiler);
        compile.args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-g"]).args(&self.flags);
        compile.args(env::var("ARENITE_C_FLAGS").unwrap_or_default().split_whitespace());
        compile.arg("-I").arg(package().join("include")).arg("-I").arg(package().join("tests/c"));
        compile.arg(&self.source).args(["-x", "none"]).arg("-o").arg(&executable);
        match (Machine::other(), self.link) {
            (Some(other), link) if other.is_windows() => other.link_windows(&mut compile, link),
            (_, Link::Static) => _ = compile.arg(libraries().join("libarenite.a")).args(STATIC_LIBRARIES),
            (_, Link::Shared) => {
                _ = compile.arg("-L").arg(libraries()).arg(format!("-Wl,-rpath,{}", libraries().display())).args([
                    "-larenite",
                    "-lpthread",
                    "-lm",
                ]);
            }
        }
        run(&mut compile).map(|_| executable)
    }

    /// Compiles and runs it; what it wrote.
    pub fn run(&self) -> Result<String, String> {
        let executable = self.build()?;
        // What a program leaves (gmon.out of -pg) is left there.
        let folder = executable.parent().expect("the folder it was built in");
        let ran = run(tool(&executable).current_dir(folder));
        let _ = fs::remove_file(&executable);
        ran.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The usual ways: old and new C, and as C++, static and shared, by gcc and clang.
const WAYS: [(&str, &str, Link); 5] = [
    ("gcc", "-std=c89", Link::Static),
    ("g++", "-std=c++17", Link::Shared),
    ("gcc", "-std=c17", Link::Shared),
    ("clang", "-std=c99", Link::Shared),
    ("clang++", "-std=c++17", Link::Static),
];

/// Builds and runs a C program in all usual ways.
pub fn passes_everywhere(source: &str, flags: &[&str]) {
    passes_in(&WAYS, source, flags);
}

/// The same for one that takes long without optimisation: in debug builds it is run in the first two ways only.
pub fn passes_slowly(source: &str, flags: &[&str]) {
    passes_in(if cfg!(debug_assertions) { &WAYS[..2] } else { &WAYS }, source, flags);
}

fn passes_in(ways: &[(&'static str, &str, Link)], source: &str, flags: &[&str]) {
    let failed: Vec<String> = ways
        .iter()
        .copied()
        .filter(|(compiler, ..)| has(compiler))
        .filter_map(|(compiler, standard, link)| {
            let mut flags = [&[standard], flags].concat();
            if compiler.ends_with("++") {
                flags.extend(["-x", "c++"]);
            }
            Program::new(source).with(compiler, &flags, link).run().err()
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
