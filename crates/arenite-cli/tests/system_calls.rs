//! System calls of memory, counted from outside the process.

#![cfg(target_os = "linux")]

mod common;
use common::{command, finished};
use std::process::Command;

const CALLS: &str = "trace=getrusage,mmap,munmap,mremap,mprotect,madvise,brk";

/// How many system calls of memory a run of so many frames makes from its first frame to its end. A frame is known by the
/// `getrusage` before and after it. What comes before the first one differs by itself from run to run: how many tables
/// the library's address map needs depends on where the kernel puts the reservation.
fn calls(frames: usize) -> usize {
    let traced = command(&format!("frames --frames {frames} --full-clear never --quiet"));
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-e", CALLS, "-e", "signal=none", "--"])
        .arg(traced.get_program())
        .args(traced.get_args());
    let run = finished(strace.output().expect("strace starts"));
    let lines: Vec<&str> = run.err.lines().filter(|line| line.contains('(') && line.contains(" = ")).collect();
    let is_mark = |line: &&str| line.contains("getrusage(");
    let first = lines.iter().position(is_mark).unwrap_or_else(|| panic!("no frame was seen:\n{}", run.err));
    assert!(first > 10, "the start of any process takes memory:\n{}", run.err);
    assert!(lines.iter().copied().filter(|line| is_mark(line)).count() >= 2 * frames, "all frames were seen");
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    lines[first..].iter().filter(|line| !is_mark(line)).count()
}

#[test]
fn twice_the_frames_make_not_one_system_call_of_memory_more() {
    if Command::new("strace").arg("-V").output().is_err() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "strace is not installed: apt-get install strace");
        eprintln!("skipped: strace is not installed (apt-get install strace)");
        return;
    }
    let (fewer, more) = (calls(200), calls(400));
    assert_eq!(fewer, more);
    assert!(fewer < 20, "{fewer} calls beside the frames: reports, the end of the process");
}
