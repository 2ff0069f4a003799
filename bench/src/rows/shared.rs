//! Row 22: two threads, each with blocks of its own, under one lifetime.

use super::own_heap_threads::both;
use crate::{
    contender::{Arenite, Bumpalo, Heap, Layouts, Stumpalo},
    criterion::{Criterion, Measure},
    heaps,
    keep::keep,
    kernel::{Clock, Count, Kernel, Section, Work},
    zig,
};
use arenite::SharedArena;
use std::{
    alloc::{GlobalAlloc, Layout},
    ptr::NonNull,
    time::{Duration, Instant},
};

type Object = [u64; 8];

/// For each thread, between two resets.
const OBJECTS: u64 = 100_000;
const OURS: &str = "arenite SharedArena";
const LARGE: &str = "arenite SharedArena, blocks of 1 MiB";
const OWN: &str = "(own Arena for each thread)";

const ZIG: &str = "research on another machine: 16.2 ns, lock-free, where an own bump took 3.3 and glibc 18";

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new(
        "22",
        "two threads, each 100,000 objects of 64 B with one store, one lifetime, warm; per object and thread",
    );
    section.step = OBJECTS;
    section.count = Count::Nothing;
    section.clock = Clock::Interleaved(41);
    section.kernels = vec![
        Kernel::ours(OURS, || under_one(SharedArena::new())).noting("local() for each thread"),
        Kernel::ours(LARGE, || under_one(arenite::SharedOptions::new().block(1 << 20).build_arena())),
        Kernel::opponent("bump-scope BumpPool", || under_one(BumpPool::new())).noting("get() for each thread"),
        Kernel::opponent("bumpalo-herd", || under_one(bumpalo_herd::Herd::new())).noting("get() for each thread"),
        Kernel::opponent("blink-alloc sync, local", || under_one(BlinkLocal(Blink::new()))),
        Kernel::opponent("blink-alloc sync, shared", || under_one(BlinkShared(Blink::new()))).noting("atomic cursor"),
        Kernel::opponent("forge-alloc SharedBump", || under_one(Forge::fresh()))
            .noting("atomic cursor; has no reset: new, populated pages each time, untimed"),
        zig!("Zig ArenaAllocator", || under_one(crate::contender::zig::Arena::new()), ZIG).noting("atomic cursor"),
    ];
    section.kernels.extend(heaps!(heap));
    section.kernels.extend([
        Kernel::floor(OWN, under_own::<Arenite>),
        Kernel::floor("(own bumpalo for each)", under_own::<Bumpalo<8>>),
        Kernel::floor("(own stumpalo for each)", under_own::<Stumpalo>),
        Kernel::floor("(own hand-written bump)", bare),
    ]);
    section.criteria = vec![
        Criterion::at_most(OURS, Measure::Time, 3.5),
        Criterion::stated(OURS, Measure::TimeRatio("(own hand-written bump)")),
        Criterion::stated(OURS, Measure::TimeRatio(OWN)),
    ];
    vec![section]
}

/// An arena that threads allocate from together.
trait Together: Sync + 'static {
    /// Allocates so many objects on the calling thread; answers with the time for that.
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration;
    /// Takes everything back.
    fn reset(&mut self);
}

fn under_one<T: Together>(mut arena: T) -> Work {
    Work::Timed(Box::new(move |operations| {
        let mut taken = Duration::ZERO;
        for _ in 0..operations / OBJECTS {
            let (first, second) = (&arena, &arena);
            taken += both(|meet| first.fill(meet, OBJECTS), |meet| second.fill(meet, OBJECTS));
            arena.reset();
        }
        taken
    }))
}

/// Times so many requests, each with a store, after the threads have met.
#[inline(always)]
fn timed(meet: &dyn Fn(), n: u64, mut allocate: impl FnMut() -> *mut Object) -> Duration {
    // The first brings the thread its block.
    keep(allocate());
    meet();
    let start = Instant::now();
    for i in 0..n {
        let memory = allocate();
        // SAFETY: fresh memory for an object.
        unsafe { memory.cast::<u64>().write(i) };
        keep(memory);
    }
    start.elapsed()
}

const LAYOUT: Layout = Layout::new::<Object>();

impl Together for SharedArena {
    #[inline(never)]
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration {
        let local = self.local();
        timed(meet, n, || local.try_alloc_layout(LAYOUT).expect("memory").as_ptr().cast())
    }

    fn reset(&mut self) {
        self.reset();
    }
}

type BumpPool = bump_scope::BumpPool<bump_scope::alloc::Global, crate::contender::bump_scope::Settings<true>>;

impl Together for BumpPool {
    #[inline(never)]
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration {
        use bump_scope::traits::BumpAllocatorTyped;
        let bump = self.get();
        timed(meet, n, || bump.allocate_layout(LAYOUT).as_ptr().cast())
    }

    fn reset(&mut self) {
        self.reset();
    }
}

impl Together for bumpalo_herd::Herd {
    #[inline(never)]
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration {
        let member = self.get();
        timed(meet, n, || member.alloc_layout(LAYOUT).as_ptr().cast())
    }

    fn reset(&mut self) {
        self.reset();
    }
}

type Blink = blink_alloc::SyncBlinkAlloc;

struct BlinkLocal(Blink);

impl Together for BlinkLocal {
    #[inline(never)]
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration {
        let local = self.0.local();
        timed(meet, n, || start_of(local.allocate(LAYOUT).ok()))
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

struct BlinkShared(Blink);

impl Together for BlinkShared {
    #[inline(never)]
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration {
        timed(meet, n, || start_of(self.0.allocate(LAYOUT).ok()))
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

#[inline(always)]
fn start_of(memory: Option<NonNull<[u8]>>) -> *mut Object {
    memory.expect("memory").cast().as_ptr()
}

struct Forge(forge_alloc::SharedBumpArena<forge_alloc::MmapBacked>);

impl Forge {
    fn fresh() -> Self {
        let size = 4 * OBJECTS as usize * size_of::<Object>();
        let mut flags = forge_alloc::MmapFlags::NONE;
        flags.populate = true;
        let backing = forge_alloc::MmapBacked::with_flags(size, flags).expect("address space");
        Self(forge_alloc::SharedBumpArena::new(backing).expect("not empty"))
    }
}

impl Together for Forge {
    #[inline(never)]
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration {
        use forge_alloc::Allocator;
        let layout = LAYOUT.try_into().expect("not empty");
        timed(meet, n, || start_of(self.0.allocate(layout).ok()))
    }

    fn reset(&mut self) {
        *self = Self::fresh();
    }
}

#[cfg(zig)]
impl Together for crate::contender::zig::Arena {
    #[inline(never)]
    fn fill(&self, meet: &dyn Fn(), n: u64) -> Duration {
        self.stores(1);
        meet();
        let start = Instant::now();
        self.stores(n);
        start.elapsed()
    }

    fn reset(&mut self) {
        self.reset();
    }
}

/// An arena of its own for each thread: what sharing a lifetime is measured by.
fn under_own<L: Layouts + Send>() -> Work {
    let mut arenas = (L::new(), L::new());
    Work::Timed(Box::new(move |operations| {
        let mut taken = Duration::ZERO;
        for _ in 0..operations / OBJECTS {
            let (first, second) = (&mut arenas.0, &mut arenas.1);
            taken += both(|meet| own_fill(first, meet), |meet| own_fill(second, meet));
        }
        taken
    }))
}

#[inline(never)]
fn own_fill<L: Layouts>(arena: &mut L, meet: &dyn Fn()) -> Duration {
    let taken = timed(meet, OBJECTS, || arena.layout(LAYOUT).cast());
    arena.reset();
    taken
}

/// A cursor and a limit.
fn bare() -> Work {
    let bytes = (OBJECTS as usize + 2) * size_of::<Object>();
    let mut blocks = (vec![1u8; bytes], vec![1u8; bytes]);
    let fill = |block: &mut Vec<u8>, meet: &dyn Fn()| {
        let mut cursor = block.as_mut_ptr().cast::<Object>();
        let mut left = block.len() / size_of::<Object>();
        timed(meet, OBJECTS, || {
            left = left.checked_sub(1).expect("room");
            let memory = cursor;
            // SAFETY: within the block, or at its end.
            cursor = unsafe { cursor.add(1) };
            memory
        })
    };
    Work::Timed(Box::new(move |operations| {
        let (first, second) = (&mut blocks.0, &mut blocks.1);
        (0..operations / OBJECTS).map(|_| both(|meet| fill(first, meet), |meet| fill(second, meet))).sum()
    }))
}

/// Freed after the time, as an arena is reset after it.
fn heap<H: Heap>() -> Work {
    let fill = |meet: &dyn Fn()| {
        let mut made = Vec::with_capacity(OBJECTS as usize + 1);
        let taken = timed(meet, OBJECTS, || {
            // SAFETY: not an empty layout.
            let memory = unsafe { H::HEAP.alloc(LAYOUT) };
            made.push(memory);
            memory.cast()
        });
        for memory in made {
            // SAFETY: made above, freed once.
            unsafe { H::HEAP.dealloc(memory, LAYOUT) };
        }
        taken
    };
    Work::Timed(Box::new(move |operations| (0..operations / OBJECTS).map(|_| both(fill, fill)).sum()))
}
