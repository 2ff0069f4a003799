//! The headers: clean for every compiler and standard, and true to what the library exports.

mod harness;

use harness::{Machine, has, libraries, package, run, run_or_panic};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Every header that a program may include first.
fn headers() -> Vec<PathBuf> {
    let include = package().join("include");
    let mut headers = vec![include.join("arenite.h"), include.join("arenite.hpp")];
    for folder in ["arenite", "compat"] {
        let found = fs::read_dir(include.join(folder)).expect("a folder of headers");
        headers.extend(found.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()));
    }
    headers.sort();
    headers
}

/// Whether it is one for C++ from 17 on, of `arenite.hpp`.
fn is_cpp(header: &Path) -> bool {
    header.extension().is_some_and(|extension| extension == "hpp")
}

#[test]
fn each_header_alone_is_clean_in_every_standard_of_every_compiler() {
    let c = ["c89", "c99", "c11", "c17", "c2x"];
    let cpp = ["c++11", "c++17", "c++20"];
    let compilers =
        [("gcc", "c", &c[..]), ("clang", "c", &c[..]), ("g++", "c++", &cpp[..]), ("clang++", "c++", &cpp[..])];
    let mut failed = Vec::new();
    for (compiler, language, standards) in compilers.into_iter().filter(|(compiler, ..)| has(compiler)) {
        for header in headers() {
            let modern = is_cpp(&header);
            if language == "c" && modern {
                continue;
            }
            let standards = standards.iter().filter(|standard| !modern || **standard != "c++11");
            for (standard, define) in standards.flat_map(|standard| [(standard, "NDEBUG"), (standard, "DEBUG")]) {
                let mut compile = Command::new(harness::compiler(compiler).expect("it is there"));
                compile.args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]);
                compile
                    .arg(format!("-std={standard}"))
                    .arg(format!("-D{define}"))
                    .arg("-I")
                    .arg(package().join("include"));
                // As a file that includes it: a header as the main file has warnings of its own.
                compile.args(["-include"]).arg(&header).args(["-x", language, "/dev/null"]);
                failed.extend(run(&mut compile).err());
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The names of functions of ours that the headers declare.
fn declared() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for header in headers().into_iter().filter(|header| !is_cpp(header)) {
        let text = fs::read_to_string(&header).expect("a header");
        // Comments and macros declare nothing; neither do functions that the header itself defines.
        let mut code = String::new();
        for (at, piece) in text.split("/*").enumerate() {
            code += if at == 0 { piece } else { piece.split_once("*/").map_or("", |(_, code)| code) };
        }
        let code = code.replace("\\\n", " ");
        let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        for statement in lines.join("\n").split(';') {
            let statement = statement.trim();
            let start = statement.rfind('}').map_or(0, |at| at + 1);
            let statement = &statement[start..];
            let declares = !statement.contains("ARENITE_INLINE") && !statement.contains("typedef");
            if let Some((before, _)) = statement.split_once('(').filter(|_| declares) {
                let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                if name.starts_with("arenite_") {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    names
}

/// Whether there is what tells the names of a library in ELF: Windows' have others, and other ways to have them.
fn has_names() -> bool {
    !Machine::other().is_some_and(Machine::is_windows) && has("nm")
}

fn symbols(arguments: &[&str], file: &str) -> Vec<String> {
    let nm = harness::compiler("nm").expect("asked for before");
    let output = run_or_panic(Command::new(nm).args(arguments).arg(libraries().join(file)));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().rev();
            let name = words.next()?;
            words.next().filter(|kind| kind.len() == 1).map(|_| name.to_owned())
        })
        .collect()
}

#[test]
fn the_shared_library_exports_what_the_headers_declare_and_nothing_else() {
    if !has_names() {
        return;
    }
    let exported: BTreeSet<String> = symbols(&["-D", "--defined-only"], "libarenite.so").into_iter().collect();
    let declared = declared();
    assert!(declared.len() > 60 && declared.contains("arenite_arena_alloc"), "{declared:?}");
    let missing: Vec<_> = declared.difference(&exported).collect();
    let secret: Vec<_> = exported.difference(&declared).collect();
    assert!(missing.is_empty() && secret.is_empty(), "declared only: {missing:?}\nexported only: {secret:?}");
}

#[test]
fn the_static_library_takes_no_name_that_a_program_may_have() {
    // For other machines the standard library is built with it, and compiler-rt's names are not weak there.
    if Machine::other().is_some() || !has("nm") {
        return;
    }
    let defined = symbols(&["-g", "--defined-only"], "libarenite.a");
    assert!(defined.iter().any(|name| name == "arenite_arena_alloc"));
    // Rust's own: mangled, or of its runtime. Weak ones of compiler-rt yield to the program's.
    let rust = |name: &str| ["_R", "_ZN", "__", "rust_", "DW.ref."].iter().any(|prefix| name.starts_with(prefix));
    let strong = symbols(&["-g", "--defined-only", "--no-weak"], "libarenite.a");
    let taken: Vec<_> = strong.iter().filter(|name| !rust(name) && !name.starts_with("arenite_")).collect();
    assert!(taken.is_empty(), "{taken:?}");
    for name in ["malloc", "calloc", "realloc", "free", "posix_memalign", "aligned_alloc", "memcpy", "main"] {
        let strongly = strong.iter().any(|symbol| symbol == name);
        assert!(!strongly, "{name} is the program's");
    }
}
