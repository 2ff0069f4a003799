//! Programs that must not compile.
//!
//! Those in `compile_fail/` break a lifetime; what the compiler says of each lies beside it (`TRYBUILD=overwrite` writes it
//! anew). Those in `build_fail/` are refused with words of the library's, some of them (const assertions) only by a whole
//! build; the first line of each says which words, and the rest of the compiler's answer may change.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn programs_that_break_a_lifetime_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

#[test]
fn programs_that_would_never_drop_a_value_or_cross_a_thread_do_not_build() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build_fail");
    let programs = programs(&here.join("tests/build_fail"));
    assert!(programs.len() > 5);
    write_project(&project, here, &programs);

    let (built, said) = build(&project, "builds");
    assert!(built, "the program that has no fault: {said}");
    for program in programs.iter().filter(|program| name(program) != "builds") {
        let text = fs::read_to_string(program).unwrap();
        let error = text.lines().next().and_then(|line| line.strip_prefix("//! error: ")).expect("a first line");
        let (built, said) = build(&project, name(program));
        assert!(!built, "{} was built", name(program));
        assert!(said.contains(error), "{} was refused for something else:\n{said}", name(program));
    }
}

fn name(program: &Path) -> &str {
    program.file_stem().unwrap().to_str().unwrap()
}

fn programs(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// A project outside of this workspace, with its lock file, so that nothing is fetched.
fn write_project(project: &Path, here: &Path, programs: &[PathBuf]) {
    let mut manifest = format!(
        "[workspace]\n[package]\nname = \"build-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n\
         [dependencies]\narenite = {{ path = {here:?}, features = [\"full\"] }}\nallocator-api2 = \"0.2\"\n"
    );
    for program in programs {
        write!(manifest, "[[bin]]\nname = {:?}\npath = {program:?}\n", name(program)).unwrap();
    }
    fs::create_dir_all(project).unwrap();
    fs::write(project.join("Cargo.toml"), manifest).unwrap();
    fs::copy(here.join("../../Cargo.lock"), project.join("Cargo.lock")).unwrap();
}

/// Whether a program of the project could be built, and what the compiler said.
fn build(project: &Path, program: &str) -> (bool, String) {
    let cargo = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet", "--bin", program])
        .env("CARGO_TARGET_DIR", project.join("target"))
        .current_dir(project)
        .output()
        .unwrap();
    (cargo.status.success(), String::from_utf8_lossy(&cargo.stderr).into_owned())
}
