//! Row 9: scratch memory of the thread: enter, allocate once, leave. In an executable, where a thread-local is one
//! instruction away.

use super::reset::bare_loop;
use crate::{
    contender::bump_scope::Settings,
    criterion::{Criterion, Measure},
    in_turn,
    keep::{keep, place},
    kernel::{GROUP, Kernel, Section, Work},
};
use std::cell::{Cell, RefCell};

const OURS: &str = "arenite scratch";

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("9", "scratch of the thread: enter, alloc(u64), exit");
    section.kernels = vec![
        Kernel::ours(OURS, || scratch(Ours)),
        Kernel::opponent("bump-scope BumpPool", || scratch(BumpPool::new())).noting("get(), scoped(): a lock each"),
        Kernel::opponent("bumpalo-herd", || scratch(Herd(bumpalo_herd::Herd::new())))
            .noting("a lock each; its results stay, so it is reset after each 1,000"),
        Kernel::opponent("thread-local bumpalo", || scratch(LocalBumpalo)).noting("RefCell, reset each time"),
        Kernel::opponent("thread-local stumpalo", || scratch(LocalStumpalo)).noting("RefCell, with_scope()"),
        Kernel::opponent("thread-local bump-scope", || scratch(LocalBumpScope)).noting("RefCell, scoped()"),
        Kernel::floor("(const thread-local cursor)", || scratch(BareCursor)).noting("no growth, no nesting"),
        Kernel::bare_loop(bare_loop),
    ];
    section.criteria = vec![
        Criterion::at_most(OURS, Measure::Net, 14.0),
        Criterion::stated(OURS, Measure::Instructions),
        Criterion::at_most(OURS, Measure::Time, 1.5),
    ];
    vec![section]
}

/// A way to scratch memory.
trait Scratch: 'static {
    /// Enters, moves a value in, looks at it, and leaves.
    fn value(&self, value: u64);
    /// After each 1,000.
    fn settle(&mut self) {}
}

fn scratch<S: Scratch>(mut scratch: S) -> Work {
    scratch.value(0);
    let mut turn = 0;
    Work::Loop(Box::new(move |operations| in_turn!(turn, scratch_groups[S](&mut scratch, operations))))
}

fn scratch_groups<S: Scratch, const AT: u64>(scratch: &mut S, operations: u64) {
    for _ in 0..operations / GROUP {
        scratch_group::<S, AT>(scratch);
        scratch.settle();
    }
}

#[inline(never)]
fn scratch_group<S: Scratch, const AT: u64>(scratch: &S) {
    place::<AT>();
    for i in 0..GROUP {
        scratch.value(i);
    }
}

struct Ours;

impl Scratch for Ours {
    #[inline(always)]
    fn value(&self, value: u64) {
        arenite::scratch(|scope| keep(scope.alloc(value)));
    }
}

type BumpPool = bump_scope::BumpPool<bump_scope::alloc::Global, Settings<true>>;

impl Scratch for BumpPool {
    #[inline(always)]
    fn value(&self, value: u64) {
        self.get().scoped(|scope| keep(scope.alloc(value).into_raw().as_ptr()));
    }
}

struct Herd(bumpalo_herd::Herd);

impl Scratch for Herd {
    #[inline(always)]
    fn value(&self, value: u64) {
        keep(self.0.get().alloc(value));
    }

    fn settle(&mut self) {
        self.0.reset();
    }
}

struct LocalBumpalo;

impl Scratch for LocalBumpalo {
    #[inline(always)]
    fn value(&self, value: u64) {
        thread_local!(static ARENA: RefCell<bumpalo::Bump<8>> = RefCell::new(bumpalo::Bump::with_min_align()));
        ARENA.with_borrow_mut(|arena| {
            keep(arena.alloc(value));
            arena.reset();
        });
    }
}

struct LocalStumpalo;

impl Scratch for LocalStumpalo {
    #[inline(always)]
    fn value(&self, value: u64) {
        thread_local!(static ARENA: RefCell<stumpalo::Arena> = const { RefCell::new(stumpalo::Arena::new()) });
        ARENA.with_borrow_mut(|arena| arena.with_scope(|scope| keep(scope.alloc(value))));
    }
}

struct LocalBumpScope;

impl Scratch for LocalBumpScope {
    #[inline(always)]
    fn value(&self, value: u64) {
        type Bump = bump_scope::Bump<bump_scope::alloc::Global, Settings<true>>;
        thread_local!(static ARENA: RefCell<Bump> = RefCell::new(Bump::new()));
        ARENA.with_borrow_mut(|arena| arena.scoped(|scope| keep(scope.alloc(value).into_raw().as_ptr())));
    }
}

/// What a hand-written scratch comes to: a cursor and a limit.
struct BareCursor;

impl Scratch for BareCursor {
    #[inline(always)]
    fn value(&self, value: u64) {
        thread_local! {
            static CURSOR: Cell<usize> = const { Cell::new(0) };
            static LIMIT: Cell<usize> = const { Cell::new(0) };
        }
        let cursor = CURSOR.get();
        if LIMIT.get() - cursor < 8 {
            let memory: &'static mut [u64] = Box::leak(Box::new([0; 512]));
            let start = memory.as_mut_ptr().expose_provenance();
            CURSOR.set(start);
            LIMIT.set(start + 4096);
            return;
        }
        CURSOR.set(cursor + 8);
        let memory = std::ptr::with_exposed_provenance_mut::<u64>(cursor);
        // SAFETY: eight bytes below the limit of a block that was leaked for this thread.
        unsafe { memory.write(value) };
        keep(memory);
        CURSOR.set(cursor);
    }
}
