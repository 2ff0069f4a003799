//! System calls of memory, counted from outside the process.

#![cfg(target_os = "linux")]

mod common;
use common::{command, finished};
use std::process::Command;

const CALLS: &str = "trace=mmap,munmap,mremap,mprotect,madvise,brk";

/// How many of [`CALLS`] a run of so many frames makes from its beginning to its end.
fn calls(frames: u32) -> usize {
    let traced = command(&format!("frames --frames {frames} --full-clear never --quiet"));
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-e", CALLS, "-e", "signal=none", "--"])
        .arg(traced.get_program())
        .args(traced.get_args());
    let run = finished(strace.output().expect("strace starts"));
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    let calls = run.err.lines().filter(|line| line.contains('(') && line.contains(" = ")).count();
    assert!(calls > 10, "the start of any process makes some:\n{}", run.err);
    calls
}

#[test]
fn twice_the_frames_make_not_one_system_call_of_memory_more() {
    if Command::new("strace").arg("-V").output().is_err() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "strace is not installed: apt-get install strace");
        eprintln!("skipped: strace is not installed (apt-get install strace)");
        return;
    }
    assert_eq!(calls(200), calls(400));
}
