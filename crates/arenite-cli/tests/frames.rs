//! `arenite frames` from outside.

mod common;
use common::{arenite, has_keys};

#[test]
fn steady_frames_make_no_heap_call_page_fault_or_system_call() {
    let json = arenite("frames --frames 150 --full-clear never --json").passed().json();
    let steady = &json["steady"];
    assert_eq!((steady["warm_up"].as_u64(), steady["frames"].as_u64()), (Some(60), Some(90)));
    assert_eq!((steady["heap_calls"].as_u64(), steady["system_calls"].as_u64()), (Some(0), Some(0)));
    if cfg!(target_os = "linux") {
        assert_eq!(steady["page_faults"], 0);
    }
    assert_eq!(steady["committed_growth"], 0);
    assert!(steady["least_allocations"].as_u64() >= Some(1_000));
}

#[test]
fn json_is_one_object_with_the_promised_keys() {
    let json = arenite("frames --frames 4 --full-clear never --json").passed().json();
    has_keys(
        &json,
        "command version frames entities hash steady last_frame thousand_allocations full_clear areas tags",
    );
    has_keys(&json, "thousand_tagged_allocations reserved passed failures");
    has_keys(&json["steady"], "warm_up frames heap_calls page_faults system_calls committed committed_growth");
    has_keys(&json["steady"], "resident_growth frame_time least_allocations most_used");
    has_keys(&json["thousand_allocations"], "median min");
    has_keys(&json["full_clear"], "bytes time skipped");
    has_keys(&json["areas"][0], "area used high_water committed reserved generation");
    has_keys(&json["tags"][0], "tag used high_water soft_budget hard_budget");
    assert_eq!((json["command"].as_str(), json["passed"].as_bool()), (Some("frames"), Some(true)));
    assert_eq!(json["areas"].as_array().map(Vec::len), Some(10), "five with two command buffers, ring, stack, pools");
    assert!(json["full_clear"]["skipped"].is_string());
}

#[test]
fn the_hash_is_decided_by_the_number_of_frames() {
    let hash = |frames: u64| {
        let json = arenite(&format!("frames --frames {frames} --full-clear never --json")).passed().json();
        json["hash"].clone()
    };
    let five = hash(5);
    assert_eq!(hash(5), five);
    assert_ne!(hash(6), five);
}

#[test]
fn the_report_shows_areas_budgets_counts_and_times() {
    let run = arenite("frames --frames 4 --full-clear never").passed();
    for word in [
        "permanent",
        "physics",
        "hard",
        "128 MiB",
        "heap calls",
        "page faults",
        "system calls of memory",
        "growth: committed",
        "growth: resident set",
        "1,000 allocations",
        "clear of the full area",
        "not asked for",
        "all checks passed",
    ] {
        assert!(run.out.contains(word), "{word} in\n{}", run.out);
    }
    assert_eq!(arenite("frames --frames 4 --full-clear never --quiet").passed().out, "");
}

#[test]
fn a_full_frame_area_is_cleared_at_once() {
    let json = arenite("frames --frames 2 --full-clear auto --json").passed().json();
    let full = &json["full_clear"];
    if let Some(why) = full["skipped"].as_str() {
        assert!(why.contains("free"), "only for want of memory: {why}");
        return;
    }
    let bytes = full["bytes"].as_u64().expect("bytes");
    assert!(bytes > (512 << 20) - 64 && bytes <= 512 << 20, "{bytes}");
    assert!(full["time"].as_u64().expect("a time") < 1_000_000, "below 1 ms even in a debug build: {full}");
}
