//! The arena against a plain model of itself: random programs of every operation, over every way to grow, with sources
//! that refuse. After each step all live blocks are apart and keep their contents, and the figures add up.

mod common;

use allocator_api2::alloc::Allocator;
use arenite::{Arena, ArenaOptions, Claim, ErrorKind, Handle, Mark, RestoreError, Retention, Scope};
use common::{Deaths, Ledger};
use proptest::prelude::*;
use std::{
    alloc::Layout,
    collections::BTreeMap,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
    sync::Arc,
};

#[derive(Clone, Debug)]
enum Op {
    Alloc { size: usize, shift: u32, zeroed: bool },
    Word(u64),
    Iter(usize),
    Text(usize),
    Value { wide: bool, cleanup: bool },
    Resize { which: usize, size: usize, shift: u32 },
    Free(usize),
    Scope,
    Claim,
    Exit { forget: bool },
    Mark,
    Restore(usize),
    Reset,
    Clear,
    Counting(bool),
    Limit(Option<usize>),
    Retention(Retention),
    RefuseNth(usize),
}

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![
        6 => 0usize..70,
        3 => (0usize..80).prop_map(|n| n * 8),
        2 => 0usize..5000,
        1 => prop::sample::select(vec![4096usize, 8192, 65_536, 65_528, 70_000]),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let retention = prop::sample::select(vec![
        Retention::KeepAll,
        Retention::KeepBytes(600),
        Retention::KeepBytes(100_000),
        Retention::HighWater(2),
        Retention::GiveBack,
    ]);
    let op = prop_oneof![
        12 => (sizes(), prop::sample::select(vec![0u32, 0, 0, 3, 4, 5, 7, 12, 21]), any::<bool>())
            .prop_map(|(size, shift, zeroed)| Op::Alloc { size, shift, zeroed }),
        8 => any::<u64>().prop_map(Op::Word),
        2 => (0usize..300).prop_map(Op::Iter),
        2 => (0usize..400).prop_map(Op::Text),
        6 => (any::<bool>(), any::<bool>()).prop_map(|(wide, cleanup)| Op::Value { wide, cleanup }),
        8 => (0usize..8, sizes(), 0u32..8).prop_map(|(which, size, shift)| Op::Resize { which, size, shift }),
        6 => (0usize..4).prop_map(Op::Free),
        6 => Just(Op::Scope),
        3 => Just(Op::Claim),
        9 => prop::bool::weighted(0.12).prop_map(|forget| Op::Exit { forget }),
        4 => Just(Op::Mark),
        4 => (0usize..6).prop_map(Op::Restore),
        2 => Just(Op::Reset),
        1 => Just(Op::Clear),
        1 => any::<bool>().prop_map(Op::Counting),
        1 => prop::option::of(0usize..30_000).prop_map(Op::Limit),
        1 => retention.prop_map(Op::Retention),
        2 => (1usize..3).prop_map(Op::RefuseNth),
    ];
    prop::collection::vec(op, 1..120)
}

struct Block {
    size: usize,
    seed: u64,
    seq: u64,
    /// The level whose allocator can free it, 0 for none.
    level: usize,
    align: usize,
}

struct Marked {
    mark: Mark,
    generation: u64,
    base: Base,
    open: bool,
    requested: Option<(u64, usize)>,
}

/// A point of time and where the arena stood then.
#[derive(Clone, Copy)]
struct Base {
    seq: u64,
    used: usize,
    frees: u64,
}

/// What the model knows of an open level: the arena itself (1), its scopes and claims.
struct Level {
    base: Base,
    /// Where a forgotten scope or claim took the cursor.
    taken: Option<Base>,
}

struct Model {
    ops: std::vec::IntoIter<Op>,
    blocks: BTreeMap<usize, Block>,
    /// Registered values, oldest first: when, and which.
    values: Vec<(u64, u64)>,
    seq: u64,
    frees: u64,
    counted: u64,
    deaths: Deaths,
    ledger: Arc<Ledger>,
    chained: bool,
    levels: Vec<Level>,
    marks: Vec<Marked>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Arena(&'a Arena),
    Scope(&'a Scope<'a>),
    Claim(&'a Claim<'a>),
}

/// The open places, innermost first.
struct Stack<'a> {
    place: Place<'a>,
    outer: Option<&'a Stack<'a>>,
}

enum Stop {
    End,
    Exit { forget: bool },
    Scope,
    Exclusive(Op),
}

impl<'a> Place<'a> {
    fn alloc(&self) -> &dyn Allocator {
        match self {
            Self::Arena(arena) => arena,
            Self::Scope(scope) => scope,
            Self::Claim(claim) => claim,
        }
    }

    fn handle(&self) -> Option<&'a Handle> {
        match *self {
            Self::Arena(arena) => Some(arena),
            Self::Scope(scope) => Some(scope),
            Self::Claim(_) => None,
        }
    }

    fn used(&self) -> usize {
        match self {
            Self::Claim(claim) => claim.used(),
            _ => self.handle().unwrap().used(),
        }
    }
}

fn pattern(seed: u64, i: usize) -> u8 {
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u8 ^ (i as u8).wrapping_mul(31)
}

impl Model {
    fn tick(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    fn enter(&mut self, used: usize) {
        let base = Base { seq: self.tick(), used, frees: self.frees };
        self.levels.push(Level { base, taken: None });
    }

    /// A block came: it lies apart from all others, aligned, and is filled with its pattern.
    fn came(&mut self, memory: NonNull<u8>, size: usize, align: usize, level: usize) {
        let at = memory.addr().get();
        assert_eq!(at % align, 0, "alignment {align}");
        if size == 0 {
            return;
        }
        if let Some((other, block)) = self.blocks.range(..at + size).next_back() {
            assert!(other + block.size <= at, "{at:x}+{size} overlaps {other:x}+{}", block.size);
        }
        let seed = self.tick();
        (0..size).for_each(|i| unsafe { memory.add(i).write(pattern(seed, i)) });
        self.blocks.insert(at, Block { size, seed, seq: seed, level, align });
    }

    fn intact(&self) {
        for (&at, block) in &self.blocks {
            let bytes = unsafe { std::slice::from_raw_parts(at as *const u8, block.size) };
            let ok = bytes.iter().enumerate().all(|(i, &byte)| byte == pattern(block.seed, i));
            assert!(ok, "the contents of {at:x}+{} changed", block.size);
        }
    }

    /// Everything since `seq` is gone; registered values died newest first.
    fn gone_since(&mut self, seq: u64) {
        self.blocks.retain(|_, block| block.seq < seq);
        let dead = self.deaths.take();
        let from = self.values.partition_point(|value| value.0 < seq);
        let expected: Vec<_> = self.values.drain(from..).rev().map(|value| value.1).collect();
        assert_eq!(dead, expected);
        self.intact();
    }

    fn figures(&self, arena: &Arena) {
        let stats = arena.stats();
        assert_eq!(stats.allocated, arena.chunk_sizes().sum::<usize>());
        assert_eq!(stats.waste, stats.allocated - stats.used);
        assert_eq!(arena.node().unwrap().stats().charged, stats.allocated);
        assert!(stats.high_water >= stats.used);
        if self.chained {
            assert_eq!(stats.chunks, self.ledger.live());
            assert_eq!(stats.blocks_taken - stats.blocks_returned, stats.chunks as u64);
        }
        assert_eq!(self.deaths.take(), [], "a value died before its time");
    }
}

/// Runs until this level ends or somebody further out has to act.
fn run(model: &mut Model, arena: &Arena, stack: &Stack<'_>) -> Stop {
    let place = stack.place;
    let depth = model.levels.len();
    while let Some(op) = model.ops.next() {
        let (before, used) = (arena.stats(), place.used());
        let dead = model.levels[depth - 1].taken.is_some();
        let refused = |kind: ErrorKind| {
            assert_eq!(matches!(kind, ErrorKind::Claimed { .. }), dead, "{kind:?}");
        };
        match op {
            Op::Alloc { size, shift, zeroed } => {
                let layout = Layout::from_size_align(size, 1 << shift).unwrap();
                let got = if zeroed { place.alloc().allocate_zeroed(layout) } else { place.alloc().allocate(layout) };
                if let Ok(memory) = got {
                    assert!(!dead || size == 0, "an arena whose cursor is taken refuses");
                    let bytes =
                        unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<u8>(), size * usize::from(zeroed)) };
                    assert!(bytes.iter().all(|&byte| byte == 0), "not zeroed");
                    model.came(memory.cast(), size, 1 << shift, depth);
                    let grown = place.used() - used;
                    let rounded = size.next_multiple_of(8);
                    assert!(
                        (rounded..=rounded + (1usize << shift).max(8) - 8).contains(&grown),
                        "{grown} for {layout:?}"
                    );
                    if let (Some(requested), Some(count), false) = (before.requested, before.allocations, size == 0) {
                        let now = arena.stats();
                        assert_eq!((now.requested, now.allocations), (Some(requested + size), Some(count + 1)));
                    }
                } else {
                    assert_eq!((arena.stats().used, arena.stats().allocated), (before.used, before.allocated));
                    assert_eq!(place.used(), used);
                }
            }
            Op::Word(word) => {
                let got = match place {
                    Place::Claim(claim) => claim.try_alloc(word).map(|word| NonNull::from(word)),
                    _ => place.handle().unwrap().try_alloc(word).map(NonNull::from),
                };
                match got {
                    Ok(word) => {
                        model.came(word.cast(), 8, 8, 0);
                        assert_eq!(place.used(), used + 8);
                    }
                    Err(error) => refused(error.kind()),
                }
            }
            Op::Iter(n) => {
                let Some(handle) = place.handle() else { continue };
                match handle.try_alloc_slice_from_iter((0..n).map(|i| i as u16)) {
                    Ok(items) => {
                        assert!(items.iter().enumerate().all(|(i, &item)| usize::from(item) == i));
                        model.came(NonNull::from(items).cast(), 2 * n, 2, 0);
                    }
                    Err(error) => refused(error.kind()),
                }
            }
            Op::Text(n) => {
                let got = match place {
                    Place::Claim(claim) => claim.try_alloc_fmt(format_args!("{n:0n$}{}{n:0n$}", "-")).map(|t| &*t),
                    _ => place.handle().unwrap().try_alloc_fmt(format_args!("{n:0n$}{}{n:0n$}", "-")).map(|t| &*t),
                };
                match got {
                    Ok(text) => {
                        assert_eq!(text, format!("{n:0n$}{}{n:0n$}", "-"));
                        model.came(NonNull::from(text).cast(), text.len(), 1, 0);
                    }
                    Err(error) => refused(error.kind()),
                }
            }
            Op::Value { wide, cleanup } => {
                #[repr(align(128))]
                struct Wide<T>(T);
                let Some(handle) = place.handle() else { continue };
                let (id, seq) = (model.seq, model.tick());
                let value = model.deaths.watch(id);
                let served = if cleanup {
                    catch_unwind(AssertUnwindSafe(|| handle.cleanup(move || drop(value)))).is_ok()
                } else {
                    let got = match wide {
                        true => handle.try_alloc_drop(Wide(value)).map(|value| assert_eq!(value.0.id, id)),
                        false => handle.try_alloc_drop(value).map(|value| assert_eq!(value.id, id)),
                    };
                    got.map_err(|error| refused(error.kind())).is_ok()
                };
                if served {
                    model.values.push((seq, id));
                } else {
                    assert_eq!(model.deaths.take(), [id], "a refused value dies at once");
                    assert_eq!((arena.stats().used, arena.stats().allocated), (before.used, before.allocated));
                }
            }
            Op::Resize { which, size, shift } => {
                let Some((&at, block)) = model.blocks.iter().rev().filter(|b| b.1.level > 0).nth(which) else {
                    continue;
                };
                let (level, seed, seq) = (block.level, block.seed, block.seq);
                let old = Layout::from_size_align(block.size, block.align).unwrap();
                let new = Layout::from_size_align(size, 1 << shift).unwrap();
                let mut owner = stack;
                (0..depth - level).for_each(|_| owner = owner.outer.unwrap());
                let alloc = owner.place.alloc();
                let memory = NonNull::new(at as *mut u8).unwrap();
                model.blocks.remove(&at);
                let got = unsafe {
                    if size >= old.size() {
                        alloc.grow_zeroed(memory, old, new)
                    } else {
                        alloc.shrink(memory, old, new)
                    }
                };
                model.frees += 1;
                let Ok(moved) = got else {
                    model.blocks.insert(at, Block { size: old.size(), seed, seq, level, align: old.align() });
                    continue;
                };
                let bytes = unsafe { std::slice::from_raw_parts(moved.as_ptr().cast::<u8>(), size) };
                for (i, &byte) in bytes.iter().enumerate() {
                    let expected = if i < old.size() { pattern(seed, i) } else { 0 };
                    assert_eq!(byte, expected, "byte {i} of {old:?} as {new:?}");
                }
                model.came(moved.cast(), size, 1 << shift, level);
                // What grew is as young as its growth.
                if let (true, Some(block)) = (moved.cast() == memory && size <= old.size(), model.blocks.get_mut(&at)) {
                    block.seq = seq;
                }
            }
            Op::Free(which) => {
                let Some((&at, block)) = model.blocks.iter().rev().filter(|b| b.1.level > 0).nth(which) else {
                    continue;
                };
                let layout = Layout::from_size_align(block.size, block.align).unwrap();
                let mut owner = stack;
                (0..depth - block.level).for_each(|_| owner = owner.outer.unwrap());
                model.intact();
                model.blocks.remove(&at);
                unsafe { owner.place.alloc().deallocate(NonNull::new(at as *mut u8).unwrap(), layout) };
                model.frees += 1;
                assert!(place.used() <= used);
            }
            Op::Scope => match place {
                Place::Claim(_) if !dead => return Stop::Scope,
                Place::Claim(_) => {}
                _ => {
                    let scope = match place {
                        Place::Arena(arena) => arena.try_scope(),
                        Place::Scope(scope) => scope.try_scope(),
                        Place::Claim(_) => unreachable!(),
                    };
                    match scope {
                        Ok(scope) => in_scope_of(model, arena, stack, scope),
                        Err(error) => refused(error.kind()),
                    }
                }
            },
            Op::Claim => {
                let claim = match place {
                    Place::Arena(arena) => arena.try_claim(),
                    Place::Scope(scope) => scope.try_claim(),
                    Place::Claim(_) => continue,
                };
                match claim {
                    Ok(claim) => in_claim(model, arena, stack, claim),
                    Err(error) => refused(error.kind()),
                }
            }
            Op::Exit { forget } if depth > 1 => return Stop::Exit { forget },
            Op::Mark => {
                // While the cursor is taken, the arena itself stands where it was taken.
                let taken = model.levels.get(1).map(|level| level.base).or(model.levels[0].taken);
                let stats = arena.stats();
                let now = Base { seq: model.seq + 1, used: stats.used, frees: model.frees };
                let requested = stats.requested.filter(|_| taken.is_none()).map(|n| (model.counted, n));
                let (base, generation) = (taken.unwrap_or(now), stats.generation);
                model.marks.push(Marked { mark: arena.checkpoint(), generation, base, open: true, requested });
            }
            Op::RefuseNth(n) => model.ledger.refuse_nth(n),
            op if depth == 1 => return Stop::Exclusive(op),
            _ => {}
        }
        model.figures(arena);
    }
    Stop::End
}

/// Lives through a scope. `None` when it was forgotten.
fn in_scope(model: &mut Model, arena: &Arena, outer: &Stack<'_>, scope: Scope<'_>) -> Option<Level> {
    let requested = arena.stats().requested;
    model.enter(scope.used());
    let stop = run(model, arena, &Stack { place: Place::Scope(&scope), outer: Some(outer) });
    let level = model.levels.pop().unwrap();
    let depth = model.levels.len();
    model.blocks.values_mut().filter(|block| block.level > depth).for_each(|block| block.level = 0);
    if let Stop::Exit { forget: true } = stop {
        mem::forget(scope);
        model.levels.last_mut().unwrap().taken = Some(level.base);
        return None;
    }
    drop(scope);
    model.gone_since(level.base.seq);
    assert_eq!(arena.stats().requested, requested);
    Some(level)
}

impl Base {
    /// The arena stands where it stood, or lower where an outer block was freed meanwhile.
    fn check(&self, frees: u64, used: usize) {
        assert!(used == self.used || used < self.used && frees > self.frees, "{used}, not {}", self.used);
    }
}

fn in_scope_of(model: &mut Model, arena: &Arena, stack: &Stack<'_>, scope: Scope<'_>) {
    if let Some(level) = in_scope(model, arena, stack, scope) {
        level.base.check(model.frees, stack.place.used());
    }
}

fn in_claim(model: &mut Model, arena: &Arena, stack: &Stack<'_>, mut claim: Claim<'_>) {
    model.enter(claim.used());
    let stop = loop {
        let stop = run(model, arena, &Stack { place: Place::Claim(&claim), outer: Some(stack) });
        let Stop::Scope = stop else { break stop };
        // The claim is borrowed meanwhile: its blocks can be freed no more.
        let depth = model.levels.len();
        model.blocks.values_mut().filter(|block| block.level == depth).for_each(|block| block.level = 0);
        let stand_in = Stack { place: stack.place, outer: Some(stack) };
        let scope = claim.scope();
        if let Some(level) = in_scope(model, arena, &stand_in, scope) {
            level.base.check(model.frees, claim.used());
        }
    };
    let level = model.levels.pop().unwrap();
    let depth = model.levels.len();
    model.blocks.values_mut().filter(|block| block.level > depth).for_each(|block| block.level = 0);
    let used = claim.used();
    if let Stop::Exit { forget: true } = stop {
        mem::forget(claim);
        model.levels.last_mut().unwrap().taken = Some(level.base);
    } else {
        drop(claim);
        model.levels.last_mut().unwrap().taken = level.taken;
        assert!(level.taken.is_some() || stack.place.used() == used);
    }
}

/// What needs the arena to itself.
fn exclusive(model: &mut Model, arena: &mut Arena, op: Op) {
    let before = arena.stats();
    match op {
        Op::Restore(i) => {
            let generation = before.generation;
            let open = model.marks.iter().filter(|m| m.open && m.generation == generation).count();
            let Some(i) = model.marks.len().checked_sub(1).map(|last| last - i.min(last)) else { return };
            let Marked { mark, generation: of, base, open: is_open, requested } = model.marks[i];
            let expected = match () {
                () if of != generation => Err(RestoreError::Reset),
                () if !is_open => Err(RestoreError::OutOfOrder),
                () => Ok(()),
            };
            if open > 16 && expected.is_err() {
                return;
            }
            assert_eq!(Arena::new().restore(mark), Err(RestoreError::Foreign));
            assert_eq!(arena.restore(mark), expected);
            if expected.is_err() {
                assert_eq!(arena.stats(), before);
                return;
            }
            model.marks[i + 1..].iter_mut().for_each(|marked| marked.open = false);
            model.gone_since(base.seq);
            model.levels[0].taken = None;
            let now = arena.stats();
            base.check(model.frees, now.used);
            if let Some((_, n)) = requested.filter(|r| r.0 == model.counted) {
                assert_eq!(now.requested, Some(n));
            }
        }
        Op::Reset | Op::Clear => {
            if matches!(op, Op::Reset) {
                arena.reset()
            } else {
                arena.clear()
            }
            model.gone_since(0);
            model.levels[0].taken = None;
            let now = arena.stats();
            assert_eq!((now.used, now.generation), (0, before.generation + 1));
            assert!(now.allocated <= before.allocated);
            assert_eq!((now.requested, now.allocations), (before.requested.map(|_| 0), before.allocations.map(|_| 0)));
            if matches!(op, Op::Clear) && model.chained {
                assert_eq!(now.chunks, 1);
            }
        }
        Op::Counting(yes) => {
            arena.set_counting(yes).unwrap();
            model.counted += 1;
            assert_eq!((arena.stats().requested, arena.used()), (yes.then_some(0), before.used));
        }
        Op::Limit(limit) => arena.set_limit(limit).unwrap(),
        Op::Retention(policy) => arena.set_retention(policy).unwrap(),
        _ => {}
    }
    model.figures(arena);
}

fn program(options: ArenaOptions, chained: bool, ops: Vec<Op>) {
    let (ledger, deaths) = (Ledger::new(), Deaths::default());
    let mut arena = options.name("model").source(ledger.clone()).build();
    let mut model = Model {
        ops: ops.into_iter(),
        blocks: BTreeMap::new(),
        values: Vec::new(),
        seq: 0,
        frees: 0,
        counted: 0,
        deaths,
        ledger,
        chained,
        levels: Vec::new(),
        marks: Vec::new(),
    };
    model.enter(0);
    loop {
        match run(&mut model, &arena, &Stack { place: Place::Arena(&arena), outer: None }) {
            // The references that freed blocks went by are gone with the borrow: nothing frees them now.
            Stop::Exclusive(op) => {
                model.intact();
                exclusive(&mut model, &mut arena, op);
            }
            _ => break,
        }
    }
    model.intact();
    let node = arena.node().unwrap().clone();
    drop(arena);
    let expected: Vec<_> = model.values.iter().rev().map(|value| value.1).collect();
    assert_eq!(model.deaths.take(), expected, "every value dies with its arena");
    assert_eq!((model.ledger.live(), node.stats().charged, node.stats().used), (0, 0, 0));
    assert!(!chained || node.stats().blocks_taken == node.stats().blocks_returned);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn an_arena_of_tiny_chunks_behaves_as_its_model(ops in ops(), initial in prop::sample::select(vec![16usize, 64, 100])) {
        program(ArenaOptions::new().initial(initial).max(256), true, ops);
    }

    #[test]
    fn an_arena_with_the_default_chunks_behaves_as_its_model(ops in ops()) {
        program(ArenaOptions::new(), true, ops);
    }

    #[test]
    fn an_arena_with_large_chunks_and_many_windows_behaves_as_its_model(ops in ops()) {
        program(ArenaOptions::new().initial(100_000).max(1 << 20), true, ops);
    }

    #[test]
    fn an_arena_in_a_reserved_range_behaves_as_its_model(ops in ops(), size in prop::sample::select(vec![3000usize, 200_000, 8 << 20])) {
        program(ArenaOptions::new().reserve(size), false, ops);
    }

    #[test]
    fn a_counting_arena_behaves_as_its_model(ops in ops(), small in any::<bool>()) {
        let options = ArenaOptions::new().counting(true);
        program(if small { options.initial(64).max(256) } else { options }, true, ops);
    }
}
