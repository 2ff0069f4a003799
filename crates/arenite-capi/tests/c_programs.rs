//! The C tests of `tests/c`, each in all usual ways. What they check stands in them.

mod harness;

use harness::{Link, Machine, Program, has, passes_everywhere};

const POSIX: &[&str] = &["-D_POSIX_C_SOURCE=200809L"];

#[test]
fn whatever_is_passed_for_an_arena_has_an_answer() {
    passes_everywhere("tests/c/arena_handles.c", POSIX);
}

#[test]
fn whatever_is_passed_for_a_heap_has_an_answer() {
    passes_everywhere("tests/c/heap_handles.c", &[]);
}

#[test]
fn blocks_of_arenas_are_what_was_asked_for() {
    passes_everywhere("tests/c/arena_blocks.c", &[]);
}

#[test]
fn windows_of_arenas_and_errors_of_the_program_do_as_they_say() {
    passes_everywhere("tests/c/arena_windows.c", &[]);
}

#[test]
fn arenas_live_as_their_documentation_says() {
    passes_everywhere("tests/c/arena_life.c", &[]);
}

#[test]
fn heaps_and_nodes_do_what_their_documentation_says() {
    passes_everywhere("tests/c/heap.c", &[]);
}

#[test]
fn four_threads_share_a_heap_and_a_pool_of_arenas() {
    passes_everywhere("tests/c/threads.c", POSIX);
}

#[test]
fn reports_name_the_lines_of_the_c_program() {
    // A tool would end the program at the writes.
    if harness::below_a_tool() || !has("gcc") {
        return;
    }
    let program = Program::new("tests/c/call_sites.c").with("gcc", &["-std=c99"], Link::Static);
    let executable = program.build().unwrap_or_else(|failed| panic!("{failed}"));
    let ran = harness::run_or_panic(&mut harness::start(&executable));
    let report = String::from_utf8_lossy(&ran.stderr);
    for line in ["call_sites.c:10", "call_sites.c:13"] {
        assert!(report.contains(line), "no {line} in\n{report}");
    }
    assert!(!report.contains(".rs:"), "places of the library are nobody's matter:\n{report}");
}

#[test]
fn programs_of_the_chunked_arena_plan_run_under_its_names() {
    passes_everywhere("tests/c/compat_plan.c", &[]);
    passes_everywhere("tests/c/compat_plan.c", &["-DDEBUG"]);
}

#[test]
fn the_memory_system_does_what_its_documentation_says() {
    passes_everywhere("tests/c/memory_system.c", POSIX);
}

#[test]
fn rings_stacks_pools_scratch_and_tree_do_what_their_documentation_says() {
    passes_everywhere("tests/c/lifetimes.c", POSIX);
}

/// The flags of the three builds of the game memory system's document, and of one that says nothing.
const BUILDS: [&[&str]; 4] = [
    &[],
    &["-DDEBUG", "-DMEMORY_TRACKING", "-DMEMORY_BOUNDS_CHECK"],
    &["-O3", "-DNDEBUG"],
    &["-O2", "-pg", "-DMEMORY_TRACKING"],
];

#[test]
fn programs_of_the_game_memory_document_run_in_each_of_its_builds() {
    for build in BUILDS {
        // valgrind does not bear the profiler's signal.
        if build.contains(&"-pg") && harness::below_a_tool() {
            continue;
        }
        passes_everywhere("tests/c/compat_game.c", build);
    }
}

#[test]
fn documents_take_malloc_realloc_and_free_without_sizes() {
    passes_everywhere("tests/c/documents.c", POSIX);
}

#[test]
fn a_watched_document_knows_the_sizes_that_nobody_tells() {
    if !has("gcc") {
        return;
    }
    let program = Program::new("tests/c/documents.c").with("gcc", POSIX, Link::Static);
    let executable = program.build().unwrap_or_else(|failed| panic!("{failed}"));
    for grade in ["sites", "guard", "quarantine", "page"] {
        let mut command = harness::start(&executable);
        let ran = harness::run_or_panic(command.arg("watched").env("ARENITE_DEBUG", grade));
        assert!(ran.stderr.is_empty(), "{grade}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[test]
fn a_program_without_memory_is_refused_and_goes_on() {
    // The limit would be the emulator's own.
    if cfg!(target_os = "linux") && !harness::emulated() && !harness::below_a_tool() && has("gcc") {
        for link in [Link::Static, Link::Shared] {
            Program::new("tests/c/no_memory.c")
                .with("gcc", &["-std=gnu99"], link)
                .run()
                .unwrap_or_else(|failed| panic!("{failed}"));
        }
    }
}

#[test]
fn sized_blocks_have_an_answer_to_whatever_is_passed() {
    passes_everywhere("tests/c/blocks.c", POSIX);
}

#[test]
fn nothing_ends_within_a_callback() {
    passes_everywhere("tests/c/callbacks.c", &[]);
}

#[test]
fn faults_say_the_places_that_calls_gave_and_where_none_were_given() {
    passes_everywhere("tests/c/places.c", &[]);
    passes_everywhere("tests/c/places.c", &["-DARENITE_CALL_SITES"]);
}

#[test]
fn what_only_our_memory_points_to_is_no_leak_and_a_leak_is_one() {
    let machine = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));
    // The sanitizer that is asked is this machine's.
    if !machine || Machine::other().is_some() || harness::below_a_tool() || !has("gcc") {
        return;
    }
    for link in [Link::Static, Link::Shared] {
        let program = Program::new("tests/c/leaks.c").with("gcc", &["-std=c99", "-fsanitize=address"], link);
        let executable = program.build().unwrap_or_else(|failed| panic!("{failed}"));
        let command = || {
            let mut command = std::process::Command::new(&executable);
            command.env("ASAN_OPTIONS", "detect_leaks=1").env("ARENITE_DEBUG", "off");
            command
        };
        harness::run_or_panic(&mut command());
        let report = harness::run(command().arg("leak")).expect_err("a block was leaked");
        assert!(report.contains("104 byte(s) leaked in 1 allocation(s)"), "{report}");
    }
}
