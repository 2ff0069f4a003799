//! Where and with what it was measured.

use crate::{measure::valgrind, report::Machine};
use std::{collections::BTreeMap, fs, process::Command, thread};

/// The opponents that are crates of this build, as Cargo.lock names them.
const OPPONENTS: [&str; 16] = [
    "blink-alloc",
    "bump-scope",
    "bumpalo",
    "bumpalo-herd",
    "forge-alloc",
    "libmimalloc-sys",
    "multitude",
    "rpmalloc-sys",
    "scoped-arena",
    "sharded-slab",
    "slab",
    "slotmap",
    "snmalloc-sys",
    "stumpalo",
    "tikv-jemalloc-sys",
    "typed-arena",
];

/// This machine, now.
pub(crate) fn machine() -> Machine {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(": ")?.1.to_owned())
    });
    let load = fs::read_to_string("/proc/loadavg").ok().and_then(|load| load.split(' ').next()?.parse().ok());
    Machine {
        processor: processor.unwrap_or_else(|| "an unknown processor".into()),
        processors: thread::available_parallelism().map_or(1, Into::into),
        load,
        valgrind: valgrind::version(),
        native: cfg!(feature = "native"),
        date: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        rustc: said(Command::new("rustc").arg("--version")).unwrap_or_else(|| "an unknown rustc".into()),
        commit: said(
            Command::new("git").args(["describe", "--always", "--dirty"]).current_dir(env!("CARGO_MANIFEST_DIR")),
        ),
        versions: versions(),
        joined: Vec::new(),
    }
}

/// What a command says on its one line.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The version of an opponent in this build.
pub(crate) fn version_of(opponent: &str) -> String {
    versions().remove(opponent).unwrap_or_else(|| panic!("`{opponent}` is no opponent of this build"))
}

fn versions() -> BTreeMap<String, String> {
    #[derive(serde::Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let lock: Lock = toml::from_str(include_str!("../../Cargo.lock")).expect("cargo wrote it");
    let packages = lock.package.into_iter().filter(|package| OPPONENTS.contains(&package.name.as_str()));
    let zig = option_env!("ZIG_VERSION").map(|version| ("zig".to_owned(), version.to_owned()));
    packages.map(|package| (package.name, package.version)).chain(zig).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opponent_has_its_version() {
        let versions = versions();
        assert_eq!(versions.len(), OPPONENTS.len() + usize::from(cfg!(zig)), "{versions:?}");
    }
}
