//! A limit on bytes.

use super::*;

#[test]
fn a_limit_is_exact_and_frees_and_shrinks_give_back() {
    let memory = Limited::new(heap(), 100);
    let block = take(&memory, 60);
    assert_eq!(kind(memory.try_allocate(bytes(41))), ErrorKind::LimitExceeded { limit: 100, allocated: 60 });
    let other = take(&memory, 40);
    assert_eq!((memory.used(), memory.left(), memory.high_water()), (100, 0, 100));
    unsafe {
        assert!(memory.grow(block, bytes(60), bytes(61)).is_err());
        let block = memory.shrink(block, bytes(60), bytes(50)).unwrap().cast();
        assert_eq!(memory.used(), 90);
        let block = memory.grow(block, bytes(50), bytes(60)).unwrap().cast();
        memory.deallocate(block, bytes(60));
        memory.deallocate(other, bytes(40));
    }
    assert_eq!((memory.used(), memory.high_water(), memory.stats().live), (0, 100, Some(0)));
}

#[test]
fn a_refusal_below_is_not_charged() {
    let memory = Limited::new(Failing::new(heap()).after(1), 1000);
    let block = take(&memory, 100);
    assert!(memory.try_allocate(bytes(10)).is_err() && memory.allocate_zeroed(bytes(10)).is_err());
    unsafe {
        assert!(memory.grow(block, bytes(100), bytes(200)).is_err());
        assert!(!memory.resize(block, bytes(100), 200));
        assert_eq!((memory.used(), memory.high_water()), (100, 100), "what was refused was never in use");
        memory.deallocate(block, bytes(100));
    }
}

#[test]
fn a_resize_in_place_counts_the_difference() {
    let arena = Arena::new();
    let memory = Limited::new(&arena, 100);
    let block = take(&memory, 40);
    unsafe {
        assert!(memory.resize(block, bytes(40), 100));
        assert!(!memory.resize(block, bytes(100), 101));
        assert!(memory.resize(block, bytes(100), 10));
    }
    assert_eq!((memory.used(), memory.high_water()), (10, 100));
}

#[test]
fn a_limit_below_what_is_in_use_lets_blocks_shrink_and_go() {
    let memory = Limited::new(heap(), 1000);
    let block = take(&memory, 800);
    memory.set_limit(100);
    assert_eq!(memory.left(), 0);
    unsafe {
        let block = memory.shrink(block, bytes(800), bytes(200)).unwrap().cast();
        assert!(memory.try_allocate(bytes(1)).is_err());
        assert!(memory.try_allocate(bytes(0)).is_ok(), "nothing needs no room");
        memory.deallocate(block, bytes(200));
    }
    assert_eq!(memory.left(), 100);
}

#[test]
fn a_refused_free_gives_nothing_back() {
    let memory = Limited::new(Owned::new(BlockPoolOptions::new(64).build_chunked()), 1000);
    let block = take(&memory, 64);
    unsafe {
        memory.try_deallocate(block, bytes(64)).unwrap();
        assert_eq!(memory.try_deallocate(block, bytes(64)).unwrap_err().kind(), FreeErrorKind::DoubleFree);
    }
    assert_eq!(memory.used(), 0);
    take(&memory, 64);
    assert_eq!((memory.used(), memory.stats().live), (64, Some(1)));
}

#[test]
fn a_block_from_below_that_is_freed_above_does_not_make_the_count_wrap() {
    let memory = Limited::new(heap(), 10);
    let below = Heap.allocate(bytes(64)).unwrap().cast();
    unsafe { memory.deallocate(below, bytes(64)) };
    assert_eq!((memory.used(), memory.stats().live), (0, Some(0)));
}

#[test]
fn threads_never_pass_the_limit_together() {
    let memory = Limited::new(heap(), 4096);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for size in (1..1500).cycle().take(5000) {
                    if let Ok(block) = memory.try_allocate(bytes(size)) {
                        assert!(memory.used() <= 4096);
                        unsafe { memory.deallocate(block.cast(), bytes(size)) };
                    }
                }
            });
        }
    });
    assert!(memory.used() == 0 && memory.high_water() <= 4096);
}
