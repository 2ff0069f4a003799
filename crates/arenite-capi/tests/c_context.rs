//! The C tests of debugging, allocator values, scopes and the suite. What they check stands in them.

mod harness;

use harness::{Link, Program, has, passes_everywhere, passes_slowly};
use std::process::{Command, Output};

const POSIX: &[&str] = &["-D_POSIX_C_SOURCE=200809L"];

#[test]
fn planted_faults_are_found_with_their_lines_and_settings_are_kept() {
    passes_everywhere("tests/c/debug.c", &[]);
}

#[test]
fn allocators_are_values_and_layers_compose() {
    passes_everywhere("tests/c/allocators.c", &[]);
}

#[test]
fn scopes_end_in_every_way_that_c_leaves_them() {
    passes_everywhere("tests/c/context.c", POSIX);
}

/// Runs `ends.c` in one of its ways.
fn ends(way: &str, debug: Option<&str>) -> Option<Output> {
    if harness::below_a_tool() || harness::emulated() || !cfg!(target_os = "linux") || !has("gcc") {
        return None;
    }
    let executable = Program::new("tests/c/ends.c").with("gcc", &["-std=c99"], Link::Static).build();
    let mut command = Command::new(executable.unwrap_or_else(|failed| panic!("{failed}")));
    command.arg(way).env_remove("ARENITE_DEBUG");
    command.envs(debug.map(|debug| ("ARENITE_DEBUG", debug)));
    Some(harness::output(&mut command).expect("the program starts"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_process_that_touches_a_closed_page_says_the_lines_of_the_block_before_it_dies() {
    for (way, words) in
        [("use", ["ends.c:11", "ends.c:15", "use after free"]), ("over", ["ends.c:11", "64", "overrun"])]
    {
        let Some(ended) = ends(way, None) else { return };
        let told = text(&ended.stderr);
        assert!(ended.status.to_string().contains("SIGSEGV"), "it dies as ever, {}: {told}", ended.status);
        for word in words {
            assert!(told.contains(word), "{way}: no {word} in\n{told}");
        }
    }
}

#[test]
fn a_denial_that_aborts_ends_the_process_at_the_first_call_of_the_heap() {
    let Some(ended) = ends("deny", None) else { return };
    let told = text(&ended.stderr);
    assert!(ended.status.to_string().contains("SIGABRT"), "{}", ended.status);
    assert_eq!(text(&ended.stdout).trim(), "denied", "{told}");
    assert!(told.contains("heap call where it is forbidden, at ") && told.contains("free"), "{told}");
    assert!(told.contains("ends.c:27"), "no line of the program in\n{told}");
}

#[test]
fn the_environment_sets_the_grades_before_the_first_call() {
    if let Some(ended) = ends("environment", Some("audio:guard,sites")) {
        assert!(ended.status.success(), "{}{}", text(&ended.stdout), text(&ended.stderr));
    }
    if let Some(ended) = ends("environment", None) {
        assert_eq!(ended.status.code(), Some(1), "without it the grades are others");
    }
}

#[test]
fn a_sound_program_runs_in_grade_page() {
    if let Some(ended) = ends("sound", None) {
        assert!(ended.status.success(), "{}{}", text(&ended.stdout), text(&ended.stderr));
    }
}

#[test]
fn a_process_with_busy_threads_forks_a_hundred_times() {
    if harness::below_a_tool() || harness::emulated() || !cfg!(target_os = "linux") || !has("gcc") {
        return;
    }
    for link in [Link::Static, Link::Shared] {
        let program = Program::new("tests/c/fork.c").with("gcc", &["-std=c99", POSIX[0]], link);
        program.run().unwrap_or_else(|failed| panic!("{failed}"));
    }
}

#[test]
fn the_suite_finds_broken_allocators() {
    passes_slowly("tests/c/conformance.c", &[]);
}
