//! One rule of the region each, broken by hand to see that the test fails.

use crate::{alone, chunk_of, on_a_thread};
use arenite::context::{heap, pinned, with_arena, with_arena_reported};
use std::{cell::RefCell, mem};

const CHUNK: usize = 32 << 10;

/// Sixteen bytes that know what they hold.
type Cell = Box<[u64; 2]>;

fn cell(value: u64) -> Cell {
    Box::new([value, !value])
}

fn is_whole(cell: &Cell, value: u64) -> bool {
    **cell == [value, !value]
}

fn address(cell: &Cell) -> usize {
    std::ptr::from_ref::<[u64; 2]>(cell).addr()
}

/// The gap: no block ends where the next chunk starts. Otherwise freeing the last block of a full chunk, while the next one
/// is still empty, moves the cursor back into the full one, whose count no longer adds up.
#[test]
fn the_last_block_of_a_full_chunk_is_not_taken_for_the_last_of_an_empty_next_one() {
    let _alone = alone();
    let before = pinned().chunks;
    on_a_thread(|| {
        with_arena(|| {
            // The list's own memory is none of the region's.
            let mut cells: Vec<Cell> = heap(|| Vec::with_capacity(8_000_000));
            let mut keepers: Vec<Cell> = heap(|| Vec::with_capacity(1000));
            for round in 0..40u64 {
                // Up to the first block of a chunk that lies behind the full one: chunks that are used again lie anywhere.
                loop {
                    let next = cell(cells.len() as u64);
                    let behind = cells.last().is_some_and(|last| address(last) / CHUNK + 1 == address(&next) / CHUNK);
                    if address(&next) % CHUNK == 0 && behind {
                        drop(next); // the chunk is empty again
                        break;
                    }
                    cells.push(next);
                }
                let full = chunk_of(std::ptr::from_ref(&**cells.last().unwrap()));
                drop(cells.pop());
                // With the cursor in the wrong chunk this one would lie across the two.
                let across = Box::new([round; 4]);
                keepers.push(cell(round));
                // All of the full chunk goes, but for one.
                let (gone, mut rest): (Vec<Cell>, Vec<Cell>) =
                    heap(|| cells.drain(..).partition(|cell| chunk_of(std::ptr::from_ref(&**cell)) == full));
                let mut gone = gone;
                keepers.push(gone.swap_remove(0));
                let value = keepers.last().unwrap()[0];
                drop(gone);
                assert_eq!(*across, [round; 4]);
                drop(across);
                heap(|| cells.append(&mut rest));
                // What is given away twice is written twice.
                let more: Vec<Cell> = (0..5000).map(|n| cell(1_000_000 + n)).collect();
                assert!(is_whole(keepers.last().unwrap(), value), "round {round}");
                assert!(more.iter().enumerate().all(|(n, cell)| is_whole(cell, 1_000_000 + n as u64)));
            }
            assert!(keepers.iter().step_by(2).enumerate().all(|(round, cell)| is_whole(cell, round as u64)));
        });
    });
    assert_eq!(pinned().chunks, before);
}

/// A block that shrinks where it lies frees its tail: the sum is all that counts.
#[test]
fn what_shrinks_in_place_is_counted_by_its_scope_after_it_and_on_other_threads() {
    let _alone = alone();
    let before = pinned().chunks;
    for who in 0..3 {
        let mut escaped = on_a_thread(move || {
            with_arena(|| {
                let mut bytes = Vec::with_capacity(1000);
                bytes.extend([7u8; 100]);
                let _last = Box::new(0u64);
                if who == 0 {
                    bytes.shrink_to_fit();
                }
                let escaped = RefCell::new(bytes);
                if who == 1 {
                    heap(|| escaped.borrow_mut().shrink_to_fit());
                }
                escaped.into_inner()
            })
        });
        assert_eq!(pinned().chunks, before + 1, "{who}");
        escaped.shrink_to(40); // by another thread than the one that allocated; it no longer owns the chunk
        assert_eq!(escaped, [7u8; 100]);
        escaped.truncate(20);
        escaped.shrink_to_fit();
        assert_eq!((escaped.as_slice(), escaped.capacity()), (&[7u8; 20][..], 20));
        drop(escaped);
        assert_eq!(pinned().chunks, before, "{who}");
    }
}

/// Only the owner counts by plain stores; what others free is theirs to add.
#[test]
fn what_other_threads_free_while_the_scope_is_open_is_not_lost() {
    let _alone = alone();
    let before = pinned().chunks;
    for _ in 0..20 {
        on_a_thread(|| {
            with_arena(|| {
                let parts: Vec<Vec<Cell>> = (0..4).map(|_| (0..4000).map(cell).collect()).collect();
                std::thread::scope(|threads| {
                    let mut others = Vec::new();
                    for part in parts {
                        others.push(threads.spawn(move || {
                            part.iter().enumerate().for_each(|(n, cell)| assert!(is_whole(cell, n as u64)));
                        }));
                    }
                    // The owner frees in the same chunks meanwhile.
                    let mine: Vec<Cell> = (0..4000).map(cell).collect();
                    mine.into_iter().for_each(drop);
                    // To their very ends: `scope` waits for the closures alone, and more of the threads is ours.
                    others.into_iter().for_each(|other| other.join().unwrap());
                });
            });
        });
    }
    assert_eq!(pinned().chunks, before);
}

/// An owner that has left a chunk is one of the others.
#[test]
fn a_thread_that_frees_what_escaped_its_own_scope_gives_the_chunk_back() {
    let _alone = alone();
    let before = pinned().chunks;
    on_a_thread(|| {
        for _ in 0..20 {
            // More than a parked chunk, so that some are left.
            let escaped: Vec<Cell> = with_arena(|| (0..6000).map(cell).collect());
            assert!(pinned().chunks >= before + 2);
            assert!(escaped.iter().enumerate().all(|(n, cell)| is_whole(cell, n as u64)));
            drop(escaped);
            assert_eq!(pinned().chunks, before);
        }
    });
}

/// What the owner empties while its scope is open, it uses again at once.
#[test]
fn a_long_scope_that_frees_what_it_takes_stays_in_a_few_chunks() {
    let _alone = alone();
    on_a_thread(|| {
        with_arena(|| {
            let mut chunks = heap(std::collections::BTreeSet::new);
            for _ in 0..200 {
                let mut cells: Vec<Cell> = heap(|| Vec::with_capacity(6000));
                cells.extend((0..6000).map(cell));
                heap(|| chunks.extend(cells.iter().map(|cell| chunk_of(&raw const **cell))));
                cells.into_iter().for_each(drop); // the first one first
            }
            assert!(chunks.len() <= 8, "{} chunks for what fits into 3", chunks.len());
        });
    });
}

#[test]
fn a_scope_in_a_scope_has_chunks_of_its_own() {
    let _alone = alone();
    let before = pinned().chunks;
    on_a_thread(|| {
        with_arena(|| {
            let outer = cell(1);
            let inner = with_arena(|| {
                let (_garbage, kept) = (cell(2), cell(3));
                assert_ne!(chunk_of(&raw const *kept), chunk_of(&raw const *outer));
                kept
            });
            drop(outer);
            let next = cell(4);
            assert_ne!(chunk_of(&raw const *next), chunk_of(&raw const *inner));
            with_arena(|| (0..5000).map(cell).for_each(drop));
            assert!(is_whole(&inner, 3) && is_whole(&next, 4));
        });
    });
    assert_eq!(pinned().chunks, before);
}

#[test]
fn survivors_of_small_scopes_share_a_chunk_that_the_next_scope_goes_on_in() {
    let _alone = alone();
    let before = pinned().chunks;
    on_a_thread(|| {
        let kept: Vec<Cell> = (0..100).map(|n| with_arena(|| cell(n))).collect();
        assert_eq!(pinned().chunks, before, "one chunk, and it is still in use");
        let chunk = chunk_of(&raw const *kept[0]);
        assert!(kept.iter().all(|cell| chunk_of(std::ptr::from_ref(&**cell)) == chunk));
        assert!(kept.iter().enumerate().all(|(n, cell)| is_whole(cell, n as u64)));
    });
    assert_eq!(pinned().chunks, before);
}

#[test]
fn a_reported_scope_counts_its_own_survivors_alone() {
    let _alone = alone();
    on_a_thread(|| {
        let earlier = with_arena(|| cell(1));
        let (kept, escapes) = with_arena_reported(|| {
            drop(earlier);
            (cell(2), vec![0u8; 9], (0..5000).map(cell).collect::<Vec<_>>().swap_remove(4999))
        });
        assert_eq!((escapes.bytes(), escapes.chunks()), (16 + 16 + 16, 2), "{escapes}");
        drop(kept);
        let ((), escapes) = with_arena_reported(|| drop(cell(1)));
        assert!(escapes.is_empty() && escapes.to_string() == "nothing outlived the scope");
    });
}

#[test]
fn huge_and_far_aligned_blocks_are_the_heaps_and_hold_nothing() {
    #[repr(align(8192))]
    struct Far([u8; 8192]);
    let _alone = alone();
    on_a_thread(|| {
        let ((mut large, far), escapes) = with_arena_reported(|| {
            let mut huge = vec![1u8; 20 << 10];
            let _small = cell(1);
            huge.resize(2 << 20, 2); // a block of the heap stays one
            (huge, Box::new(Far([3; 8192])))
        });
        // The first fitted into a chunk; what it grew to did not.
        assert_eq!(escapes.bytes(), 0, "{escapes}");
        assert!(std::ptr::from_ref(&*far).addr() % 8192 == 0 && far.0[8191] == 3);
        large.extend([3; 100]);
        assert!(large[..20 << 10] == [1; 20 << 10] && large[2 << 20..] == [3; 100]);
    });
}

/// A block of more than a quarter of a chunk lies in one of its own, which may be as large as 32 plain ones.
#[test]
fn a_large_block_grows_where_it_lies_holds_its_own_chunk_alone_and_is_freed_by_anyone() {
    let _alone = alone();
    let before = pinned().chunks;
    for who in 0..3 {
        let (mut large, escapes) = on_a_thread(|| {
            with_arena_reported(|| {
                let _small = cell(1);
                let mut large: Vec<u8> = Vec::with_capacity(40 << 10);
                let place = large.as_ptr();
                large.resize(40 << 10, 1);
                let _between = (cell(2), vec![7u8; 100 << 10]);
                large.reserve_exact(20 << 10);
                assert_eq!(place, large.as_ptr(), "there is room to 64 KiB");
                large.resize(60 << 10, 2);
                large
            })
        });
        assert_eq!((escapes.bytes(), escapes.chunks()), (60 << 10, 2), "{escapes}");
        assert_eq!(pinned().chunks, before + 2, "a chunk of twice the size counts as two");
        assert!(large[..40 << 10] == [1; 40 << 10] && large[40 << 10..] == [2; 20 << 10]);
        match who {
            0 => drop(large),
            1 => on_a_thread(|| drop(large)),
            _ => {
                // There would be room, but this thread is not its owner: it moves.
                let place = large.as_ptr();
                large.reserve_exact(1000);
                assert_ne!(place, large.as_ptr());
                large.extend([3; 1000]);
                assert!(large[..40 << 10] == [1; 40 << 10] && large[60 << 10..] == [3; 1000]);
            }
        }
        assert_eq!(pinned().chunks, before);
    }
}

#[test]
fn a_scope_that_makes_and_drops_large_blocks_goes_on_in_the_same_memory() {
    let _alone = alone();
    on_a_thread(|| {
        with_arena(|| {
            let mut places = std::collections::BTreeSet::new();
            for round in 0..500u32 {
                let mut large: Vec<u32> = Vec::new();
                large.resize(30_000, round);
                places.insert(heap(|| large.as_ptr().addr()));
                assert!(large.iter().all(|&word| word == round));
            }
            assert!(places.len() <= 2, "{} places", places.len());
        });
    });
}

#[test]
fn a_scope_opened_in_the_last_destructor_of_a_thread_works_and_leaves_nothing() {
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            let words: Vec<String> = with_arena(|| (0..3000).map(|n| n.to_string()).collect());
            assert_eq!(words[2999], "2999");
            with_arena(|| drop(words));
        }
    }
    thread_local!(static LATE: Late = const { Late });
    let _alone = alone();
    let before = pinned().chunks;
    // Registered before the region's own destructor, and after it.
    on_a_thread(|| LATE.with(|_| with_arena(|| drop(cell(1)))));
    on_a_thread(|| {
        with_arena(|| drop(cell(1)));
        LATE.with(|_| ());
    });
    assert_eq!(pinned().chunks, before);
}

#[test]
fn what_is_forgotten_holds_its_chunk_for_ever_and_is_never_written_to() {
    let _alone = alone();
    let before = pinned().chunks;
    let lost = on_a_thread(|| {
        let lost = with_arena(|| Box::leak(cell(9)));
        (0..100).for_each(|_| with_arena(|| (0..5000).map(cell).for_each(drop)));
        lost
    });
    assert_eq!(pinned().chunks, before + 1);
    assert_eq!(*lost, [9, !9]);
    mem::forget(with_arena(Vec::<u8>::new)); // nothing was allocated
    assert_eq!(pinned().chunks, before + 1);
}

/// Blocks of the library's own allocators come from the system, whatever scope is open.
#[test]
fn arenas_and_heaps_made_in_a_scope_hold_none_of_its_chunks() {
    let _alone = alone();
    on_a_thread(|| {
        let ((mut arena, heap_of_ours, block), escapes) = with_arena_reported(|| {
            let arena = arenite::Arena::new();
            arena.alloc_slice_fill(1000, 7u32);
            let heap_of_ours = arenite::Heap::new();
            let block = heap_of_ours.alloc(std::alloc::Layout::new::<[u64; 9]>());
            (arena, heap_of_ours, block)
        });
        assert!(escapes.is_empty(), "{escapes}");
        arena.reset();
        assert!(heap_of_ours.owns(block.as_ptr()));
        // A scope whose closure uses an arena, whose closure uses a scope.
        with_arena(|| {
            let words = arena.alloc_slice_from_iter((0..100).map(|n| with_arena(|| n.to_string().len())));
            assert_eq!(words[99], 2);
        });
    });
}
