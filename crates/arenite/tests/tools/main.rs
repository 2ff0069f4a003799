//! Faults under a tool end in the tool's own report, at the line of the access; a program without faults ends in none.
//! Built with AddressSanitizer the faults are its own, else valgrind's memcheck is asked.
#![cfg(all(feature = "debug", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "each access is the fault that its line is marked as, or is sound"
)]

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod sound;

use common::faults::stopped_by_the_sanitizer as is_sanitized;
use faults::FAULTS;
use std::{
    env,
    path::PathBuf,
    process::{Command, Output},
};

/// What a child is to do: the name of a fault, or one of these.
const CHILD: &str = "ARENITE_TEST_CHILD";
const SOUND: &str = "sound";
const ALL: &str = "all";

/// What is written before each fault when one child commits all.
const NEXT: &str = "the next fault is ";

#[test]
fn child() {
    let Ok(wanted) = env::var(CHILD) else { return };
    if wanted == SOUND {
        sound::work();
    }
    for (name, commit) in FAULTS.iter().filter(|(name, _)| wanted == *name || wanted == ALL) {
        eprintln!("{NEXT}{name}");
        commit();
    }
}

/// Memcheck. What the standard library keeps for its threads is "possibly lost".
const MEMCHECK: [&str; 5] = [
    "--error-exitcode=9",
    "--num-callers=40",
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
];

/// This program again, to do one thing: under memcheck, unless a sanitizer is built in. `None`: there is no valgrind.
fn run(wanted: &str, grade: Option<&str>) -> Option<Output> {
    if is_sanitized() {
        return Some(child_of(Command::new(this()), wanted, grade));
    }
    Some(child_of(valgrind(&MEMCHECK)?, wanted, grade))
}

fn this() -> PathBuf {
    env::current_exe().expect("the path of this test")
}

/// This program under valgrind.
fn valgrind(arguments: &[&str]) -> Option<Command> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "valgrind is not installed: apt-get install valgrind");
        eprintln!("skipped: valgrind is not installed (apt-get install valgrind)");
        return None;
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(arguments).arg(this());
    Some(valgrind)
}

fn child_of(mut command: Command, wanted: &str, grade: Option<&str>) -> Output {
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]).env(CHILD, wanted);
    match grade {
        Some(grade) => command.env("ARENITE_DEBUG", grade),
        None => command.env_remove("ARENITE_DEBUG"),
    };
    command.env("ASAN_OPTIONS", "color=never:allocator_may_return_null=1");
    command.output().expect("the child starts")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The lines that are marked as something of a fault.
fn marked(name: &str, what: &str) -> Vec<String> {
    let mark = format!("// {name}: {what}");
    let lines = include_str!("faults.rs").lines().enumerate().filter(|(_, line)| line.ends_with(&mark));
    lines.map(|(at, _)| format!("faults.rs:{})", at + 1)).collect()
}

/// What the report of a fault is to say, and does not.
fn missing_to_memcheck(name: &str, report: &str) -> Vec<String> {
    let access = marked(name, "fault");
    assert_eq!(access.len(), 1, "the fault of {name} is marked");
    let first = report.lines().skip_while(|line| !line.contains("Invalid ")).nth(1).unwrap_or_default();
    let mut wanted = [marked(name, "made"), marked(name, "died")].concat();
    wanted.retain(|wanted| !report.contains(wanted.as_str()));
    wanted.extend(access.into_iter().filter(|access| !first.contains(access.as_str())));
    let errors = report.matches("Invalid read of size ").count() + report.matches("Invalid write of size ").count();
    wanted.extend((errors != 1).then(|| format!("one error, not {errors}")));
    wanted
}

#[test]
fn each_fault_ends_in_memchecks_report_at_its_line_and_where_the_block_is_known_with_its_places() {
    if is_sanitized() {
        return;
    }
    let Some(output) = run(ALL, None) else { return };
    let report = text(&output);
    assert_eq!(output.status.code(), Some(9), "{report}");
    assert!(report.contains(&format!("ERROR SUMMARY: {0} errors from {0} contexts", FAULTS.len())), "{report}");
    let reports: Vec<&str> = report.split(NEXT).skip(1).collect();
    assert_eq!(reports.len(), FAULTS.len());
    let mut failed = String::new();
    for ((name, _), report) in FAULTS.iter().zip(reports) {
        let missing = missing_to_memcheck(name, report);
        if !missing.is_empty() {
            failed += &format!("without {missing:?}: {report}\n");
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn each_fault_ends_the_program_in_address_sanitizers_report_at_its_line() {
    if !is_sanitized() {
        return; // `.ci/nightly` builds with it.
    }
    let mut failed = String::new();
    for (name, _) in FAULTS {
        let Some(output) = run(name, None) else { return };
        let report = text(&output);
        let access = marked(name, "fault").concat().replace(')', ":");
        let at = report.lines().find(|line| line.contains("#0 ")).unwrap_or_default();
        if output.status.success() || !report.contains("use-after-poison") || !at.contains(&access) {
            failed += &format!("{name}: {}, not at {access}\n{report}\n", output.status);
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn a_fault_within_an_arenas_memory_goes_unseen_when_the_environment_switches_off() {
    let Some(output) = run("arena-overrun", Some("off")) else { return };
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn a_tool_that_counts_instructions_changes_nothing() {
    if is_sanitized() {
        return;
    }
    let callgrind = valgrind(&["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let Some(callgrind) = callgrind else { return };
    let output = child_of(callgrind, "arena-overrun", None);
    let report = text(&output);
    assert!(output.status.success() && report.contains(NEXT) && !report.contains("arenite:"), "{report}");
}

#[test]
fn a_program_without_faults_makes_no_tool_speak_and_loses_nothing_in_any_grade() {
    for grade in [None, Some("off"), Some("sites"), Some("quarantine"), Some("page")] {
        let Some(output) = run(SOUND, grade) else { return };
        let report = text(&output);
        assert!(output.status.success(), "{grade:?}: {report}");
        assert!(!report.contains("Sanitizer") && !report.contains("arenite:"), "{grade:?}: {report}");
        if !is_sanitized() {
            assert!(report.contains("ERROR SUMMARY: 0 errors"), "{grade:?}: {report}");
            let lost = report.lines().find_map(|line| line.split_once("definitely lost: "));
            assert!(lost.is_none_or(|(_, lost)| lost.starts_with("0 bytes")), "{grade:?}: {report}");
        }
    }
}
