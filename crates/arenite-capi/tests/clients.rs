//! Real C libraries on Arenite: `bench/clients`, each with a small input. Needs their headers; where CI is `true`, one that
//! is missing is a failure.

mod harness;

use harness::{has, libraries, package, run, run_or_panic};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const PACKAGES: &str = "make pkg-config liblua5.4-dev libsqlite3-dev libexpat1-dev libxml2-dev libcjson-dev libjansson-dev \
                        zlib1g-dev libstb-dev libfreetype-dev fonts-dejavu-core";

const CLIENTS: [&str; 9] = ["libxml2", "cjson", "expat", "jansson", "lua", "sqlite", "freetype", "stb_image", "zlib"];

/// The folder with `clients-glibc` and `clients-arenite`; `None`, with a line, where the libraries are not installed.
fn clients() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let libraries_there = || {
                let modules = ["lua5.4", "sqlite3", "expat", "libxml-2.0", "libcjson", "jansson", "zlib", "freetype2"];
                let others = ["/usr/include/stb/stb_image.h", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"];
                Command::new("pkg-config").arg("--exists").args(modules).status().is_ok_and(|status| status.success())
                    && others.iter().all(|file| Path::new(file).exists())
            };
            if !has("make") || !libraries_there() {
                assert_ne!(
                    env::var("CI").as_deref(),
                    Ok("true"),
                    "in CI that is a failure: apt-get install {PACKAGES}"
                );
                eprintln!("the clients were not tested; apt-get install {PACKAGES}");
                return None;
            }
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
            fs::create_dir_all(&folder).expect("a folder for the programs");
            let mut make = Command::new("make");
            make.args(["--quiet", "-C"]).arg(package().join("../../bench/clients"));
            make.arg(format!("OUT={}", folder.display()));
            make.arg(format!("ARENITE={}", libraries().join("libarenite.a").display()));
            run_or_panic(make.args(["glibc", "arenite"]));
            Some(folder)
        })
        .as_deref()
}

/// What a field of the line that a program prints says.
fn field<'l>(line: &'l str, name: &str) -> &'l str {
    let value =
        line.split_once(&format!("\"{name}\":")).map(|(_, rest)| rest).unwrap_or_else(|| panic!("{name}: {line}"));
    value.split([',', '}']).next().expect("a value").trim_matches('"')
}

/// A program's line, and what it wrote to its error output.
fn line(memory: &str, client: &str, setting: &str) -> Option<(String, String)> {
    let program = clients()?.join(format!("clients-{memory}"));
    let mut command = Command::new(program);
    command.args([client, "--small", "--warm", "2"]).env("ARENITE_DEBUG", setting);
    let output = run(&mut command).unwrap_or_else(|failed| panic!("{failed}"));
    Some((String::from_utf8(output.stdout).expect("text"), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[test]
fn each_client_makes_of_its_input_what_it_makes_on_malloc_and_leaves_nothing_behind() {
    for client in CLIENTS {
        let Some((glibc, _)) = line("glibc", client, "off") else { return };
        let (ours, _) = line("arenite", client, "off").expect("built");
        assert_eq!(field(&ours, "hash"), field(&glibc, "hash"), "{client}");
        assert_eq!(field(&ours, "live"), "0", "{client}");
    }
}

#[test]
fn each_client_does_the_same_between_fences_and_is_told_of_no_fault() {
    for client in CLIENTS {
        for grade in ["sites", "guard", "quarantine"] {
            let Some((plain, _)) = line("glibc", client, "off") else { return };
            let (watched, told) = line("arenite", client, grade).expect("built");
            assert_eq!(field(&watched, "hash"), field(&plain, "hash"), "{client} under {grade}");
            assert_eq!((field(&watched, "live"), told.as_str()), ("0", ""), "{client} under {grade}");
        }
    }
}

#[test]
#[ignore = "minutes; .ci/nightly runs it"]
fn each_client_is_clean_under_valgrind() {
    if !has("valgrind") {
        return;
    }
    for client in CLIENTS {
        let Some(folder) = clients() else { return };
        // As it is without a tool, and as it is when the library sees one and watches.
        for setting in ["off", "guard"] {
            let mut command = Command::new("valgrind");
            command.args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
            command.arg(folder.join("clients-arenite")).args([client, "--small", "--warm", "1"]);
            run_or_panic(command.env("ARENITE_DEBUG", setting));
        }
    }
}
