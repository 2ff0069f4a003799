//! Arenas at work under every grade, and while grades change: contents as without, no false report, exact figures.
#![cfg(feature = "debug")]

use allocator_api2::vec::Vec as ApiVec;
use arenite::{
    Arena, ArenaOptions, ArenaVec, Mark, Scope, Tag,
    debug::{self, Fault, Grade},
};
use proptest::prelude::*;
use std::{
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

static FOUND: Mutex<Vec<Fault>> = Mutex::new(Vec::new());

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| debug::on_fault(|fault| FOUND.lock().unwrap_or_else(PoisonError::into_inner).push(*fault)));
}

fn found() -> Vec<Fault> {
    std::mem::take(&mut FOUND.lock().unwrap_or_else(PoisonError::into_inner))
}

#[derive(Clone, Debug)]
enum Op {
    Bytes(usize),
    Aligned(usize, u32),
    Value,
    Text(String),
    Pushes(usize),
    Collect(usize),
    Vector(usize),
    Scope(Vec<Op>),
    Mark,
    Restore(usize),
    Reset,
    Clear,
    Grade(Grade),
    Check,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let grade = proptest::sample::select(&Grade::ALL[..]);
    let leaf = prop_oneof![
        6 => (0..300usize).prop_map(Op::Bytes),
        1 => (1000..100_000usize).prop_map(Op::Bytes),
        3 => (0..200usize, 0..8u32).prop_map(|(size, shift)| Op::Aligned(size, shift)),
        3 => Just(Op::Value),
        2 => "[a-z]{0,40}".prop_map(Op::Text),
        2 => (0..60usize).prop_map(Op::Pushes),
        2 => (0..60usize).prop_map(Op::Collect),
        2 => (1..60usize).prop_map(Op::Vector),
        2 => Just(Op::Mark),
        2 => (0..6usize).prop_map(Op::Restore),
        1 => Just(Op::Reset),
        1 => Just(Op::Clear),
        4 => grade.prop_map(Op::Grade),
        1 => Just(Op::Check),
    ];
    let tree = leaf.prop_recursive(3, 40, 10, |inner| proptest::collection::vec(inner, 0..10).prop_map(Op::Scope));
    proptest::collection::vec(tree, 1..60)
}

/// What is live, and what it has to hold.
type Live<'a> = Vec<(&'a [u8], u8)>;

fn verify(live: &Live<'_>) {
    for (bytes, value) in live {
        assert!(bytes.iter().all(|byte| byte == value), "a live block was changed");
    }
}

/// What arenas and scopes can do alike. Blocks of scopes are checked when the scope ends.
fn step<'a>(handle: &'a arenite::Handle, op: &Op, next: &mut u8, live: &mut Live<'a>) {
    *next = next.wrapping_add(1).max(1);
    let value = *next;
    match op {
        Op::Bytes(size) => live.push((handle.alloc_slice_fill(*size, value), value)),
        Op::Aligned(size, shift) => {
            let layout = std::alloc::Layout::from_size_align(*size, 8 << shift).unwrap();
            let memory = handle.alloc_layout(layout);
            assert_eq!(memory.addr().get() % (8 << shift), 0);
            let zeroed = handle.alloc_zeroed(layout);
            // SAFETY: both have that many bytes, and nobody else has them.
            let (memory, zeroed) = unsafe {
                memory.write_bytes(value, *size);
                (std::slice::from_raw_parts(memory.as_ptr(), *size), std::slice::from_raw_parts(zeroed.as_ptr(), *size))
            };
            live.extend([(memory, value), (zeroed, 0)]);
        }
        Op::Value => live.push((handle.alloc([value; 24]).as_slice(), value)),
        Op::Text(text) => {
            assert_eq!(*handle.alloc_fmt(format_args!("{text}-{text}")), *format!("{text}-{text}"));
            assert_eq!(handle.alloc_str(text), text);
        }
        Op::Pushes(n) => {
            let mut vec = ArenaVec::new_in(handle);
            (0..*n).for_each(|_| vec.push(value));
            live.push((vec.into_slice(), value));
        }
        Op::Collect(n) => live.push((handle.alloc_slice_from_iter((0..*n).map(|_| value)), value)),
        Op::Vector(n) => {
            let mut vec: ApiVec<u8, _> = ApiVec::new_in(handle);
            (0..*n).for_each(|_| vec.push(value));
            vec.truncate(n / 2);
            vec.shrink_to_fit();
            vec.extend((0..n / 3).map(|_| value));
            assert!(vec.iter().all(|&byte| byte == value));
        }
        _ => {}
    }
}

fn in_scope(scope: &Scope<'_>, ops: &[Op], name: &str, next: &mut u8) {
    let mut live = Live::new();
    for op in ops {
        match op {
            Op::Scope(inner) => in_scope(&scope.scope(), inner, name, next),
            Op::Grade(grade) => debug::set_node_grade(name, *grade),
            op => step(scope, op, next, &mut live),
        }
        verify(&live);
    }
}

fn run(mut arena: Arena, name: &str, ops: &[Op]) {
    let mut next = 0;
    let mut marks: Vec<Mark> = Vec::new();
    let mut at = 0;
    while at < ops.len() {
        // Up to the next operation that needs the arena to itself.
        let alone = |op: &Op| matches!(op, Op::Restore(_) | Op::Reset | Op::Clear);
        let end = at + ops[at..].iter().position(alone).unwrap_or(ops.len() - at);
        let mut live = Live::new();
        for op in &ops[at..end] {
            match op {
                Op::Scope(inner) => in_scope(&arena.scope(), inner, name, &mut next),
                Op::Grade(grade) => {
                    debug::set_node_grade(name, *grade);
                    if *grade as usize % 2 == 0 {
                        arena.apply_grade();
                    }
                }
                Op::Mark => marks.push(arena.checkpoint()),
                Op::Check => assert_eq!(arena.check(), 0),
                op => step(&arena, op, &mut next, &mut live),
            }
            verify(&live);
        }
        match ops.get(end) {
            Some(Op::Restore(n)) if !marks.is_empty() => {
                let mark = marks[n % marks.len()];
                marks.truncate(n % marks.len() + 1);
                arena.restore(mark).unwrap();
            }
            Some(Op::Reset) => {
                arena.reset();
                marks.clear();
            }
            Some(Op::Clear) => {
                arena.clear();
                marks.clear();
            }
            _ => {}
        }
        at = end + 1;
    }
    arena.reset();
    assert_eq!(arena.used(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn an_arena_whose_grade_changes_at_any_time_does_what_one_without_does(ops in ops(), kind in 0..3usize) {
        listen();
        let name = "an arena of the model";
        let options = ArenaOptions::new().name(name);
        let arena = match kind {
            0 => options.build(),
            1 => options.initial(64).max(512).build(),
            _ => options.reserve(64 << 20).build(),
        };
        run(arena, name, &ops);
        debug::set_node_grade(name, None);
        let found = found();
        prop_assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn ten_thousand_switches_while_four_threads_work_bring_no_report_and_exact_figures() {
    listen();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..4u64)
            .map(|seed| {
                let stop = &stop;
                scope.spawn(move || {
                    let mut state = seed * 2 + 1;
                    let mut random = move |n: usize| {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        (state >> 33) as usize % n
                    };
                    let mut arena = ArenaOptions::new().name("switched at random").tag(Tag::AI).build();
                    let mut cycles = 0;
                    while !stop.load(Ordering::Relaxed) || cycles < 100 {
                        let mut live = Live::new();
                        let mut next = seed as u8;
                        for _ in 0..random(60) {
                            let most = if random(20) == 0 { 20_000 } else { 200 };
                            let size = random(most);
                            let op = match random(5) {
                                0 => Op::Pushes(size.min(500)),
                                1 => Op::Vector(size.clamp(1, 500)),
                                2 => Op::Aligned(size, random(6) as u32),
                                _ => Op::Bytes(size),
                            };
                            if random(6) == 0 {
                                let inner = arena.scope();
                                step(&inner, &op, &mut next, &mut Live::new());
                            } else {
                                step(&arena, &op, &mut next, &mut live);
                            }
                        }
                        verify(&live);
                        arena.reset();
                        assert_eq!(arena.used(), 0);
                        cycles += 1;
                    }
                    let stats = arena.stats();
                    let held: usize = arena.chunk_sizes().sum();
                    assert_eq!(stats.allocated, held, "every byte that is charged is in a block");
                })
            })
            .collect();
        let mut state = 7u64;
        for _ in 0..10_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let grade = Grade::ALL[(state >> 33) as usize % Grade::ALL.len()];
            match (state >> 40) % 3 {
                0 => debug::set_tag_grade(Tag::AI, grade),
                1 => debug::set_node_grade("switched at random", grade),
                _ => debug::set_node_grade("switched at random", None),
            }
            thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
    debug::set_tag_grade(Tag::AI, None);
    debug::set_node_grade("switched at random", None);
    let found: Vec<_> = found();
    assert!(found.is_empty(), "{found:#?}");
}
