//! The conformance suite finds what it is there to find: each fault, planted in an allocator that is otherwise sound, fails
//! the check that is about it.

#![allow(clippy::undocumented_unsafe_blocks)] // Relays to a sound allocator, but for the planted fault.

use allocator_api2::alloc::{AllocError as Refused, Allocator};
use arenite::{
    AllocError, AllocatorStats, Arena, ArenaOptions, Capabilities, DynAllocator, FreeError, ResetError, ResetMode,
    conformance::Suite,
    layer::{Failing, Limited, Owned, Plain, Shared, Tracked, Unmapping},
    pool::BlockPoolOptions,
    source::{Source, SourceRef},
};
use std::{
    alloc::{Layout, System},
    cell::{Cell, RefCell},
    ptr::NonNull,
    sync::Arc,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    Unaligned,
    Overlapping,
    Short,
    NotZeroed,
    TailNotZeroed,
    LosesOnGrow,
    LosesOnShrink,
    RefusesLarge,
    ServesImpossible,
    ResizesInWords,
    ChangesWhenItRefuses,
    UsesTooMuch,
    OwnsNothing,
    OwnsEverything,
    CountsWrong,
    UsesLessThanAsked,
    TakesDoubleFrees,
    TakesWrongSizes,
    TakesForeign,
    KeepsAtReset,
    NeverLifo,
    ResetsWithoutPromise,
}

/// A tracked allocator with one fault.
struct Faulty<A> {
    inner: A,
    fault: Fault,
    promises: Capabilities,
    calls: Cell<usize>,
    /// Freed blocks held back, to be handed out in another order.
    held_back: RefCell<Vec<(NonNull<u8>, Layout)>>,
}

impl<A: DynAllocator> Faulty<A> {
    fn new(inner: A, fault: Fault) -> Self {
        let promises = inner.capabilities();
        Self { inner, fault, promises, calls: Cell::new(0), held_back: RefCell::default() }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Every so many calls, so that some go well.
    fn now(&self, fault: Fault) -> bool {
        self.calls.set(self.calls.get() + 1);
        self.is(fault) && self.calls.get() % 7 == 0
    }
}

unsafe impl<A: DynAllocator> Allocator for Faulty<A> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, Refused> {
        Ok(self.try_allocate(layout)?)
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, Refused> {
        let block = self.inner.allocate_zeroed(layout)?;
        if self.is(Fault::NotZeroed) && layout.size() > 8 {
            unsafe { block.cast::<u8>().add(layout.size() / 2).write(1) };
        }
        Ok(block)
    }

    unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
        unsafe { self.try_deallocate(memory, layout) }.unwrap();
    }

    unsafe fn grow(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, Refused> {
        let block = unsafe { self.inner.grow(memory, old, new)? };
        if self.is(Fault::LosesOnGrow) && old.size() > 0 {
            unsafe { block.cast::<u8>().add(old.size() - 1).write(0) };
        }
        Ok(block)
    }

    unsafe fn grow_zeroed(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, Refused> {
        let block = unsafe { self.inner.grow_zeroed(memory, old, new)? };
        if self.is(Fault::TailNotZeroed) && new.size() > old.size() {
            unsafe { block.cast::<u8>().add(new.size() - 1).write(1) };
        }
        Ok(block)
    }

    unsafe fn shrink(&self, memory: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, Refused> {
        let block = unsafe { self.inner.shrink(memory, old, new)? };
        if self.is(Fault::LosesOnShrink) && new.size() > 0 {
            unsafe { block.cast::<u8>().write(0) };
        }
        Ok(block)
    }
}

unsafe impl<A: DynAllocator> DynAllocator for Faulty<A> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let (size, align) = (layout.size(), layout.align());
        if self.is(Fault::ServesImpossible) && size > isize::MAX as usize / 2 {
            return Ok(NonNull::slice_from_raw_parts(NonNull::<u64>::dangling().cast(), size));
        }
        if self.is(Fault::RefusesLarge) && size > 1 << 20 {
            return Failing::new(&self.inner).after(0).try_allocate(layout);
        }
        let refused = |error| {
            if self.is(Fault::ChangesWhenItRefuses) {
                // Kept for ever.
                let _ = self.inner.try_allocate(Layout::new::<u8>());
            }
            error
        };
        let block = self.inner.try_allocate(layout).map_err(refused)?;
        if self.is(Fault::NeverLifo) {
            let mut held_back = self.held_back.borrow_mut();
            if held_back.len() > 2 {
                let (oldest, layout) = held_back.remove(0);
                unsafe { self.inner.deallocate(oldest, layout) };
            }
        }
        if self.is(Fault::Unaligned) && align == 8 && size > 8 {
            return Ok(NonNull::slice_from_raw_parts(unsafe { block.cast::<u8>().add(4) }, size));
        }
        if self.now(Fault::Overlapping) && size > 64 && align <= 8 {
            // Its second half is handed out again as another block.
            let half = Layout::from_size_align(size / 2, 1).unwrap();
            self.held_back.borrow_mut().push((unsafe { block.cast::<u8>().add(size / 2) }, half));
        }
        if self.is(Fault::Overlapping) && align == 1 {
            let mut halves = self.held_back.borrow_mut();
            if let Some(at) = halves.iter().position(|(_, half)| half.size() >= size) {
                return Ok(NonNull::slice_from_raw_parts(halves.remove(at).0, size));
            }
        }
        if self.is(Fault::Short) && size > 100 {
            return Ok(NonNull::slice_from_raw_parts(block.cast(), size - 1));
        }
        Ok(block)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        if self.is(Fault::NeverLifo) && layout.size() > 0 {
            self.held_back.borrow_mut().push((memory, layout));
            return Ok(());
        }
        let answer = unsafe { self.inner.try_deallocate(memory, layout) };
        match self.fault {
            Fault::TakesDoubleFrees | Fault::TakesWrongSizes | Fault::TakesForeign => Ok(()),
            _ => answer,
        }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        if self.is(Fault::ResizesInWords) && new_size > old.size() {
            // Says yes to all that fits in the words of the old size and one more.
            return new_size <= old.size() + 8;
        }
        unsafe { self.inner.resize(memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        let usable = unsafe { self.inner.usable_size(memory, layout) };
        // The bytes of the next small block, or of the arena's first chunk: somebody's, but not the heap's.
        if self.is(Fault::UsesTooMuch) && usable < 50 { usable + 8 } else { usable }
    }

    fn owns(&self, address: *const u8) -> bool {
        match self.fault {
            Fault::OwnsNothing => false,
            Fault::OwnsEverything => true,
            _ => self.inner.owns(address),
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.promises
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        match self.fault {
            Fault::KeepsAtReset => Ok(()),
            Fault::ResetsWithoutPromise => Ok(()),
            _ => unsafe { self.inner.reset(mode) },
        }
    }

    fn stats(&self) -> AllocatorStats {
        let stats = self.inner.stats();
        match self.fault {
            Fault::CountsWrong => AllocatorStats { live: stats.live.map(|live| live / 2), ..stats },
            Fault::UsesLessThanAsked => AllocatorStats { used: stats.used.map(|used| used / 2), ..stats },
            _ => stats,
        }
    }
}

/// The check that a fault fails, in an allocator with few means of its own to find it: an arena whose blocks are counted.
fn found_by(fault: Fault) -> Option<String> {
    let verdict = Suite::new(format!("{fault:?}")).try_run(|test| {
        let arena = Arena::new();
        match fault {
            Fault::ChangesWhenItRefuses => test.on(&Faulty::new(Limited::new(&arena, 100_000), fault)),
            Fault::TakesDoubleFrees | Fault::TakesForeign | Fault::NeverLifo => {
                let pool = BlockPoolOptions::new(64).capacity(10_000).build();
                let mut faulty = Faulty::new(&pool, fault);
                faulty.promises = match fault {
                    Fault::TakesForeign => faulty.promises.without(Capabilities::FINDS_DOUBLE_FREE),
                    // It holds blocks back, which earlier checks would see too.
                    Fault::NeverLifo => Capabilities::LIFO | Capabilities::ONE_SIZE,
                    _ => faulty.promises,
                };
                test.on(&faulty);
            }
            Fault::TakesWrongSizes => {
                let mut faulty = Faulty::new(Unmapping::new(), fault);
                let others = Capabilities::FINDS_DOUBLE_FREE | Capabilities::FINDS_FOREIGN_FREE;
                faulty.promises = faulty.promises.without(others);
                test.on(&faulty);
            }
            Fault::CountsWrong => test.on(&Faulty::new(Limited::new(&arena, isize::MAX as usize), fault)),
            Fault::ResetsWithoutPromise => {
                let heap = Tracked::new(Plain::new(System).promising(Capabilities::FREE));
                test.on(&Faulty::new(heap, fault));
            }
            _ => test.on(&Faulty::new(&arena, fault)),
        }
    });
    verdict.err().map(|failure| {
        assert_eq!(failure.who(), format!("{fault:?}"));
        assert!(failure.to_string().contains(failure.what()) && failure.to_string().contains("seed 20261121"));
        failure.check().to_owned()
    })
}

#[test]
fn each_planted_fault_fails_the_check_that_is_about_it() {
    assert_eq!(found_by(Fault::None), None);
    let expected = [
        (Fault::Unaligned, "sizes"),
        (Fault::Overlapping, "disjoint blocks"),
        (Fault::Short, "sizes"),
        (Fault::RefusesLarge, "sizes"),
        (Fault::ServesImpossible, "impossible sizes"),
        (Fault::NotZeroed, "zeroed memory"),
        (Fault::LosesOnGrow, "grow and shrink"),
        (Fault::LosesOnShrink, "grow and shrink"),
        (Fault::TailNotZeroed, "grow and shrink"),
        (Fault::ResizesInWords, "resize in place"),
        (Fault::UsesTooMuch, "usable size"),
        (Fault::OwnsNothing, "ownership"),
        (Fault::OwnsEverything, "ownership"),
        (Fault::CountsWrong, "figures"),
        (Fault::UsesLessThanAsked, "figures"),
        (Fault::ChangesWhenItRefuses, "sizes"),
        (Fault::NeverLifo, "last in, first out"),
        (Fault::TakesDoubleFrees, "double free"),
        (Fault::TakesForeign, "foreign free"),
        (Fault::TakesWrongSizes, "wrong size"),
        (Fault::KeepsAtReset, "reset"),
        (Fault::ResetsWithoutPromise, "reset"),
    ];
    for (fault, check) in expected {
        assert_eq!(found_by(fault).as_deref(), Some(check), "{fault:?}");
    }
}

/// Not Sync-safe in truth: two threads may get the same block.
struct Racy {
    inner: Shared<Owned<Arena>>,
    last: std::sync::atomic::AtomicPtr<u8>,
}

unsafe impl Allocator for Racy {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, Refused> {
        use std::sync::atomic::Ordering::Relaxed;
        if layout.size() <= 64 && layout.align() <= 8 {
            // The last free block is read by one thread, and by another, and then taken by both.
            if let Some(last) = NonNull::new(self.last.load(Relaxed)) {
                std::thread::yield_now();
                self.last.store(std::ptr::null_mut(), Relaxed);
                return Ok(NonNull::slice_from_raw_parts(last, layout.size()));
            }
        }
        let shape = Layout::from_size_align(layout.size().max(64), layout.align().max(8)).map_err(|_| Refused)?;
        self.inner.allocate(shape)
    }

    unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
        if layout.size() > 0 {
            self.last.store(memory.as_ptr(), std::sync::atomic::Ordering::Relaxed);
        }
    }
}

#[test]
fn blocks_that_two_threads_get_are_found() {
    let found = (0..20).any(|seed| {
        let verdict = Suite::new("racy").seed(seed).try_run_shared(|test| {
            let inner = Shared::new(Owned::new(Arena::new()));
            let racy = Racy { inner, last: std::sync::atomic::AtomicPtr::default() };
            test.on(&Plain::new(racy).promising(Capabilities::THREADS));
        });
        verdict.is_err_and(|failure| failure.check() == "threads")
    });
    assert!(found);
}

/// Loses a block of the source each time that a take fails.
struct Forgetful(SourceRef);

unsafe impl Source for Forgetful {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let SourceRef::Counted(source) = &self.0 else { return None };
        let extra = source.take(Layout::new::<u64>())?;
        let block = source.take(layout);
        if block.is_some() {
            unsafe { source.give(extra, Layout::new::<u64>()) };
        }
        block
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        if let SourceRef::Counted(source) = &self.0 {
            unsafe { source.give(block, layout) };
        }
    }
}

#[test]
fn a_block_lost_when_a_later_take_fails_is_found() {
    let failure = Suite::new("forgetful")
        .try_run(|test| {
            let source = Arc::new(Forgetful(test.source()));
            if let Ok(arena) = ArenaOptions::new().source(source).try_build() {
                test.on(&&arena);
            }
        })
        .unwrap_err();
    assert_eq!(failure.check(), "faults of the source");
    assert!(failure.what().contains("1 blocks did not go back"), "{failure}");
}

#[test]
fn a_subject_that_gives_no_allocator_and_one_that_lacks_promises_are_told_apart() {
    let failure = Suite::new("nothing").try_run(|_| {}).unwrap_err();
    assert!(failure.what().contains("Test::on"), "{failure}");
    let report = Suite::new("the C heap").run(|test| test.on(&Plain::new(System)));
    assert!(report.skipped().any(|(check, why)| check == "threads" && why.contains("run_shared")), "{report}");
    assert!(report.skipped().any(|(check, why)| check == "faults of the source" && why.contains("source")), "{report}");
    assert!(report.to_string().starts_with("the C heap: 11 checks passed, "), "{report}");
}
