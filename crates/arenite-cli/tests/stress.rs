//! `arenite stress` from outside.

mod common;
use common::{arenite, has_keys};
use std::{fs::File, io::BufReader};

#[test]
fn both_memories_make_the_same_levels_and_the_report_has_every_figure() {
    let run = arenite("stress --count 12 --regen --validate").passed();
    for word in [
        "12 levels, each made, freed and made again: seeds 1 to 12",
        "plain heap",
        "levels per second",
        "times as fast",
        "heap calls",
        "arena blocks taken",
        "peak in arena blocks",
        "growth: freed levels",
        "from after level 10",
        "growth: reserved",
        "growth: resident set",
        "levels validated",
        "hash of all levels",
        "equal",
        "arenas at the end",
        "scratch",
        "all checks passed",
    ] {
        assert!(run.out.contains(word), "{word} in\n{}", run.out);
    }
    assert!(!run.out.contains('\x1b'), "no colours where it is no terminal");
}

#[test]
fn json_is_one_object_with_the_promised_keys() {
    let json = arenite("stress --count 12 --regen --validate --json").passed().json();
    has_keys(
        &json,
        "command version count seed depth regen validate runs speedup hashes_equal drawing passed failures",
    );
    assert_eq!((json["command"].as_str(), json["passed"].as_bool()), (Some("stress"), Some(true)));
    assert_eq!(json["hashes_equal"], true);
    assert_eq!(json["failures"].as_array().map(Vec::len), Some(0));
    let runs = json["runs"].as_array().expect("runs");
    assert_eq!([&runs[0]["memory"], &runs[1]["memory"]], ["plain heap", "arenite"]);
    for run in runs {
        has_keys(run, "memory levels regens hash levels_per_second heap arenas growth wrong_level");
        has_keys(&run["heap"], "calls allocations reallocations frees peak");
        has_keys(&run["growth"], "from_level live reserved resident");
        assert_eq!((run["levels"].as_u64(), run["regens"].as_u64()), (Some(12), Some(12)));
        assert_eq!((run["growth"]["live"].as_u64(), run["growth"]["from_level"].as_u64()), (Some(0), Some(10)));
        assert_eq!(run["hash"], runs[0]["hash"]);
        assert!(run["levels_per_second"].as_f64() > Some(0.0));
    }
    assert!(runs[0]["arenas"].is_null());
    has_keys(&runs[1]["arenas"], "blocks_taken blocks_returned held peak tree");
    assert_eq!(runs[1]["arenas"]["tree"].as_array().map(Vec::len), Some(4), "the memory and its three arenas");
    let calls = |run: usize| json["runs"][run]["heap"]["calls"].as_u64().expect("a count");
    assert!(calls(0) > 10_000 && calls(1) < 100, "{} and {}", calls(0), calls(1));
}

#[test]
fn one_memory_alone_is_compared_with_nothing() {
    for (word, name) in [("plain", "plain heap"), ("arenite", "arenite")] {
        let json = arenite(&format!("stress --count 11 --memory {word} --json")).passed().json();
        assert_eq!(json["runs"].as_array().map(Vec::len), Some(1));
        assert_eq!(json["runs"][0]["memory"], name);
        assert!(json["hashes_equal"].is_null() && json["speedup"].is_null());
        assert_eq!(json["runs"][0]["regens"], 0, "only made again when asked for");
    }
}

#[test]
fn seed_and_depth_decide_the_levels() {
    let hash = |words: &str| {
        let json = arenite(&format!("stress --count 2 --memory plain {words} --json")).passed().json();
        json["runs"][0]["hash"].clone()
    };
    let usual = hash("--seed 5 --depth 3");
    assert_eq!(hash("--seed 5 --depth 3 --regen --validate"), usual);
    assert_ne!(hash("--seed 6 --depth 3"), usual);
    assert_ne!(hash("--seed 5 --depth 4"), usual);
    assert_ne!(hash("--seed 5 --depth -4"), usual);
}

#[test]
fn a_run_too_short_to_become_warm_says_so_and_passes() {
    let run = arenite("stress --count 1").passed();
    assert!(run.out.contains("run too short"), "{}", run.out);
    let json = arenite("stress --count 10 --json").passed().json();
    assert!(json["runs"][1]["growth"]["resident"].is_null());
}

#[test]
fn draw_alone_prints_the_first_level_as_text() {
    let run = arenite("stress --count 1 --seed 7 --quiet --draw").passed();
    let rows: Vec<&str> = run.out.lines().collect();
    let map = rows.iter().take_while(|row| !row.is_empty() && !row.contains("seed 7")).count();
    assert!((50..=60).contains(&map), "{}", run.out);
    assert!(run.out.contains('<') && run.out.contains('>') && run.out.contains("seed 7 depth 1"), "{}", run.out);
    let same = arenite("stress --count 1 --seed 7 --quiet --draw text").passed();
    assert_eq!(run.out, same.out);
}

#[test]
fn with_json_a_drawing_is_part_of_the_object() {
    let json = arenite("stress --count 1 --draw --json").passed().json();
    has_keys(&json["drawing"], "caption text path");
    assert!(json["drawing"]["text"].as_str().is_some_and(|text| text.lines().count() >= 50));
}

#[test]
fn draw_to_a_png_writes_a_picture_that_decodes() {
    let path = std::env::temp_dir().join(format!("arenite-level-{}.png", std::process::id()));
    let run = arenite(&format!("stress --count 1 --seed 7 --quiet --draw {}", path.display())).passed();
    assert!(run.out.contains("drawn into"), "{}", run.out);
    let file = BufReader::new(File::open(&path).expect("the picture is there"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
    let info = reader.next_frame(&mut pixels).expect("an image");
    assert!(info.width >= 80 * 8 && info.height >= 50 * 8, "8 by 8 pixels a tile");
    assert!(pixels.windows(2).any(|pair| pair[0] != pair[1]), "not of one colour");
    std::fs::remove_file(path).expect("ours");
}

#[test]
fn quiet_prints_nothing_when_all_is_well() {
    assert_eq!(arenite("stress --count 1 --quiet").passed().out, "");
}
