//! The README's section for C, done as it says.

mod harness;

use harness::{has, package, run_or_panic};
use std::{env, fs, path::Path, process::Command};

/// The section from its title to the next.
fn section() -> String {
    let readme = fs::read_to_string(package().join("../../README.md")).expect("the README");
    let (_, rest) = readme.split_once("\n## From C\n").expect("a section for C");
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

#[test]
fn the_program_of_the_readme_builds_by_its_commands_static_and_shared() {
    if !cfg!(target_os = "linux") || !has("cc") || !has("pkg-config") {
        return;
    }
    let section = section();
    let (_, code) = section.split_once("```c\n").expect("a program");
    let program = code.split("```").next().unwrap_or_default();
    let commands: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let commands: Vec<&str> = commands.into_iter().skip_while(|line| !line.starts_with("./install.sh")).collect();
    assert_eq!(commands.len(), 4, "install, where to look, shared, static: {commands:?}");

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("hello.c"), program).expect("a file");
    let root = package().join("../..").canonicalize().expect("the project");
    // Its own words, but for where the project lies.
    let script = commands.join("\n").replace("./install.sh", &format!("{}/install.sh", root.display()));
    let home = env::var("HOME").unwrap_or_default();
    let or_below_home = |name: &str, folder: &str| env::var(name).unwrap_or_else(|_| format!("{home}/{folder}"));
    let target = env::current_exe().expect("this test").ancestors().nth(3).expect("target").to_path_buf();
    let mut shell = Command::new("bash");
    shell.args(["-euc", &script]).current_dir(&folder).env("HOME", &folder).env("CARGO_TARGET_DIR", target);
    shell
        .env("CARGO_HOME", or_below_home("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", or_below_home("RUSTUP_HOME", ".rustup"));
    let output = run_or_panic(&mut shell);
    let text = String::from_utf8_lossy(&output.stdout);
    let documents = "document 1 of 3\ndocument 2 of 3\ndocument 3 of 3\n";
    assert_eq!(text.matches(documents).count(), 2, "{text}");

    // The shared one needs the library that was installed, by the name it has for ever; the static one needs none.
    let needed = |program: &str| {
        let output = run_or_panic(Command::new("readelf").arg("-d").arg(folder.join(program)));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(needed("hello").contains("[libarenite.so.0]"), "{}", needed("hello"));
    assert!(!needed("hello-static").contains("libarenite"), "{}", needed("hello-static"));
    let lib = folder.join("arenite/lib");
    for file in [
        "libarenite.a",
        "libarenite.so.0",
        "libarenite.so",
        "pkgconfig/arenite.pc",
        "cmake/arenite/areniteConfig.cmake",
    ] {
        assert!(lib.join(file).exists(), "{file}");
    }
    let sections = run_or_panic(Command::new("readelf").arg("-S").arg(lib.join("libarenite.so")));
    assert!(!String::from_utf8_lossy(&sections.stdout).contains(".debug_"), "debug information is not installed");
}

#[test]
fn the_install_script_explains_itself_and_what_is_wrong() {
    let script = package().join("../../install.sh");
    let help = run_or_panic(Command::new("bash").arg(&script).arg("--help"));
    assert!(String::from_utf8_lossy(&help.stdout).contains("--prefix DIR"));
    for (arguments, says) in [
        (&[][..], "say where to: --prefix DIR"),
        (&["--prefix"][..], "--prefix needs a value"),
        (&["--prefix", "/tmp", "--fast"][..], "there is no option --fast"),
    ] {
        let output = Command::new("bash").arg(&script).args(arguments).output().expect("bash");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(says), "{output:?}");
    }
}
