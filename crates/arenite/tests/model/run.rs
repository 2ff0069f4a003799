//! Runs a program step by step on whatever is open: the arena, its scopes and claims.

use crate::{
    ops::Op,
    plain::{Base, Block, Level, Marked, Model, pattern},
};
use allocator_api2::alloc::Allocator;
use arenite::{Arena, Claim, ErrorKind, Handle, Scope};
use std::{
    alloc::Layout,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::NonNull,
};

#[derive(Clone, Copy)]
pub enum Place<'a> {
    Arena(&'a Arena),
    Scope(&'a Scope<'a>),
    Claim(&'a Claim<'a>),
}

/// The open places, innermost first.
pub struct Stack<'a> {
    pub place: Place<'a>,
    pub outer: Option<&'a Stack<'a>>,
}

pub enum Stop {
    End,
    Exit { forget: bool },
    Scope,
    Exclusive(Op),
}

impl<'a> Place<'a> {
    pub fn alloc(&self) -> &dyn Allocator {
        match self {
            Self::Arena(arena) => arena,
            Self::Scope(scope) => scope,
            Self::Claim(claim) => claim,
        }
    }

    pub fn handle(&self) -> Option<&'a Handle> {
        match *self {
            Self::Arena(arena) => Some(arena),
            Self::Scope(scope) => Some(scope),
            Self::Claim(_) => None,
        }
    }

    pub fn used(&self) -> usize {
        match self {
            Self::Claim(claim) => claim.used(),
            _ => self.handle().unwrap().used(),
        }
    }
}

/// Runs until this level ends or somebody further out has to act.
pub fn run(model: &mut Model, arena: &Arena, stack: &Stack<'_>) -> Stop {
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
                    Place::Claim(claim) => claim.try_alloc(word).map(NonNull::from),
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
pub fn in_scope(model: &mut Model, arena: &Arena, outer: &Stack<'_>, scope: Scope<'_>) -> Option<Level> {
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

pub fn in_scope_of(model: &mut Model, arena: &Arena, stack: &Stack<'_>, scope: Scope<'_>) {
    if let Some(level) = in_scope(model, arena, stack, scope) {
        level.base.check(model.frees, stack.place.used());
    }
}

pub fn in_claim(model: &mut Model, arena: &Arena, stack: &Stack<'_>, mut claim: Claim<'_>) {
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
