//! The C tests of debugging, allocator values, scopes and the suite. What they check stands in them.

mod harness;

use harness::passes_everywhere;

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

#[test]
fn the_suite_finds_broken_allocators() {
    passes_everywhere("tests/c/conformance.c", &[]);
}
