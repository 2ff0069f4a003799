//! Who still points into what is about to die? Scans stop threads and look at the whole process, so tests take turns.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "pointers that are only kept, never followed")]

use allocator_api2::alloc::{Allocator, Layout};
use arenite::{
    Arena, ArenaOptions, Heap, Node,
    debug::{self, Grade},
    layer::Watched,
    report::{Escape, EscapePlace, EscapeReport, EscapeScan},
};
use std::{
    cell::Cell,
    hint::black_box,
    ptr::{self, NonNull},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicPtr, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Allocates in a frame of its own, which is gone when this returns, and hands the address on by `keep` alone.
#[inline(never)]
fn make(arena: &Arena, keep: impl FnOnce(*mut u64)) {
    keep(black_box(arena.alloc(7u64)));
}

/// What a scan finds but on stacks, where calls before may have left words.
fn elsewhere(report: &EscapeReport) -> Vec<Escape> {
    report.iter().filter(|escape| !matches!(escape.place, EscapePlace::Stack { .. })).copied().collect()
}

fn level() -> Arena {
    ArenaOptions::new().name("level").build()
}

#[test]
fn an_arena_that_nothing_points_into_has_no_escapes_and_its_own_state_is_none() {
    let _turn = turn();
    // In a static, where the arena's own cursor would be found.
    static LEVEL: Mutex<Arena> = Mutex::new(Arena::new());
    let mut arena = LEVEL.lock().unwrap();
    make(&arena, |_| {});
    for big in [0, 100_000] {
        // With several blocks, and one of its own.
        black_box(arena.alloc_slice_fill(big, 1u8).len());
        let report = arena.escape_scan().unwrap();
        assert_eq!(elsewhere(&report), [], "{report}");
        assert!(report.bytes() > 100_000, "{report}");
    }
    arena.reset();
}

static KEPT: AtomicPtr<u64> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    static LOCAL: Cell<*mut u64> = const { Cell::new(ptr::null_mut()) };
}

#[test]
fn a_static_that_keeps_a_pointer_is_named_with_its_module_and_offset() {
    let _turn = turn();
    let arena = level();
    make(&arena, |address| KEPT.store(address, Ordering::Relaxed));
    let report = arena.escape_scan().unwrap();
    let found = elsewhere(&report);
    assert_eq!(found.len(), 1, "{report}");
    assert_eq!((found[0].at, found[0].place), ((&raw const KEPT).addr(), EscapePlace::Static));
    assert_eq!(found[0].to, KEPT.load(Ordering::Relaxed).addr());
    assert!(
        report.to_string().contains("\n  the static at ") && report.to_string().contains("escape_scan"),
        "{report}"
    );
    KEPT.store(ptr::null_mut(), Ordering::Relaxed);
    assert_eq!(elsewhere(&arena.escape_scan().unwrap()), []);
}

#[test]
fn a_thread_local_that_keeps_a_pointer_is_found() {
    let _turn = turn();
    let arena = level();
    make(&arena, |address| LOCAL.set(address));
    let report = arena.escape_scan().unwrap();
    let at = LOCAL.with(|local| ptr::from_ref(local).addr());
    assert!(report.iter().any(|escape| escape.at == at && escape.place == EscapePlace::ThreadLocal), "{report}");
    LOCAL.set(ptr::null_mut());
}

#[test]
fn a_local_of_the_caller_is_found_on_its_stack() {
    let _turn = turn();
    let arena = level();
    let mut kept = [ptr::null_mut(); 4];
    make(&arena, |address| kept[2] = address);
    let report = arena.escape_scan().unwrap();
    let at = (&raw const kept[2]).addr();
    let escape = report.iter().find(|escape| escape.at == at).unwrap_or_else(|| panic!("{report}"));
    assert!(matches!(escape.place, EscapePlace::Stack { depth: 1..100_000, .. }), "{escape}");
    black_box(kept);
}

#[test]
fn a_pointer_in_another_arenas_memory_is_named_by_that_arena() {
    let _turn = turn();
    let arena = level();
    let other = ArenaOptions::new().name("the cache").reserve(1 << 20).build();
    make(&arena, |address| _ = black_box(other.alloc(address)));
    let report = arena.escape_scan().unwrap();
    let found = elsewhere(&report);
    assert_eq!(found.len(), 1, "{report}");
    assert!(matches!(found[0].place, EscapePlace::Memory(name) if &*name == "the cache"));
    assert!(report.to_string().contains("in memory of \"the cache\"\n    points to 0x"), "{report}");
}

#[cfg(feature = "debug")]
#[test]
fn both_ends_of_a_watched_pointer_are_named_with_the_places_of_their_allocations() {
    let _turn = turn();
    debug::set_node_grade("escaping", Grade::Sites);
    let (arena, heap) = (level(), Heap::new());
    let (rooms, cache) = (Watched::new(&arena).name("escaping"), Watched::new(&heap).name("escaping"));
    let (room_line, entry_line) = (line!() + 1, line!() + 2);
    let room = rooms.here().allocate(Layout::new::<[u64; 4]>()).unwrap().cast::<u64>();
    let entry = cache.here().allocate(Layout::new::<[usize; 8]>()).unwrap().cast::<NonNull<u64>>();
    unsafe { entry.add(3).write(room.add(2)) };
    let report = arena.escape_scan().unwrap();
    let escape = report.iter().find(|escape| matches!(escape.place, EscapePlace::Block(_)));
    let escape = escape.unwrap_or_else(|| panic!("{report}"));
    let EscapePlace::Block(holder) = escape.place else { unreachable!() };
    assert_eq!(escape.at, holder.block.address + 24);
    assert_eq!(holder.block.allocated.line(), Some(entry_line));
    let target = escape.target.unwrap();
    assert_eq!((target.block.address, escape.to), (room.addr().get(), room.addr().get() + 16));
    assert_eq!(target.block.allocated.line(), Some(room_line));
    let text = escape.to_string();
    assert!(text.starts_with("byte 24 of the block 0x") && text.contains("\n    points 16 bytes into 0x"), "{text}");
    unsafe { cache.here().deallocate(entry.cast(), Layout::new::<[usize; 8]>()) };
}

#[test]
fn a_thread_at_a_safepoint_is_looked_at_and_one_that_is_not_is_named() {
    let _turn = turn();
    let arena = level();
    let mut address = 0;
    make(&arena, |made| address = !made.addr()); // disguised, so that it is on the other thread's stack alone
    let (done, busy) = (&AtomicBool::new(false), &AtomicBool::new(false));
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let parks = move || {
            let kept = [black_box(!address)];
            tell.send((&raw const kept).addr()).unwrap();
            while !done.load(Ordering::Relaxed) {
                debug::safepoint();
                thread::yield_now();
            }
            black_box(kept);
        };
        thread::Builder::new().name("parks".into()).spawn_scoped(scope, parks).unwrap();
        let (begin, began) = mpsc::channel();
        let works = move || {
            begin.send(()).unwrap(); // from here on it has its name
            while !busy.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
        };
        thread::Builder::new().name("never parks".into()).spawn_scoped(scope, works).unwrap();
        let at = told.recv().unwrap();
        began.recv().unwrap();
        let report = EscapeScan::new().arena(&arena).wait(Duration::from_millis(300)).run().unwrap();
        done.store(true, Ordering::Relaxed);
        busy.store(true, Ordering::Relaxed);
        let escape = report.iter().find(|escape| escape.at == at).unwrap_or_else(|| panic!("{report}"));
        assert!(matches!(escape.place, EscapePlace::Stack { .. }), "{escape}");
        let names: Vec<_> = report.unscanned_threads().iter().map(|thread| thread.name.to_string()).collect();
        assert!(names.contains(&"never parks".into()) && !names.contains(&"parks".into()), "{names:?}");
        assert!(report.to_string().contains("\"never parks\", which was at no safepoint"), "{report}");
    });
}

#[test]
fn a_range_and_a_node_may_be_what_dies_and_values_may_be_left_out() {
    let _turn = turn();
    let node = Node::new("dies").build();
    let arena = ArenaOptions::new().node(&node).reserve(1 << 20).build();
    make(&arena, |address| KEPT.store(address, Ordering::Relaxed));
    let scan = EscapeScan::new().node(&node).except(&arena);
    let report = scan.clone().run().unwrap();
    assert_eq!(elsewhere(&report).len(), 1, "{report}");
    assert_eq!(elsewhere(&scan.except(&KEPT).run().unwrap()), []);
    let start = KEPT.load(Ordering::Relaxed).addr();
    let report = EscapeScan::new().range(start..start + 8).run().unwrap();
    let statics = elsewhere(&report).into_iter().filter(|escape| escape.place == EscapePlace::Static);
    assert_eq!(statics.count(), 1, "{report}");
    let behind = EscapeScan::new().range(start + 8..start + 64).run().unwrap();
    assert!(elsewhere(&behind).iter().all(|escape| escape.place != EscapePlace::Static), "{behind}");
    KEPT.store(ptr::null_mut(), Ordering::Relaxed);
}

#[test]
fn a_pointer_into_the_last_frame_is_found_before_the_next_begins() {
    let _turn = turn();
    let memory = Box::new(arenite::MemorySystem::new().unwrap());
    make(&memory.begin_frame().unwrap(), |address| KEPT.store(address, Ordering::Relaxed));
    let report = memory.frame_escapes().unwrap();
    let found = elsewhere(&report);
    assert_eq!((found.len(), found[0].at), (1, (&raw const KEPT).addr()), "{report}");
    KEPT.store(ptr::null_mut(), Ordering::Relaxed);
}

#[cfg(feature = "debug")]
#[test]
fn a_pointer_to_an_object_on_pages_of_its_own_is_found_with_its_place() {
    let _turn = turn();
    let mut arena = level();
    arena.set_grade(Grade::Page).unwrap();
    make(&arena, |address| KEPT.store(address, Ordering::Relaxed));
    let report = arena.escape_scan().unwrap();
    let found = elsewhere(&report);
    assert_eq!((found.len(), found[0].at), (1, (&raw const KEPT).addr()), "{report}");
    assert_eq!(found[0].target.unwrap().block.allocated.file(), Some(file!()));
    KEPT.store(ptr::null_mut(), Ordering::Relaxed);
}
