//! Faults that are planted in the level maker, and levels without any, under debug grades.

mod common;
use common::{Run, arenite, command, finished, has_keys};
use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};
use workloads::roguelike::plants::Plant;

/// A report with what changes from run to run and from edit to edit taken out: addresses, and lines of the places that are
/// marked in the source by the name of their plant.
fn normalised(report: &str) -> String {
    let mut text = String::new();
    for line in report.lines() {
        let words = line.split(' ').map(|word| {
            let address = word.strip_prefix("0x").is_some_and(|rest| rest.len() > 4);
            if address { "ADDRESS".to_owned() } else { place(word).unwrap_or_else(|| word.to_owned()) }
        });
        text += &words.collect::<Vec<_>>().join(" ");
        text.push('\n');
    }
    text
}

/// `file.rs:12:3` as `file.rs:{plant: what}`, where line 12 ends in `// plant: what`.
fn place(word: &str) -> Option<String> {
    let (file, rest) = word.split_once(".rs:")?;
    let line: usize = rest.split(':').next()?.parse().ok()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = fs::read_to_string(root.join(format!("{file}.rs"))).expect("a place is in a file of this workspace");
    let (_, mark) = source.lines().nth(line - 1).expect("the line is there").split_once("// ")?;
    Some(format!("{file}.rs:{{{mark}}}"))
}

fn planted(plant: Plant, more: &str) -> Run {
    let run = arenite(&format!("stress --plant {plant} {more}"));
    assert_eq!(run.code, Some(1), "{plant}: {}{}", run.out, run.err);
    run
}

#[test]
fn each_plant_is_told_with_its_places_and_remedy_as_the_golden_text_has_it() {
    for plant in Plant::ALL {
        let report = normalised(&planted(plant, "").err);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{plant}.txt"));
        if env::var_os("ARENITE_WRITE_GOLDEN").is_some() {
            fs::write(&path, &report).expect("the golden text is written");
        }
        let golden = fs::read_to_string(&path).expect("there is a golden text; ARENITE_WRITE_GOLDEN=1 writes them");
        assert_eq!(report, golden, "{plant}: if the change is meant, ARENITE_WRITE_GOLDEN=1 writes it down");
    }
}

#[test]
fn each_plant_is_found_in_the_lowest_grade_that_promises_it_at_the_same_places_and_refused_below() {
    for plant in Plant::ALL {
        let lowest = planted(plant, &format!("--debug-alloc={}", plant.grade())).err;
        let found = format!("{} at ", plant.kind());
        assert!(lowest.contains(&format!("FAILED --plant {plant}: {found}")), "{lowest}");
        let places = |report: &str| -> Vec<String> {
            let sites = report.lines().filter(|line| line.contains(" at ") && line.starts_with("  "));
            sites.map(normalised_line).collect()
        };
        assert_eq!(places(&lowest), places(&planted(plant, "").err), "{plant}");
        let below = planted(plant, "--debug-alloc=count").err;
        assert!(below.contains("grade count does not promise to find it; run it with --debug-alloc"), "{below}");
    }
}

fn normalised_line(line: &str) -> String {
    normalised(line)
}

/// Where a closed page is touched the process ends at that instruction, by the machine's own fault.
#[cfg(target_os = "linux")]
#[test]
fn each_plant_ends_a_run_of_grade_page_with_its_places_and_remedy() {
    for plant in Plant::ALL {
        let run = arenite(&format!("stress --plant {plant} --debug-alloc=page"));
        let touched = [Plant::StaleTable, Plant::UseAfterLevel].contains(&plant);
        assert_eq!(run.code, if touched { None } else { Some(1) }, "{plant}: {}", run.err);
        let kind = if plant == Plant::StaleTable { "use after free" } else { plant.kind().name() };
        let remedy =
            if plant == Plant::StaleTable { "look for a pointer that was kept" } else { plant.kind().remedy() };
        assert!(run.err.starts_with(&format!("arenite: {kind} ")), "{plant}: {}", run.err);
        assert!(run.err.contains(" at workloads/src/roguelike/plants.rs:"), "{plant}: {}", run.err);
        assert!(run.err.contains(&format!("\n  to do: {remedy}")), "{plant}: {}", run.err);
    }
}

#[test]
fn the_stale_table_is_found_in_ten_layouts() {
    for seed in 0..10 {
        let run = command("stress --plant stale-table").env("ARENITE_DEBUG", format!("shake:{seed}")).output();
        let run = finished(run.expect("the binary starts"));
        assert_eq!(run.code, Some(1));
        assert!(
            run.err.contains("FAILED --plant stale-table: write after free at 1 place"),
            "seed {seed}: {}",
            run.err
        );
    }
}

#[test]
fn the_report_of_a_plant_is_an_object_with_every_fault_and_place() {
    let run = planted(Plant::Leak, "--json");
    let json = run.json();
    has_keys(&json, "command workload version plant grade faults passed failures");
    assert_eq!((json["plant"].as_str(), json["grade"].as_str()), (Some("leak"), Some("quarantine")));
    let faults = json["faults"].as_array().expect("faults");
    assert_eq!(faults.len(), 4, "the journal's four, and not the baked strings: {json:#}");
    for fault in faults {
        assert_eq!((fault["fault"].as_str(), fault["name"].as_str()), (Some("leak"), Some("game")));
        assert!(fault["allocated"]["file"].as_str().expect("a file").ends_with("roguelike/plants.rs"));
        assert!(fault["allocated"]["line"].as_u64() > Some(0) && fault["times"] == 1);
    }
}

#[test]
fn levels_without_a_fault_are_the_same_in_every_grade_on_both_memories() {
    let hash = |words: &str| {
        let json = arenite(&format!("stress --count 3 --regen --validate {words} --json")).passed().json();
        assert_eq!(json["hashes_equal"], true);
        (json["runs"][0]["hash"].clone(), json)
    };
    let (usual, _) = hash("");
    for grade in ["off", "count", "sites", "guard", "quarantine", "page"] {
        let (hash, json) = hash(&format!("--debug-alloc={grade}"));
        assert_eq!(hash, usual, "{grade}");
        assert_eq!(json["debug_grade"], grade);
        for run in json["runs"].as_array().expect("runs") {
            has_keys(&run["debug"], "allocators live_blocks fenced_blocks faults leaks");
            assert_eq!((&run["debug"]["faults"], &run["debug"]["leaks"]["blocks"]), (&0.into(), &0.into()), "{run:#}");
            let count = |key: &str| run["debug"][key].as_u64().expect("a count");
            assert_eq!(count("live_blocks") > 500, !["off", "count"].contains(&grade), "{run:#}");
            assert_eq!(count("fenced_blocks") > 500, ["guard", "quarantine", "page"].contains(&grade), "{run:#}");
        }
    }
    let text = arenite("stress --count 1 --debug-alloc").passed().out;
    assert!(text.contains("debug grade                    quarantine        quarantine"), "{text}");
}

#[test]
fn an_unknown_plant_or_grade_is_a_wrong_command_line_that_names_the_right_ones() {
    let run = arenite("stress --plant worm");
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("write double-free, stale-table, overrun, use-after-level, leak, wrong-order or wrong-thread")
    );
    let run = arenite("stress --debug-alloc=loud");
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("write off, count, sites, guard, quarantine or page"), "{}", run.err);
    let run = arenite("stress --workload documents --plant leak");
    assert!(run.code == Some(2) && run.err.contains("--plant says nothing to this workload"), "{}", run.err);
}

/// The plants that read or write where they must not: tools see them too.
const SEEN_BY_TOOLS: [Plant; 3] = [Plant::StaleTable, Plant::Overrun, Plant::UseAfterLevel];

/// Checks that the report of a tool, from its first words on, comes to the line of the plant's wrong write before it comes
/// to where the block was made.
#[track_caller]
fn at_the_write(plant: Plant, report: &str, first_words: &str) {
    let (_, told) = report.split_once(first_words).unwrap_or_else(|| panic!("{plant}: {report}"));
    let source = include_str!("../../../workloads/src/roguelike/plants.rs");
    let mark = format!("// {plant}: writes");
    let line = source.lines().position(|line| line.ends_with(&mark)).expect("the write is marked") + 1;
    let found = told.find("plants.rs:").map(|at| &told[at..]).unwrap_or_default();
    assert!(found.starts_with(&format!("plants.rs:{line}")), "{plant} writes in line {line}: {report}");
}

#[test]
#[ignore = "half a minute: `.ci/nightly` runs it"]
fn memcheck_reports_the_write_of_a_plant_at_its_line() {
    for plant in SEEN_BY_TOOLS {
        let run = command(&format!("stress --plant {plant}"));
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--leak-check=no", "--num-callers=40"]).arg(run.get_program()).args(run.get_args());
        let run = finished(valgrind.stdin(Stdio::null()).output().expect("valgrind starts"));
        assert_eq!(run.code, Some(1), "{plant}: {}", run.err);
        at_the_write(plant, &run.err, "Invalid write of size");
        assert!(run.err.contains(&format!("FAILED --plant {plant}: ")), "Arenite tells it as well: {}", run.err);
    }
}

#[test]
#[ignore = "for a build with AddressSanitizer: `.ci/nightly` runs it"]
fn address_sanitizer_ends_a_plant_in_its_report_at_the_line_of_the_write() {
    for plant in SEEN_BY_TOOLS {
        let run = command(&format!("stress --plant {plant}")).env("ASAN_OPTIONS", "color=never").output();
        let run = finished(run.expect("the binary starts"));
        assert_ne!(run.code, Some(0), "{plant}: {}", run.err);
        at_the_write(plant, &run.err, "AddressSanitizer: use-after-poison");
    }
}
