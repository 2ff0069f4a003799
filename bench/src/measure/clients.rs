//! Rows 30 and 31: C programs of their own, one for each memory, that run a C library's job and say what it took.
//!
//! `bench/clients` has their sources. They are built here, before the first of them is needed: with the libraries' headers
//! from the system's packages, mimalloc from the sources of its crate, and the C library of this project.

use super::Times;
use crate::{kernel::Section, report::Cell};
use serde::Deserialize;
use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The packages that have to be there.
pub(crate) const PACKAGES: &str = "make pkg-config liblua5.4-dev libsqlite3-dev libexpat1-dev libxml2-dev libcjson-dev \
                                   libjansson-dev zlib1g-dev libstb-dev libfreetype-dev fonts-dejavu-core";

/// What a program prints about one client.
#[derive(Deserialize, Clone)]
struct Run {
    /// CPU seconds of the first job of the process.
    cold: f64,
    /// The best of the others.
    warm: f64,
    /// What the process held at most during the jobs, beyond what it held before.
    peak_kib: f64,
    /// Blocks left over.
    live: u64,
    /// What came out.
    hash: String,
}

/// Fills the cells of a section of that client: `rounds` processes for each memory, in turn, with `warm` jobs after the cold
/// one. A best is that of all rounds, the median that of the rounds' bests.
pub(crate) fn time(section: &Section, client: &str, rounds: usize, warm: usize, cells: &mut [Cell]) -> io::Result<()> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = match BUILT.get_or_init(build) {
        Ok(folder) => folder,
        Err(missing) => {
            cells.iter_mut().for_each(|cell| cell.note = Some(missing.clone()));
            return Ok(());
        }
    };
    let mut runs: Vec<Vec<Run>> = cells.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for (cell, runs) in cells.iter().zip(&mut runs) {
            runs.push(run(&folder.join(format!("clients-{}", cell.contender)), client, warm)?);
        }
    }
    let all = || runs.iter().flatten();
    if let Some(other) = all().find(|run| Some(&run.hash) != all().next().map(|run| &run.hash)) {
        return Err(io::Error::other(format!("{}: {client} gave another result: {}", section.id, other.hash)));
    }
    if let Some(leaking) = all().find(|run| run.live > 0) {
        return Err(io::Error::other(format!("{}: {client} left {} blocks behind", section.id, leaking.live)));
    }
    let least = |runs: &[Run], of: fn(&Run) -> f64| runs.iter().map(of).min_by(f64::total_cmp);
    for (cell, runs) in cells.iter_mut().zip(&runs) {
        if let Some(times) = Times::of(runs.iter().map(|run| run.warm * 1e9).collect()) {
            (cell.best_ns, cell.median_ns, cell.spread) = (Some(times.best), Some(times.median), Some(times.spread));
        }
        cell.resident_kib = least(runs, |run| run.peak_kib);
        cell.note = least(runs, |run| run.cold).map(|cold| format!("cold {:.1} ms", cold * 1e3));
    }
    Ok(())
}

fn run(program: &Path, client: &str, warm: usize) -> io::Result<Run> {
    let output = Command::new(program).args([client, "--warm", &warm.to_string()]).output()?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        io::Error::other(format!("{} {client}: {error}\n{said}", program.display()))
    })
}

/// Builds the programs: where they are, or why there are none.
fn build() -> Result<PathBuf, String> {
    let Some(mimalloc) = option_env!("MIMALLOC_SOURCES") else { return Err("needs --features native".into()) };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // target/release/bench
    let exe = env::current_exe().map_err(|error| error.to_string())?;
    let target = exe.ancestors().nth(2).ok_or("this program lies in no target folder")?;
    let folder = target.join("clients");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--release", "-p", "arenite-capi", "--target-dir"]).arg(target).current_dir(here);
    let mut make = Command::new("make");
    make.args(["--quiet", "-C"]).arg(here.join("clients")).arg(format!("OUT={}", folder.display()));
    make.arg(format!("ARENITE={}", target.join("release/libarenite.a").display()));
    make.arg(format!("MIMALLOC={mimalloc}"));
    for command in [&mut cargo, &mut make] {
        let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            return Err(format!("the clients were not built; apt-get install {PACKAGES}"));
        }
    }
    Ok(folder)
}
