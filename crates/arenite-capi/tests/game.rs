//! The game in `examples/c/game.c`: played in the document's three builds, and held to its promises.

mod harness;

use harness::{Link, Machine, Program, has, package, run};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

const GAME: &str = "examples/c/game.c";

/// Builds the game; removed again when dropped.
struct Game(PathBuf);

impl Game {
    fn build(compiler: &'static str, flags: &[&str], link: Link) -> Option<Self> {
        let flags: Vec<&str> =
            flags.iter().copied().chain(if compiler == "g++" { vec!["-x", "c++"] } else { vec![] }).collect();
        has(compiler).then(|| {
            Self(Program::new(GAME).with(compiler, &flags, link).build().unwrap_or_else(|failed| panic!("{failed}")))
        })
    }

    /// What it writes to its output, and to its errors.
    fn play(&self, keys: &str) -> (String, String) {
        let script = package().join(format!("{}.keys", self.0.display()));
        fs::write(&script, keys).expect("a script of keys");
        let mut play = harness::tool(&self.0);
        let output = run(play.args(["play", "100"]).stdin(Stdio::from(fs::File::open(&script).expect("the script"))));
        fs::remove_file(&script).expect("the script");
        let output = output.unwrap_or_else(|failed| panic!("{failed}"));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text").replace('\r', "");
        (text(output.stdout), text(output.stderr))
    }
}

impl Drop for Game {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const KEYS: &str = "30 D\n61 F9\n70 leak\n80 smash\n90 K\n";

/// Without what a tool would see before the library does.
const GENTLE_KEYS: &str = "30 D\n61 F9\n70 leak\n90 K\n";

#[test]
fn the_debug_build_shows_guards_places_and_leaks() {
    if harness::below_a_tool() {
        return;
    }
    let flags = ["-std=c99", "-DDEBUG", "-DMEMORY_TRACKING", "-DMEMORY_BOUNDS_CHECK"];
    let Some(game) = Game::build("gcc", &flags, Link::Static) else { return };
    let (out, err) = game.play(KEYS);
    assert_eq!(out.matches("60 frames, ").count(), 1, "statistics every 60 frames: {out}");
    assert!(out.contains("-- frame 61: key F9\npermanent  "), "figures of an area at a key: {out}");
    assert!(out.contains("(tag scene), allocated at ") && out.contains("game.c:"), "places: {out}");
    assert!(out.contains("1 broken fences") && err.contains("overrun of "), "guards: {out}{err}");
    assert!(err.contains("the byte 13 from the start of the block"), "an odd size is guarded to the byte: {err}");
    assert!(out.contains("of the small pool\n") && out.contains("of a pool \"pool of 64\""));
    assert!(out.ends_with("-- 1 leaks\n") && err.contains("arenite: leak in a pool \"pool of 64\""), "{out}{err}");
}

#[test]
fn the_builds_play_the_same_game_and_only_watch_it_differently() {
    let builds: [(&str, &[&str], Link); 4] = [
        ("gcc", &["-std=c99", "-DDEBUG", "-DMEMORY_TRACKING", "-DMEMORY_BOUNDS_CHECK"], Link::Shared),
        ("gcc", &["-std=c17", "-O3", "-DNDEBUG"], Link::Static),
        ("gcc", &["-std=c11", "-O2", "-DMEMORY_TRACKING"], Link::Static),
        ("g++", &["-std=c++17", "-O3", "-DNDEBUG"], Link::Shared),
    ];
    let mut ends = Vec::new();
    for (compiler, flags, link) in builds {
        let Some(game) = Game::build(compiler, flags, link) else { continue };
        let gentle = harness::below_a_tool();
        let (out, _) = game.play(if gentle { GENTLE_KEYS } else { KEYS });
        let end = out.lines().find(|line| line.starts_with("-- the end")).expect("an end").to_owned();
        let guarded = flags.contains(&"-DMEMORY_BOUNDS_CHECK") && !gentle;
        assert_eq!(out.contains("1 broken fences"), guarded, "{flags:?}: {out}");
        assert_eq!(out.contains("game.c:"), flags.contains(&"-DMEMORY_TRACKING"), "{flags:?}: {out}");
        ends.push(end);
    }
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{ends:?}");
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn a_steady_frame_makes_no_heap_call_and_no_system_call_and_ten_thousand_stay_flat() {
    // A tool has a heap of its own; the filter that counts system calls is made for this machine.
    if harness::below_a_tool() || Machine::other().is_some() {
        return;
    }
    let flags = ["-std=c99", "-O2", "-DNDEBUG", "-DGAME_COUNTS_HEAP"];
    let Some(game) = Game::build("gcc", &flags, Link::Static) else { return };
    // Fails by itself when there is one, or more than 64 KiB of growth.
    let output = run(Command::new(&game.0).args(["steady", "10000"])).unwrap_or_else(|failed| panic!("{failed}"));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("heap calls: 0 in 10000 frames"), "{text}");
    assert!(text.contains("system calls: 0 in 10000 frames") || text.contains("this kernel"), "{text}");
}
