//! Requests that nobody should make, sources and closures that fail: typed errors, nothing changed, usable afterwards.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.

mod common;

use arenite::{Arena, ArenaOptions, ArenaVec, BufferArena, Claim, ErrorKind, Scope};
use common::{Deaths, Ledger, panic_of};
use std::{alloc::Layout, fmt, mem::MaybeUninit};

fn every_growth() -> Vec<(&'static str, Arena)> {
    vec![
        ("default", Arena::new()),
        ("built", ArenaOptions::new().build()),
        ("tiny", ArenaOptions::new().initial(16).max(256).build()),
        ("range", ArenaOptions::new().reserve(1 << 20).build()),
        ("counting", ArenaOptions::new().counting(true).build()),
    ]
}

/// More than any limit of these tests, and no more than the address space.
const LARGE: usize = 3 << if usize::BITS == 64 { 40 } else { 29 };

#[test]
fn impossible_layouts_are_refused_by_kind_and_change_nothing() {
    for (name, arena) in every_growth() {
        let _ = arena.try_alloc(1u64);
        let before = arena.stats();
        for align in [0, 3, 6, 12, 4 << 20, 1 << (usize::BITS - 4), usize::MAX, (1 << (usize::BITS - 1)) + 1] {
            let refused = arena.try_alloc_aligned(8, align).unwrap_err();
            assert_eq!((refused.kind(), refused.align()), (ErrorKind::BadAlignment, align), "{name}");
        }
        for size in [usize::MAX, isize::MAX as usize + 1, isize::MAX as usize - 6] {
            let refused = arena.try_alloc_aligned(size, 8).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::CapacityOverflow, "{name} {size}");
        }
        for size in [(1 << 30) + 1, LARGE, isize::MAX as usize - 7] {
            for align in [1, 8, 4096, 2 << 20] {
                let Ok(layout) = Layout::from_size_align(size, align) else { continue };
                let refused = arena.try_alloc_layout(layout).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::RequestTooLarge { max: 1 << 30 }, "{name}");
                assert_eq!(refused.layout(), Some(layout));
            }
        }
        let refused = arena.try_alloc_layout(Layout::from_size_align(64, 4 << 20).unwrap()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BadAlignment, "{name}");
        assert_eq!(arena.try_alloc_slice_fill(usize::MAX, 0u64).unwrap_err().kind(), ErrorKind::CapacityOverflow);
        assert_eq!(
            arena.try_alloc_slice_uninit::<u64>(1 << (usize::BITS - 3)).unwrap_err().kind(),
            ErrorKind::CapacityOverflow
        );
        assert_eq!(arena.try_alloc_slice_uninit::<u16>(1 << (usize::BITS - 2)).unwrap_err().size(), usize::MAX);
        assert!(ArenaVec::<u32>::try_with_capacity_in(usize::MAX, &arena).is_err());
        let mut vec = ArenaVec::new_in(&arena);
        vec.push(1u64);
        let one = arena.stats();
        assert_eq!(vec.try_reserve(usize::MAX).unwrap_err().kind(), ErrorKind::CapacityOverflow);
        assert_eq!(vec.try_reserve(1 << (usize::BITS - 3)).unwrap_err().kind(), ErrorKind::CapacityOverflow);
        assert!(vec.try_reserve(LARGE / 8).is_err());
        assert_eq!((&*vec, arena.stats()), (&[1u64][..], one), "{name}");
        drop(vec);
        assert_eq!(arena.used(), before.used, "{name}");
        arena.alloc(2u64);
    }
}

#[test]
fn no_request_limit_and_a_size_at_the_top_of_the_address_space_do_not_wrap() {
    for options in [ArenaOptions::new(), ArenaOptions::new().reserve(1 << 20), ArenaOptions::new().counting(true)] {
        let ledger = Ledger::new();
        let arena = options.max_request(usize::MAX).source(ledger.clone()).build();
        arena.alloc(1u64);
        let before = arena.stats();
        ledger.refuse_after(0); // 32-bit programs may have room for the smaller ones.
        for below in (0..4096).step_by(8).chain([1 << 20, LARGE / 3, 1 << (usize::BITS - 2)]) {
            let layout = Layout::from_size_align(isize::MAX as usize - 7 - below, 8).unwrap();
            assert!(arena.try_alloc_layout(layout).is_err());
            let big = Layout::from_size_align((isize::MAX as usize - below) & !((2 << 20) - 1), 2 << 20).unwrap();
            assert!(arena.try_alloc_layout(big).is_err());
        }
        assert!(arena.try_alloc_slice_uninit::<u8>(isize::MAX as usize).is_err());
        assert_eq!(arena.stats(), before);
    }
}

#[test]
fn a_request_beyond_the_reservation_or_buffer_is_refused_and_the_rest_is_served_to_the_last_byte() {
    for reserve in [64usize, 104, 4096, 65_536, 65_537, 200_000] {
        let arena = ArenaOptions::new().reserve(reserve).build();
        let room = arena.stats().reserved;
        assert!(room >= reserve && room <= reserve + 7, "{room} of {reserve}");
        assert_eq!(
            arena.try_alloc_slice_uninit::<u8>(room + 1).unwrap_err().kind(),
            ErrorKind::ReservationFull { reserved: room }
        );
        arena.alloc_slice_fill(room - 8, 1u8);
        arena.alloc(1u64);
        assert_eq!(arena.try_alloc(1u8).unwrap_err().kind(), ErrorKind::ReservationFull { reserved: room });
        assert_eq!((arena.stats().used, arena.stats().waste), (room, 0));
    }
    assert!(ArenaOptions::new().reserve(0).try_build().is_err());
    assert!(ArenaOptions::new().reserve(usize::MAX).try_build().is_err());
    let arena = ArenaOptions::new().reserve(usize::MAX).reserve_at_least(1 << 20).build();
    assert!(arena.stats().reserved >= 1 << 20);
    for size in 0..900 {
        for offset in 0..17 {
            let mut memory = [MaybeUninit::<u8>::new(0xCC); 1024];
            let Ok(mut arena) = BufferArena::new(&mut memory[offset..offset + size]) else { continue };
            for _ in 0..2 {
                let mut got = 0;
                while arena.try_alloc(0x1111_1111_1111_1111u64).is_ok() {
                    got += 8;
                }
                assert_eq!((arena.stats().used, arena.stats().waste), (got, 0));
                assert!(got >= 64);
                arena.reset();
            }
            drop(arena);
            let outside = memory[..offset].iter().chain(&memory[offset + size..]);
            assert!(outside.into_iter().all(|byte| unsafe { byte.assume_init() } == 0xCC), "{size} at {offset}");
        }
    }
}

#[test]
fn a_limit_of_nothing_or_little_refuses_at_once_and_any_other_is_never_passed() {
    for limit in [0, 1, 15] {
        let refused = ArenaOptions::new().limit(limit).try_build().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::LimitExceeded { limit, allocated: 0 });
        assert!(ArenaOptions::new().limit(limit).reserve(1 << 20).try_build().is_err());
    }
    for limit in (16..20_000).step_by(731) {
        let mut arena = ArenaOptions::new().limit(limit).build();
        loop {
            let before = arena.stats();
            assert!(before.allocated <= limit);
            match arena.try_alloc_slice_fill(50, 1u8) {
                Ok(_) => {}
                Err(refused) => {
                    assert!(matches!(refused.kind(), ErrorKind::LimitExceeded { .. }));
                    assert_eq!(arena.stats(), before);
                    break;
                }
            }
        }
        let text = arena.try_alloc_slice_fill(limit + 8, 0u8).unwrap_err().to_string();
        assert!(text.contains(&format!("its limit is {limit} bytes")), "{text}");
        arena.set_limit(None).unwrap();
        arena.alloc_slice_fill(limit, 0u8);
        arena.set_limit(Some(0)).unwrap();
        let more = arena.stats().allocated + 1;
        assert!(arena.try_alloc_slice_fill(more, 0u8).is_err());
        arena.reset();
        arena.alloc(1u64);
    }
}

/// A scenario over most of the surface. The first refusal ends it.
fn scenario(arena: &mut Arena, deaths: &Deaths) -> Result<(), arenite::AllocError> {
    arena.try_alloc(1u64)?;
    arena.try_alloc_drop(deaths.watch(1))?;
    arena.try_alloc_slice_copy(&[1u16; 300])?;
    {
        let scope: Scope<'_> = arena.try_scope()?;
        scope.try_alloc_drop(deaths.watch(2))?;
        scope.try_alloc_slice_fill_with(5000, |i| i as u8)?;
        let inner = scope.try_scope()?;
        inner.try_alloc_fmt(format_args!("{:1500}", 1))?;
        let _boxed = inner.try_boxed(String::from("heap"))?;
        inner.try_alloc_drop(deaths.watch(3))?;
    }
    {
        let claim: Claim<'_> = arena.try_claim()?;
        claim.try_alloc_slice_copy(&[7u32; 900])?;
        claim.try_alloc_str(&"x".repeat(3000))?;
    }
    let mark = arena.try_checkpoint()?;
    arena.try_alloc_slice_from_iter((0..2000u32).filter(|n| n % 3 > 0))?;
    let mut vec = ArenaVec::new_in(arena);
    for _ in 0..200 {
        vec.try_push(deaths.watch(4))?;
    }
    drop(vec);
    arena.restore(mark).expect("the only mark");
    arena.try_alloc_zeroed(Layout::from_size_align(70_000, 4096).unwrap())?;
    arena.reset();
    arena.try_alloc_layout(Layout::from_size_align(8, 1 << 16).unwrap())?;
    arena.clear();
    arena.try_alloc_slice_fill(9000, 0u8)?;
    Ok(())
}

#[test]
fn memory_that_runs_out_at_any_take_gives_a_typed_error_and_nothing_is_lost() {
    for counting in [false, true] {
        for (initial, max) in [(16, 256), (4096, 64 << 10)] {
            for k in 1.. {
                let (ledger, deaths) = (Ledger::new(), Deaths::default());
                ledger.refuse_after(k);
                let options = ArenaOptions::new().initial(initial).max(max).source(ledger.clone());
                let mut arena = options.counting(counting).name("starved").build();
                let done = scenario(&mut arena, &deaths);
                let stats = arena.stats();
                assert_eq!(stats.allocated, arena.chunk_sizes().sum::<usize>());
                assert_eq!(arena.node().unwrap().stats().charged, stats.allocated);
                assert_eq!(ledger.live(), stats.chunks);
                if let Err(refused) = done {
                    assert_eq!(refused.kind(), ErrorKind::OutOfMemory);
                    // The same refusal again changes nothing.
                    let before = arena.stats();
                    let again = arena.try_alloc_slice_fill(200_000, 0u8).unwrap_err();
                    assert_eq!((again.kind(), arena.stats()), (ErrorKind::OutOfMemory, before));
                    assert!(
                        arena
                            .try_alloc_drop([deaths.watch(5), deaths.watch(6), deaths.watch(7), deaths.watch(8)])
                            .is_ok()
                            || arena.stats() == before
                    );
                    ledger.refuse_after(usize::MAX);
                    arena.reset();
                    deaths.take();
                    assert_eq!(scenario(&mut arena, &deaths), Ok(()), "usable afterwards");
                }
                drop(arena);
                assert_eq!(ledger.live(), 0, "all back");
                if done.is_ok() {
                    assert!(k > 3, "the scenario took blocks");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_single_refused_take_is_survived_wherever_it_comes() {
    for k in 1..60 {
        let (ledger, deaths) = (Ledger::new(), Deaths::default());
        let mut arena = ArenaOptions::new().initial(16).max(512).source(ledger.clone()).build();
        ledger.refuse_nth(k);
        let _ = scenario(&mut arena, &deaths);
        let died = deaths.take().len();
        arena.reset();
        let _ = scenario(&mut arena, &deaths);
        drop(arena);
        assert!(deaths.take().len() + died >= 200);
        assert_eq!(ledger.live(), 0);
    }
}

#[test]
fn closures_that_panic_give_the_room_back() {
    for (name, arena) in every_growth() {
        let deaths = Deaths::default();
        arena.alloc(0u64);
        let used = arena.used();
        panic_of(|| arena.alloc_with(|| -> u64 { panic!() }));
        panic_of(|| arena.alloc_slice_fill_with(6, |i| if i == 5 { panic!() } else { i }));
        panic_of(|| arena.alloc_slice_from_iter((0..7u64).map(|i| if i == 6 { panic!() } else { i })));
        panic_of(|| arena.alloc_slice_clone(&[Panicky(1), Panicky(2), Panicky(99)]));
        panic_of(|| {
            let mut vec = ArenaVec::new_in(&arena);
            vec.extend((0..4).map(|i| if i == 3 { panic!() } else { deaths.watch(i) }));
        });
        assert_eq!(deaths.take(), [0, 1, 2], "{name}: what the vector had is dropped once");
        panic_of(|| arena.alloc_fmt(format_args!("abc{}", Panicky(1))));
        // Where the 7 words of the iterator do not fit into what a block has left, the first of them move to another block,
        // and their place in the first one is lost: how many fitted depends on how large the blocks' headers are.
        let fitted = if usize::BITS == 64 { 1 } else { 6 };
        assert!(arena.used() <= used + if name == "tiny" { fitted * 8 } else { 0 }, "{name}");
        // One that allocates first keeps what it allocated.
        panic_of(|| {
            arena.alloc_with(|| -> u64 {
                arena.alloc(7u32);
                panic!()
            })
        });
        assert!(arena.used() > used);
        assert_eq!(*arena.alloc(1u64), 1);
    }
}

#[derive(Debug)]
struct Panicky(u32);

impl Clone for Panicky {
    fn clone(&self) -> Self {
        assert!(self.0 != 99, "clone");
        Self(self.0)
    }
}

impl fmt::Display for Panicky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "half")?;
        panic!("while formatting")
    }
}

#[test]
fn text_that_allocates_from_the_same_arena_while_it_is_formatted_is_whole() {
    struct Nested<'a>(&'a Arena, u32);
    impl fmt::Display for Nested<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            if self.1 == 0 {
                return write!(f, "!");
            }
            let inner = self.0.alloc_fmt(format_args!("<{}>", Nested(self.0, self.1 - 1)));
            self.0.alloc_slice_fill(40, 0xFFu8);
            {
                let scope = self.0.scope();
                scope.alloc_slice_fill(500, 0xEEu8);
            }
            write!(f, "{inner}{inner}")
        }
    }
    for (name, arena) in every_growth() {
        for _ in 0..5 {
            let text = arena.alloc_fmt(format_args!("[{}]", Nested(&arena, 4)));
            let other = arena.alloc_slice_fill(100, 0xDDu8);
            fn expected(depth: u32) -> String {
                if depth == 0 { "!".into() } else { format!("<{}>", expected(depth - 1)).repeat(2) }
            }
            assert_eq!(*text, *format!("[{}]", expected(4)), "{name}");
            assert!(other.iter().all(|&b| b == 0xDD));
        }
    }
}

#[test]
fn a_formatting_error_that_is_not_the_arenas_panics_and_gives_the_room_back() {
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:2000}", 1)?;
            Err(fmt::Error)
        }
    }
    for (name, arena) in every_growth() {
        arena.alloc(1u64);
        let used = arena.used();
        let text = panic_of(|| arena.try_alloc_fmt(format_args!("{Broken}")).map(|_| ()));
        assert!(text.contains("formatting implementation"), "{text}");
        // Pieces that the text had to leave on its way stay until the arena goes back.
        assert!(arena.used() == used || name == "tiny", "{name}: {} bytes stay", arena.used() - used);
    }
}

#[test]
fn iterators_that_lie_about_their_length_are_taken_at_their_items() {
    struct Liar(u32, (usize, Option<usize>));
    impl Iterator for Liar {
        type Item = u32;
        fn next(&mut self) -> Option<u32> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            self.1
        }
    }
    for (name, arena) in every_growth() {
        for hint in [(0, Some(0)), (1, Some(2)), (usize::MAX, None), (usize::MAX, Some(0)), (LARGE, None), (1000, None)]
        {
            for n in [0, 1, 99, 3000] {
                let items = arena.alloc_slice_from_iter(Liar(n, hint));
                assert!(items.iter().copied().eq((0..n).rev()), "{name} {hint:?}");
            }
        }
    }
}
