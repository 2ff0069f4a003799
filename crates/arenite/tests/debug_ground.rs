//! Grades, settings and faults as a user meets them. Everything here belongs to the process, so tests take turns, and
//! what ends a process or is read once runs in a child: this test again.
#![cfg(feature = "debug")]

#[path = "common/again.rs"]
mod again;

use arenite::{
    Node, Tag,
    debug::{self, Fault, FaultDetail, FaultKind, Fill, Grade, Owner, Policy, Site},
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    env, panic,
    process::Output,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Counts what this thread takes from the global allocator.
struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's heap, asked once for each call.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.with(|taken| taken.set(taken.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

/// One test at a time, each from the defaults.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    debug::to_stderr();
    debug::set_policies(Policy::Report);
    debug::set_grade(Grade::Off);
    Tag::all().for_each(|tag| debug::set_tag_grade(tag, None));
    debug::set_shake(None);
    debug::set_stacks(0);
    turn
}

fn double_free() -> Fault {
    let node = Node::new("sounds").tag(Tag::AUDIO).build();
    Fault::new(FaultKind::DoubleFree, Owner::new("a heap", Some(&node)))
        .with_address(0x7f00)
        .with_request(24, 8)
        .with_allocated(Site::here())
        .with_first(Site::here())
        .with_second(Site::here())
}

/// Runs one test of this file in a process of its own, with variables set.
fn child(test: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = again::again();
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(CHILD, "1").env_remove("ARENITE_DEBUG");
    command.envs(variables.iter().copied()).output().unwrap()
}

const CHILD: &str = "ARENITE_TEST_CHILD";

fn is_child() -> bool {
    env::var_os(CHILD).is_some()
}

#[test]
fn a_fault_says_who_what_where_and_what_to_do() {
    let _turn = turn();
    let (line, fault) = (line!(), double_free());
    assert!(line > 0);
    let lines = [fault.allocated, fault.first, fault.second].map(|site| site.line().unwrap());
    let expected = format!(
        "double free of 0x7f00 (24 bytes aligned to 8) in a heap \"sounds\" (tag audio)\n  \
         allocated at {file}:{}:25\n  freed first at {file}:{}:21\n  freed again at {file}:{}:22\n  \
         to do: let one owner free the block; look for a copy of the pointer (a stale header, a cloned handle) that \
         outlived the first free",
        lines[0],
        lines[1],
        lines[2],
        file = file!(),
    );
    assert_eq!(fault.to_string(), expected);
    assert!(lines[1] == lines[0] + 1 && lines[2] == lines[0] + 2);
}

#[test]
fn every_kind_has_a_name_a_remedy_and_prints_its_figures() {
    let _turn = turn();
    let owner = Owner::new("a ring", None);
    let mut names: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
    for kind in FaultKind::ALL {
        let text = Fault::new(kind, owner).with_second(Site::here()).to_string();
        assert!(text.starts_with(kind.name()) && text.ends_with(kind.remedy()) && kind.remedy().len() > 20, "{text}");
        assert!(text.contains("earlier places are not known"), "{text}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FaultKind::ALL.len());
    let overrun = Fault::new(FaultKind::Overrun, owner).with_allocated(Site::here());
    let byte = |offset| overrun.with_detail(FaultDetail::Byte { offset, was: Fill::Fence, found: 0x41 }).to_string();
    assert!(
        byte(24)
            .contains("\n  the byte 24 from the start of the block was 0xFD (a fence around a block) and is 0x41\n")
    );
    assert!(byte(-1).contains("the byte 1 before the start of the block"));
    for (detail, words) in [
        (FaultDetail::Sizes { given: 3, asked: 4 }, "taken with 4 bytes, freed with 3"),
        (FaultDetail::Inside { offset: 5 }, "5 bytes inside the block"),
        (FaultDetail::Threads { owner: 1, user: 2 }, "of thread 0x1, used by thread 0x2"),
        (FaultDetail::Budget { budget: 7, charged: 8 }, "the budget is 7 bytes, charged are 8"),
        (FaultDetail::Generations { handle: 1, current: 2 }, "of generation 1, now it is generation 2"),
        (FaultDetail::Live { blocks: 2, bytes: 9 }, "9 bytes in 2 blocks are live"),
    ] {
        let text = overrun.with_detail(detail).to_string();
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_callback_hears_of_faults_in_place_of_stderr_and_faults_inside_it_are_only_counted() {
    let _turn = turn();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = seen.clone();
    let (all, leaks) = (debug::faults(), debug::faults_of(FaultKind::Leak));
    debug::on_fault(move |fault| {
        Fault::new(FaultKind::Leak, fault.owner).report();
        list.lock().unwrap().push(*fault);
    });
    let fault = double_free();
    fault.report();
    fault.report();
    assert_eq!(*seen.lock().unwrap(), [fault, fault]);
    assert_eq!((debug::faults() - all, debug::faults_of(FaultKind::Leak) - leaks), (4, 2));

    // A callback that panics leaves the telling whole.
    debug::on_fault(|_| panic!("from the callback"));
    panic::catch_unwind(|| double_free().report()).unwrap_err();
    let list = seen.clone();
    debug::on_fault(move |fault| list.lock().unwrap().push(*fault));
    double_free().report();
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[test]
fn by_policy_a_fault_panics_with_its_report_but_not_in_a_panic() {
    struct Faulty;
    impl Drop for Faulty {
        fn drop(&mut self) {
            double_free().report();
        }
    }
    let _turn = turn();
    debug::on_fault(|_| {});
    debug::set_policy(FaultKind::DoubleFree, Policy::Panic);
    let fault = double_free();
    let payload = panic::catch_unwind(|| fault.report()).unwrap_err();
    assert_eq!(*payload.downcast::<String>().unwrap(), fault.to_string());
    Fault::new(FaultKind::Leak, fault.owner).report(); // Of another kind.
    let payload = panic::catch_unwind(|| {
        let _faulty = Faulty;
        panic!("the first");
    });
    assert_eq!(*payload.unwrap_err().downcast::<&str>().unwrap(), "the first");
}

#[test]
fn by_policy_a_fault_ends_the_process_after_it_was_told() {
    if is_child() {
        debug::set_policies(Policy::Abort);
        double_free().report();
        println!("still there");
        return;
    }
    let output = child("by_policy_a_fault_ends_the_process_after_it_was_told", &[]);
    let (out, report) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success() && !out.contains("still there"), "{out}");
    assert!(report.starts_with("arenite: double free of 0x7f00 (24 bytes aligned to 8) in a heap"), "{report}");
    assert!(report.contains(&format!("freed again at {}:", file!())), "{report}");
}

#[test]
fn telling_a_fault_takes_nothing_from_the_global_allocator() {
    let _turn = turn();
    let fault = double_free();
    let fault = fault.with_second(fault.second.with_stack());
    fault.report(); // What stderr and the thread need once.
    let taken = TAKEN.with(Cell::get);
    fault.report();
    let site = Site::here().with_stack();
    debug::set_tag_grade(Tag::GUI, Grade::Guard);
    debug::set_node_grade("a node", Grade::Page);
    debug::set_node_grade("a node", None);
    let _ = (debug::grade_of(Tag::GUI), debug::leaks());
    assert_eq!(TAKEN.with(Cell::get), taken);
    assert!(site.line().is_some());
}

#[test]
fn the_nearest_setting_wins_and_each_change_is_a_new_epoch() {
    let _turn = turn();
    let before = debug::epoch();
    debug::configure("guard, audio:off,9:page,level 1:count,shake:7").unwrap();
    assert_eq!(debug::grade(), Grade::Guard);
    assert_eq!(debug::grade_of(None), Grade::Guard);
    assert_eq!(debug::grade_of(Tag::AUDIO), Grade::Off);
    assert_eq!(debug::grade_of(Tag::new(9)), Grade::Page);
    assert_eq!(debug::grade_of(Tag::GUI), Grade::Guard);
    assert_eq!(debug::shake(), Some(7));
    assert_eq!(debug::epoch(), before + 5);
    debug::set_tag_grade(Tag::AUDIO, None);
    assert_eq!(debug::grade_of(Tag::AUDIO), Grade::Guard);

    let epoch = debug::epoch();
    let error = debug::configure("page,audio:loud,off").unwrap_err();
    assert_eq!((debug::epoch(), debug::grade()), (epoch, Grade::Guard), "whole or not at all");
    assert_eq!(&*error.word(), "audio:loud");
}

#[test]
fn who_sees_a_new_epoch_sees_the_setting_behind_it() {
    let _turn = turn();
    let (first, done) = (debug::epoch(), AtomicBool::new(false));
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                let mut last = first;
                while !done.load(Ordering::Relaxed) {
                    let epoch = debug::epoch();
                    // The seed is the number of the change, and never older than the epoch.
                    let seed = debug::shake().unwrap_or(0) as usize;
                    assert!(epoch >= last && seed + first >= epoch, "{seed} of {epoch}");
                    last = epoch;
                }
            });
        }
        (1..=5_000u64).for_each(debug::set_shake);
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(debug::epoch(), first + 5_000);
}

#[test]
fn the_environment_is_read_once_and_what_it_gets_wrong_is_named() {
    if is_child() {
        if env::var_os("ARENITE_TEST_FIRST").is_some() {
            debug::set_grade(Grade::Count); // The program has the last word.
        }
        println!("audio {}, all {}, shake {:?}", debug::grade_of(Tag::AUDIO), debug::grade(), debug::shake());
        println!("policy {:?}", debug::policy(FaultKind::Leak));
        return;
    }
    let test = "the_environment_is_read_once_and_what_it_gets_wrong_is_named";
    let said = |variables: &[(&str, &str)]| {
        let output = child(test, variables);
        assert!(output.status.success());
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (out, errors) = said(&[("ARENITE_DEBUG", "audio:guard,quarantine,shake:7,on-fault:panic")]);
    assert!(out.contains("audio guard, all quarantine, shake Some(7)\npolicy Panic"), "{out}");
    assert_eq!(errors, "");
    let (out, errors) = said(&[("ARENITE_DEBUG", "loud,audio:page,shake:x")]);
    assert!(out.contains("audio page, all off, shake None\npolicy Report"), "{out}");
    let lines: Vec<_> = errors.lines().collect();
    assert_eq!(lines.len(), 2, "{errors}");
    assert!(lines[0].starts_with("arenite: ARENITE_DEBUG: `loud` is not understood: write off, count, sites, guard"));
    assert!(lines[1].starts_with("arenite: ARENITE_DEBUG: `shake:x` is not understood: a number"));
    let (out, _) = said(&[("ARENITE_DEBUG", "page,audio:off"), ("ARENITE_TEST_FIRST", "1")]);
    assert!(out.contains("audio off, all count, shake None"), "{out}");
    assert!(said(&[]).0.contains("audio off, all off, shake None"));
}

#[test]
fn one_site_in_so_many_comes_with_its_stack() {
    let _turn = turn();
    assert!((0..100).all(|_| Site::sampled().stack().is_none()));
    debug::set_stacks(10);
    let with = (0..100).filter(|_| Site::sampled().stack().is_some()).count();
    assert_eq!(with, if cfg!(any(unix, windows)) { 10 } else { 0 });
}

#[cfg(feature = "json")]
#[test]
fn a_fault_as_json_has_every_part_under_its_name() {
    let _turn = turn();
    let fault = double_free().with_detail(FaultDetail::Sizes { given: 1, asked: 2 });
    let json = fault.to_json();
    let of = |name: &str| json[name].clone();
    assert_eq!((of("fault"), of("allocator"), of("name")), ("double free".into(), "a heap".into(), "sounds".into()));
    assert_eq!(
        (of("address"), of("size"), of("align"), of("tag")),
        ("0x7f00".into(), 24.into(), 8.into(), "audio".into())
    );
    assert_eq!(json["first"]["line"], fault.first.line().unwrap());
    assert_eq!(json["second"]["file"], file!());
    assert!(json["second"]["stack"].is_null() && json["detail"]["asked"] == 2);
    let bare = Fault::new(FaultKind::Leak, Owner::new("a pool", None)).to_json();
    assert!(bare["address"].is_null() && bare["first"].is_null() && bare["detail"].is_null());
    assert_eq!(debug::leaks().to_json()["complete"], true);
}
