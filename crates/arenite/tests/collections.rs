//! Collections in arenas, scopes and claims; arenas that move between threads.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use allocator_api2::{alloc::Allocator, boxed::Box as ApiBox, vec::Vec as ApiVec};
use arenite::{Arena, ArenaOptions, ArenaVec, BufferArena, Scope};
use common::Deaths;
use hashbrown::{DefaultHashBuilder, HashMap};
use std::{collections::HashMap as Plain, mem::MaybeUninit, thread};

fn every_growth() -> Vec<Arena> {
    vec![
        Arena::new(),
        ArenaOptions::new().initial(16).max(256).build(),
        ArenaOptions::new().reserve(64 << 20).build(),
        ArenaOptions::new().counting(true).build(),
    ]
}

/// Work over every kind of collection by one allocator; the same as on the plain heap.
fn exercise<A: Allocator + Copy>(alloc: A) {
    let mut numbers = ApiVec::new_in(alloc);
    let mut map: HashMap<u64, ApiVec<u32, A>, DefaultHashBuilder, A> = HashMap::new_in(alloc);
    let mut plain: Plain<u64, Vec<u32>> = Plain::new();
    for i in 0..3000u32 {
        let key = u64::from(i.wrapping_mul(2_654_435_761) % 37);
        map.entry(key).or_insert_with(|| ApiVec::new_in(alloc)).push(i);
        plain.entry(key).or_default().push(i);
        numbers.push(i);
        if i % 100 == 99 {
            numbers.truncate(50);
            numbers.shrink_to_fit();
            map.remove(&(key / 2));
            plain.remove(&(key / 2));
        }
        if i % 1000 == 500 {
            map.shrink_to_fit();
            map.reserve(500);
        }
    }
    assert_eq!(map.len(), plain.len());
    assert!(map.iter().all(|(key, list)| plain[key] == list[..]));
    assert!(numbers.iter().take(50).copied().eq(0..50));
    let copy = map.clone();
    drop(map);
    assert!(copy.iter().all(|(key, list)| plain[key] == list[..]));

    let deaths = Deaths::default();
    let mut list = ApiVec::new_in(alloc);
    (0..100).for_each(|id| list.push(ApiBox::new_in(deaths.watch(id), alloc)));
    list.retain(|boxed| boxed.id % 2 == 0);
    assert_eq!(deaths.take().len(), 50);
    let middle: ApiVec<_, A> = {
        let mut out = ApiVec::new_in(alloc);
        out.extend(list.drain(10..20));
        out
    };
    assert_eq!((list.len(), middle.len(), deaths.take().len()), (40, 10, 0));
    let mut tail = list.split_off(30);
    list.append(&mut tail);
    drop(list.into_iter().take(5));
    assert_eq!(deaths.take().len(), 40);
    drop(middle);
    assert_eq!(deaths.take().len(), 10);

    let nothing: ApiVec<(), A> = {
        let mut v = ApiVec::new_in(alloc);
        v.resize(1000, ());
        v
    };
    assert_eq!(nothing.into_iter().count(), 1000);
    let slice: ApiBox<[u16], A> = allocator_api2::vec![in alloc; 7u16; 333].into_boxed_slice();
    assert!(slice.iter().all(|&n| n == 7));
    let zeroed = alloc.allocate_zeroed(std::alloc::Layout::new::<[u64; 100]>()).unwrap();
    assert!(unsafe { zeroed.as_ref() }.iter().all(|&byte| byte == 0));
}

#[test]
fn collections_work_in_arenas_scopes_and_claims_as_on_the_heap() {
    for mut arena in every_growth() {
        for _ in 0..2 {
            exercise(&arena);
            let before = arena.used();
            {
                let scope = arena.scope();
                exercise(&scope);
                let inner = scope.scope();
                exercise(&inner);
                drop(inner);
                {
                    let claim = scope.claim();
                    exercise(&claim);
                }
                exercise(&*scope);
            }
            assert_eq!(arena.used(), before);
            {
                let mut claim = arena.claim();
                exercise(&claim);
                exercise(&claim.scope());
            }
            exercise(&*arena);
            arena.reset();
        }
    }
}

#[test]
fn collections_work_in_a_borrowed_buffer_until_it_is_full() {
    let mut memory = vec![MaybeUninit::<u8>::uninit(); 64 << 10];
    let mut arena = BufferArena::new(&mut memory).unwrap();
    for _ in 0..3 {
        let mut list: ApiVec<u64, &Arena> = ApiVec::new_in(&arena);
        while list.try_reserve(1).is_ok() {
            list.push(list.len() as u64);
        }
        assert!(list.len() > 4000 && list.iter().copied().eq(0..list.len() as u64));
        drop(list);
        assert_eq!(arena.used(), 0);
        arena.alloc_drop(String::from("dropped at reset"));
        arena.reset();
    }
}

#[test]
fn a_vector_freed_last_gives_its_room_back_and_others_wait() {
    let arena = ArenaOptions::new().reserve(1 << 20).build();
    let first: ApiVec<u8, _> = ApiVec::with_capacity_in(100, &arena);
    let second: ApiVec<u8, _> = ApiVec::with_capacity_in(100, &arena);
    assert_eq!(arena.used(), 208);
    drop(first);
    assert_eq!(arena.used(), 208);
    drop(second);
    assert_eq!(arena.used(), 104);
}

#[test]
fn an_arena_vector_keeps_its_elements_and_drops_each_once() {
    for arena in every_growth() {
        let deaths = Deaths::default();
        let mut vec = ArenaVec::with_capacity_in(3, &arena);
        assert!(vec.capacity() >= 3 && vec.is_empty());
        for id in 0..50 {
            vec.push(deaths.watch(id));
            if id % 9 == 0 {
                arena.alloc(id);
            }
        }
        assert!(vec.iter().map(|watched| watched.id).eq(0..50));
        vec.reverse();
        assert_eq!(vec.pop().map(|watched| watched.id), Some(0));
        deaths.take();
        vec.truncate(40);
        assert_eq!(deaths.take().len(), 9);
        vec.truncate(100);
        assert_eq!((vec.len(), deaths.take().len()), (40, 0));
        vec.clear();
        assert_eq!((vec.pop().is_none(), deaths.take().len()), (true, 40));
        vec.push(deaths.watch(99));
        drop(vec);
        assert_eq!(deaths.take(), [99]);
        let mut words = ArenaVec::new_in(&arena);
        words.extend(["a", "b"]);
        words.extend_from_slice(&["c"; 100]);
        assert_eq!((format!("{:?}", &words[..3]), words.len()), ("[\"a\", \"b\", \"c\"]".into(), 102));
        let words = words.into_slice();
        arena.alloc_slice_fill(10, "z");
        assert_eq!((words[1], words[101]), ("b", "c"));
    }
}

#[test]
fn an_element_that_panics_as_it_dies_leaves_the_vector_and_its_memory_sound() {
    struct Bomb<'a>(u64, #[allow(dead_code, reason = "held for its drop")] common::Watched, &'a Arena);
    impl Drop for Bomb<'_> {
        fn drop(&mut self) {
            let _ = self.2.try_alloc([0xFFu64; 20]);
            assert!(self.0 != 5, "five");
        }
    }
    for arena in every_growth() {
        let deaths = Deaths::default();
        let text = common::panic_of(|| {
            let mut vec = ArenaVec::new_in(&arena);
            (0..9).for_each(|id| vec.push(Bomb(id, deaths.watch(id), &arena)));
        });
        assert_eq!(text, "five");
        assert_eq!(deaths.take(), (0..9).collect::<Vec<_>>());
        arena.alloc_slice_fill(500, 1u64);
    }
}

#[test]
fn an_arena_moves_between_threads_with_what_it_holds() {
    let deaths = Deaths::default();
    let mut arena = ArenaOptions::new().name("traveller").build();
    for round in 0..8 {
        arena.alloc_drop(deaths.watch(round));
        arena.alloc_slice_fill(3000, round);
        arena = thread::spawn(move || {
            let scope: Scope<'_> = arena.scope();
            exercise(&scope);
            drop(scope);
            if round == 4 {
                arena.reset();
            }
            arena
        })
        .join()
        .unwrap();
    }
    assert_eq!(deaths.take(), [4, 3, 2, 1, 0]);
    let node = arena.node().unwrap().clone();
    thread::spawn(move || drop(arena)).join().unwrap();
    assert_eq!((deaths.take(), node.stats().charged), (vec![7, 6, 5], 0));
}

#[test]
fn results_go_to_other_threads_while_the_arena_stays() {
    let arena = Arena::new();
    let parts: Vec<&mut [u64]> = (0..4).map(|i| arena.alloc_slice_fill(1000, i)).collect();
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(move || part.iter_mut().for_each(|n| *n += 1));
        }
        assert_eq!(arena.alloc_slice_fill(1000, 9u64).len(), 1000);
    });
}

#[test]
fn many_arenas_on_many_threads_share_a_node_and_a_source() {
    let node = arenite::Node::new("shared").soft_budget(1 << 20).on_soft(|_| {}).build();
    let ledger = common::Ledger::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let mut arena = ArenaOptions::new().node(&node).source(ledger.clone()).build();
                    exercise(&arena);
                    arena.clear();
                    arena.alloc_slice_fill(10_000, 1u8);
                }
            });
        }
    });
    let stats = node.stats();
    assert_eq!((stats.charged, stats.own, stats.used, stats.arenas, ledger.live()), (0, 0, 0, 0, 0));
    assert_eq!(stats.blocks_taken, stats.blocks_returned);
    assert_eq!(stats.blocks_taken, ledger.takes() as u64);
}
