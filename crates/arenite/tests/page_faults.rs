//! The machine's own faults under grade page, explained. Each ends a child of this test.
#![cfg(all(feature = "debug", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "each block is a fault on purpose, in a child")]

#[path = "common/again.rs"]
mod again;

use arenite::{
    Arena, Heap,
    debug::{self, Grade},
};
use std::{alloc::Layout, env, os::unix::process::ExitStatusExt, process::Output, ptr};

const CHILD: &str = "ARENITE_TEST_CHILD";

/// Runs this test again as a child.
fn child(test: &str) -> Output {
    let mut command = again::again();
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(CHILD, "1").output().unwrap()
}

fn is_child() -> bool {
    if env::var_os(CHILD).is_none() {
        return false;
    }
    assert!(debug::explain_page_faults() && debug::explain_page_faults(), "a second call changes nothing");
    debug::set_grade(Grade::Page);
    true
}

/// The child died of the fault itself, and said before what it was.
fn explained(test: &str, expected: &[&str]) {
    let output = child(test);
    let report = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(11), "{report}");
    for text in expected {
        assert!(report.contains(text), "{text} in\n{report}");
    }
    assert!(report.contains("  by the instruction at ") && report.contains("page_faults"), "{report}");
}

fn at(line: u32) -> String {
    format!(" at {}:{line}:", file!())
}

#[test]
fn a_write_to_a_freed_block_is_explained_with_both_places() {
    let (allocated, freed) = (line!() + 3, line!() + 4);
    if is_child() {
        let heap = Heap::new();
        let block = heap.alloc(Layout::new::<[u64; 4]>()).cast::<u64>();
        unsafe { heap.free(block.cast()) };
        unsafe { block.add(2).write_volatile(1) };
        unreachable!("the process ends here");
    }
    let places = [format!("allocated{}", at(allocated)), format!("freed{}", at(freed))];
    explained(
        "a_write_to_a_freed_block_is_explained_with_both_places",
        &[
            "arenite: use after free of 0x",
            " (32 bytes aligned to 8) in a heap without a name\n",
            "the byte 16 from the start of the block was read or written, and its pages are closed",
            &places[0],
            &places[1],
        ],
    );
}

#[test]
fn a_read_past_the_end_is_explained_with_the_place_of_the_allocation() {
    let allocated = line!() + 3;
    if is_child() {
        let heap = Heap::new();
        let block = heap.alloc(Layout::new::<[u64; 4]>()).cast::<u64>();
        std::hint::black_box(unsafe { block.add(4).read_volatile() });
        unreachable!("the process ends here");
    }
    let place = format!("allocated{}", at(allocated));
    explained(
        "a_read_past_the_end_is_explained_with_the_place_of_the_allocation",
        &["arenite: overrun of 0x", "the byte 32 from the start of the block was read or written", &place],
    );
}

#[test]
fn a_pointer_kept_beyond_a_reset_is_explained_with_the_reset() {
    let (allocated, reset) = (line!() + 3, line!() + 4);
    if is_child() {
        let mut arena = Arena::new();
        let kept: *mut u64 = arena.alloc(7u64);
        arena.reset();
        std::hint::black_box(unsafe { kept.read_volatile() });
        unreachable!("the process ends here");
    }
    let places = [format!("allocated{}", at(allocated)), format!("reset{}", at(reset))];
    explained(
        "a_pointer_kept_beyond_a_reset_is_explained_with_the_reset",
        &["arenite: use after reset of 0x", &places[0], &places[1]],
    );
}

#[test]
fn a_fault_that_is_none_of_ours_is_left_alone() {
    if is_child() {
        unsafe { ptr::without_provenance_mut::<u64>(4096).write_volatile(1) };
        unreachable!("the process ends here");
    }
    let output = child("a_fault_that_is_none_of_ours_is_left_alone");
    assert_eq!(output.status.signal(), Some(11));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("arenite:"));
}
