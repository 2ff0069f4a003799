//! What walks all watched allocators: the integrity check, the list of blocks, the figures. Settings and faults are the
//! process's, so tests take turns.
#![cfg(feature = "debug")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "each block is the test's own; some are misused on purpose")]

use allocator_api2::alloc::{Allocator, Layout};
use arenite::{
    Heap, Node,
    debug::{self, Fault, FaultKind, Grade, Policy},
    layer::Watched,
    report::{self, Allocations, DebugStats},
};
use std::{
    panic,
    ptr::NonNull,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// One test at a time; faults are gathered.
struct Turn {
    _turn: MutexGuard<'static, ()>,
    told: Arc<Mutex<Vec<Fault>>>,
}

impl Turn {
    fn take() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        debug::set_policies(Policy::Report);
        debug::set_check_every(0);
        let told = Arc::new(Mutex::new(Vec::new()));
        let list = told.clone();
        debug::on_fault(move |fault| list.lock().unwrap().push(*fault));
        Self { _turn: turn, told }
    }

    fn told(&self) -> Vec<Fault> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

fn watched<'h>(heap: &'h Heap, name: &str, grade: Grade) -> Watched<&'h Heap> {
    debug::set_node_grade(name, grade);
    Watched::new(heap).name(name)
}

const LAYOUT: Layout = Layout::new::<[u64; 3]>();

#[test]
fn a_broken_fence_and_a_written_freed_block_are_found_with_their_places_and_told_once() {
    let turn = Turn::take();
    let heap = Heap::new();
    let memory = watched(&heap, "both faults", Grade::Quarantine);
    let (block, allocated) = (memory.here().allocate(LAYOUT).unwrap().cast::<u8>(), line!());
    let (gone, gone_at) = (memory.here().allocate(LAYOUT).unwrap().cast::<u8>(), line!());
    let freed_at = line!() + 1;
    unsafe { memory.here().deallocate(gone, LAYOUT) };
    assert!(report::check_integrity().is_whole());
    unsafe { block.add(LAYOUT.size()).write(0x41) };
    unsafe { gone.add(7).write(0x42) };
    let (report, checked) = (report::check_integrity(), line!());
    assert!(!report.is_whole() && report.is_complete());
    assert_eq!((report.live(), report.held(), report.len()), (1, 1, 2), "{report}");
    let told = turn.told();
    assert_eq!(told, report[..]);
    let lines = |fault: &Fault| [fault.allocated, fault.first, fault.second].map(|site| site.line());
    assert_eq!(told[0].kind, FaultKind::Overrun);
    assert_eq!(lines(&told[0]), [Some(allocated), None, Some(checked)]);
    assert_eq!(told[1].kind, FaultKind::WriteAfterFree);
    assert_eq!(lines(&told[1]), [Some(gone_at), Some(freed_at), Some(checked)]);
    assert!(told.iter().all(|fault| fault.allocated.file() == Some(file!())));
    assert!(report.to_string().starts_with("2 faults: 1 live and 1 held blocks of "), "{report}");
    assert!(report::check_integrity().is_whole() && turn.told().is_empty(), "told once");
    unsafe { memory.here().deallocate(block, LAYOUT) };
    assert!(turn.told().is_empty());
}

#[test]
fn blocks_without_fences_are_counted_as_unchecked() {
    let _turn = Turn::take();
    let heap = Heap::new();
    let memory = watched(&heap, "no fences", Grade::Sites);
    let block = memory.here().allocate(LAYOUT).unwrap().cast::<u8>();
    let report = report::check_integrity();
    assert!(report.unchecked() == 1 && report.live() == 0 && report.is_whole());
    assert!(
        report.to_string().contains("1 blocks without fences are not checked: grade `guard` puts them"),
        "{report}"
    );
    unsafe { memory.here().deallocate(block, LAYOUT) };
}

#[test]
fn all_faults_are_told_before_a_policy_is_obeyed() {
    let turn = Turn::take();
    let heap = Heap::new();
    let memory = watched(&heap, "panics", Grade::Guard);
    let blocks: Vec<_> = (0..3).map(|_| memory.here().allocate(LAYOUT).unwrap().cast::<u8>()).collect();
    blocks.iter().for_each(|block| unsafe { block.sub(1).write(0) });
    debug::set_policy(FaultKind::Overrun, Policy::Panic);
    let panic = panic::catch_unwind(report::check_integrity).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.starts_with("overrun of 0x"), "{message}");
    assert_eq!(turn.told().len(), 3);
    debug::set_policies(Policy::Report);
    assert!(report::check_integrity().is_whole());
    blocks.into_iter().for_each(|block| unsafe { memory.here().deallocate(block, LAYOUT) });
}

#[test]
fn every_so_many_operations_all_is_checked_before_the_next_changes_anything() {
    let turn = Turn::take();
    let heap = Heap::new();
    let memory = watched(&heap, "now and then", Grade::Guard);
    let other_heap = Heap::new();
    let other = watched(&other_heap, "the other", Grade::Guard);
    // A thread of its own, whose operations are counted from 0.
    thread::scope(|scope| {
        scope.spawn(|| {
            debug::configure("check:10").unwrap();
            let broken = other.here().allocate(LAYOUT).unwrap().cast::<u8>();
            unsafe { broken.add(LAYOUT.size()).write(9) };
            for operation in 2..=10 {
                assert!(turn.told().is_empty(), "operation {operation}");
                let block = memory.here().allocate(LAYOUT).unwrap().cast::<u8>();
                std::hint::black_box(block);
            }
            assert!(turn.told().is_empty(), "the tenth operation asks for the check, the eleventh makes it");
            let found_at = line!() + 1;
            let _ = memory.here().allocate(LAYOUT).unwrap();
            let told = turn.told();
            assert_eq!(told.len(), 1);
            assert_eq!((told[0].kind, told[0].second.line()), (FaultKind::Overrun, Some(found_at)));
            assert_eq!(&*told[0].owner.name, "the other");
            debug::set_check_every(0);
        });
    });
}

#[test]
fn a_check_from_another_thread_while_blocks_come_and_go_finds_nothing() {
    let turn = Turn::take();
    let heap = Heap::new();
    let memory = watched(&heap, "busy", Grade::Quarantine).hold(4096);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..2_usize {
            let (memory, done) = (&memory, &done);
            scope.spawn(move || {
                let mut kept: Vec<(NonNull<u8>, Layout)> = Vec::new();
                for step in 0..20_000_usize {
                    let layout = Layout::from_size_align(1 + (step * 7 + number * 13) % 200, 8).unwrap();
                    let block = memory.here().allocate(layout).unwrap().cast::<u8>();
                    unsafe { block.write_bytes(number as u8, layout.size()) };
                    kept.push((block, layout));
                    if kept.len() > 20 {
                        let (block, layout) = kept.swap_remove(step % 20);
                        unsafe { memory.here().deallocate(block, layout) };
                    }
                }
                kept.into_iter().for_each(|(block, layout)| unsafe { memory.here().deallocate(block, layout) });
                done.store(true, Ordering::Relaxed);
            });
        }
        let mut checks = 0;
        while !done.load(Ordering::Relaxed) || checks < 3 {
            let report = report::check_integrity();
            assert!(report.is_whole(), "{report}");
            checks += 1;
            // The locks are not fair: without a pause the others may wait for minutes.
            thread::sleep(std::time::Duration::from_micros(200));
        }
    });
    assert_eq!(turn.told(), []);
}

#[test]
fn live_blocks_are_listed_oldest_first_with_their_places_and_counted() {
    let _turn = Turn::take();
    let heap = Heap::new();
    let memory = watched(&heap, "listed", Grade::Guard);
    let before = DebugStats::take();
    let (first, line) = (memory.here().allocate(LAYOUT).unwrap().cast::<u8>(), line!());
    let second = memory.here().allocate(Layout::new::<u32>()).unwrap().cast::<u8>();
    let list = Allocations::take();
    let ours: Vec<_> = list.iter().filter(|allocation| &*allocation.owner.name == "listed").collect();
    assert_eq!(
        ours.iter().map(|one| (one.block.address, one.block.size)).collect::<Vec<_>>(),
        [(first.addr().get(), 24), (second.addr().get(), 4)]
    );
    let mut text = String::new();
    report::dump_allocations(&mut text).unwrap();
    let file = file!();
    let align = LAYOUT.align();
    let expected =
        format!("{first:p}: 24 bytes aligned to {align}, number 1 of watched \"listed\", allocated at {file}:{line}:");
    assert!(text.contains(&expected), "{expected} in\n{text}");
    let after = DebugStats::take();
    assert_eq!(after.live_blocks - before.live_blocks, 2);
    assert_eq!(after.live_bytes - before.live_bytes, 28);
    unsafe { memory.here().deallocate(first, LAYOUT) };
    unsafe { memory.here().deallocate(second, Layout::new::<u32>()) };
    assert_eq!(DebugStats::take().live_blocks, before.live_blocks);
}

#[test]
fn the_check_of_a_node_leaves_others_alone() {
    let turn = Turn::take();
    let heap = Heap::new();
    let memory = watched(&heap, "of no node", Grade::Guard);
    let block = memory.here().allocate(LAYOUT).unwrap().cast::<u8>();
    unsafe { block.sub(1).write(0) };
    let node = Node::new("elsewhere").build();
    assert!(report::check_integrity_of(&node).is_whole() && Allocations::of(&node).is_empty());
    assert_eq!(report::check_integrity().len(), 1);
    assert_eq!(turn.told().len(), 1);
    unsafe { memory.here().deallocate(block, LAYOUT) };
}
