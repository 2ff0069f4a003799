//! Row 8: enter a scope, allocate once, leave it.

use super::reset::bare_loop;
use crate::{
    contender::{Arenite, Bump, Bumpalo, Down8, ScopedArena, Scopes, Stumpalo, Up8},
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Kernel, Section, Work},
};

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("8", "scope: enter, alloc(u64), exit");
    section.kernels = vec![
        Kernel::ours(Arenite::NAME, scopes::<Arenite>),
        Kernel::opponent(Up8::NAME, scopes::<Up8>).noting("scoped()"),
        Kernel::opponent("bump-scope up, guard", guards),
        Kernel::opponent(Down8::NAME, scopes::<Down8>).noting("scoped()"),
        Kernel::opponent(Stumpalo::NAME, scopes::<Stumpalo>).noting("with_scope()"),
        Kernel::opponent(ScopedArena::NAME, scopes::<ScopedArena>).noting("proxy().scope()"),
        Kernel::opponent(Bumpalo::<1>::NAME, fresh_bumps).noting("has no scopes: a new Bump for each"),
        Kernel::bare_loop(bare_loop),
    ];
    section.criteria = vec![
        Criterion::at_most(Arenite::NAME, Measure::Net, 10.0),
        Criterion::stated(Arenite::NAME, Measure::Instructions),
    ];
    vec![section]
}

fn scopes<S: Scopes>() -> Work {
    let mut arena = S::new();
    keep(arena.value(0u64));
    Work::Loop(Box::new(move |operations| scopes_group(&mut arena, operations)))
}

// The arena is kept once: seen by others, so that its cursor lives in memory as it would in a program.
#[inline(never)]
fn scopes_group<S: Scopes>(arena: &mut S, operations: u64) {
    keep(arena);
    for i in 0..operations {
        arena.scoped_value(i);
    }
}

fn guards() -> Work {
    let mut arena = Up8::new();
    keep(arena.value(0u64));
    Work::Loop(Box::new(move |operations| guards_group(&mut arena, operations)))
}

#[inline(never)]
fn guards_group(arena: &mut Up8, operations: u64) {
    keep(arena);
    for i in 0..operations {
        let mut guard = arena.0.scope_guard();
        let scope = guard.scope();
        keep(scope.alloc(i).into_raw().as_ptr());
    }
}

fn fresh_bumps() -> Work {
    Work::Loop(Box::new(fresh_bumps_group))
}

#[inline(never)]
fn fresh_bumps_group(operations: u64) {
    for i in 0..operations {
        let arena = Bumpalo::<1>::new();
        keep(arena.value(i));
    }
}
