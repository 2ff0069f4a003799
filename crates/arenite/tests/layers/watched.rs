//! An allocator that follows the grade in force. The grade of a name is the test's own, and so are the faults that carry it.

use super::*;
use arenite::{
    debug::{self, Fault, FaultDetail, FaultKind, Fill, Grade, Site},
    layer::Watched,
};
use common::faults::{faults, grade, stopped_by_the_sanitizer};
use std::sync::atomic::{AtomicBool, Ordering};

#[track_caller]
fn one(name: &str) -> Fault {
    let faults = faults(name);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].owner.allocator, "watched");
    faults[0]
}

fn at(site: Site) -> (Option<&'static str>, Option<u32>) {
    (site.file(), site.line())
}

fn line(line: u32) -> (Option<&'static str>, Option<u32>) {
    (Some(file!()), Some(line))
}

#[test]
fn a_double_free_is_told_with_all_three_places_and_refused() {
    let name = "double";
    grade(name, Grade::Guard);
    let below = Tracked::new(heap());
    let memory = Watched::new(&below).name(name).tag(Tag::AUDIO);
    let block = take(&memory.here(), 100);
    let made = line!() - 1;
    unsafe { memory.here().try_deallocate(block, bytes(100)) }.unwrap();
    let first = line!() - 1;
    let again = unsafe { memory.here().try_deallocate(block, bytes(100)) }.unwrap_err();
    let second = line!() - 1;
    assert_eq!((again.kind(), again.address()), (FreeErrorKind::DoubleFree, block.addr().get()));
    let fault = one(name);
    assert_eq!((fault.kind, fault.owner.tag, fault.request), (FaultKind::DoubleFree, Some(Tag::AUDIO), Some((100, 1))));
    assert_eq!([at(fault.allocated), at(fault.first), at(fault.second)], [made, first, second].map(line));
    // The policy lets the program go on.
    unsafe { memory.deallocate(block, bytes(100)) };
    assert!(unsafe { memory.grow(block, bytes(100), bytes(200)) }.is_err());
    assert_eq!(faults(name).len(), 2);
    assert!(below.is_empty());
}

#[test]
fn in_quarantine_a_double_free_is_found_after_others_were_allocated() {
    let name = "double in quarantine";
    grade(name, Grade::Quarantine);
    let memory = Watched::new(heap()).name(name);
    let block = take(&memory, 64);
    unsafe { memory.here().deallocate(block, bytes(64)) };
    let first = line!() - 1;
    let others: std::vec::Vec<_> = (0..100).map(|_| take(&memory, 64)).collect();
    assert!(!others.contains(&block));
    unsafe { memory.deallocate(block, bytes(64)) };
    let fault = one(name);
    assert_eq!((fault.kind, at(fault.first)), (FaultKind::DoubleFree, line(first)));
    others.iter().for_each(|&other| unsafe { memory.deallocate(other, bytes(64)) });
    assert!(faults(name).is_empty());
}

#[test]
fn a_foreign_address_is_refused_and_never_read() {
    let name = "foreign";
    grade(name, Grade::Guard);
    let memory = Watched::new(heap()).name(name);
    let kept = take(&memory, 8);
    let foreign = NonNull::<u64>::dangling().cast();
    let refused = unsafe { memory.here().try_deallocate(foreign, bytes(8)) }.unwrap_err();
    let second = line!() - 1;
    assert_eq!(refused.kind(), FreeErrorKind::Foreign);
    let fault = one(name);
    assert_eq!((fault.kind, fault.address), (FaultKind::ForeignFree, Some(foreign.addr().get())));
    assert_eq!(at(fault.second), line(second));
    unsafe { memory.deallocate(kept, bytes(8)) };
}

#[test]
fn a_wrong_size_and_an_address_inside_a_block_are_told_with_both_places() {
    let name = "size";
    grade(name, Grade::Guard);
    let memory = Watched::new(heap()).name(name);
    let block = take(&memory.here(), 100);
    let made = line!() - 1;
    let refused = unsafe { memory.here().try_deallocate(block, bytes(99)) }.unwrap_err();
    let freed = line!() - 1;
    assert_eq!(refused.kind(), FreeErrorKind::WrongSize { given: 99, asked: 100 });
    let fault = one(name);
    assert_eq!((fault.kind, fault.detail), (FaultKind::WrongSize, FaultDetail::Sizes { given: 99, asked: 100 }));
    assert_eq!([at(fault.allocated), at(fault.second)], [made, freed].map(line));
    let inside = unsafe { memory.try_deallocate(block.add(10), bytes(100)) }.unwrap_err();
    assert_eq!(inside.kind(), FreeErrorKind::Misaligned { offset: 10 });
    assert_eq!(one(name).detail, FaultDetail::Inside { offset: 10 });
    assert!(!unsafe { memory.resize(block, bytes(99), 98) });
    assert_eq!(one(name).kind, FaultKind::WrongSize);
    unsafe { memory.deallocate(block, bytes(100)) };
    assert_eq!(memory.counts().live, 0);
}

#[test]
fn an_overrun_on_either_side_is_found_by_a_check_once_and_by_the_free() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "overrun";
    grade(name, Grade::Guard);
    let below = Tracked::new(heap());
    let memory = Watched::new(&below).name(name);
    for offset in [-1isize, 13] {
        let block = take(&memory.here(), 13);
        let made = line!() - 1;
        assert!((0..13).all(|n| unsafe { block.add(n).read() } == Fill::Fresh.byte()));
        unsafe { block.offset(offset).write(7) };
        assert_eq!(memory.check(), 1);
        let found = line!() - 1;
        let fault = one(name);
        let byte = FaultDetail::Byte { offset, was: Fill::Fence, found: 7 };
        assert_eq!((fault.kind, fault.detail), (FaultKind::Overrun, byte));
        assert_eq!([at(fault.allocated), at(fault.second)], [made, found].map(line));
        assert_eq!(memory.check(), 0);
        unsafe { block.offset(offset).write(8) };
        unsafe { memory.here().try_deallocate(block, bytes(13)) }.unwrap();
        let freed = line!() - 1;
        let fault = one(name);
        assert_eq!(fault.detail, FaultDetail::Byte { offset, was: Fill::Fence, found: 8 });
        assert_eq!([at(fault.allocated), at(fault.second)], [made, freed].map(line));
    }
    // A block that moves is looked at before it does.
    let block = take(&memory, 13);
    unsafe { block.add(14).write(9) };
    let moved = unsafe { memory.here().grow(block, bytes(13), bytes(20)) }.unwrap().cast::<u8>();
    assert_eq!((one(name).kind, memory.check()), (FaultKind::Overrun, 0));
    unsafe { memory.deallocate(moved, bytes(20)) };
    assert!(below.is_empty());
}

#[test]
fn a_write_after_free_is_found_by_a_check_and_when_the_block_leaves() {
    if stopped_by_the_sanitizer() {
        return;
    }
    let name = "after free";
    grade(name, Grade::Quarantine);
    let below = Tracked::new(heap());
    let memory = Watched::new(&below).name(name).hold(4096);
    let block = take(&memory.here(), 50);
    let made = line!() - 1;
    unsafe { memory.here().deallocate(block, bytes(50)) };
    let freed = line!() - 1;
    assert_eq!(unsafe { block.add(3).read() }, Fill::Freed.byte());
    unsafe { block.add(3).write(1) };
    assert_eq!(memory.check(), 1);
    let checked = line!() - 1;
    let fault = one(name);
    let byte = FaultDetail::Byte { offset: 3, was: Fill::Freed, found: 1 };
    assert_eq!((fault.kind, fault.detail), (FaultKind::WriteAfterFree, byte));
    assert_eq!([at(fault.allocated), at(fault.first), at(fault.second)], [made, freed, checked].map(line));
    unsafe { block.add(4).write(2) };
    let large = take(&memory, 4000);
    assert!(faults(name).is_empty() && memory.counts().held_bytes > 0);
    unsafe { memory.here().deallocate(large, bytes(4000)) };
    let left = line!() - 1;
    let fault = one(name);
    assert_eq!(fault.detail, FaultDetail::Byte { offset: 4, was: Fill::Freed, found: 2 });
    assert_eq!([at(fault.allocated), at(fault.first), at(fault.second)], [made, freed, left].map(line));
    drop(memory);
    assert!(below.is_empty() && faults(name).is_empty());
}

#[test]
fn leaks_are_told_at_the_drop_by_place_when_asked() {
    let name = "leaks";
    grade(name, Grade::Sites);
    for asked in [false, true] {
        let arena = Arena::new();
        let memory = Watched::new(&arena).name(name);
        let memory = if asked { memory.report_leaks() } else { memory };
        let mut place = 0;
        for _ in 0..3 {
            take(&memory.here(), 100);
            place = line!() - 1;
        }
        let kept = take(&memory.here(), 7);
        assert!(debug::this_allocation_is_not_a_leak(kept.as_ptr()));
        // The mark stays when the block moves.
        unsafe { memory.here().grow(kept, bytes(7), bytes(70)) }.unwrap();
        let freed = take(&memory.here(), 7);
        unsafe { memory.deallocate(freed, bytes(7)) };
        drop(memory);
        if asked {
            let fault = one(name);
            assert_eq!((fault.kind, at(fault.allocated)), (FaultKind::Leak, line(place)));
            assert_eq!(fault.detail, FaultDetail::Live { blocks: 3, bytes: 300 });
        }
        assert!(faults(name).is_empty());
    }
}

#[test]
fn a_block_that_came_while_nothing_was_noted_is_no_double_free_at_an_address_that_ended_before() {
    let name = "same address";
    let arena = Arena::new();
    let memory = Watched::new(Owned::new(arena)).name(name);
    grade(name, Grade::Sites);
    let block = take(&memory, 64);
    unsafe { memory.deallocate(block, bytes(64)) };
    grade(name, Grade::Off);
    let again = take(&memory, 64);
    assert_eq!(again, block, "the arena uses the last block again");
    grade(name, Grade::Sites);
    unsafe { memory.try_deallocate(again, bytes(64)) }.unwrap();
    // Since the switch everything is noted again.
    let block = take(&memory, 64);
    unsafe { memory.deallocate(block, bytes(64)) };
    assert!(faults(name).is_empty());
    assert!(unsafe { memory.try_deallocate(block, bytes(64)) }.is_err());
    assert_eq!(one(name).kind, FaultKind::DoubleFree);
}

#[test]
fn memory_that_is_held_is_used_before_a_request_is_refused_and_fences_are_given_up_first() {
    let name = "scarce";
    grade(name, Grade::Quarantine);
    let below = Limited::new(Tracked::new(heap()), 1000);
    let memory = Watched::new(&below).name(name);
    for _ in 0..20 {
        let block = take(&memory, 700);
        unsafe { memory.deallocate(block, bytes(700)) };
    }
    let block = take(&memory, 1000);
    assert_eq!((memory.counts().live, memory.counts().held_bytes, below.left()), (1, 0, 0));
    assert!(matches!(kind(memory.try_allocate(bytes(1))), ErrorKind::LimitExceeded { .. }));
    unsafe { memory.deallocate(block, bytes(1000)) };
    assert!(faults(name).is_empty());
    drop(memory);
    assert_eq!(below.used(), 0);
}

#[test]
fn a_reset_ends_what_is_in_the_books_and_a_refused_one_does_not() {
    let name = "reset";
    grade(name, Grade::Quarantine);
    let arena = Arena::new();
    let memory = Watched::new(&arena).name(name);
    let block = take(&memory, 100);
    {
        let _scope = arena.scope();
        assert_eq!(unsafe { memory.reset(ResetMode::Keep) }, Err(ResetError::Claimed));
        assert_eq!(memory.counts().live, 1);
    }
    assert_eq!(unsafe { memory.here().reset(ResetMode::Keep) }, Ok(()));
    assert_eq!((memory.counts().live, arena.used()), (0, 0));
    assert!(unsafe { memory.try_deallocate(block, bytes(100)) }.is_err());
    assert_eq!((one(name).kind, memory.check()), (FaultKind::DoubleFree, 0));
}

#[test]
fn threads_work_on_while_the_grade_is_switched() {
    let name = "threads";
    grade(name, Grade::Off);
    let below = Tracked::new(heap());
    let memory = Watched::new(&below).name(name).hold(10_000);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers = [1usize, 2, 3].map(|seed| {
            let memory = &memory;
            scope.spawn(move || {
                let mut kept = std::collections::VecDeque::new();
                for n in 0..3000usize {
                    let mut numbers = Vec::new_in(memory.here());
                    numbers.extend((0..(n * seed) % 40).map(|at| at + n));
                    kept.push_back((n, numbers));
                    if kept.len() > 20 {
                        let (n, numbers) = kept.pop_front().unwrap();
                        assert!(numbers.iter().enumerate().all(|(at, &number)| number == at + n));
                    }
                }
            })
        });
        scope.spawn(|| {
            for n in (0..).take_while(|_| !done.load(Ordering::Relaxed)) {
                grade(name, Grade::ALL[n * 7 % 6]);
                memory.check();
            }
        });
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        done.store(true, Ordering::Relaxed);
    });
    assert!(faults(name).is_empty());
    assert_eq!(memory.counts().live, 0);
    drop(memory);
    assert!(below.is_empty());
}

#[derive(Clone, Debug)]
enum Op {
    Take(usize, u32, bool),
    Free(usize),
    Change(usize, usize),
    Switch(usize),
    Check,
}

fn ops() -> impl Strategy<Value = std::vec::Vec<Op>> {
    let op = prop_oneof![
        6 => (1..300usize, 0..7u32, any::<bool>()).prop_map(|(size, align, zeroed)| Op::Take(size, align, zeroed)),
        4 => (0..64usize).prop_map(Op::Free),
        3 => (0..64usize, 1..300usize).prop_map(|(at, size)| Op::Change(at, size)),
        2 => (0..6usize).prop_map(Op::Switch),
        1 => Just(Op::Check),
    ];
    prop::collection::vec(op, 1..200)
}

struct Block {
    memory: NonNull<u8>,
    layout: Layout,
    byte: u8,
    made: Grade,
}

impl Block {
    fn fill(&self) {
        unsafe { self.memory.write_bytes(self.byte, self.layout.size()) };
    }

    fn intact(&self, size: usize) -> bool {
        (0..size).all(|at| unsafe { self.memory.add(at).read() } == self.byte)
    }
}

proptest! {
    #[test]
    fn blocks_live_through_any_switch_without_a_false_report(ops in ops()) {
        let name = "any switch";
        let mut now = Grade::Off;
        grade(name, now);
        let below = Tracked::new(heap());
        let memory = Watched::new(&below).name(name).hold(2000);
        let (mut blocks, mut counts, mut byte) = (std::vec::Vec::<Block>::new(), [0u64; 4], 0u8);
        let mut count = |now: Grade, at: usize, size: usize| if now >= Grade::Count {
            counts[at] += 1;
            counts[at + 1] += size as u64;
        };
        for op in ops {
            byte = byte.wrapping_add(1);
            match op {
                Op::Take(size, align, zeroed) => {
                    let layout = Layout::from_size_align(size, 1 << align).unwrap();
                    let block = if zeroed { memory.here().allocate_zeroed(layout) } else { memory.allocate(layout) };
                    let block = Block { memory: block.unwrap().cast(), layout, byte, made: now };
                    prop_assert!(block.memory.addr().get() % layout.align() == 0);
                    let zero = Block { byte: 0, ..block };
                    prop_assert!(!zeroed || zero.intact(size));
                    block.fill();
                    blocks.push(block);
                    count(now, 0, size);
                }
                Op::Free(at) if !blocks.is_empty() => {
                    let block = blocks.swap_remove(at % blocks.len());
                    prop_assert!(block.intact(block.layout.size()));
                    unsafe { memory.deallocate(block.memory, block.layout) };
                    count(now, 2, block.layout.size());
                }
                Op::Change(at, size) if !blocks.is_empty() => {
                    let at = at % blocks.len();
                    let block = &mut blocks[at];
                    let (old, new) = (block.layout, Layout::from_size_align(size, block.layout.align()).unwrap());
                    let changed = unsafe {
                        if size < old.size() { memory.shrink(block.memory, old, new) }
                        else { memory.grow(block.memory, old, new) }
                    };
                    block.memory = changed.unwrap().cast();
                    prop_assert!(block.intact(old.size().min(size)));
                    // Without fences before and after it stays as it is known.
                    let plain = block.made < Grade::Guard && now < Grade::Guard;
                    block.made = if plain { block.made.max(now) } else { now };
                    (block.layout, block.byte) = (new, byte);
                    block.fill();
                    count(now, 2, old.size());
                    count(now, 0, size);
                }
                Op::Switch(to) => {
                    now = Grade::ALL[to];
                    grade(name, now);
                }
                Op::Check => prop_assert_eq!(memory.check(), 0),
                _ => {}
            }
            let stats = memory.counts();
            let noted = blocks.iter().filter(|block| block.made >= Grade::Sites);
            let (live, live_bytes) = noted.fold((0, 0), |sum, block| (sum.0 + 1, sum.1 + block.layout.size()));
            prop_assert_eq!((stats.live, stats.live_bytes), (live, live_bytes));
            // A block that moves is one above the limit until the next call.
            prop_assert!(stats.held_bytes <= 2000 + 512);
            prop_assert_eq!(memory.stats().live, Some(blocks.len()));
        }
        for block in blocks {
            prop_assert!(block.intact(block.layout.size()));
            unsafe { memory.deallocate(block.memory, block.layout) };
            count(now, 2, block.layout.size());
        }
        let stats = memory.counts();
        prop_assert_eq!([stats.allocations, stats.allocated_bytes, stats.frees, stats.freed_bytes], counts);
        drop(memory);
        prop_assert!(below.is_empty() && faults(name).is_empty());
    }
}

#[test]
fn under_page_a_block_ends_at_its_guard_and_a_block_below_stands_for_it() {
    let name = "pages";
    grade(name, Grade::Page);
    let below = Tracked::new(heap());
    let memory = Watched::new(&below).name(name);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let block = take(&memory.here(), 100);
        assert_eq!((block.addr().get() + 100) % arenite::source::page_size(), 0);
        assert!(seen.insert(block), "an address came again");
        assert_eq!((below.stats().live, memory.counts().live_bytes), (Some(1), 100));
        let grown = unsafe { memory.here().grow(block, bytes(100), bytes(5000)) }.unwrap().cast::<u8>();
        assert_eq!(unsafe { grown.add(99).read() }, Fill::Fresh.byte());
        unsafe { memory.deallocate(grown, bytes(5000)) };
        assert!(unsafe { memory.try_deallocate(grown, bytes(5000)) }.is_err());
        assert_eq!(one(name).kind, FaultKind::DoubleFree);
    }
    // Blocks of this grade outlive it, and what they leave at a drop is closed.
    let kept = take(&memory, 10);
    grade(name, Grade::Off);
    unsafe { memory.deallocate(kept, bytes(10)) };
    assert!(below.is_empty() && faults(name).is_empty());
}
