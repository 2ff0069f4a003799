//! The C tests of `tests/c`, each in all usual ways. What they check stands in them.

mod harness;

use harness::passes_everywhere;

#[test]
fn whatever_is_passed_for_an_arena_has_an_answer() {
    passes_everywhere("tests/c/arena_handles.c", &["-std=c99", "-D_POSIX_C_SOURCE=200809L"]);
}

#[test]
fn whatever_is_passed_for_a_heap_has_an_answer() {
    passes_everywhere("tests/c/heap_handles.c", &["-std=c99"]);
}
