//! Each tool must end a child of this test in its own report, with the line of this file.

use super::*;
use crate::source::{Reservation, ReservationOptions};
use std::{
    env,
    process::{Command, Output},
    string::String,
};

/// Run by the tests below, in a process of its own under a tool: reads what a reset has closed.
fn child() {
    assert!(active(), "no tool was found");
    // Not from the C heap, whose blocks valgrind describes in place of a pool's.
    let range = Reservation::new(ReservationOptions::new(1 << 16)).expect("address space");
    range.commit(0..4096).expect("a page");
    let (anchor, memory) = (&raw const range as usize, range.base().as_ptr());
    let start = memory as usize;
    no_access(start, 4096);
    pool_create(anchor, 0);
    pool_alloc(anchor, start + 64, 64);
    // SAFETY: within the 4,096 bytes, which are nobody else's.
    unsafe { memory.add(64).write_bytes(7, 64) };
    // SAFETY: as above; written.
    let (first, last) = unsafe { (memory.add(64).read_volatile(), memory.add(127).read_volatile()) };
    assert_eq!((first, last), (7, 7), "what was handed out is open");
    pool_free(anchor, start + 64, 64);
    no_access(start + 64, 64);
    // SAFETY: the fault that is to be reported: memory of this process, closed for the tools alone.
    let _ = unsafe { memory.add(64 + 8).read_volatile() }; // the fault
    undefined(start, 4096);
    pool_destroy(anchor);
    // SAFETY: within the 4,096 bytes; open again.
    unsafe { memory.write_bytes(1, 4096) };
}

/// Where reports must point to.
fn line_of_the_fault() -> String {
    let line = include_str!("tests.rs").lines().position(|line| line.ends_with("// the fault")).expect("it is there");
    std::format!("tests.rs:{}", line + 1)
}

/// Runs this test again as a child, with a program before it or none.
fn again(test: &str, before: &[&str]) -> Output {
    let mut words: std::vec::Vec<String> = before.iter().map(|word| (*word).into()).collect();
    words.push(env::current_exe().expect("the path of this test").to_string_lossy().into_owned());
    let words_of_test = ["--exact", test, "--nocapture", "--test-threads=1"];
    Command::new(&words[0])
        .args(&words[1..])
        .args(words_of_test)
        .env(CHILD, "1")
        .env("ASAN_OPTIONS", "detect_leaks=0:color=never")
        .output()
        .expect("the child starts")
}

const CHILD: &str = "ARENITE_TEST_CHILD";

fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

#[test]
fn valgrind_reports_the_read_of_closed_memory_at_its_line() {
    if is_child() {
        return child();
    }
    if sanitizer::present() || Command::new("valgrind").arg("--version").output().is_err() {
        return; // A sanitizer's runtime and valgrind do not go together; the gate installs valgrind.
    }
    let requests = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));
    if !requests || env::var_os("ARENITE_TEST_RUNNER").is_some() {
        return; // Valgrind is not told on other machines, and does not run what an emulator runs.
    }
    let test = "debug::tools::tests::valgrind_reports_the_read_of_closed_memory_at_its_line";
    let output = again(test, &["valgrind", "--error-exitcode=9", "--leak-check=no"]);
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(9), "{report}");
    assert!(report.contains("Invalid read of size 1"), "{report}");
    assert!(report.contains(&line_of_the_fault()), "{report}");
    assert!(report.contains("8 bytes inside a block of size 64 free'd"), "{report}");
    assert!(report.contains("ERROR SUMMARY: 1 errors"), "{report}");
}

#[test]
fn address_sanitizer_reports_the_read_of_closed_memory_at_its_line() {
    if is_child() {
        return child();
    }
    if !sanitizer::address_sanitizer() {
        return; // `.ci/nightly` builds with it.
    }
    let test = "debug::tools::tests::address_sanitizer_reports_the_read_of_closed_memory_at_its_line";
    let output = again(test, &[]);
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{report}");
    assert!(report.contains("use-after-poison") && report.contains(&line_of_the_fault()), "{report}");
}

#[test]
fn without_a_tool_nobody_listens_and_telling_changes_nothing() {
    if is_child() || active() {
        return;
    }
    let mut bytes = [5u8; 64];
    let start = bytes.as_mut_ptr() as usize;
    no_access(start, 64);
    pool_create(start, 0);
    pool_alloc(start, start, 8);
    pool_free(start, start, 8);
    pool_destroy(start);
    undefined(start, 64);
    defined(start, 64);
    assert_eq!(bytes, [5; 64]);
}
