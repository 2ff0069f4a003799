//! Typed pools against plain models, at their limits, and with values that panic as they die.

mod common;

use arenite::{
    Budget, Node,
    pool::{HandlePool, Pool, PoolBox, PoolErrorKind, PoolHandle, PoolOptions},
    source::Vm,
};
use common::{Deaths, Ledger, Watched, panic_of};
use proptest::prelude::*;
use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

static VM: Vm = Vm::new();

/// Panics as it is dropped, when it is told to.
struct Bomb<'a>(&'a Cell<usize>, bool);

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        assert!(!self.1, "bomb");
    }
}

proptest! {
    #[test]
    fn boxes_keep_their_values_and_places_whatever_dies_around_them(
        steps in prop::collection::vec((0u8..10, any::<usize>()), 1..400),
        first in 1usize..20,
        capacity in prop_oneof![Just(None), (1usize..60).prop_map(Some)],
    ) {
        let (deaths, ledger) = (Deaths::default(), Ledger::new());
        let mut options = PoolOptions::new().source(ledger.clone()).first_chunk(first);
        if let Some(capacity) = capacity {
            options = options.capacity(capacity);
        }
        let pool = options.build::<Watched>();
        let mut live: Vec<(u64, PoolBox<'_, Watched>, usize)> = Vec::new();
        let (mut next, mut high, mut forgotten) = (0u64, 0, Vec::new());
        for (step, pick) in steps {
            match step {
                0..=5 => match pool.try_alloc(deaths.watch(next)) {
                    Ok(value) => {
                        let at = (&raw const *value).addr();
                        prop_assert_eq!(at % align_of::<Watched>(), 0);
                        for (_, _, other) in &live {
                            prop_assert!(at.abs_diff(*other) >= size_of::<Watched>());
                        }
                        live.push((next, value, at));
                        next += 1;
                    }
                    Err(refused) => {
                        prop_assert_eq!(refused.kind(), PoolErrorKind::Full { capacity: capacity.unwrap() });
                        prop_assert_eq!(live.len() + forgotten.len(), capacity.unwrap());
                        prop_assert_eq!(deaths.take(), vec![next], "a refused value is dropped");
                    }
                },
                6..=7 if !live.is_empty() => {
                    let (id, value, _) = live.swap_remove(pick % live.len());
                    drop(value);
                    prop_assert_eq!(deaths.take(), vec![id]);
                }
                8 if !live.is_empty() => {
                    let (id, value, _) = live.swap_remove(pick % live.len());
                    let value = value.into_inner();
                    prop_assert!(deaths.take().is_empty());
                    prop_assert_eq!(value.id, id);
                    drop(value);
                    prop_assert_eq!(deaths.take(), vec![id]);
                }
                9 if pick % 8 == 0 && !live.is_empty() => {
                    let (id, value, _) = live.swap_remove(pick % live.len());
                    let value = value.leak();
                    prop_assert_eq!(value.id, id);
                    forgotten.push(value);
                }
                9 if pick % 8 == 1 && !live.is_empty() => {
                    let (id, value, at) = live.swap_remove(pick % live.len());
                    let raw = value.into_raw();
                    prop_assert_eq!((raw.addr().get(), deaths.take(), pool.len()), (at, vec![], live.len() + 1 + forgotten.len()));
                    // SAFETY: of this pool, just given away.
                    live.push((id, unsafe { pool.from_raw(raw) }, at));
                }
                _ => {}
            }
            high = high.max(live.len() + forgotten.len());
            for (id, value, at) in &live {
                prop_assert_eq!((value.id, (&raw const **value).addr()), (*id, *at));
            }
            let stats = pool.stats();
            prop_assert_eq!((stats.live, pool.len(), stats.high_water), (live.len() + forgotten.len(), live.len() + forgotten.len(), high));
            prop_assert!(stats.capacity >= high && stats.chunks_taken as usize == ledger.takes());
        }
        drop(live);
        deaths.take();
        let count = forgotten.len();
        // What they own would leak: dropped here, so that a second drop by the pool would be seen.
        // SAFETY: their boxes were forgotten, so nobody else drops them, and their slots stay taken.
        forgotten.into_iter().for_each(|value| unsafe { std::ptr::drop_in_place(value) });
        prop_assert_eq!(deaths.take().len(), count);
        drop(pool);
        prop_assert!(deaths.take().is_empty(), "the values of forgotten boxes are never dropped");
        prop_assert_eq!(ledger.live(), 0);
    }

    #[test]
    fn handles_name_their_values_and_nothing_else_ever(
        steps in prop::collection::vec((0u8..12, any::<usize>()), 1..400),
        first in 1usize..20,
        capacity in prop_oneof![Just(None), (1usize..60).prop_map(Some)],
    ) {
        let (deaths, ledger) = (Deaths::default(), Ledger::new());
        let mut options = PoolOptions::new().source(ledger.clone()).first_chunk(first);
        if let Some(capacity) = capacity {
            options = options.capacity(capacity);
        }
        let mut pool = options.build_handles::<Watched>();
        let mut live: HashMap<PoolHandle<Watched>, (u64, usize)> = HashMap::new();
        let mut stale: Vec<PoolHandle<Watched>> = Vec::new();
        let (mut next, mut high) = (0u64, 0);
        for (step, pick) in steps {
            let some = live.keys().nth(pick % live.len().max(1)).copied();
            match (step, some) {
                (0..=6, _) => match pool.try_insert(deaths.watch(next)) {
                    Ok(handle) => {
                        let at = (&raw const *pool.get(handle).unwrap()).addr();
                        prop_assert!(live.insert(handle, (next, at)).is_none());
                        next += 1;
                    }
                    Err(refused) => {
                        prop_assert_eq!(refused.kind(), PoolErrorKind::Full { capacity: capacity.unwrap() });
                        prop_assert_eq!(live.len(), capacity.unwrap());
                        prop_assert_eq!(deaths.take(), vec![next]);
                    }
                },
                (7..=9, Some(handle)) => {
                    let (id, _) = live.remove(&handle).unwrap();
                    prop_assert_eq!(pool.remove(handle).map(|value| value.id), Some(id));
                    prop_assert_eq!(deaths.take(), vec![id]);
                    stale.push(handle);
                }
                (10, _) if pick % 20 == 0 => {
                    pool.clear();
                    let died: HashSet<u64> = deaths.take().into_iter().collect();
                    prop_assert_eq!(died, live.values().map(|(id, _)| *id).collect());
                    stale.extend(live.drain().map(|(handle, _)| handle));
                }
                (11, _) => {
                    let marks: Vec<_> = pool.iter_mut().map(|(handle, value)| { value.id += 0; handle }).collect();
                    prop_assert_eq!(marks.len(), live.len());
                }
                _ => {}
            }
            high = high.max(live.len());
            for (handle, (id, at)) in &live {
                let value = pool.get(*handle).unwrap();
                prop_assert_eq!((value.id, (&raw const *value).addr()), (*id, *at));
            }
            for handle in &stale {
                prop_assert!(pool.get(*handle).is_none() && pool.get_mut(*handle).is_none() && pool.remove(*handle).is_none());
            }
            let seen: HashMap<_, _> = pool.iter().map(|(handle, value)| (handle, value.id)).collect();
            prop_assert_eq!(seen, live.iter().map(|(handle, (id, _))| (*handle, *id)).collect::<HashMap<_, _>>());
            prop_assert_eq!((pool.iter().len(), pool.len(), pool.stats().high_water), (live.len(), live.len(), high));
        }
        drop(pool);
        let died: HashSet<u64> = deaths.take().into_iter().collect();
        prop_assert_eq!(died, live.values().map(|(id, _)| *id).collect());
        prop_assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn the_slot_freed_last_is_the_next_to_be_handed_out() {
    let pool = Pool::new();
    let (a, b) = (pool.alloc(1u64), pool.alloc(2u64));
    let at = &raw const *a;
    drop(a);
    let c = pool.alloc(3u64);
    assert_eq!((&raw const *c, *b), (at, 2));
}

#[test]
fn a_drop_that_panics_gives_its_slot_back_all_the_same() {
    let count = Cell::new(0);
    let pool = Pool::new();
    let bomb = pool.alloc(Bomb(&count, true));
    let at = (&raw const *bomb).addr();
    assert_eq!(panic_of(|| drop(bomb)), "bomb");
    assert_eq!((count.get(), pool.len()), (1, 0));
    let next = pool.alloc(Bomb(&count, false));
    assert_eq!((&raw const *next).addr(), at);
    drop(next);
    assert_eq!(count.get(), 2);
}

#[test]
fn clear_and_drop_of_a_pool_with_handles_drop_every_value_once_past_one_that_panics() {
    let count = Cell::new(0);
    let ledger = Ledger::new();
    let mut pool = PoolOptions::new().source(ledger.clone()).first_chunk(2).build_handles();
    let handles: Vec<_> = (0..20).map(|n| pool.insert(Bomb(&count, n == 7))).collect();
    assert_eq!(panic_of(|| pool.clear()), "bomb");
    assert_eq!((count.get(), pool.len(), pool.iter().count()), (20, 0, 0));
    assert!(handles.iter().all(|handle| !pool.contains(*handle)));
    (0..20).for_each(|n| _ = pool.insert(Bomb(&count, n == 3)));
    assert_eq!(pool.stats().high_water, 20, "cleared slots are used again");
    assert_eq!(panic_of(|| drop(pool)), "bomb");
    assert_eq!((count.get(), ledger.live()), (40, 0));
}

#[test]
fn a_removed_value_that_panics_as_it_is_dropped_is_gone() {
    let count = Cell::new(0);
    let mut pool = HandlePool::new();
    let bomb = pool.insert(Bomb(&count, true));
    assert_eq!(panic_of(|| drop(pool.remove(bomb))), "bomb");
    assert_eq!((pool.len(), pool.contains(bomb), count.get()), (0, false, 1));
}

#[test]
fn a_value_may_use_its_pool_while_it_is_dropped() {
    struct Nested<'p>(u8, Cell<Option<&'p Pool<u64>>>);
    impl Drop for Nested<'_> {
        fn drop(&mut self) {
            let pool = self.1.get().unwrap();
            assert_eq!(*pool.alloc(u64::from(self.0)), u64::from(self.0));
        }
    }
    let numbers = Pool::new();
    let pool = Pool::new();
    (0..5).for_each(|n| drop(pool.alloc(Nested(n, Cell::new(Some(&numbers))))));
    assert_eq!((numbers.len(), pool.stats().high_water), (0, 1));
}

#[test]
fn clear_takes_back_the_slots_of_forgotten_boxes_and_all_chunks_in_order() {
    struct Never([u64; 9]);
    impl Drop for Never {
        fn drop(&mut self) {
            unreachable!("the value of a forgotten box was dropped: {:?}", self.0);
        }
    }
    let ledger = Ledger::new();
    let mut pool = PoolOptions::new().source(ledger.clone()).first_chunk(3).build();
    for _ in 0..3 {
        let mut places: Vec<_> = (0..50).map(|id| (&raw const *pool.alloc(Never([id; 9])).leak()).addr()).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!((places.len(), pool.len()), (50, 50));
        let takes = ledger.takes();
        pool.clear();
        assert_eq!((pool.len(), pool.stats().high_water, ledger.takes()), (0, 50, takes));
    }
    let takes = ledger.takes();
    (0..50).for_each(|id| mem::forget(pool.alloc(Never([id; 9]))));
    assert_eq!(ledger.takes(), takes, "after warm-up no chunk is taken");
    drop(pool);
    assert_eq!(ledger.live(), 0);
}

#[test]
fn values_of_no_size_are_counted_and_dropped_like_others() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
        }
    }
    let pool = Pool::new();
    let boxes: Vec<_> = (0..1000).map(|_| pool.alloc(Nothing)).collect();
    assert_eq!(pool.len(), 1000);
    drop(boxes);
    let mut pool = HandlePool::new();
    let handles: Vec<_> = (0..1000).map(|_| pool.insert(Nothing)).collect();
    assert!(pool.remove(handles[500]).is_some() && pool.remove(handles[500]).is_none());
    drop(pool);
    assert_eq!(DROPS.load(Ordering::Relaxed), 2000);
}

#[test]
fn values_are_as_aligned_as_they_ask() {
    #[repr(align(4096))]
    struct Page(u8);
    #[repr(align(32))]
    struct Wide([u8; 5]);
    let ledger = Ledger::new();
    let pages = PoolOptions::new().source(ledger.clone()).build();
    let wides = PoolOptions::new().source(&VM).build();
    let mut named = PoolOptions::new().source(ledger.clone()).first_chunk(1).build_handles();
    for n in 0..20 {
        let (page, wide) = (pages.alloc(Page(n)).leak(), wides.alloc(Wide([n; 5])).leak());
        assert_eq!(((&raw const *page).addr() % 4096, (&raw const *wide).addr() % 32), (0, 0));
        assert_eq!((page.0, wide.0), (n, [n; 5]));
        let handle = named.insert(Page(n));
        assert_eq!((&raw const *named.get(handle).unwrap()).addr() % 4096, 0);
    }
    assert!(wides.capacity() > 1000, "a granule is used whole");
    drop((pages, named));
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_hard_budget_refuses_names_its_node_and_changes_nothing() {
    let game = Node::new("game").hard_budget(10_000).build();
    let orcs = Node::new("orcs").parent(&game).build();
    let pool = PoolOptions::new().node(&orcs).build::<[u64; 8]>();
    let mut held = Vec::new();
    let refused = loop {
        let before = (pool.stats(), game.stats(), orcs.stats());
        match pool.try_alloc([held.len() as u64; 8]) {
            Ok(value) => held.push(value),
            Err(refused) => {
                assert_eq!((pool.stats(), game.stats(), orcs.stats()), before);
                break refused;
            }
        }
    };
    let PoolErrorKind::BudgetExceeded { node, budget: 10_000, used } = refused.kind() else { panic!("{refused}") };
    assert_eq!((node, used, refused.node()), (game.id(), pool.stats().allocated, orcs.id()));
    assert!(refused.to_string().contains("\"game\"") && refused.to_string().contains("64-byte"), "{refused}");
    assert!(used > 9_000, "smaller chunks are tried before the refusal: {used}");
    assert!(panic_of(|| pool.alloc([0; 8])).contains("hard budget"));
    held.pop();
    drop(pool.alloc([1; 8]));
    drop(held);
    let mut named = PoolOptions::new().node(&orcs).build_handles::<[u64; 8]>();
    let before = (named.stats(), game.stats());
    assert!(matches!(named.try_insert([0; 8]).unwrap_err().kind(), PoolErrorKind::BudgetExceeded { .. }));
    assert_eq!((named.stats(), game.stats()), before);
    game.set_budget(Budget::default());
    let handle = named.insert([3; 8]);
    assert_eq!(named.get(handle), Some(&[3; 8]));
    drop((pool, named));
    let (game, orcs) = (game.stats(), orcs.stats());
    assert_eq!((game.charged, orcs.own, orcs.used, orcs.arenas), (0, 0, 0, 0));
    assert_eq!(orcs.blocks_taken, orcs.blocks_returned);
}

#[test]
fn a_source_that_refuses_leaves_the_pools_as_they_were_and_they_recover() {
    let ledger = Ledger::new();
    let pool = PoolOptions::new().source(ledger.clone()).first_chunk(4).build();
    let mut named = PoolOptions::new().source(ledger.clone()).first_chunk(4).build_handles();
    let held: Vec<_> = (0..4u64).map(|n| (pool.alloc(n), named.insert(n))).collect();
    let before = (pool.stats(), named.stats());
    ledger.refuse_after(0);
    assert_eq!(pool.try_alloc(9).unwrap_err().kind(), PoolErrorKind::OutOfMemory);
    assert_eq!(named.try_insert(9).unwrap_err().kind(), PoolErrorKind::OutOfMemory);
    assert_eq!((pool.stats(), named.stats()), before);
    ledger.refuse_after(usize::MAX);
    assert_eq!((*pool.alloc(5), named.len()), (5, 4));
    assert!(
        held.iter()
            .enumerate()
            .all(|(n, (value, handle))| **value == n as u64 && named.get(*handle) == Some(&(n as u64)))
    );
    ledger.refuse_nth(1);
    let more: Vec<_> = (0..5).map(|n| pool.alloc(n)).collect();
    assert_eq!(more.len(), 5, "half a chunk is taken where a whole one is refused");
}

#[test]
fn a_soft_budget_calls_back_on_a_whole_pool() {
    thread_local!(static POOL: Cell<Option<&'static Pool<u64>>> = const { Cell::new(None) });
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    let node = Node::new("soft")
        .soft_budget(100)
        .on_soft(move |_| {
            seen.fetch_add(1, Ordering::Relaxed);
            let pool = POOL.get().unwrap();
            mem::forget(pool.alloc(7));
            assert!(seen.load(Ordering::Relaxed) != 2, "second crossing");
        })
        .build();
    let owner = Box::into_raw(Box::new(PoolOptions::new().node(&node).first_chunk(1).build()));
    // Until the end of this test, which nothing of the callback's outlives.
    // SAFETY: leaked above, and freed only at the end of this test, when nobody uses it any more.
    let pool: &'static Pool<u64> = unsafe { &*owner };
    POOL.set(Some(pool));
    let values: Vec<_> = (0..40).map(|n| pool.alloc(n)).collect();
    assert_eq!((calls.load(Ordering::Relaxed), pool.len()), (1, 41));
    assert!(values.iter().zip(0..).all(|(value, n)| **value == n));
    node.set_budget(Budget { soft: Some(node.stats().charged), hard: None });
    let left = pool.capacity() - pool.len();
    let more: Vec<_> = (0..left as u64).map(|n| pool.alloc(n)).collect();
    let len = pool.len();
    assert!(panic_of(|| pool.alloc(1)).contains("second crossing"));
    assert_eq!(pool.len(), len + 1, "the callback's own, and not the one that did not return");
    drop((values, more));
    // SAFETY: leaked above as a box; the last use of the reference is over.
    drop(unsafe { Box::from_raw(owner) });
    assert_eq!(node.stats().charged, 0);
}

#[test]
fn capacities_of_nothing_and_beyond_all_memory_are_refused() {
    let none = PoolOptions::new().capacity(0).build::<u64>();
    assert_eq!(none.try_alloc(1).unwrap_err().kind(), PoolErrorKind::Full { capacity: 0 });
    let mut none = PoolOptions::new().capacity(0).build_handles::<u64>();
    assert_eq!(none.try_insert(1).unwrap_err().kind(), PoolErrorKind::Full { capacity: 0 });
    let huge = PoolOptions::new().first_chunk(usize::MAX).source(Ledger::new()).build::<[u64; 512]>();
    assert_eq!(*huge.alloc([7; 512]), [7; 512], "halved until it can be had");
}

#[test]
fn handles_go_through_numbers_and_made_up_numbers_do_no_harm() {
    let mut pool = HandlePool::new();
    let handle = pool.insert(5);
    assert_eq!(size_of::<Option<PoolHandle<u8>>>(), 8);
    assert_eq!(PoolHandle::from_bits(handle.to_bits()), Some(handle));
    for bits in [0, 1, u64::from(u32::MAX), 2 << 32, 4 << 32, u64::MAX - (1 << 32)] {
        assert_eq!(PoolHandle::<u8>::from_bits(bits), None);
    }
    for bits in [u64::MAX, 1 << 32 | 1, 3 << 32, 1 << 32 | 0xFFFF_FFFF] {
        assert_eq!(pool.get(PoolHandle::from_bits(bits).unwrap()), None);
    }
    assert_eq!(HandlePool::<i32>::new().get(handle), None);
    for (_, value) in &mut pool {
        *value += 1;
    }
    assert_eq!((&pool).into_iter().map(|(_, value)| *value).collect::<Vec<_>>(), [6]);
}

#[test]
fn pools_move_between_threads_and_boxes_do_not() {
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
    is_send::<Pool<u64>>();
    is_send::<HandlePool<u64>>();
    is_sync::<HandlePool<u64>>();
    let mut pool = HandlePool::new();
    let handle = pool.insert(String::from("here"));
    let pool = std::thread::spawn(move || {
        pool.get_mut(handle).unwrap().push_str(" and there");
        pool
    });
    assert_eq!(pool.join().unwrap().get(handle).unwrap(), "here and there");
}

#[test]
fn a_panic_while_boxes_are_alive_drops_them() {
    let deaths = Deaths::default();
    let pool = Pool::new();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _a = pool.alloc(deaths.watch(1));
        let _b = pool.alloc(deaths.watch(2));
        std::panic::resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err());
    assert_eq!((deaths.take(), pool.len()), (vec![2, 1], 0));
}
