//! The C++ tests of `tests/cpp` and the examples of `examples/cpp`, each in all usual ways. What they check stands in them.

mod harness;

use harness::{Link, Machine, Program, has, package};
use std::{fs, path::Path};

/// Builds and runs a C++ program with both compilers, static and shared, in debug and release, old and new C++.
fn passes_in_cpp(source: &str) {
    let ways: [(&str, &[&str], Link); 4] = [
        ("g++", &["-std=c++17", "-DDEBUG"], Link::Static),
        ("g++", &["-std=c++20", "-O2", "-DNDEBUG"], Link::Shared),
        ("clang++", &["-std=c++17"], Link::Shared),
        ("clang++", &["-std=c++20", "-O2"], Link::Static),
    ];
    let failed: Vec<String> = ways
        .into_iter()
        .filter(|(compiler, ..)| has(compiler))
        .filter_map(|(compiler, flags, link)| Program::new(source).with(compiler, flags, link).run().err())
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn an_arena_of_cpp_does_what_its_documentation_says() {
    passes_in_cpp("tests/cpp/arena.cpp");
}

#[test]
fn allocators_of_cpp_keep_their_promises_and_find_misuse() {
    passes_in_cpp("tests/cpp/allocators.cpp");
}

#[test]
fn scopes_objects_and_containers_of_cpp_find_their_owner() {
    passes_in_cpp("tests/cpp/objects.cpp");
}

#[test]
fn allocators_of_cpp_pass_the_suite_and_go_to_c_and_back() {
    passes_in_cpp("tests/cpp/values.cpp");
}

#[test]
fn the_document_of_allocator_interfaces_runs() {
    passes_in_cpp("tests/cpp/document.cpp");
}

#[test]
fn a_program_on_pmr_containers_writes_the_same_on_every_memory() {
    passes_in_cpp("examples/cpp/words.cpp");
}

#[test]
fn the_cpp_program_of_the_readme_runs() {
    let readme = fs::read_to_string(package().join("../../README.md")).expect("the README");
    let (_, code) = readme.split_once("```cpp\n").expect("a program");
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme.cpp");
    fs::write(&source, code.split("```").next().unwrap_or_default()).expect("a file");
    for compiler in ["g++", "clang++"].into_iter().filter(|compiler| has(compiler)) {
        let program = Program { source: source.clone(), ..Program::new("readme.cpp") };
        let ran = program.with(compiler, &["-std=c++17"], Link::Shared).run();
        let text = ran.unwrap_or_else(|failed| panic!("{failed}"));
        assert_eq!(text.replace('\r', ""), "document 1\ndocument 2\ndocument 3\n");
    }
}

#[test]
fn what_cpp_is_built_on_needs_neither_exceptions_nor_type_information() {
    for compiler in ["g++", "clang++"].into_iter().filter(|compiler| has(compiler)) {
        let flags = ["-std=c++17", "-fno-exceptions", "-fno-rtti"];
        let program = Program::new("tests/cpp/plain.cpp").with(compiler, &flags, Link::Static);
        program.run().unwrap_or_else(|failed| panic!("{failed}"));
    }
}

#[test]
fn every_fault_of_a_program_below_the_sanitizers_is_its_own() {
    // Where the whole run is below one it is done already; mingw has none.
    if harness::below_a_tool() || Machine::other().is_some_and(Machine::is_windows) || !has("g++") {
        return;
    }
    for source in ["tests/cpp/arena.cpp", "tests/cpp/allocators.cpp", "tests/cpp/objects.cpp", "examples/cpp/words.cpp"]
    {
        let mut flags =
            vec!["-std=c++17", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-DBELOW_A_TOOL"];
        if Machine::other().is_some() {
            // Where this machine's loader looks, there are only its own.
            flags.extend(["-static-libasan", "-static-libubsan"]);
        }
        let program = Program::new(source).with("g++", &flags, Link::Shared);
        let executable = program.build().unwrap_or_else(|failed| panic!("{failed}"));
        let mut command = harness::start(&executable);
        if harness::emulated() {
            // Leaks are looked for in threads that are stopped as a debugger stops them: an emulator's cannot be.
            command.env("ASAN_OPTIONS", "detect_leaks=0");
        }
        harness::run_or_panic(&mut command);
        let _ = fs::remove_file(executable);
    }
}
