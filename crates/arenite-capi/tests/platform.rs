//! Platform memory and Windows' calls in C. What is checked stands in the programs.

mod harness;

use harness::{Link, Machine, Program, has, package, passes_everywhere, run, start};
use std::{collections::BTreeSet, env, fs, process::Command};

fn compat() -> String {
    format!("-I{}", package().join("include/compat").display())
}

#[test]
fn whatever_is_passed_to_platform_memory_has_an_answer() {
    passes_everywhere("tests/c/platform_memory.c", &[]);
}

#[test]
fn the_c_of_the_plan_runs() {
    passes_everywhere("tests/c/platform_snippets.c", &[&compat()]);
}

#[test]
fn the_example_of_the_page_on_platform_memory_runs() {
    let page = fs::read_to_string(package().join("../../docs/platform-memory.md")).expect("the page");
    let example = page.split("```c\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let example = example.replacen("\n\n", "\ntypedef struct { int x, y; } Entity;\nint main(void) {\n", 1);
    let checks = "return map[4095] != 0 || entity == NULL || !VirtualFree(map, 0, MEM_RELEASE) || Platform_Mem_GetCount() != 0;\n}\n";
    let source = env::temp_dir().join(format!("arenite-page-{}.c", std::process::id()));
    fs::write(&source, example + checks).expect("a file");
    let mut program = Program::new("").with("gcc", &["-std=c99", &compat()], Link::Static);
    program.source.clone_from(&source);
    let ran = program.run();
    let _ = fs::remove_file(source);
    assert_eq!(ran.as_deref(), Ok(""));
}

#[test]
fn the_headers_are_clean_and_whole_in_every_c_and_in_cpp() {
    let compat = compat();
    let mut failed = Vec::new();
    for compiler in ["gcc", "clang", "g++", "clang++"].into_iter().filter(|compiler| has(compiler)) {
        let cpp = compiler.ends_with("++");
        let standards: &[&str] = if cpp {
            &["-std=c++17", "-std=c++20"]
        } else {
            &["-std=c89", "-std=c99", "-std=c11", "-std=c17", "-std=c2x"]
        };
        for standard in standards {
            let language = if cpp { "-xc++" } else { "-xc" };
            // The library that follows the source is none.
            let flags = [*standard, &compat, language, "-O1"];
            let program = Program::new("tests/c/platform_plain.c").with(compiler, &flags, Link::Shared);
            failed.extend(program.run().err());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_game_of_the_plan_has_the_same_world_on_every_link() {
    let expected = "level 0 ... hash ";
    let worlds: BTreeSet<String> = [Link::Static, Link::Shared]
        .into_iter()
        .map(|link| {
            let program = Program::new("tests/c/platform_game.c").with("gcc", &["-std=c99", &compat()], link);
            program.run().unwrap_or_else(|failed| panic!("{failed}"))
        })
        .collect();
    assert!(worlds.len() == 1 && worlds.first().is_some_and(|world| world.starts_with(expected)), "{worlds:?}");
}

/// Under ASan, with every debug grade, and under valgrind: the world is the same and nobody complains.
#[test]
fn the_game_of_the_plan_is_clean_under_the_tools_and_in_every_grade() {
    if !has("gcc") {
        return;
    }
    let plain = Program::new("tests/c/platform_game.c").with("gcc", &["-std=c99", &compat(), "-O0"], Link::Shared);
    let plain = plain.build().unwrap_or_else(|failed| panic!("{failed}"));
    let output = |command: &mut Command| {
        let ran = run(command).unwrap_or_else(|failed| panic!("{failed}"));
        assert!(ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    let world = output(&mut start(&plain));
    for grade in ["count", "sites", "guard", "quarantine"] {
        assert_eq!(output(start(&plain).env("ARENITE_DEBUG", grade)), world, "{grade}");
    }
    if Machine::other().is_some() {
        return; // The tools are this machine's.
    }
    if has("valgrind") {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
        assert_eq!(output(valgrind.arg(&plain)), world);
    }
    let flags = ["-std=c99", &compat(), "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let sanitized = Program::new("tests/c/platform_game.c").with("gcc", &flags, Link::Shared);
    assert_eq!(sanitized.run().unwrap_or_else(|failed| panic!("{failed}")), world);
    let _ = fs::remove_file(plain);
}

fn transcript() -> String {
    fs::read_to_string(package().join("tests/c/windows_calls.txt")).expect("the transcript")
}

/// What differs, line by line.
fn difference(ours: &str, theirs: &str) -> Option<String> {
    let ours = ours.replace('\r', "");
    let wrong = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
    match wrong {
        Some((ours, theirs)) => Some(format!("here:    {ours}\nWindows: {theirs}")),
        None => (ours.lines().count() != theirs.lines().count()).then(|| format!("not the whole of it:\n{ours}")),
    }
}

#[test]
fn windows_calls_have_the_answers_of_windows() {
    if Machine::other().is_some_and(|other| other.is_32_bit() || other.is_windows()) {
        return; // The transcript is that of 64 bits; on Windows the calls are its own.
    }
    for (compiler, link) in [("gcc", Link::Static), ("gcc", Link::Shared), ("clang", Link::Shared)] {
        if has(compiler) {
            let program = Program::new("tests/c/windows_calls.c").with(compiler, &["-std=c99", &compat()], link);
            let ours = program.run().unwrap_or_else(|failed| panic!("{failed}"));
            assert_eq!(difference(&ours, &transcript()), None);
        }
    }
}

/// The same program against `<windows.h>`, under wine: that the transcript is Windows' own.
#[test]
#[ignore = "needs mingw-w64 and wine: .ci/nightly"]
fn the_transcript_of_windows_calls_is_that_of_windows() {
    let compiler = "x86_64-w64-mingw32-gcc";
    let folder = env::temp_dir().join(format!("arenite-wine-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let program = folder.join("windows_calls.exe");
    let mut compile = Command::new(compiler);
    compile.args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", &compat()]);
    compile.arg(package().join("tests/c/windows_calls.c")).arg("-o").arg(&program);
    run(&mut compile).unwrap_or_else(|failed| panic!("{failed}"));
    let wine = env::var("ARENITE_WINE").unwrap_or_else(|_| "/usr/lib/wine/wine64".to_owned());
    let wine = |arguments: &[&std::ffi::OsStr]| {
        let mut command = Command::new(&wine);
        command.args(arguments).env("WINEDEBUG", "-all").env("DISPLAY", "");
        // A machine's own prefix is left alone.
        let prefix = env::var_os("WINEPREFIX").unwrap_or_else(|| folder.join("prefix").into());
        run(command.env("WINEPREFIX", prefix)).unwrap_or_else(|failed| panic!("{failed}"))
    };
    wine(&["wineboot".as_ref(), "-i".as_ref()]);
    let theirs = String::from_utf8_lossy(&wine(&[program.as_os_str()]).stdout).into_owned();
    let _ = fs::remove_dir_all(&folder);
    assert_eq!(difference(&theirs, &transcript()), None, "\"here\" is what wine printed");
}

/// The names that start as this header's do.
fn names<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let words = texts.into_iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    words
        .filter(|word| word.starts_with("arenite_platform_") || word.starts_with("arenite_win_"))
        .map(str::to_owned)
        .collect()
}

/// That the library exports what the headers declare is told by `tests/headers.rs`.
#[test]
fn every_function_of_the_header_is_called_by_a_program() {
    let text = |path: &str| fs::read_to_string(package().join(path)).expect("a file");
    let header = text("include/arenite/platform.h");
    let declared = names(header.split("*/").map(|piece| piece.split("/*").next().unwrap_or_default()));
    assert!(declared.len() > 40, "{declared:?}");
    let callers =
        ["platform_memory.c", "windows_calls.c", "platform_plain.c"].map(|name| text(&format!("tests/c/{name}")));
    let compat = ["platform.h", "memory_wrapper.h"].map(|name| text(&format!("include/compat/{name}")));
    let called = names(callers.iter().chain(&compat).map(String::as_str));
    // Each function of the compat headers is a line of the transcript, or of the other programs.
    let types = ["arenite_win_u64"].map(str::to_owned).into();
    assert_eq!(declared.difference(&called).cloned().collect::<BTreeSet<_>>(), types);
}
