//! Budgets, limits and their callbacks: once per crossing, on the whole arena, and able to use it, to panic, to lie.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use arenite::{Arena, ArenaEvent, ArenaOptions, Budget, ErrorKind, Mark, Node};
use common::{Deaths, Ledger, panic_of};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

fn counter() -> (Arc<AtomicUsize>, impl Fn() -> usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    (count, move || seen.load(Ordering::Relaxed))
}

#[test]
fn a_hard_budget_of_a_grandparent_refuses_names_it_and_changes_nothing_anywhere() {
    let game = Node::new("game").hard_budget(20_000).build();
    let level = Node::new("level").parent(&game).build();
    let room = Node::new("room").parent(&level).build();
    let ledger = Ledger::new();
    let mut arena = ArenaOptions::new().node(&room).source(ledger.clone()).build();
    let refused = loop {
        let before = (arena.stats(), game.stats(), level.stats(), room.stats());
        if let Err(refused) = arena.try_alloc([0u8; 100]) {
            assert_eq!((arena.stats(), game.stats(), level.stats(), room.stats()), before);
            break refused;
        }
        assert!(game.stats().charged <= 20_000);
        assert_eq!(game.stats().charged, arena.stats().allocated);
    };
    let ErrorKind::BudgetExceeded { node, budget: 20_000, used } = refused.kind() else { panic!("{refused}") };
    assert_eq!((node, used, refused.node()), (game.id(), game.stats().charged, room.id()));
    assert!(refused.to_string().contains("\"game\"") && refused.to_string().contains("\"room\""), "{refused}");
    assert!(used > 19_000, "smaller blocks are tried before the refusal");
    let second = ArenaOptions::new().node(&level).try_build();
    assert!(matches!(second.unwrap_err().kind(), ErrorKind::BudgetExceeded { .. }));
    arena.clear();
    assert_eq!(game.stats().charged, 4096);
    game.set_budget(Budget { soft: None, hard: Some(0) });
    arena.alloc_slice_fill(4000, 0u8);
    assert!(arena.try_alloc([0u8; 100]).is_err());
    drop(arena);
    assert_eq!((game.stats().charged, level.stats().charged, room.stats().own, ledger.live()), (0, 0, 0, 0));
    assert_eq!(room.stats().blocks_taken, room.stats().blocks_returned);
    assert_eq!((room.stats().used, room.stats().arenas), (0, 0));
}

#[test]
fn a_soft_budget_calls_back_once_per_crossing_from_below() {
    let (count, calls) = counter();
    let node = Node::new("soft")
        .soft_budget(10_000)
        .on_soft(move |crossing| {
            assert!(crossing.charged > crossing.budget && crossing.budget == 10_000);
            count.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    let mut arena = ArenaOptions::new().node(&node).build();
    for round in 1..=5 {
        assert_eq!(calls(), round - 1);
        arena.alloc_slice_fill(4000, 0u8);
        assert_eq!(calls(), round - 1);
        arena.alloc_slice_fill(8000, 0u8);
        assert_eq!(calls(), round);
        arena.alloc_slice_fill(200_000, 0u8);
        arena.reset();
        arena.alloc_slice_fill(300_000, 0u8);
        assert_eq!(calls(), round);
        arena.clear();
    }
}

#[test]
fn a_charge_that_is_refused_higher_up_or_by_the_source_crosses_nothing() {
    let (count, calls) = counter();
    let top = Node::new("top").hard_budget(10_000).build();
    let node = Node::new("below")
        .parent(&top)
        .soft_budget(8192)
        .on_soft(move |crossing| {
            assert!(crossing.charged > crossing.budget, "{crossing:?}");
            count.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    let ledger = Ledger::new();
    let arena = ArenaOptions::new().node(&node).source(ledger.clone()).build();
    assert!(arena.try_alloc_slice_fill(9000, 0u8).is_err());
    assert_eq!((calls(), node.stats().high_water), (0, 4096), "refused by the budget above");
    top.set_budget(Budget::default());
    ledger.refuse_nth(1);
    assert!(arena.try_alloc_slice_fill(9000, 0u8).is_err());
    assert_eq!((calls(), node.stats().high_water, top.stats().high_water), (0, 4096, 4096), "refused by the source");
    arena.alloc_slice_fill(9000, 0u8);
    assert_eq!((calls(), node.stats().high_water), (1, 4096 + arena.stats().allocated - 4096));
}

thread_local! {
    static ARENA: Cell<Option<&'static Arena>> = const { Cell::new(None) };
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Uses the arena of this thread, if it can be used now.
fn meddle() {
    let Some(arena) = ARENA.get() else { return };
    if DEPTH.replace(DEPTH.get() + 1) < 3 {
        if let Ok(text) = arena.try_alloc_fmt(format_args!("{:700}", "meddled")) {
            assert_eq!(text.len(), 700);
        }
        let _ = arena.try_alloc_drop(String::from("dropped with the arena"));
        if let Ok(scope) = arena.try_scope() {
            scope.alloc_slice_fill(3000, 0xABu8);
        }
        if let Ok(claim) = arena.try_claim() {
            claim.alloc_layout(std::alloc::Layout::new::<[u64; 50]>());
        }
        let _ = (arena.stats(), arena.used(), arena.checkpoint(), arena.chunk_sizes().count());
    }
    DEPTH.set(DEPTH.get() - 1);
}

#[test]
fn callbacks_may_use_the_very_arena_that_calls_them() {
    for max in [64, 4096] {
        std::thread::spawn(move || {
            let node = Node::new("meddled with").soft_budget(3000).on_soft(|_| meddle()).build();
            let options = ArenaOptions::new().node(&node).initial(64).max(max).on_event(|_| meddle());
            let leaked = Box::into_raw(Box::new(options.build()));
            let arena: &'static Arena = unsafe { &*leaked };
            ARENA.set(Some(arena));
            let mut vec = arenite::ArenaVec::new_in(arena);
            for i in 0..400u64 {
                vec.push(i);
                if i % 10 == 0 {
                    let (a, b) = (arena.alloc([i; 9]), arena.alloc_str("after"));
                    assert_eq!((*a, &*b), ([i; 9], "after"));
                }
                if i % 100 == 0 {
                    let text = arena.alloc_fmt(format_args!("{i:0300}"));
                    assert_eq!(*text, *format!("{i:0300}"));
                    let scope = arena.scope();
                    assert!(scope.alloc_slice_fill(500, i).iter().all(|&n| n == i));
                }
            }
            assert!(vec.into_slice().iter().copied().eq(0..400));
            let stats = arena.stats();
            assert_eq!(stats.allocated, node.stats().charged);
            ARENA.set(None);
            // Nobody uses it any more, for the leak checkers' sake.
            drop(unsafe { Box::from_raw(leaked) });
        })
        .join()
        .unwrap();
    }
}

#[test]
fn a_value_registered_by_a_callback_in_the_middle_of_a_registration_is_dropped_in_time() {
    thread_local! {
        static SHARED: RefCell<Option<Rc<Arena>>> = const { RefCell::new(None) };
        static MARK: Cell<Option<Mark>> = const { Cell::new(None) };
        static DEATHS: RefCell<Deaths> = RefCell::default();
    }
    let options = ArenaOptions::new().initial(256).max(256).on_event(|event| {
        let Some(arena) = SHARED.with_borrow(Clone::clone) else { return };
        if matches!(event, ArenaEvent::BlockTaken { .. }) && MARK.get().is_none() {
            MARK.set(Some(arena.checkpoint()));
            DEATHS.with_borrow(|deaths| {
                arena.alloc_drop(deaths.watch(100));
            });
        }
    });
    let arena = Rc::new(options.build());
    SHARED.set(Some(arena.clone()));
    // Enough for a second block: what is registered is half as large on 32-bit machines.
    let registered = if usize::BITS == 64 { 3 } else { 12 };
    for id in 0..registered {
        DEATHS.with_borrow(|deaths| {
            arena.alloc_drop(deaths.watch(id));
        });
    }
    SHARED.set(None);
    let Ok(mut arena) = Rc::try_unwrap(arena) else { panic!("the only one left") };
    arena.restore(MARK.get().expect("a block was taken")).unwrap();
    arena.alloc_slice_fill(100, 0xFFu8);
    let dead = DEATHS.with_borrow(Deaths::take);
    assert!(dead.contains(&100), "its memory went back: {dead:?}");
    drop(arena);
    let mut all = [dead, DEATHS.with_borrow(Deaths::take)].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq((0..registered).chain([100])), "each once");
}

#[test]
fn callbacks_that_panic_leave_the_arena_whole() {
    for counting in [false, true] {
        let armed = Arc::new(AtomicUsize::new(0));
        let bomb = armed.clone();
        let (ledger, deaths) = (Ledger::new(), Deaths::default());
        let mut arena = ArenaOptions::new()
            .initial(128)
            .max(512)
            .counting(counting)
            .source(ledger.clone())
            .on_event(move |event| assert!(bomb.load(Ordering::Relaxed) == 0, "callback at {event:?}"))
            .build();
        for round in 0..4 {
            armed.store(1, Ordering::Relaxed);
            let mut texts = 0;
            for i in 0..60 {
                let calls: [&dyn Fn(&Arena); 5] = [
                    &|arena| assert_eq!(arena.alloc_drop(deaths.watch(i)).id, i),
                    &|arena| assert_eq!(arena.alloc_slice_fill(90, 1u64).len(), 90),
                    &|arena| assert_eq!(arena.alloc_fmt(format_args!("{i:0200}")).len(), 200),
                    &|arena| assert_eq!(arena.scope().alloc_slice_from_iter(0..300u16).len(), 300),
                    &|arena| assert_eq!(arenite::ArenaVec::from_iter_in_test(arena), 100),
                ];
                let call = calls[(i % 5) as usize];
                texts += usize::from(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call(&arena))).is_err());
                let stats = arena.stats();
                assert_eq!(stats.allocated, arena.chunk_sizes().sum::<usize>());
                assert_eq!(stats.chunks, ledger.live());
            }
            assert!(texts > 0 || round > 0, "at least one callback panicked");
            if round == 2 {
                let text = panic_of(|| arena.clear());
                assert!(text.contains("BlocksReturned"), "{text}");
            }
            armed.store(0, Ordering::Relaxed);
            arena.reset();
            assert_eq!(arena.used(), 0);
        }
        drop(arena);
        assert_eq!(ledger.live(), 0);
        let mut dead = deaths.take();
        assert_eq!(dead.len() % 12, 0, "every value, refused or not, died: {}", dead.len());
        dead.dedup();
    }
}

/// So that a vector can be a closure of one line above.
trait FromIterInTest {
    fn from_iter_in_test(arena: &Arena) -> usize;
}

impl FromIterInTest for arenite::ArenaVec<'_, u64> {
    fn from_iter_in_test(arena: &Arena) -> usize {
        let mut vec = arenite::ArenaVec::new_in(arena);
        vec.extend(0..100u64);
        vec.len()
    }
}

#[test]
fn events_tell_of_blocks_growth_returns_and_limits_in_order() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let mut arena = ArenaOptions::new().limit(20_000).on_event(move |event| log.lock().unwrap().push(event)).build();
    let told = || std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(told(), [ArenaEvent::BlockTaken { size: 4096 }]);
    arena.alloc_slice_fill(4000, 0u8);
    arena.alloc_slice_fill(4000, 0u8);
    assert_eq!(told(), [ArenaEvent::BlockTaken { size: 8192 }, ArenaEvent::Growth { from: 4096, to: 8192 }]);
    assert!(arena.try_alloc_slice_fill(10_000, 0u8).is_err());
    assert_eq!(told(), [ArenaEvent::LimitReached { request: 10_000, limit: 20_000 }]);
    arena.clear();
    assert_eq!(told(), [ArenaEvent::BlocksReturned { size: 8192 }]);
    arena.reset();
    assert_eq!(told(), []);
}

#[test]
fn a_callback_is_never_called_inside_itself_and_one_that_always_causes_events_ends() {
    thread_local! {
        static SHARED: RefCell<Option<Rc<Arena>>> = const { RefCell::new(None) };
        static INSIDE: Cell<bool> = const { Cell::new(false) };
        static CALLS: Cell<usize> = const { Cell::new(0) };
    }
    let options = ArenaOptions::new().initial(64).max(64).on_event(|_| {
        let Some(arena) = SHARED.with_borrow(Clone::clone) else { return };
        assert!(!INSIDE.replace(true), "called inside itself");
        CALLS.set(CALLS.get() + 1);
        arena.alloc_slice_fill(100, 0u64);
        INSIDE.set(false);
    });
    let arena = Rc::new(options.build());
    SHARED.set(Some(arena.clone()));
    for i in 0..20u64 {
        assert_eq!(*arena.alloc([i; 8]), [i; 8]);
    }
    SHARED.set(None);
    assert!((20..20 * 20).contains(&CALLS.get()), "{}", CALLS.get());
}
