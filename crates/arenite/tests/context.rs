//! The current allocator of a thread and its temp memory: nesting, panics, guards in any order, threads, futures.

use allocator_api2::{boxed::Box as ABox, vec::Vec as AVec};
use arenite::{
    Arena, ArenaOptions, DynAllocator, Handle, Heap,
    context::{
        self, AllocatorGuard, Context, CountedAlloc, CurrentAlloc, InFuture, current, current_counted, enter_allocator,
        temp, temp_guard, try_alloc, with_allocator, with_counted, with_temp,
    },
    layer::{Limited, Owned},
    scratch_node,
};
use std::{
    alloc::Layout,
    cell::{Cell, RefCell},
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    thread,
};

/// Which of the arenas a block of the current allocator comes from: its number, or none where nothing is current.
fn whose(arenas: &[&Arena]) -> Option<usize> {
    let block = try_alloc(Layout::new::<u64>())?.unwrap();
    Some(arenas.iter().position(|arena| arena.owns(block.cast::<u8>().as_ptr())).expect("one of these"))
}

/// A counted heap, and how many of those made by this call are alive.
fn counted(alive: &Arc<AtomicUsize>) -> CountedAlloc {
    struct Alive<A>(A, Arc<AtomicUsize>);
    impl<A> Drop for Alive<A> {
        fn drop(&mut self) {
            self.1.fetch_sub(1, Ordering::Relaxed);
        }
    }
    // SAFETY: relays to the heap, which it owns.
    unsafe impl<A: DynAllocator> allocator_api2::alloc::Allocator for Alive<A> {
        fn allocate(&self, layout: Layout) -> Result<std::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
            self.0.allocate(layout)
        }
        unsafe fn deallocate(&self, memory: std::ptr::NonNull<u8>, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { self.0.deallocate(memory, layout) }
        }
    }
    // SAFETY: as above.
    unsafe impl<A: DynAllocator> DynAllocator for Alive<A> {
        unsafe fn resize(&self, memory: std::ptr::NonNull<u8>, old: Layout, new_size: usize) -> bool {
            // SAFETY: the caller's promise.
            unsafe { self.0.resize(memory, old, new_size) }
        }
        fn owns(&self, address: *const u8) -> bool {
            self.0.owns(address)
        }
        fn capabilities(&self) -> arenite::Capabilities {
            self.0.capabilities()
        }
        unsafe fn reset(&self, mode: arenite::ResetMode) -> Result<(), arenite::ResetError> {
            // SAFETY: the caller's promise.
            unsafe { self.0.reset(mode) }
        }
        fn stats(&self) -> arenite::AllocatorStats {
            self.0.stats()
        }
    }
    alive.fetch_add(1, Ordering::Relaxed);
    CountedAlloc::new(Alive(Owned::new(Heap::new()), alive.clone()))
}

/// Whether `heap` is the current allocator.
fn is_current(heap: &CountedAlloc) -> bool {
    current(|memory| heap.owns((&raw const *ABox::new_in(7u64, memory)).cast())).unwrap_or(false)
}

#[test]
fn scopes_nest_and_each_end_brings_back_what_was_current_before() {
    let (outer, inner) = (Arena::new(), Arena::new());
    let arenas = [&outer, &inner];
    assert_eq!(whose(&arenas), None);
    with_allocator(&outer, || {
        assert_eq!(whose(&arenas), Some(0));
        with_allocator(&inner, || {
            assert_eq!(whose(&arenas), Some(1));
            with_allocator(&outer, || assert_eq!(whose(&arenas), Some(0)));
            assert_eq!(whose(&arenas), Some(1));
        });
        assert_eq!(whose(&arenas), Some(0));
    });
    assert_eq!(whose(&arenas), None);
}

#[test]
fn a_panic_brings_back_what_was_current_before() {
    let (outer, inner) = (Arena::new(), Arena::new());
    with_allocator(&outer, || {
        let panic = catch_unwind(AssertUnwindSafe(|| {
            with_allocator(&inner, || with_allocator(&inner, || with_temp(|_| panic!("in the middle"))))
        }));
        assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "in the middle");
        assert_eq!(whose(&[&outer, &inner]), Some(0));
        assert!(temp(|_| ()).is_none());
    });
    assert!(try_alloc(Layout::new::<u8>()).is_none());
}

#[test]
fn what_a_callee_sets_ends_with_it() {
    fn callee(arena: &Arena) -> usize {
        with_allocator(arena, || whose(&[arena]).unwrap())
    }
    let (mine, its) = (Arena::new(), Arena::new());
    with_allocator(&mine, || {
        callee(&its);
        assert_eq!(whose(&[&mine, &its]), Some(0));
    });
}

#[test]
fn a_collection_stays_with_the_allocator_that_was_current_when_it_was_made() {
    let (heap, other) = (Heap::new(), Arena::new());
    with_allocator(&heap, || {
        current(|memory| {
            let mut numbers = AVec::new_in(memory);
            numbers.push(0u32);
            with_allocator(&other, || {
                numbers.extend(1..10_000);
                drop(numbers);
                assert_eq!(heap.stats().live, 0, "it was freed to its owner");
            });
        });
    });
    assert_eq!(other.used(), 0);
}

#[test]
fn maps_of_a_function_without_an_allocator_parameter_lie_in_the_current_one() {
    fn most_common(text: &str) -> Option<char> {
        current(|memory| {
            let mut counts = hashbrown::HashMap::new_in(memory);
            text.chars().for_each(|c| *counts.entry(c).or_insert(0) += 1);
            counts.into_iter().max_by_key(|&(_, count)| count).map(|(c, _)| c)
        })
        .flatten()
    }
    let arena = Arena::new();
    assert_eq!(with_allocator(&arena, || most_common("aabbbcdd")), Some('b'));
    assert!(arena.used() > 0);
    assert_eq!(most_common("aabbbcdd"), None, "nothing is current");
}

#[test]
fn a_refusal_of_the_current_allocator_says_why() {
    let arena = ArenaOptions::new().name("small").limit(4096).build();
    let refused = with_allocator(&arena, || try_alloc(Layout::new::<[u64; 1000]>())).unwrap().unwrap_err();
    assert!(refused.to_string().starts_with("\"small\" refused"), "{refused}");
}

#[test]
fn layers_by_value_and_interfaces_by_reference_can_be_current() {
    with_allocator(Limited::new(Owned::new(Arena::new()), 100), || {
        assert!(try_alloc(Layout::new::<[u8; 100]>()).unwrap().is_ok());
        assert!(try_alloc(Layout::new::<u8>()).unwrap().is_err());
    });
    let arena = Arena::new();
    let unknown: &dyn DynAllocator = &&arena;
    with_allocator(unknown, || assert_eq!(whose(&[&arena]), Some(0)));
}

#[test]
fn a_thread_that_is_started_in_a_scope_has_no_current_allocator() {
    let heap = Heap::new();
    with_allocator(&heap, || {
        with_temp(|_| {
            thread::scope(|threads| {
                let nothing = threads.spawn(|| current(|_| ()).is_none() && temp(|_| ()).is_none());
                assert!(nothing.join().unwrap());
            });
        });
    });
}

#[test]
fn each_of_four_threads_sees_its_own_scopes_only() {
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let (a, b) = (Arena::new(), Arena::new());
                for n in 0..1000 {
                    let (outer, inner) = if n % 2 == 0 { (&a, &b) } else { (&b, &a) };
                    with_allocator(outer, || {
                        with_allocator(inner, || assert_eq!(whose(&[inner, outer]), Some(0)));
                        assert_eq!(whose(&[inner, outer]), Some(1));
                    });
                }
            });
        }
    });
}

#[test]
fn what_was_made_in_a_counted_allocator_leaves_the_scope_and_keeps_it_alive() {
    let alive = Arc::new(AtomicUsize::new(0));
    let numbers = with_counted(counted(&alive), || {
        let mut numbers = AVec::new_in(current_counted().unwrap());
        numbers.extend(0..1000u64);
        numbers
    });
    let sum = thread::spawn(move || numbers.iter().sum::<u64>());
    assert_eq!(sum.join().unwrap(), 999 * 1000 / 2);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn a_lent_allocator_is_not_counted_even_inside_a_counted_one() {
    let arena = Arena::new();
    with_counted(CountedAlloc::new(Owned::new(Heap::new())), || {
        assert!(current_counted().is_some());
        with_allocator(&arena, || assert!(current_counted().is_none()));
        assert!(current_counted().is_some());
    });
}

#[test]
fn guards_dropped_in_any_order_never_make_an_ended_one_current() {
    // Every order of ending three guards.
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let alive = Arc::new(AtomicUsize::new(0));
        let mut guards: Vec<Option<(AllocatorGuard, CountedAlloc)>> = Vec::new();
        for _ in 0..3 {
            let heap = counted(&alive);
            guards.push(Some((enter_allocator(heap.clone()), heap)));
        }
        let mut open = vec![0, 1, 2];
        for n in order {
            drop(guards[n].take());
            open.retain(|&other| other != n);
            match open.last() {
                Some(&newest) => assert!(is_current(&guards[newest].as_ref().unwrap().1), "{order:?}: {n} ended"),
                None => assert!(current(|_| ()).is_none(), "{order:?}"),
            }
        }
        assert_eq!(alive.load(Ordering::Relaxed), 0, "{order:?}: every heap is gone");
    }
}

#[test]
fn a_guard_that_leaves_a_closure_is_not_current_outside_and_ends_without_a_trace() {
    let alive = Arc::new(AtomicUsize::new(0));
    let (outer, inner) = (Arena::new(), Arena::new());
    let guard = with_allocator(&outer, || {
        let early = enter_allocator(counted(&alive));
        let late = with_allocator(&inner, || {
            let ended_inside = enter_allocator(counted(&alive));
            let leaves = enter_allocator(counted(&alive));
            drop(ended_inside);
            leaves
        });
        drop(early);
        assert_eq!(whose(&[&outer, &inner]), Some(0));
        late
    });
    assert!(current(|_| ()).is_none());
    assert_eq!(alive.load(Ordering::Relaxed), 1, "the guard's own");
    let under = enter_allocator(counted(&alive));
    drop(guard);
    assert_eq!(alive.load(Ordering::Relaxed), 1);
    assert!(current(|_| ()).is_some(), "a later guard is not disturbed");
    drop(under);
    assert!(current(|_| ()).is_none());
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn a_guard_dropped_while_its_allocator_is_lent_leaves_it_in_place() {
    let alive = Arc::new(AtomicUsize::new(0));
    let guard = RefCell::new(Some(enter_allocator(counted(&alive))));
    current(|memory| {
        let mut numbers = AVec::new_in(memory);
        numbers.push(1u64);
        drop(guard.take());
        assert!(current(|_| ()).is_none());
        numbers.extend(2..1000);
        assert_eq!(numbers.iter().sum::<u64>(), 999 * 1000 / 2);
        assert_eq!(alive.load(Ordering::Relaxed), 1);
    })
    .unwrap();
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn a_forgotten_guard_is_current_up_to_the_end_of_the_closure_around_it() {
    let arena = Arena::new();
    let heap = CountedAlloc::new(Owned::new(Heap::new()));
    let forgotten = with_allocator(&arena, || {
        let forgotten = ManuallyDrop::new(enter_allocator(heap.clone()));
        assert!(is_current(&heap));
        forgotten
    });
    assert!(current(|_| ()).is_none());
    assert_eq!(heap.handles(), 2);
    drop(ManuallyDrop::into_inner(forgotten)); // for leak checkers
}

#[test]
fn an_allocator_that_asks_for_the_current_one_as_it_ends_finds_the_one_below() {
    thread_local!(static SEEN: Cell<Option<bool>> = const { Cell::new(None) });
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            SEEN.set(Some(current_counted().is_some()));
        }
    }
    let arena = Arena::new();
    arena.alloc_drop(Asks);
    let below = enter_allocator(CountedAlloc::new(Owned::new(Heap::new())));
    let above = enter_allocator(CountedAlloc::new(arenite::layer::Shared::new(Owned::new(arena))));
    drop(above);
    assert_eq!(SEEN.take(), Some(true));
    drop(below);
}

#[test]
fn a_thread_local_that_dies_last_still_opens_scopes() {
    struct Last(Rc<Cell<usize>>);
    impl Drop for Last {
        fn drop(&mut self) {
            let arena = Arena::new();
            assert_eq!(with_allocator(&arena, || whose(&[&arena])), Some(0));
            assert_eq!(with_temp(|_| temp(|temp| temp.alloc_str("late").len())), Some(4));
            self.0.set(self.0.get() + 1);
            drop(temp_guard());
        }
    }
    thread_local! {
        static FIRST: RefCell<Option<Last>> = const { RefCell::new(None) };
        static GUARD: RefCell<Option<(AllocatorGuard, context::TempGuard)>> = const { RefCell::new(None) };
    }
    thread::spawn(|| {
        let ran = Rc::new(Cell::new(0));
        FIRST.set(Some(Last(ran)));
        with_temp(|_| ());
        GUARD.set(Some((enter_allocator(CountedAlloc::new(Owned::new(Heap::new()))), temp_guard())));
    })
    .join()
    .expect("no destructor panics");
}

#[test]
fn everything_in_temp_goes_at_its_end_also_by_a_panic() {
    thread_local!(static DROPS: Cell<usize> = const { Cell::new(0) });
    struct Counts;
    impl Drop for Counts {
        fn drop(&mut self) {
            DROPS.set(DROPS.get() + 1);
        }
    }
    let first = with_temp(|temp| {
        temp.alloc_drop(Counts);
        (&raw const *temp.alloc(1u64)).addr()
    });
    assert_eq!(DROPS.get(), 1);
    let _ = catch_unwind(|| {
        with_temp(|temp| {
            temp.alloc_drop(Counts);
            panic!("in temp");
        })
    });
    assert_eq!(DROPS.get(), 2);
    {
        let guard = temp_guard();
        guard.alloc_drop(Counts);
    }
    assert_eq!(DROPS.get(), 3);
    let again = with_temp(|temp| (&raw const *temp.alloc(2u64)).addr());
    assert!(again.abs_diff(first) < 4096, "the mark was rewound: the same memory comes again");
}

#[test]
fn results_in_the_callers_temp_outlive_the_callees_temp() {
    /// Pieces of a text, joined; `results` may itself be a temp.
    fn joined<'r>(pieces: &[&str], results: &'r Handle) -> &'r str {
        with_temp(|mine| {
            let copy = mine.alloc_slice_from_iter(pieces.iter().copied());
            results.alloc_fmt(format_args!("{}", copy.concat()))
        })
    }
    with_temp(|outer| {
        let title = joined(&["sand", "stone"], outer);
        let garbage = with_temp(|other| other.alloc_slice_fill(10_000, 0xAAu8).len());
        assert_eq!((title, garbage), ("sandstone", 10_000));
        // And by way of the current allocator, itself a temp.
        with_allocator(outer, || {
            with_temp(|mine| {
                let text = mine.alloc_str("copied out");
                current(|results| {
                    let copy = bytes_in(text, results);
                    assert!(outer.owns(copy.as_ptr()) && !mine.owns(copy.as_ptr()));
                });
            });
        });
        assert_eq!(title, "sandstone");
    });
}

fn bytes_in<'c>(text: &str, memory: CurrentAlloc<'c>) -> AVec<u8, CurrentAlloc<'c>> {
    let mut bytes = AVec::new_in(memory);
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

#[test]
fn a_callee_leaves_values_in_the_innermost_open_temp_of_its_callers() {
    with_temp(|outer| {
        with_temp(|inner| {
            temp(|temp| temp.alloc_slice_fill(1000, 1u8).len()).unwrap();
            assert!(inner.used() >= 1000 && outer.used() == 0);
        });
        temp(|temp| temp.alloc_slice_fill(1000, 1u8).len()).unwrap();
        assert!(outer.used() >= 1000);
    });
    assert!(temp(|_| ()).is_none());
}

#[test]
fn temp_guards_have_memory_apart_and_end_in_any_order() {
    let first = temp_guard();
    let word = first.alloc_str("first");
    let second = temp_guard();
    let other = second.alloc_str("second");
    with_temp(|third| {
        third.alloc_slice_fill(5000, 0u8);
        assert_eq!((&*word, &*other), ("first", "second"));
    });
    drop(first);
    let third = temp_guard();
    third.alloc_slice_fill(5000, 0u8);
    assert_eq!(other, "second");
    assert_eq!(third.scope().alloc_str("nested"), "nested");
}

#[test]
fn temp_is_warm_after_its_first_use() {
    thread::spawn(|| {
        let work =
            || with_temp(|temp| with_temp(|inner| inner.alloc(temp.alloc(1u64).wrapping_add(1)).wrapping_add(1)));
        work();
        let (before, calls) = (scratch_node().id(), arenite::source::system_calls());
        (0..100).for_each(|_| assert_eq!(work(), 3));
        assert_eq!((scratch_node().id(), arenite::source::system_calls()), (before, calls));
    })
    .join()
    .unwrap();
}

/// Ready at the third poll.
async fn elsewhere() {
    let mut polls = 0;
    std::future::poll_fn(move |_| {
        polls += 1;
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn polled<F: Future>(future: F, mut between: impl FnMut()) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())) {
            return output;
        }
        between();
    }
}

#[test]
fn a_future_finds_its_context_in_each_poll_and_nobody_finds_it_between_them() {
    let (arena, other) = (Arena::new(), Arena::new());
    let arenas = [&arena, &other];
    let task = async {
        for _ in 0..3 {
            assert_eq!(whose(&arenas), Some(0));
            elsewhere().await;
        }
        whose(&arenas)
    };
    let mut pauses = 0;
    let task = task.in_context(Context::new().allocator(&arena));
    let seen = with_allocator(&other, || {
        polled(task, || {
            pauses += 1;
            assert_eq!(whose(&arenas), Some(1));
        })
    });
    assert_eq!((seen, pauses), (Some(0), 6));
}

#[test]
fn two_tasks_of_one_thread_each_have_their_own_context() {
    let (a, b) = (Arena::new(), Arena::new());
    let arenas = [&a, &b];
    let task = |wanted: usize| async move {
        for _ in 0..4 {
            assert_eq!(whose(&arenas), Some(wanted));
            elsewhere().await;
        }
    };
    let mut second = pin!(task(1).in_context(Context::new().allocator(&b)));
    polled(task(0).in_context(Context::new().allocator(&a)), || {
        let _ = second.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
    });
}

#[test]
fn a_future_takes_its_counted_context_to_another_thread() {
    let alive = Arc::new(AtomicUsize::new(0));
    let task = async {
        let mut answer = AVec::new_in(current_counted().unwrap());
        for n in 0..3 {
            elsewhere().await;
            answer.push(n);
        }
        answer
    };
    let mut task = Box::pin(task.in_context(Context::new().counted(counted(&alive))));
    assert!(task.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())).is_pending());
    let answer = thread::spawn(move || polled(task, || assert!(current(|_| ()).is_none()))).join().unwrap();
    assert_eq!(answer, [0, 1, 2]);
    drop(answer);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn a_future_dropped_unfinished_frees_to_its_allocator() {
    let alive = Arc::new(AtomicUsize::new(0));
    let task = async {
        let kept = ABox::new_in(7u64, current_counted().unwrap());
        elsewhere().await;
        *kept
    };
    let mut task = Box::pin(task.in_context(Context::new().counted(counted(&alive))));
    assert!(task.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())).is_pending());
    drop(task);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn a_panic_in_a_poll_brings_back_what_was_current_before() {
    let arena = Arena::new();
    let task = async { panic!("in a poll") }.in_context(Context::new().allocator(&arena));
    assert!(catch_unwind(AssertUnwindSafe(|| polled(task, || ()))).is_err());
    assert!(current(|_| ()).is_none());
}
