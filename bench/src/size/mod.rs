//! What a program pays for an arena before it runs: the time to build the crate, and its code in the program.
//!
//! The same small program is built with nothing, with ours and with its peers, each in a folder and a target of its own,
//! as somebody would who takes the crate from a registry: cargo's own release profile, stripped.

mod code;
mod cpu;
mod project;

use crate::{kernel::Side, machine::version_of};
use project::{Built, Project};
use serde::Serialize;
use std::{
    fmt::Write as _,
    io::{self, Write},
    path::Path,
};

/// Who the targets are about.
const OURS: &str = "arenite";
/// Ours for programs that are never debugged by a switch.
const OURS_UNWATCHED: &str = "arenite, without `debug`";
/// The most that building the library crate may take, in seconds of processor time.
const BUILD_SECONDS: f64 = 1.0;
/// The most code that a program which only uses `Arena` may gain, in bytes.
const CODE_BYTES: i64 = 30 * 1024;

/// What one contender costs.
#[derive(Serialize)]
struct Cost {
    contender: &'static str,
    side: Side,
    /// Processor seconds of a clean build of the crate, those of its dependencies not among them.
    build_seconds: f64,
    /// The same by the clock on the wall: of a machine that others use, too.
    build_wall_seconds: f64,
    /// Bytes of code (`.text`) beyond those of the program without an arena.
    code_bytes: i64,
    /// Bytes of the stripped file beyond those of the program without an arena.
    file_bytes: i64,
}

/// A target and what came of it.
#[derive(Serialize)]
struct Judged {
    of: &'static str,
    what: &'static str,
    amount: f64,
    limit: f64,
    met: bool,
}

#[derive(Serialize)]
struct Sizes {
    costs: Vec<Cost>,
    verdicts: Vec<Judged>,
}

/// Builds the programs of `only`, or all, below `folder` and prints what each costs.
pub(crate) fn run(folder: &Path, only: &[String], json: bool) -> io::Result<()> {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/arenite").canonicalize()?;
    let mut projects = projects(&library);
    if let Some(unknown) = only.iter().find(|name| projects.iter().all(|project| project.name != name.as_str())) {
        let known: Vec<&str> = projects.iter().map(|project| project.name).collect();
        return Err(io::Error::other(format!("there is no contender `{unknown}`; there are {}", known.join("; "))));
    }
    projects.retain(|project| only.is_empty() || only.iter().any(|name| name == project.name));
    let bare = build(folder, &Project::bare())?;
    let costs =
        projects.iter().map(|project| Ok(cost(project, &build(folder, project)?, &bare))).collect::<io::Result<_>>()?;
    let sizes = judged(costs);
    let text = if json { serde_json::to_string_pretty(&sizes)? + "\n" } else { render(&sizes) };
    io::stdout().write_all(text.as_bytes())
}

fn build(folder: &Path, project: &Project) -> io::Result<Built> {
    eprintln!("building {}", project.name);
    project.build(folder)
}

/// The contenders; ours first, as it comes.
fn projects(library: &Path) -> Vec<Project> {
    let ours = |name, folder, settings: &str| {
        let dependency = format!("arenite = {{ path = {library:?}{settings} }}");
        Project::of(name, folder, "arenite", Side::Ours, dependency, "arenite::Arena::new()", "reset")
    };
    let without_debug = ", default-features = false, features = [\"std\"]";
    let peer = |name, new, reset| {
        let dependency = format!("{name} = \"={}\"", version_of(name));
        Project::of(name, name, name, Side::Opponent, dependency, new, reset)
    };
    vec![
        ours(OURS, "arenite", ""),
        ours("arenite, `full`", "arenite-full", ", features = [\"full\"]"),
        ours("arenite, opt-level \"s\"", "arenite-s", "")
            .with_profile("[profile.release.package.arenite]\nopt-level = \"s\""),
        ours("arenite, lto", "arenite-lto", "").with_profile("lto = true\ncodegen-units = 1"),
        ours(OURS_UNWATCHED, "arenite-std", without_debug),
        ours("arenite, without `debug`, lto", "arenite-std-lto", without_debug)
            .with_profile("lto = true\ncodegen-units = 1"),
        peer("bumpalo", "bumpalo::Bump::new()", "reset"),
        peer("stumpalo", "stumpalo::Arena::new()", "clear"),
        peer("bump-scope", "bump_scope::Bump::<bump_scope::alloc::Global>::new()", "reset"),
    ]
}

fn cost(project: &Project, built: &Built, bare: &Built) -> Cost {
    Cost {
        contender: project.name,
        side: project.side,
        build_seconds: built.seconds,
        build_wall_seconds: built.wall_seconds,
        code_bytes: built.code - bare.code,
        file_bytes: built.file - bare.file,
    }
}

/// The targets are about ours with default features and a default profile; without `debug` that of code is to be met, too.
fn judged(costs: Vec<Cost>) -> Sizes {
    let verdict =
        |of: &Cost, what, amount, limit| Judged { of: of.contender, what, amount, limit, met: amount <= limit };
    let build = |of: &Cost| verdict(of, "clean build of the crate, processor seconds", of.build_seconds, BUILD_SECONDS);
    let code = |of: &Cost| {
        verdict(of, "code beyond the program without an arena, bytes", of.code_bytes as f64, CODE_BYTES as f64)
    };
    let named = |name: &'static str| costs.iter().filter(move |cost| cost.contender == name);
    let verdicts =
        named(OURS).flat_map(|ours| [build(ours), code(ours)]).chain(named(OURS_UNWATCHED).map(code)).collect();
    Sizes { costs, verdicts }
}

fn render(sizes: &Sizes) -> String {
    let mut text = String::from(
        "What a program pays that uses only an arena: cargo's release profile, stripped.\n\
         build: processor seconds of a clean build of the crate, its dependencies' not among them; wall: by the clock.\n\
         code, file: bytes of .text and of the file beyond those of the same program without an arena.\n\
         (lto: of the whole program, against a program without it.)\n\n",
    );
    let _ = writeln!(text, "{:<34}{:>9}{:>9}{:>10}{:>10}", "contender", "build", "wall", "code", "file");
    for cost in &sizes.costs {
        let _ = writeln!(
            text,
            "{:<34}{:>7.2} s{:>7.2} s{:>10}{:>10}",
            cost.contender, cost.build_seconds, cost.build_wall_seconds, cost.code_bytes, cost.file_bytes
        );
    }
    text.push('\n');
    for Judged { of, what, amount, limit, met } in &sizes.verdicts {
        let outcome = if *met { "met" } else { "MISSED" };
        let _ = writeln!(text, "  = {of}: {what}: {amount:.2}  (target <= {limit})  {outcome}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costing(build_seconds: f64, code_bytes: i64) -> Sizes {
        let cost = Cost {
            contender: "arenite",
            side: Side::Ours,
            build_seconds,
            build_wall_seconds: build_seconds,
            code_bytes,
            file_bytes: code_bytes,
        };
        judged(vec![cost])
    }

    #[test]
    fn more_code_or_time_than_the_target_is_printed_as_missed() {
        let text = render(&costing(1.5, 30 * 1024));
        assert!(text.contains("processor seconds: 1.50  (target <= 1)  MISSED"), "{text}");
        assert!(text.contains("bytes: 30720.00  (target <= 30720)  met"), "{text}");
        assert!(render(&costing(1.0, 30 * 1024 + 1)).contains("bytes: 30721.00  (target <= 30720)  MISSED"));
    }

    #[test]
    fn code_is_judged_without_debugging_too_and_of_no_other_build() {
        let mut costs: Vec<Cost> = costing(0.5, 90_000).costs;
        costs.push(Cost { contender: OURS_UNWATCHED, code_bytes: 20_000, ..costing(3.0, 0).costs.remove(0) });
        costs.push(Cost { contender: "bumpalo", ..costing(9.0, 90_000).costs.remove(0) });
        let met: Vec<_> = judged(costs).verdicts.iter().map(|verdict| (verdict.of, verdict.met)).collect();
        assert_eq!(met, [(OURS, true), (OURS, false), (OURS_UNWATCHED, true)]);
    }

    #[test]
    fn every_program_differs_from_the_bare_one_by_its_arena_only() {
        let bare = Project::bare();
        for project in projects(Path::new("/library")) {
            let theirs: Vec<&str> = project.source.lines().filter(|line| !bare.source.contains(line)).collect();
            assert!(!theirs.is_empty() && theirs.iter().all(|line| line.contains("arena")), "{theirs:?}");
        }
    }
}
