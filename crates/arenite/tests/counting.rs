//! The program's heap calls, seen by its own allocator: counted, forbidden, charged to tags. A process of its own, whose
//! allocator is a `Global`.

#[path = "common/again.rs"]
mod again;

use arenite::{
    Arena, Budget, Global, Node, Tag,
    context::{
        Context, CountedAlloc, DenyHeap, HeapCallKind, InFuture, allow_heap, count_heap, current_tag, deny_heap,
        heap_calls, heap_is_watched, scopes_active, set_heap_counting, set_tag_node, tag_heap, tag_node,
        with_allocator, with_arena, with_tag,
    },
    report::{self, Steady},
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    any::Any,
    env,
    hint::black_box,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::pin,
    ptr,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicPtr, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

#[global_allocator]
static ALLOCATOR: Global<System> = Global::over(System);

/// A tag for each test that looks at figures of the whole process.
const fn own_tag(number: u8) -> Tag {
    Tag::new(8 + number).unwrap()
}

fn message(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => String::from(*panic.downcast::<&str>().expect("a panic with a message")),
    }
}

#[test]
fn each_call_of_a_closure_is_counted_with_its_bytes() {
    assert!(heap_is_watched());
    let (numbers, calls) = count_heap(|| {
        let mut numbers: Vec<u64> = Vec::with_capacity(4);
        numbers.extend(0..4);
        numbers.reserve_exact(4);
        drop(black_box(Box::new(7u32)));
        numbers
    });
    assert_eq!((calls.allocations, calls.reallocations, calls.frees), (2, 1, 1));
    assert_eq!((calls.allocated_bytes, calls.freed_bytes), (32 + 32 + 4, 4));
    assert_eq!(calls.total(), 4);
    let (_, calls) = count_heap(|| drop(numbers));
    assert_eq!((calls.total(), calls.frees, calls.freed_bytes), (1, 1, 64));
    let mut shrinks = Vec::<u8>::with_capacity(100);
    shrinks.push(1);
    let (_, calls) = count_heap(|| shrinks.shrink_to_fit());
    assert_eq!((calls.reallocations, calls.allocated_bytes, calls.freed_bytes), (1, 0, 99));
    assert_eq!(black_box(shrinks), [1]);
}

#[test]
fn zeroed_blocks_are_zero_and_counted_while_counting() {
    let (zeros, calls) = count_heap(|| black_box(vec![0u8; 5000]));
    assert!(zeros.iter().all(|&byte| byte == 0));
    assert_eq!((calls.allocations, calls.allocated_bytes), (1, 5000));
}

#[test]
fn nothing_is_counted_outside_and_a_switch_counts_in_between() {
    let before = heap_calls();
    drop(black_box(Box::new(1u8)));
    assert_eq!(heap_calls(), before);
    assert!(!set_heap_counting(true));
    drop(black_box(Box::new(1u8)));
    assert!(set_heap_counting(false));
    drop(black_box(Box::new(1u8)));
    assert_eq!(heap_calls().since(&before).total(), 2);
}

#[test]
fn nested_counts_each_have_what_was_called_in_them() {
    let ((_, inner), outer) = count_heap(|| {
        drop(black_box(Box::new(1u8)));
        count_heap(|| drop(black_box(Box::new(2u8))))
    });
    assert_eq!((inner.total(), outer.total()), (2, 4));
}

#[test]
fn threads_count_apart() {
    let barrier = Barrier::new(2);
    thread::scope(|threads| {
        let counts = threads.spawn(|| {
            count_heap(|| {
                barrier.wait();
                for _ in 0..100 {
                    drop(black_box(Box::new(0u8)));
                }
                barrier.wait();
            })
            .1
        });
        barrier.wait();
        for _ in 0..1000 {
            drop(black_box(vec![0u8; 100]));
        }
        barrier.wait();
        assert_eq!(counts.join().unwrap().total(), 200);
    });
}

#[test]
fn a_closure_that_leaves_the_heap_alone_is_not_disturbed() {
    let mut arena = Arena::new();
    arena.alloc(0u64);
    let kept = String::from("kept");
    let sum = deny_heap(|| {
        arena.reset();
        arena.alloc_slice_from_iter(0..100u64).iter().sum::<u64>() + kept.len() as u64
    });
    assert_eq!(sum, 4950 + 4);
}

#[inline(never)]
fn the_frame_that_allocates() -> Vec<u64> {
    let mut numbers = Vec::with_capacity(2);
    numbers.extend([black_box(1), 2]);
    numbers
}

#[test]
fn each_heap_call_of_a_forbidden_closure_is_reported_after_it() {
    let mut went_on = false;
    let denied = catch_unwind(AssertUnwindSafe(|| {
        deny_heap(|| {
            let mut numbers = the_frame_that_allocates();
            numbers.push(3);
            drop(numbers);
            went_on = true;
        })
    }));
    assert!(went_on, "calls are served, and nothing unwinds out of them");
    let message = message(denied.unwrap_err());
    assert!(message.starts_with("deny_heap: 3 heap calls: 1 allocations, 1 reallocations, 1 frees; "), "{message}");
    assert!(message.contains("\n    1 x allocation, 16 bytes, at"), "{message}");
    assert!(message.contains("\n    1 x reallocation, 32 bytes, at"), "{message}");
    assert!(message.contains("\n    1 x free, 32 bytes, at"), "{message}");
    assert!(message.contains("to do: "), "{message}");
    drop(black_box(Box::new(0u8))); // allowed again
}

#[test]
fn calls_of_one_place_are_one_line_and_the_stack_tells_places_apart() {
    let ((), heard) = DenyHeap::new().listen(|| {
        for _ in 0..10 {
            drop(black_box(Box::new(0u64)));
        }
        drop(black_box(Box::new(0u64)));
    });
    let of = |kind| heard.iter().filter(move |place| place.kind == kind);
    assert_eq!(heard.calls().total(), 22);
    assert_eq!(of(HeapCallKind::Allocation).map(|place| place.bytes).sum::<u64>(), 88);
    assert_eq!(heard.unlisted(), 0);
    #[cfg(all(feature = "debug", any(unix, windows)))]
    {
        assert!(of(HeapCallKind::Allocation).map(|place| place.calls).eq([10, 1]), "{heard}");
        assert!(of(HeapCallKind::Free).map(|place| place.calls).eq([10, 1]), "{heard}");
        assert!(heard.iter().all(|place| place.stack.is_some()));
    }
}

#[test]
fn what_is_allowed_inside_is_not_reported() {
    let sum = deny_heap(|| {
        let text = allow_heap(|| {
            let again = catch_unwind(|| deny_heap(|| vec![black_box(1u8)].len()));
            assert!(again.is_err(), "forbidden again within");
            String::from("allowed")
        });
        let length = text.len();
        allow_heap(|| drop(text));
        length
    });
    assert_eq!(sum, 7);
}

#[test]
fn of_nested_denials_each_hears_its_own() {
    let (inner, outer) = DenyHeap::new().listen(|| {
        let inner = DenyHeap::new().listen(|| vec![black_box(1u8)].len()).1;
        drop(black_box(Box::new([0u8; 3])));
        inner
    });
    assert_eq!((inner.calls().total(), inner.calls().allocated_bytes), (2, 1));
    assert_eq!((outer.calls().total(), outer.calls().allocated_bytes), (2, 3), "what came after it");
}

#[test]
fn an_outer_denial_hears_nothing_of_an_inner_ones_report() {
    let ((), outer) = DenyHeap::new().listen(|| {
        let denied = catch_unwind(|| deny_heap(|| vec![black_box(1u8)].len()));
        allow_heap(|| assert!(message(denied.unwrap_err()).starts_with("deny_heap: 2 heap calls")));
    });
    assert_eq!(outer.calls().total(), 0, "{outer}");
}

#[test]
fn a_panic_in_a_forbidden_closure_goes_on_as_it_is_and_ends_the_denial() {
    let panicked = catch_unwind(|| {
        deny_heap(|| {
            let _dropped_on_the_way = black_box(vec![1u8]);
            panic!("{} of its own", "a message")
        })
    });
    assert_eq!(message(panicked.unwrap_err()), "a message of its own");
    assert_eq!(DenyHeap::new().listen(|| ()).1.calls().total(), 0);
    drop(black_box(Box::new(0u8)));
}

#[test]
fn the_calls_of_a_panic_that_is_caught_inside_are_not_forbidden() {
    let ((), heard) = DenyHeap::new().listen(|| {
        let caught = catch_unwind(|| panic!("{} panic", black_box("a formatted")));
        allow_heap(|| drop(caught));
    });
    assert_eq!(heard.calls().total(), 0, "{heard}");
}

#[test]
fn another_threads_calls_are_its_own_matter() {
    let (go, wait) = mpsc::channel::<()>();
    let (done, ended) = mpsc::channel();
    let other = thread::spawn(move || {
        wait.recv().unwrap();
        drop(black_box(vec![0u8; 100]));
        done.send(()).unwrap();
    });
    let ((), heard) = DenyHeap::new().listen(|| {
        allow_heap(|| go.send(()).unwrap());
        allow_heap(|| ended.recv().unwrap());
    });
    assert_eq!(heard.calls().total(), 0, "{heard}");
    other.join().unwrap();
}

/// Runs one of the tests below in a process of its own; what it wrote to stderr, and whether it ended well.
fn in_a_process(test: &str) -> (bool, String) {
    let output = again::again().args(["--exact", "--nocapture", test]).env("ARENITE_TEST_CHILD", "1").output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn told_so_the_process_ends_at_the_first_call_with_its_place() {
    if env::var_os("ARENITE_TEST_CHILD").is_some() {
        DenyHeap::new().abort(true).run(|| {
            black_box(the_frame_that_allocates());
        });
        unreachable!("the process has ended");
    }
    let (well, said) = in_a_process("told_so_the_process_ends_at_the_first_call_with_its_place");
    assert!(!well);
    assert!(said.contains("arenite: heap call where it is forbidden: 1 x allocation, 16 bytes, at"), "{said}");
    assert!(!said.contains("the process has ended"), "{said}");
}

#[test]
fn a_steady_cycle_calls_neither_the_librarys_heap_nor_the_programs() {
    // By itself: a cycle is not steady while other threads fill what is charged.
    if env::var_os("ARENITE_TEST_CHILD").is_none() {
        let (well, said) = in_a_process("a_steady_cycle_calls_neither_the_librarys_heap_nor_the_programs");
        return assert!(well, "{said}");
    }
    let mut arena = Arena::new();
    let mut reused: Vec<u64> = Vec::new();
    report::assert_steady(|| {
        arena.alloc_slice_fill(1000, 1u64);
        arena.reset();
        reused.clear();
        reused.extend(0..100);
        allow_heap(|| drop(black_box(Box::new(1u8))));
    });
    let unsteady = Steady::new().cycles(5).try_run(|| drop(black_box(Box::new(1u8)))).unwrap_err();
    assert_eq!((unsteady.program_heap().calls().allocations, unsteady.program_heap().calls().frees), (5, 5));
    assert_eq!(unsteady.heap_calls(), 0, "the library's own");
    let text = unsteady.to_string();
    assert!(text.contains("\n  the program's heap was called: 10 heap calls: 5 allocations"), "{text}");
}

#[test]
fn blocks_under_a_tag_are_charged_to_it_until_they_are_freed_anywhere() {
    const TAG: Tag = own_tag(0);
    let node = tag_node(TAG);
    let outside = vec![0u8; 100];
    let kept = with_tag(TAG, || {
        assert_eq!(current_tag(), Some(TAG));
        drop(black_box(outside)); // not the tag's
        drop(black_box(vec![0u8; 50]));
        vec![1u8; 1000]
    });
    assert_eq!(current_tag(), None);
    assert_eq!(node.stats().charged, 1000);
    assert_eq!((tag_heap(TAG).calls.allocations, tag_heap(TAG).calls.frees), (2, 1));
    thread::spawn(move || drop(kept)).join().unwrap();
    assert_eq!(node.stats().charged, 0);
    assert_eq!(node.stats().high_water, 1050 - 50);
    let calls = tag_heap(TAG).calls;
    assert_eq!((calls.allocations, calls.frees), (2, 2));
    assert_eq!((calls.allocated_bytes, calls.freed_bytes), (1050, 1050));
}

#[test]
fn the_innermost_tag_pays_and_each_gets_its_own_back() {
    const OUTER: Tag = own_tag(1);
    const INNER: Tag = own_tag(2);
    let (a, b, c) = with_tag(OUTER, || {
        let a = vec![0u8; 10];
        let b = with_tag(INNER, || vec![0u8; 200]);
        (a, b, vec![0u8; 3000])
    });
    assert_eq!((tag_node(OUTER).stats().charged, tag_node(INNER).stats().charged), (3010, 200));
    with_tag(OUTER, || drop(b));
    assert_eq!((tag_node(OUTER).stats().charged, tag_node(INNER).stats().charged), (3010, 0));
    with_tag(INNER, || drop((a, c)));
    assert_eq!((tag_node(OUTER).stats().charged, tag_node(INNER).stats().charged), (0, 0));
}

#[test]
fn a_block_that_changes_its_size_stays_with_its_payer() {
    const TAG: Tag = own_tag(3);
    const OTHER: Tag = own_tag(4);
    let mut numbers: Vec<u8> = with_tag(TAG, || Vec::with_capacity(100));
    numbers.push(7);
    numbers.reserve_exact(99_999); // moves, with no tag set
    assert_eq!(tag_node(TAG).stats().charged, 100_000);
    with_tag(OTHER, || numbers.shrink_to_fit());
    assert_eq!((tag_node(TAG).stats().charged, tag_node(OTHER).stats().charged), (1, 0));
    let mut nobodys: Vec<u8> = Vec::with_capacity(100);
    nobodys.push(1);
    with_tag(OTHER, || nobodys.reserve_exact(10_000));
    assert_eq!(tag_node(OTHER).stats().charged, 0, "it was not allocated under the tag");
    drop((numbers, nobodys));
    assert_eq!(tag_node(TAG).stats().charged, 0);
    assert_eq!(tag_heap(TAG).calls.reallocations, 2);
}

#[test]
fn a_refused_reallocation_leaves_the_charge_as_it_was() {
    const TAG: Tag = own_tag(5);
    /// The C heap, which cannot make a block larger.
    struct Refuses;
    // SAFETY: calls of the C heap; a refused reallocation leaves the block as it is.
    unsafe impl GlobalAlloc for Refuses {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promise.
            unsafe { System.alloc(layout) }
        }
        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise.
            unsafe { System.dealloc(block, layout) }
        }
        unsafe fn realloc(&self, _: *mut u8, _: Layout, _: usize) -> *mut u8 {
            ptr::null_mut()
        }
    }
    let (heap, layout) = (Global::over(Refuses), Layout::new::<[u8; 100]>());
    // SAFETY: a live block of this heap, with its layout.
    unsafe {
        let block = with_tag(TAG, || heap.alloc(layout));
        assert!(heap.realloc(block, layout, 1000).is_null());
        assert_eq!(tag_node(TAG).stats().charged, 100);
        heap.dealloc(block, layout);
    }
    assert_eq!(tag_node(TAG).stats().charged, 0);
    let calls = tag_heap(TAG).calls;
    assert_eq!((calls.reallocations, calls.allocated_bytes, calls.freed_bytes), (1, 100, 100));
}

/// A heap that hands an address to another thread, under another tag, as soon as it has it back: in the middle of the
/// call that gives it back.
struct GivesAway;

static GIVES_AWAY: Global<GivesAway> = Global::over(GivesAway);
static FREE: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static GIVEN: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
const RECEIVER: Tag = own_tag(14);

fn give_away(block: *mut u8, layout: Layout) {
    FREE.store(block, Ordering::SeqCst);
    thread::scope(|threads| {
        let received = threads.spawn(move || {
            // SAFETY: a layout of some bytes.
            with_tag(RECEIVER, || GIVEN.store(unsafe { GIVES_AWAY.alloc(layout) }, Ordering::SeqCst));
        });
        received.join().unwrap();
    });
}

// SAFETY: blocks come from the C heap, one at a time, and are never freed.
unsafe impl GlobalAlloc for GivesAway {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let free = FREE.swap(ptr::null_mut(), Ordering::SeqCst);
        // SAFETY: the caller's promise.
        if free.is_null() { unsafe { System.alloc(layout) } } else { free }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        give_away(block, layout);
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: a layout of some bytes.
        let moved = unsafe { System.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        give_away(block, layout);
        moved
    }
}

#[test]
fn an_address_that_another_thread_gets_at_once_has_its_new_payer_alone() {
    const TAG: Tag = own_tag(15);
    let layout = Layout::new::<[u64; 4]>();
    let charged = |tag: Tag| tag_node(tag).stats().charged;
    // What the receiving thread itself takes from the heap as it starts and ends is not under its tag.
    // SAFETY: live blocks of that heap with their layouts; it gives no block back.
    unsafe {
        let block = with_tag(TAG, || GIVES_AWAY.alloc(layout));
        let moved = GIVES_AWAY.realloc(block, layout, 100);
        assert_eq!(GIVEN.load(Ordering::SeqCst), block);
        assert_eq!((charged(TAG), charged(RECEIVER)), (100, 32));
        GIVES_AWAY.dealloc(moved, Layout::from_size_align_unchecked(100, 8));
        assert_eq!(GIVEN.load(Ordering::SeqCst), moved);
        assert_eq!((charged(TAG), charged(RECEIVER)), (0, 132));
    }
}

#[test]
fn a_hard_budget_is_passed_and_recorded() {
    const TAG: Tag = own_tag(6);
    let node = tag_node(TAG);
    node.set_budget(Budget { hard: Some(1000), ..Budget::default() });
    let within = with_tag(TAG, || vec![0u8; 600]);
    assert_eq!(tag_heap(TAG).past_budget, 0);
    let beyond = with_tag(TAG, || (vec![0u8; 600], vec![0u8; 1]));
    assert_eq!(tag_heap(TAG).past_budget, 2);
    assert_eq!(node.stats().charged, 1201);
    drop((within, beyond));
    assert_eq!(node.stats().charged, 0);
}

#[test]
fn the_callback_of_a_tags_node_hears_of_each_crossing_after_the_closure() {
    const TAG: Tag = own_tag(16);
    static HEARD: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());
    let parent = Node::new("all heaps").build();
    let node = Node::new("crossed").parent(&parent).soft_budget(100).hard_budget(1000).on_soft(|crossing| {
        assert_eq!(current_tag(), None, "after the closure");
        HEARD.lock().unwrap().push((crossing.budget, crossing.charged));
    });
    set_tag_node(TAG, node.build()).unwrap();
    assert!(set_tag_node(TAG, Node::new("late").build()).is_err());
    let small = with_tag(TAG, || {
        let small = vec![0u8; 101];
        assert!(HEARD.lock().unwrap().is_empty());
        small
    });
    assert_eq!(*HEARD.lock().unwrap(), [(100, 101)]);
    let large = with_tag(TAG, || (vec![0u8; 1000], vec![0u8; 1]));
    assert_eq!(*HEARD.lock().unwrap(), [(100, 101), (1000, 1102)], "once");
    assert_eq!(parent.stats().charged, 1102);
    drop(large);
    let again = with_tag(TAG, || vec![0u8; 1000]);
    assert_eq!(HEARD.lock().unwrap().len(), 3, "passed from below again");
    drop((small, again));
    assert_eq!(parent.stats().charged, 0);
}

#[test]
fn a_panic_takes_the_tag_back() {
    const TAG: Tag = own_tag(7);
    let panicked = catch_unwind(|| -> () { with_tag(TAG, || resume_unwind(Box::new(String::from("under a tag")))) });
    assert_eq!(current_tag(), None);
    assert_eq!(tag_node(TAG).stats().charged, size_of::<String>() + 11, "the payload is the tag's");
    assert_eq!(message(panicked.unwrap_err()), "under a tag");
    assert_eq!(tag_node(TAG).stats().charged, 0);
    drop(black_box(vec![0u8; 100]));
    assert_eq!(tag_node(TAG).stats().charged, 0);
}

#[test]
fn four_threads_that_free_each_others_blocks_leave_nothing_charged() {
    const TAGS: [Tag; 4] = [own_tag(8), own_tag(9), own_tag(10), own_tag(11)];
    let (senders, receivers): (Vec<_>, Vec<_>) = TAGS.iter().map(|_| mpsc::channel::<Vec<u64>>()).unzip();
    thread::scope(|threads| {
        for (number, receiver) in receivers.into_iter().enumerate() {
            let next = senders[(number + 1) % TAGS.len()].clone();
            threads.spawn(move || {
                let mut kept = Vec::new();
                for n in 0..2000u64 {
                    let block = with_tag(TAGS[number], || vec![n; 1 + n as usize % 300]);
                    let _ = next.send(block);
                    if let Ok(mut got) = receiver.try_recv() {
                        let first = got[0];
                        assert!(got.iter().all(|&word| word == first));
                        got.reserve_exact(n as usize % 500);
                        kept.push(got);
                    }
                    if kept.len() > 50 {
                        kept.swap_remove(n as usize % 50);
                    }
                }
                drop(kept);
                drop(next);
                while receiver.recv().is_ok() {}
            });
        }
        drop(senders);
    });
    for tag in TAGS {
        assert_eq!(tag_node(tag).stats().charged, 0, "{tag}");
        let calls = tag_heap(tag).calls;
        assert_eq!((calls.allocations, calls.frees), (2000, 2000), "{tag}");
        assert_eq!(calls.allocated_bytes, calls.freed_bytes, "{tag}");
    }
}

#[test]
fn what_an_arenas_scope_serves_is_no_heap_call_and_charged_to_nobody() {
    const TAG: Tag = own_tag(13);
    scopes_active().expect("a range");
    let ((text, large), heard) = DenyHeap::new().listen(|| {
        with_tag(TAG, || {
            with_arena(|| {
                let mut small = vec![black_box(1u8); 100];
                small.reserve_exact(200);
                (small, vec![black_box(2u8); 1 << 20])
            })
        })
    });
    assert_eq!((heard.calls().allocations, heard.calls().reallocations), (1, 0), "the large one: {heard}");
    assert_eq!(tag_node(TAG).stats().charged, 1 << 20);
    let mut moved_out = text;
    let ((), heard) = DenyHeap::new().listen(|| with_tag(TAG, || moved_out.reserve_exact(5000)));
    assert_eq!((heard.calls().allocations, heard.calls().frees), (1, 0), "{heard}");
    assert_eq!(tag_node(TAG).stats().charged, (1 << 20) + 5100);
    assert_eq!((moved_out[99], large[7]), (1, 2));
    drop((moved_out, large));
    assert_eq!(tag_node(TAG).stats().charged, 0);
}

#[test]
fn a_future_is_charged_for_what_its_polls_allocate() {
    const TAG: Tag = own_tag(12);
    let task = async {
        let first = vec![0u8; 100];
        let mut polls = 0;
        std::future::poll_fn(|_| {
            polls += 1;
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        (first, vec![0u8; 1000])
    };
    let mut task = pin!(task.in_context(Context::new().tag(TAG)));
    let mut poll = || task.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
    assert!(poll().is_pending());
    let between = vec![0u8; 5];
    assert_eq!(tag_node(TAG).stats().charged, 100);
    let Poll::Ready(both) = poll() else { panic!("two polls") };
    assert_eq!(tag_node(TAG).stats().charged, 1100);
    drop((both, between));
    assert_eq!(tag_node(TAG).stats().charged, 0);
}

#[test]
fn the_librarys_own_blocks_are_no_heap_calls() {
    let heap = arenite::Heap::new();
    let ((), heard) = DenyHeap::new().listen(|| {
        let arena = Arena::new();
        arena.alloc_slice_fill(100_000, 1u64);
        with_allocator(&heap, || {
            let block = arenite::context::try_alloc(Layout::new::<[u64; 8]>()).unwrap().unwrap();
            arenite::context::current(|memory| {
                // SAFETY: a live block of the current allocator's, with its layout.
                unsafe {
                    allocator_api2::alloc::Allocator::deallocate(&memory, block.cast(), Layout::new::<[u64; 8]>())
                }
            });
        });
    });
    assert_eq!(heard.calls().total(), 0, "{heard}");
    let counted = CountedAlloc::new(arenite::layer::Owned::new(arenite::Heap::new()));
    assert_eq!(DenyHeap::new().listen(|| arenite::context::with_counted(counted, || ())).1.calls().allocations, 0);
}
