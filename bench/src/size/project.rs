//! One small program in a folder of its own, and what building it costs.

use super::{code, cpu};
use crate::kernel::Side;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// A program to be built.
pub(super) struct Project {
    /// The contender.
    pub name: &'static str,
    /// Its side.
    pub side: Side,
    /// The program.
    pub source: String,
    folder: &'static str,
    /// The crate whose build is timed.
    package: Option<&'static str>,
    manifest: String,
}

/// What came of it.
pub(super) struct Built {
    /// Processor seconds for the crate.
    pub seconds: f64,
    /// Seconds by the clock.
    pub wall_seconds: f64,
    /// Bytes of code in the stripped program.
    pub code: i64,
    /// Bytes of the stripped program.
    pub file: i64,
}

impl Project {
    /// The program without an arena.
    pub(super) fn bare() -> Self {
        Self {
            name: "the program without an arena",
            side: Side::Loop,
            source: source("", "black_box(&(i + count))", ""),
            folder: "bare",
            package: None,
            manifest: manifest(""),
        }
    }

    /// The program with the arena that `new` makes and `reset` empties.
    pub(super) fn of(
        name: &'static str,
        folder: &'static str,
        package: &'static str,
        side: Side,
        dependency: String,
        new: &str,
        reset: &str,
    ) -> Self {
        let new = format!("    let mut arena = {new};\n");
        let reset = format!("        arena.{reset}();\n");
        let source = source(&new, "black_box(arena.alloc(i + count))", &reset);
        Self { name, side, source, folder, package: Some(package), manifest: manifest(&dependency) }
    }

    /// The same with more lines at the end of its manifest, where the release profile stands.
    pub(super) fn with_profile(mut self, lines: &str) -> Self {
        self.manifest.push_str(lines);
        self.manifest.push('\n');
        self
    }

    /// Builds it below `folder`, in a target that holds nothing yet: first what the crate depends on, untimed.
    pub(super) fn build(&self, folder: &Path) -> io::Result<Built> {
        let folder = folder.join(self.folder);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), &self.manifest)?;
        fs::write(folder.join("src/main.rs"), &self.source)?;
        let (mut seconds, mut wall_seconds) = (0.0, 0.0);
        if let Some(package) = self.package {
            for dependency in dependencies(&folder, package)? {
                cargo(&folder, &["build", "--release", "--quiet", "-p", &dependency])?;
            }
            let (cpu, wall) = (cpu::of_children(), Instant::now());
            cargo(&folder, &["build", "--release", "--quiet", "-p", package])?;
            (seconds, wall_seconds) = (cpu::of_children() - cpu, wall.elapsed().as_secs_f64());
        }
        cargo(&folder, &["build", "--release", "--quiet"])?;
        let program = folder.join("target/release").join(format!("only-an-arena{}", env::consts::EXE_SUFFIX));
        Ok(Built { seconds, wall_seconds, code: code::bytes(&program)?, file: size_of_file(&program)? })
    }
}

fn size_of_file(path: &PathBuf) -> io::Result<i64> {
    fs::metadata(path)?.len().try_into().map_err(io::Error::other)
}

fn manifest(dependency: &str) -> String {
    format!(
        "[package]\nname = \"only-an-arena\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependency}\n\n[workspace]\n\n[profile.release]\nstrip = true\n"
    )
}

fn source(new: &str, value: &str, reset: &str) -> String {
    format!(
        "use std::hint::black_box;\n\nfn main() {{\n    let count = std::env::args().count() as u64;\n{new}\
         \x20   let mut sum = 0;\n    for _ in 0..2 {{\n        for i in 0..1000 {{\n            sum += *{value};\n        }}\n\
         {reset}    }}\n    println!(\"{{sum}}\");\n}}\n"
    )
}

/// The packages that `package` needs, as `name@version`.
fn dependencies(folder: &Path, package: &str) -> io::Result<Vec<String>> {
    let tree = cargo(folder, &["tree", "--quiet", "-p", package, "--edges", "normal,build", "--prefix", "none"])?;
    let named = tree.lines().skip(1).filter_map(|line| {
        let mut words = line.split(' ');
        Some(format!("{}@{}", words.next()?, words.next()?.trim_start_matches('v')))
    });
    Ok(named.collect())
}

/// Runs cargo in `folder`, as if nothing of the bench's own build were in the environment.
fn cargo(folder: &Path, arguments: &[&str]) -> io::Result<String> {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    for own in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_INCREMENTAL", "RUSTC_WRAPPER"] {
        command.env_remove(own);
    }
    let output = command.output().map_err(|error| io::Error::other(format!("cargo: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("cargo {} in {}:\n{said}", arguments.join(" "), folder.display())));
    }
    String::from_utf8(output.stdout).map_err(io::Error::other)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_crate_with_much_code_costs_more_time_and_code_than_none() {
        let folder = env::temp_dir().join(format!("bench-size-{}", std::process::id()));
        let library = folder.join("library");
        fs::create_dir_all(library.join("src")).expect("a folder for it");
        fs::write(
            library.join("Cargo.toml"),
            "[package]\nname = \"library\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n",
        )
        .expect("a manifest");
        let code: String = (0..200)
            .map(|i| format!("0x9e37_{i:04x} => std::hint::black_box(value).rotate_left({i} % 63) / (value + 2),"))
            .collect();
        let library_source = format!(
            "pub struct Arena;\nimpl Arena {{ pub fn reset(&mut self) {{}}\n #[inline(never)] pub fn alloc(&self, value: u64) \
             -> Box<u64> {{ Box::new(match value {{ {code} _ => value }}) }} }}"
        );
        fs::write(library.join("src/lib.rs"), library_source).expect("a library");
        let dependency = format!("library = {{ path = {library:?} }}");
        let program = Project::of("library", "with", "library", Side::Ours, dependency, "library::Arena", "reset");
        let bare = Project::bare().build(&folder).expect("it builds");
        let built = program.build(&folder).expect("it builds");
        assert!(built.seconds > 0.0 && bare.seconds == 0.0);
        assert!(built.code > bare.code + 2000, "{} and {}", built.code, bare.code);
        fs::remove_dir_all(&folder).expect("ours");
    }

    #[test]
    fn what_cargo_says_of_a_failure_is_passed_on() {
        let folder = env::temp_dir().join(format!("bench-size-broken-{}", std::process::id()));
        let dependency = "library = { path = \"nowhere\" }".into();
        let program = Project::of("library", "with", "library", Side::Ours, dependency, "library::Arena", "reset");
        let error = program.build(&folder).err().expect("there is no such folder").to_string();
        assert!(error.contains("nowhere"), "{error}");
        fs::remove_dir_all(&folder).expect("ours");
    }
}
