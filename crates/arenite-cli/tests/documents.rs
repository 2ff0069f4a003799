//! `arenite stress --workload documents` from outside.

mod common;
use common::{arenite, has_keys};
use std::{fs, path::PathBuf};

const DOCUMENTS: &str = "stress --workload documents";

#[test]
fn both_memories_write_the_same_and_the_report_has_every_figure() {
    let run = arenite(&format!("{DOCUMENTS} --count 34 --regen --validate")).passed();
    for word in [
        "34 documents, each worked on twice: the documents built in, 16 of",
        "MB read per second",
        "times as fast",
        "nodes of the trees",
        "heap calls",
        "arena blocks taken",
        "peak in arena blocks",
        "from after document 16",
        "growth: blocks taken, returned",
        "growth: resident set",
        "worked on again",
        "output validated",
        "hash of all output",
        "equal",
        "arenas at the end",
        "scratch",
        "all checks passed",
    ] {
        assert!(run.out.contains(word), "{word} in\n{}", run.out);
    }
}

#[test]
fn json_is_one_object_with_the_promised_keys() {
    let json = arenite(&format!("{DOCUMENTS} --count 32 --regen --validate --json")).passed().json();
    has_keys(&json, "command workload version count regen validate corpus runs speedup hashes_equal passed failures");
    has_keys(&json["corpus"], "path documents bytes");
    assert_eq!((json["workload"].as_str(), json["passed"].as_bool()), (Some("documents"), Some(true)));
    assert_eq!(json["hashes_equal"], true);
    assert!(json["corpus"]["bytes"].as_u64() > Some(1_000_000));
    let runs = json["runs"].as_array().expect("runs");
    assert_eq!([&runs[0]["memory"], &runs[1]["memory"]], ["plain heap", "arenite"]);
    for run in runs {
        has_keys(run, "memory documents regens rejected violations nodes read written hash bytes_per_second");
        has_keys(run, "heap arenas growth wrong_document");
        has_keys(&run["growth"], "from_document live reserved resident blocks");
        assert_eq!((run["documents"].as_u64(), run["regens"].as_u64()), (Some(32), Some(32)));
        assert_eq!((run["growth"]["live"].as_u64(), run["growth"]["from_document"].as_u64()), (Some(0), Some(16)));
        assert_eq!(run["hash"], runs[0]["hash"]);
        assert!(run["bytes_per_second"].as_f64() > Some(0.0));
    }
    assert!(runs[0]["arenas"].is_null() && runs[0]["growth"]["blocks"].is_null());
    assert_eq!(runs[1]["growth"]["blocks"], 0);
    assert_eq!(
        runs[1]["arenas"]["tree"].as_array().map(Vec::len),
        Some(9),
        "the memory, its two arenas and those of six phases"
    );
    let calls = |run: usize| json["runs"][run]["heap"]["calls"].as_u64().expect("a count");
    assert!(calls(0) > 100_000 && calls(1) < 100, "{} and {}", calls(0), calls(1));
}

#[test]
fn one_memory_alone_is_compared_with_nothing() {
    for (word, name) in [("plain", "plain heap"), ("arenite", "arenite")] {
        let json = arenite(&format!("{DOCUMENTS} --count 17 --memory {word} --json")).passed().json();
        assert_eq!(json["runs"].as_array().map(Vec::len), Some(1));
        assert_eq!(json["runs"][0]["memory"], name);
        assert!(json["hashes_equal"].is_null() && json["speedup"].is_null());
        assert_eq!(json["runs"][0]["regens"], 0, "only worked on again when asked for");
    }
}

#[test]
fn a_run_too_short_to_become_warm_says_so_and_passes() {
    let run = arenite(&format!("{DOCUMENTS} --count 16")).passed();
    assert!(run.out.contains("run too short"), "{}", run.out);
}

/// A directory of ours with some files.
fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("arenite-cli-{name}-{}", std::process::id()));
    fs::create_dir_all(&path).expect("a directory of ours");
    files.iter().for_each(|(name, text)| fs::write(path.join(name), text).expect("a file of ours"));
    path
}

#[test]
fn any_directory_can_be_the_corpus() {
    let path = directory("corpus", &[("a.json", "{\"a\": [1]}"), ("b.md", "# b\n"), ("c.json", "// no JSON")]);
    let run = arenite(&format!("{DOCUMENTS} --validate --corpus {}", path.display())).passed();
    assert!(run.out.contains("30 documents: ") && run.out.contains("rejected"), "{}", run.out);
    let json = arenite(&format!("{DOCUMENTS} --json --corpus {}", path.display())).passed().json();
    assert_eq!((json["count"].as_u64(), json["corpus"]["documents"].as_u64()), (Some(30), Some(3)));
    assert_eq!((json["regen"].as_bool(), json["runs"][0]["rejected"].as_u64()), (Some(true), Some(10)));
    fs::remove_dir_all(path).expect("ours");
}

#[test]
fn a_corpus_that_cannot_be_had_fails_with_who_what_why_and_what_to_do() {
    let empty = directory("empty", &[]);
    for (path, words) in [
        ("/nonexistent", ["the corpus: /nonexistent cannot be read", "check path and permissions"]),
        (
            &empty.display().to_string(),
            ["has no .json, .md, .markdown or .sand file", "name a directory that has some"],
        ),
    ] {
        let run = arenite(&format!("{DOCUMENTS} --corpus {path}"));
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
        words.iter().for_each(|word| assert!(run.err.contains(word), "{word} in {}", run.err));
    }
    fs::remove_dir_all(empty).expect("ours");
}

#[test]
fn options_of_the_other_workload_are_refused_on_the_command_line() {
    for words in
        ["--workload documents --seed 1", "--workload documents --depth 2", "--workload documents --draw", "--corpus ."]
    {
        let run = arenite(&format!("stress {words}"));
        assert_eq!(run.code, Some(2), "{words}: {}{}", run.out, run.err);
        assert!(run.out.is_empty() && run.err.contains("--help"), "{words}: {}", run.err);
    }
}

#[test]
fn quiet_prints_nothing_when_all_is_well() {
    assert_eq!(arenite(&format!("{DOCUMENTS} --count 1 --quiet")).passed().out, "");
}
