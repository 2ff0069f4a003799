//! The vector on its own reservation: against `Vec`, misused, refused, with elements that panic.

mod common;

use arenite::{Arena, ArenaVec, Budget, ErrorKind, Node, ReservedVec, source::ReservationOptions};
use common::{Deaths, Watched, panic_of};
use proptest::prelude::*;
use std::rc::Rc;

const STEP: usize = 64 << 10;

fn charged(node: &Node) -> usize {
    node.stats().charged
}

#[test]
fn elements_never_move_while_the_vector_grows_to_its_end() {
    let mut vec = ReservedVec::with_reserved(1_000_000);
    vec.push(0u64);
    let (start, first) = (vec.as_ptr(), std::ptr::from_ref(&vec[0]));
    vec.extend(1..1_000_000);
    assert_eq!((vec.as_ptr(), std::ptr::from_ref(&vec[0])), (start, first));
    assert!(vec.iter().copied().eq(0..1_000_000));
    assert_eq!((vec.len(), vec.capacity()), (1_000_000, 1_000_000));
    let full = vec.try_push(1).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::ReservationFull { reserved: 8_000_000 });
    assert_eq!((full.size(), full.align(), vec.len()), (8, align_of::<u64>(), 1_000_000));
    assert!(panic_of(|| vec.push(1)).contains("range of 8000000 bytes is full"));
    assert_eq!(vec.pop(), Some(999_999));
    vec.push(7);
    assert_eq!(vec.last(), Some(&7));
}

/// The second half of row 6: two arrays that grow in turn. In an arena each move of one leaves its old place behind; here
/// there is nothing but the elements and what is committed ahead.
#[test]
fn two_interleaved_vectors_leave_no_abandoned_copies() {
    const N: usize = 100_000;
    let payload = 2 * N * 8;

    let arena = Arena::new();
    let (mut a, mut b) = (ArenaVec::new_in(&arena), ArenaVec::new_in(&arena));
    for i in 0..N as u64 {
        a.push(i);
        b.push(i);
    }
    assert!(arena.used() > payload * 3 / 2, "in an arena they do: {} bytes for {payload}", arena.used());

    let node = Node::new("arrays").build();
    let options = ReservationOptions::new(N * 8);
    let mut a = ReservedVec::try_with_options(options, Some(&node)).unwrap();
    let mut b = ReservedVec::try_with_options(options, Some(&node)).unwrap();
    a.push(0);
    b.push(0);
    let places = (a.as_ptr(), b.as_ptr());
    for i in 1..N {
        a.push(i as u64);
        b.push(i as u64);
        let needed = 2 * (i + 1) * 8;
        assert!(charged(&node) <= needed * 3 / 2 + 4 * STEP, "no more than half ahead");
    }
    assert_eq!((a.as_ptr(), b.as_ptr()), places);
    assert_eq!(charged(&node), a.committed() + b.committed());
    assert!(charged(&node) < payload + 2 * STEP, "at the end the range is the bound: whole steps");
    assert_eq!(node.stats().blocks_returned, 0);
    assert!(a.iter().eq(b.iter()) && a.iter().copied().eq(0..N as u64));
    assert_eq!(node.stats().arenas, 2);
    drop((a, b));
    let end = node.stats();
    assert_eq!((end.charged, end.own, end.used, end.arenas, end.blocks_returned), (0, 0, 0, 0, 2));
}

#[test]
fn nothing_is_committed_before_the_first_element_and_a_cleared_vector_refills_without_committing() {
    let node = Node::new("refill").build();
    let mut vec =
        ReservedVec::try_with_options(ReservationOptions::new(1 << (usize::BITS - 3)).at_least(1 << 27), Some(&node))
            .unwrap();
    assert_eq!((vec.committed(), charged(&node), vec.len()), (0, 0, 0));
    assert!(vec.is_empty() && vec.capacity() >= 1 << 25);
    vec.push(1u32);
    assert_eq!((vec.committed(), charged(&node)), (STEP, STEP));
    vec.extend(0..1_000_000);
    let (held, taken) = (vec.committed(), node.stats().blocks_taken);
    for round in 0..5 {
        vec.clear();
        vec.extend((0..1_000_001).map(|i| i ^ round));
        assert_eq!((vec.committed(), node.stats().blocks_taken), (held, taken));
    }
    vec.truncate(10);
    vec.shrink_to(20_000);
    assert_eq!((vec.committed(), charged(&node)), (2 * STEP, 2 * STEP));
    assert!(vec.iter().copied().eq((0..10).map(|i| i ^ 4)));
    vec.extend(0..100_000);
    assert_eq!(vec[10..], (0..100_000).collect::<Vec<_>>());
    vec.clear_and_decommit();
    assert_eq!((vec.committed(), charged(&node), vec.len(), node.stats().used), (0, 0, 0, 0));
    vec.push(5);
    assert_eq!(*vec, [5]);
    vec.shrink_to(usize::MAX);
    assert_eq!(vec.committed(), STEP, "shrinking never commits");
}

#[test]
fn a_hard_budget_refuses_and_leaves_everything_as_it_was() {
    let game = Node::new("game").hard_budget(7 * STEP).build();
    let node = Node::new("array").parent(&game).build();
    let mut vec = ReservedVec::try_with_options(ReservationOptions::new(1 << 20), Some(&node)).unwrap();
    let (per, mut n) = (STEP / 8, 0u64);
    let refused = loop {
        match vec.try_push(n) {
            Ok(()) => n += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(n as usize, 7 * per, "the last step is taken without any ahead");
    assert_eq!(refused.kind(), ErrorKind::BudgetExceeded { node: game.id(), budget: 7 * STEP, used: 7 * STEP });
    assert_eq!(refused.node(), node.id());
    assert!(refused.to_string().starts_with("\"array\" refused 8 bytes"), "{refused}");
    assert!(vec.try_extend_from_slice(&vec![0; 9 * per]).is_err());
    assert!(vec.try_reserve(per).is_err());
    assert_eq!((vec.len(), vec.committed(), charged(&game), charged(&node)), (7 * per, 7 * STEP, 7 * STEP, 7 * STEP));
    assert!(vec.iter().copied().eq(0..n));
    game.set_budget(Budget::default());
    vec.push(n);
    assert!(vec.iter().copied().eq(0..=n));
    assert_eq!(game.stats().high_water, vec.committed());
}

#[test]
fn what_the_system_cannot_reserve_is_a_typed_error() {
    let text = ReservedVec::<u64>::try_with_reserved(usize::MAX).unwrap_err();
    assert_eq!(text.kind(), ErrorKind::CapacityOverflow);
    let refused = ReservedVec::<u8>::try_with_reserved(isize::MAX as usize).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::ReserveRefused { .. }));
    assert_eq!(refused.size(), isize::MAX as usize);
    // Nearly half of all addresses: a process of 32 bits may have that once, and never twice.
    let much = isize::MAX as usize - (16 << 20);
    let first = ReservedVec::<u8>::try_with_reserved(much);
    assert!(first.is_err() || usize::BITS == 32);
    let refused = ReservedVec::<u8>::try_with_reserved(much).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::ReserveRefused { code } if code != 0));
    let node = Node::new("none").build();
    assert!(ReservedVec::<u8>::try_with_options(ReservationOptions::new(much), Some(&node)).is_err());
    assert_eq!(node.stats().arenas, 0);
    drop(first);
    assert!(panic_of(|| drop(ReservedVec::<u64>::with_reserved(usize::MAX))).contains("size overflows"));
    let mut vec = ReservedVec::<u64>::with_reserved(10);
    vec.push(1);
    let refused = vec.try_reserve(usize::MAX).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::ReservationFull { reserved: 80 }));
    assert_eq!(*vec, [1]);
}

#[test]
fn elements_are_dropped_once_also_when_one_panics() {
    struct Bomb(#[allow(dead_code, reason = "held for its drop")] Watched, bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.1, "in drop");
        }
    }
    let deaths = Deaths::default();
    let node = Node::new("bombs").build();
    let fresh = || {
        let mut vec = ReservedVec::try_with_options(ReservationOptions::new(1 << 20), Some(&node)).unwrap();
        vec.extend((0..10).map(|id| Bomb(deaths.watch(id), id == 4)));
        vec
    };
    let mut vec = fresh();
    drop(vec.pop());
    assert_eq!(deaths.take(), [9]);
    vec.truncate(7);
    assert_eq!(deaths.take(), [7, 8]);
    assert!(panic_of(|| vec.truncate(2)).contains("in drop"));
    assert_eq!((vec.len(), deaths.take()), (2, vec![2, 3, 4, 5, 6]));
    drop(vec);
    assert_eq!(deaths.take(), [0, 1]);

    let vec = fresh();
    assert!(panic_of(|| drop(vec)).contains("in drop"));
    assert_eq!(deaths.take(), (0..10).collect::<Vec<_>>());
    assert_eq!((charged(&node), node.stats().arenas), (0, 0), "the range went back all the same");

    let mut vec = fresh();
    assert!(panic_of(|| vec.clear_and_decommit()).contains("in drop"));
    assert_eq!((vec.len(), vec.committed(), deaths.take().len()), (0, STEP, 10));

    // A value that is refused is dropped, once.
    let mut small = ReservedVec::with_reserved(1);
    small.push(deaths.watch(1));
    assert!(small.try_push(deaths.watch(2)).is_err());
    assert_eq!(deaths.take(), [2]);
}

#[test]
fn an_iterator_that_panics_leaves_what_it_gave() {
    let mut vec = ReservedVec::with_reserved(100);
    let text = panic_of(|| vec.extend((0..10).map(|i| if i == 5 { panic!("iterator") } else { Rc::new(i) })));
    assert_eq!((text.as_str(), vec.len()), ("iterator", 5));
    assert!(vec.iter().all(|rc| Rc::strong_count(rc) == 1));
}

#[test]
fn a_callback_that_panics_leaves_the_vector_usable_and_the_charge_right() {
    let node = Node::new("soft").soft_budget(STEP).on_soft(|_| panic!("soft")).build();
    let mut vec = ReservedVec::try_with_options(ReservationOptions::new(1 << 20), Some(&node)).unwrap();
    vec.extend_from_slice(&vec![1u8; STEP]);
    assert_eq!(panic_of(|| vec.push(2)), "soft");
    assert_eq!((vec.len(), charged(&node)), (STEP, vec.committed()));
    let held = vec.committed();
    vec.push(3);
    assert_eq!((vec[STEP], vec.committed()), (3, held), "what was committed before the panic is used");
    vec.extend_from_slice(&vec![4; 500_000]);
    drop(vec);
    assert_eq!(charged(&node), 0);
}

#[test]
fn elements_without_a_size_and_vectors_without_room_work() {
    let mut units = ReservedVec::with_reserved(3);
    units.extend([(), (), ()]);
    assert!(matches!(units.try_push(()).unwrap_err().kind(), ErrorKind::ReservationFull { .. }));
    assert_eq!((units.pop(), units.len(), units.capacity(), units.committed()), (Some(()), 2, 3, 0));
    units.shrink_to(0);
    units.push(());
    assert_eq!(units.len(), 3);
    units.clear_and_decommit();
    assert!(units.is_empty() && units.pop().is_none());

    let mut none = ReservedVec::<String>::with_reserved(0);
    assert_eq!(none.capacity(), 0);
    assert!(none.try_push(String::from("refused")).is_err());
    none.try_reserve(0).unwrap();
    none.clear_and_decommit();
    assert!(none.is_empty() && none.pop().is_none());
}

#[test]
fn large_alignments_and_sizes_that_divide_no_step_work() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(4096))]
    struct Page(u8);
    let mut pages = ReservedVec::with_reserved(40);
    for i in 0..40 {
        pages.push(Page(i));
        assert_eq!(std::ptr::from_ref(&pages[i as usize]).addr() % 4096, 0);
    }
    assert!(pages.try_push(Page(0)).is_err());
    assert!(pages.iter().map(|page| page.0).eq(0..40));

    let mut odd = ReservedVec::with_reserved(3000);
    for i in 0..3000u32 {
        odd.push([i; 33]);
    }
    assert!(odd.try_push([0; 33]).is_err());
    assert!(odd.iter().zip(0..).all(|(item, i)| *item == [i; 33]));

    // One element larger than all that is committed ahead.
    let mut huge = ReservedVec::<[u8; 9 << 20]>::with_reserved(2);
    huge.try_reserve(2).unwrap();
    assert_eq!(huge.committed(), 18 << 20);
}

#[test]
fn huge_pages_commit_in_steps_of_two_mebibytes() {
    let node = Node::new("huge").build();
    let options = ReservationOptions::new(5 << 20).huge_pages(true).prefault(true);
    let mut vec = ReservedVec::try_with_options(options, Some(&node)).unwrap();
    vec.push(1u8);
    assert_eq!((vec.as_ptr().addr() % (2 << 20), vec.committed()), (0, 2 << 20));
    let all = vec![7u8; (5 << 20) - 1];
    vec.extend_from_slice(&all);
    assert_eq!((vec.committed(), charged(&node)), (5 << 20, 5 << 20));
    vec.truncate(1);
    vec.shrink_to(0);
    assert_eq!(vec.committed(), 2 << 20);
    assert_eq!(*vec, [1]);
}

#[test]
fn the_owner_of_an_address_is_known_while_it_is_committed() {
    let node = Node::new("owner").build();
    let mut vec = ReservedVec::try_with_options(ReservationOptions::new(1 << 20), Some(&node)).unwrap();
    vec.extend_from_slice(&vec![1u8; 200_000]);
    let (first, last) = (vec.as_ptr(), std::ptr::from_ref(vec.last().unwrap()));
    let owner = |p: *const u8| arenite::report::owner(p);
    assert_eq!((owner(first), owner(last)), (Some(node.id()), Some(node.id())));
    vec.truncate(1);
    vec.shrink_to(0);
    assert_eq!((owner(first), owner(last)), (Some(node.id()), None));
    drop(vec);
    assert_eq!(owner(first), None);
}

#[test]
fn a_vector_crosses_threads_as_its_elements_do() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<ReservedVec<String>>();
    sync::<ReservedVec<String>>();
    let mut vec = ReservedVec::with_reserved(100_000);
    vec.extend((0..1000).map(|i| i.to_string()));
    let vec = std::thread::spawn(move || {
        vec.extend((1000..100_000).map(|i| i.to_string()));
        vec
    });
    assert!(vec.join().unwrap().iter().enumerate().all(|(i, text)| *text == i.to_string()));
}

#[derive(Clone, Debug)]
enum Act {
    Push(u16),
    Extend(usize),
    Copy(usize),
    Pop,
    Truncate(usize),
    Clear,
    Decommit,
    Shrink(usize),
    Reserve(usize),
    Budget(Option<usize>),
    Write(usize, u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => any::<u16>().prop_map(Act::Push),
        2 => (0usize..30_000).prop_map(Act::Extend),
        2 => (0usize..30_000).prop_map(Act::Copy),
        2 => Just(Act::Pop),
        2 => (0usize..60_000).prop_map(Act::Truncate),
        1 => Just(Act::Clear),
        1 => Just(Act::Decommit),
        2 => (0usize..100_000).prop_map(Act::Shrink),
        2 => (0usize..100_000).prop_map(Act::Reserve),
        1 => prop::option::of(0usize..500_000).prop_map(Act::Budget),
        2 => (any::<usize>(), any::<u16>()).prop_map(|(at, value)| Act::Write(at, value)),
    ]
}

/// 6 bytes: divides no step.
type Item = [u16; 3];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn it_does_what_a_vector_does_and_every_refusal_changes_nothing(
        most in 1usize..90_000,
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let node = Node::new("model").build();
        let options = ReservationOptions::new(most * size_of::<Item>());
        let mut vec = ReservedVec::<Item>::try_with_options(options, Some(&node)).unwrap();
        let mut model = Vec::<Item>::new();
        let mut start = None;
        let mut hard = usize::MAX;
        for act in acts {
            let held = vec.committed();
            let check = |result: Result<(), arenite::AllocError>, wanted: usize, held: usize| match result {
                Ok(()) => wanted <= most,
                Err(refused) => match refused.kind() {
                    ErrorKind::ReservationFull { reserved } => wanted > most && reserved == most * 6,
                    ErrorKind::BudgetExceeded { used, .. } => used == held && (wanted * 6).next_multiple_of(STEP) > hard,
                    _ => false,
                },
            };
            let wants = |more: usize| model.len() + more;
            match act {
                Act::Push(n) => {
                    let (result, wanted) = (vec.try_push([n; 3]), wants(1));
                    if result.is_ok() { model.push([n; 3]) }
                    prop_assert!(check(result, wanted, held));
                }
                Act::Extend(n) => {
                    for i in 0..n {
                        let item = [i as u16, 1, 2];
                        if vec.try_push(item).is_err() { break }
                        model.push(item);
                    }
                }
                Act::Copy(n) => {
                    let items: Vec<Item> = (0..n).map(|i| [3, i as u16, 4]).collect();
                    let (result, wanted) = (vec.try_extend_from_slice(&items), wants(n));
                    if result.is_ok() { model.extend(items) } else { prop_assert_eq!(vec.committed(), held) }
                    prop_assert!(check(result, wanted, held));
                }
                Act::Pop => prop_assert_eq!(vec.pop(), model.pop()),
                Act::Truncate(n) => { vec.truncate(n); model.truncate(n) }
                Act::Clear => { vec.clear(); model.clear() }
                Act::Decommit => { vec.clear_and_decommit(); model.clear(); prop_assert_eq!(vec.committed(), 0) }
                Act::Shrink(n) => {
                    vec.shrink_to(n);
                    let kept = (n.min(most).max(model.len()) * 6).next_multiple_of(STEP);
                    prop_assert_eq!(vec.committed(), held.min(kept));
                }
                Act::Reserve(n) => {
                    let (result, wanted) = (vec.try_reserve(n), wants(n));
                    prop_assert!(check(result, wanted, held));
                    if result.is_ok() {
                        prop_assert!(vec.committed() >= wanted * 6);
                        let before = vec.committed();
                        for _ in 0..n { vec.push([9; 3]) }
                        prop_assert_eq!(vec.committed(), before, "reserved room needs no more");
                        model.extend((0..n).map(|_| [9; 3]));
                    }
                }
                Act::Budget(budget) => {
                    hard = budget.unwrap_or(usize::MAX);
                    node.set_budget(Budget { hard: budget, soft: None });
                }
                Act::Write(at, value) => if !model.is_empty() {
                    let at = at % model.len();
                    vec[at][1] = value;
                    model[at][1] = value;
                },
            }
            prop_assert_eq!(&*vec, &*model);
            let stats = node.stats();
            prop_assert_eq!((stats.charged, stats.own), (vec.committed(), vec.committed()));
            prop_assert!(vec.committed() % STEP == 0 && vec.committed() >= model.len() * 6);
            if !model.is_empty() {
                prop_assert_eq!(*start.get_or_insert(vec.as_ptr()), vec.as_ptr(), "it never moves");
            }
        }
        drop(vec);
        let end = node.stats();
        prop_assert_eq!((end.charged, end.own, end.used, end.arenas), (0, 0, 0, 0));
    }
}
