//! The platform memory plan in Rust: counted blocks of one heap, with every fault of the plan put right.
#![allow(clippy::undocumented_unsafe_blocks, reason = "blocks of this file's own, used until they are handed back")]

use arenite::{
    ErrorKind, FreeErrorKind,
    debug::{self, FaultDetail, FaultKind, Grade},
    platform::{
        Caller, MemError, MemFlags, get_allocated, get_count, get_peak, leaks, mem_alloc, mem_cmp, mem_copy, mem_free,
        mem_move, mem_realloc, mem_set, mem_size, mem_zero, try_mem_alloc, try_mem_free, try_mem_realloc,
    },
    source::{Reservation, ReservationOptions},
};
use std::{
    cmp::Ordering,
    ptr::{null, null_mut},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

/// The counters are the process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn figures() -> (usize, usize) {
    (get_allocated(), get_count())
}

/// More than there is, which only the system can tell.
const MUCH: usize = isize::MAX as usize / 2;

/// 32 bits have addresses for `MUCH`: as many as there are, held so that none is left of half that size.
fn addresses() -> Vec<Reservation> {
    let take = || (usize::BITS == 32).then(|| Reservation::new(ReservationOptions::new(MUCH / 2)).ok()).flatten();
    std::iter::from_fn(take).collect()
}

#[test]
fn a_block_is_aligned_to_16_and_counted_by_what_was_asked_for() {
    let _alone = alone();
    let before = figures();
    let sizes = [1, 15, 16, 17, 100, 1000, 33_000, 5 << 20];
    let blocks = sizes.map(|size| {
        let block = mem_alloc(size, MemFlags::NORMAL);
        assert!(!block.is_null() && block.addr() % 16 == 0);
        assert_eq!(mem_size(block), Some(size));
        unsafe { mem_set(block, 0xA5, size) };
        block
    });
    assert_eq!(figures(), (before.0 + sizes.iter().sum::<usize>(), before.1 + sizes.len()));
    assert!(get_peak() >= get_allocated());
    for (block, size) in blocks.into_iter().zip(sizes) {
        unsafe { mem_free(block, if size % 2 == 0 { 0 } else { size }) };
        assert_eq!(mem_size(block), None);
    }
    assert_eq!(figures(), before);
}

#[test]
fn cleared_blocks_are_zero_also_where_others_were_before() {
    let _alone = alone();
    for size in [24, 500, 40_000] {
        let dirty = mem_alloc(size, MemFlags::NORMAL);
        unsafe {
            mem_set(dirty, 0xFF, size);
            mem_free(dirty, 0);
        }
        let clear = mem_alloc(size, MemFlags::CLEAR | MemFlags::LOCK | MemFlags::TEMP);
        assert!((0..size).all(|at| unsafe { clear.add(at).read() } == 0));
        unsafe { mem_free(clear, size) };
    }
}

#[test]
fn size_zero_and_sizes_beyond_isize_max_are_refused_and_change_nothing() {
    let _alone = alone();
    let before = (figures(), get_peak());
    assert!(mem_alloc(0, MemFlags::CLEAR).is_null());
    for size in [usize::MAX, isize::MAX as usize + 1, isize::MAX as usize - 3] {
        assert!(mem_alloc(size, MemFlags::CLEAR).is_null());
        let refused = try_mem_alloc(size, MemFlags::NORMAL, Caller::here()).unwrap_err();
        assert!(matches!(refused.kind(), ErrorKind::CapacityOverflow), "{refused}");
    }
    let _held = addresses();
    assert!(mem_alloc(MUCH, MemFlags::NORMAL).is_null(), "more than there is");
    assert_eq!((figures(), get_peak()), before);
}

#[test]
fn a_realloc_with_old_size_zero_keeps_the_contents() {
    let _alone = alone();
    let before = figures();
    unsafe {
        let mut block = mem_realloc(null_mut(), 0, 10);
        block.copy_from_nonoverlapping(b"0123456789".as_ptr(), 10);
        for size in [11, 200, 100_000, 3_000_000, 70, 10] {
            block = mem_realloc(block, 0, size);
            assert_eq!(std::slice::from_raw_parts(block, 10), b"0123456789");
            assert_eq!(figures(), (before.0 + size, before.1 + 1));
        }
        assert!(mem_realloc(block, 10, 0).is_null());
    }
    assert_eq!(figures(), before);
}

#[test]
fn a_failed_realloc_keeps_the_block_its_contents_and_the_counters() {
    let _alone = alone();
    let block = mem_alloc(64, MemFlags::CLEAR);
    let _held = addresses();
    let before = (figures(), get_peak());
    unsafe {
        for size in [usize::MAX, isize::MAX as usize, MUCH] {
            assert!(mem_realloc(block, 64, size).is_null());
            assert!(matches!(try_mem_realloc(block, 64, size, Caller::here()), Err(MemError::Refused(_))));
        }
        assert_eq!(mem_size(block), Some(64));
        assert_eq!((figures(), get_peak()), before);
        assert!((0..64).all(|at| block.add(at).read() == 0));
        mem_free(block, 64);
    }
}

#[test]
fn a_block_that_moves_counts_once_in_the_peak() {
    let _alone = alone();
    let held = mem_alloc(get_peak() + 1_000_000 - get_allocated(), MemFlags::NORMAL);
    let peak = get_peak();
    assert_eq!(peak, get_allocated(), "a new peak");
    unsafe {
        let block = mem_realloc(mem_alloc(100, MemFlags::NORMAL), 0, 50_000);
        assert_eq!(get_peak(), peak + 50_000);
        mem_free(block, 0);
        mem_free(held, 0);
    }
    assert_eq!(get_peak(), peak + 50_000);
}

#[test]
fn null_is_freed_without_effect_and_bad_addresses_are_refused_unread() {
    let _alone = alone();
    let block = mem_alloc(100, MemFlags::NORMAL);
    let before = figures();
    let refusal = |address: *mut u8| unsafe { try_mem_free(address, 0) }.unwrap_err().kind();
    unsafe {
        assert_eq!(try_mem_free(null_mut(), 5), Ok(()));
        mem_free(null_mut(), 0);
    }
    let mut local = 0u64;
    assert_eq!(refusal((&raw mut local).cast()), FreeErrorKind::Foreign);
    assert_eq!(refusal(std::ptr::without_provenance_mut(0x1000)), FreeErrorKind::Foreign);
    assert_eq!(refusal(std::ptr::without_provenance_mut(usize::MAX)), FreeErrorKind::Foreign);
    assert_eq!(refusal(block.wrapping_add(16)), FreeErrorKind::Misaligned { offset: 16 });
    assert!(matches!(unsafe { try_mem_realloc(block.wrapping_add(1), 0, 5, Caller::here()) }, Err(MemError::Wrong(_))));
    assert_eq!((figures(), mem_size(block)), (before, Some(100)));
    unsafe { mem_free(block, 0) };
    assert_eq!(refusal(block), FreeErrorKind::DoubleFree);
    assert!(matches!(unsafe { try_mem_realloc(block, 0, 5, Caller::here()) }, Err(MemError::Wrong(_))));
    assert_eq!(figures(), (before.0 - 100, before.1 - 1));
}

#[test]
#[should_panic(expected = "that block is free already")]
fn the_plain_free_panics_at_a_double_free() {
    let _alone = alone();
    let block = mem_alloc(24, MemFlags::NORMAL);
    unsafe {
        mem_free(block, 24);
        mem_free(block, 24);
    }
}

#[test]
fn a_wrong_size_is_told_under_a_grade_and_frees_all_the_same() {
    let _alone = alone();
    let told = std::sync::Arc::new(Mutex::new(Vec::new()));
    let list = told.clone();
    debug::on_fault(move |fault| list.lock().unwrap().push((fault.kind, fault.detail)));
    let before = figures();
    unsafe { mem_free(mem_alloc(100, MemFlags::NORMAL), 99) };
    assert!(told.lock().unwrap().is_empty(), "without a grade nothing is told");
    debug::set_node_grade("platform", Grade::Sites);
    unsafe {
        mem_free(mem_alloc(100, MemFlags::NORMAL), 99);
        let grown = mem_realloc(mem_alloc(100, MemFlags::NORMAL), 7, 300);
        mem_free(grown, 300);
        mem_free(mem_alloc(100, MemFlags::NORMAL), 100);
        mem_free(mem_alloc(100, MemFlags::NORMAL), 0);
    }
    debug::set_node_grade("platform", Grade::Off);
    debug::to_stderr();
    let sizes = |given| (FaultKind::WrongSize, FaultDetail::Sizes { given, asked: 100 });
    assert_eq!(*told.lock().unwrap(), [sizes(99), sizes(7)]);
    assert_eq!(figures(), before);
}

#[test]
fn counters_are_exact_in_every_grade() {
    let _alone = alone();
    for grade in [Grade::Count, Grade::Sites, Grade::Guard, Grade::Quarantine, Grade::Off] {
        let old = mem_alloc(10, MemFlags::NORMAL);
        debug::set_node_grade("platform", grade);
        let before = figures();
        unsafe {
            let block = mem_realloc(mem_alloc(40, MemFlags::CLEAR), 0, 4000);
            assert_eq!(figures(), (before.0 + 4000, before.1 + 1), "{grade}");
            assert!((0..40).all(|at| block.add(at).read() == 0));
            assert!(try_mem_free(block.add(16), 0).is_err());
            let block = mem_realloc(block, 0, 8);
            assert_eq!(figures(), (before.0 + 8, before.1 + 1), "{grade}");
            mem_free(block, 8);
            assert_eq!(figures(), before, "{grade}");
            mem_free(old, 0);
        }
    }
    debug::set_node_grade("platform", Grade::Off);
}

#[test]
fn the_list_of_leaks_names_file_and_line_and_what_was_temporary() {
    let _alone = alone();
    assert_eq!(leaks().to_string(), "platform memory: nothing is live\n");
    let level = [10, 20].map(|size| mem_alloc(size, MemFlags::NORMAL));
    let line = line!() - 1;
    let sound = try_mem_alloc(500, MemFlags::TEMP, Caller::new("sound.c", 7)).unwrap();
    let list = leaks();
    assert_eq!((list.blocks(), list.bytes(), list.len()), (3, 530, 2));
    assert_eq!(
        list.to_string(),
        format!(
            "platform memory: 3 blocks, 530 bytes still live\n  sound.c:7: 1 block, 500 bytes, temporary\n  {}:{line}: 2 blocks, 30 bytes\n",
            file!()
        )
    );
    unsafe {
        let sound = try_mem_realloc(sound.as_ptr(), 500, 600, Caller::here()).unwrap();
        assert_eq!(leaks()[0].caller, Caller::new("sound.c", 7), "a block keeps its place when it moves");
        mem_free(sound.as_ptr(), 0);
        level.into_iter().for_each(|block| mem_free(block, 0));
    }
    assert!(leaks().is_empty());
}

#[test]
fn counters_stay_exact_while_threads_free_each_others_blocks() {
    let _alone = alone();
    let before = figures();
    thread::scope(|scope| {
        for seed in 1..=4usize {
            let (send, receive) = std::sync::mpsc::channel::<usize>();
            scope.spawn(move || {
                for address in receive {
                    unsafe { mem_free(std::ptr::with_exposed_provenance_mut(address), 0) };
                }
            });
            scope.spawn(move || {
                for step in 0..5000 {
                    let block = mem_alloc(1 + step * seed % 700, MemFlags::NORMAL);
                    let block = unsafe { mem_realloc(block, 0, 1 + step % 900) };
                    send.send(block.expose_provenance()).unwrap();
                }
            });
        }
    });
    assert_eq!(figures(), before);
}

#[test]
fn operations_take_null_and_overlap() {
    let mut bytes = *b"abcdefgh";
    unsafe {
        let start = bytes.as_mut_ptr();
        mem_copy(start.add(2), start, 6);
        assert_eq!(bytes, *b"ababcdef");
        let start = bytes.as_mut_ptr();
        mem_move(start, start.add(2), 6);
        assert_eq!(bytes, *b"abcdefef");
        mem_copy(null_mut(), bytes.as_ptr(), 8);
        mem_copy(bytes.as_mut_ptr(), null(), 8);
        mem_set(null_mut(), 1, 8);
        mem_zero(null_mut(), 8);
        assert_eq!(bytes, *b"abcdefef");
        mem_set(bytes.as_mut_ptr(), 0xFF, 2);
        assert_eq!(mem_cmp(bytes.as_ptr(), b"a".as_ptr(), 1), Ordering::Greater, "bytes are unsigned");
        mem_zero(bytes.as_mut_ptr(), 8);
        assert_eq!(bytes, [0; 8]);
        assert_eq!(mem_cmp(null(), bytes.as_ptr(), 8), Ordering::Less, "null equals only null");
        assert_eq!(mem_cmp(null(), bytes.as_ptr(), 0), Ordering::Equal);
        assert_eq!(mem_cmp(null(), null(), 8), Ordering::Equal);
    }
}
