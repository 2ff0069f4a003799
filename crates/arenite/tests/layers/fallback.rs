//! A second allocator for what the first refuses.

use super::*;

#[test]
fn a_first_allocator_that_cannot_tell_its_blocks_is_refused() {
    let refused = Fallback::try_new(heap(), heap()).unwrap_err();
    assert_eq!(refused.promises(), heap().capabilities());
    let text = panic_of(|| Fallback::new(heap(), heap()));
    assert!(text.contains("OWNS") && text.contains("Tracked"), "{text}");
}

#[test]
fn blocks_go_back_to_whoever_handed_them_out() {
    let first = Tracked::new(Limited::new(heap(), 100));
    let second = Tracked::new(heap());
    let memory = Fallback::new(&first, &second);
    let blocks = [take(&memory, 60), take(&memory, 60), take(&memory, 30)];
    assert_eq!((first.bytes(), second.bytes()), (90, 60));
    unsafe {
        memory.deallocate(blocks[1], bytes(60));
        assert_eq!((first.bytes(), second.bytes()), (90, 0));
        memory.deallocate(blocks[0], bytes(60));
        memory.deallocate(blocks[2], bytes(30));
    }
    assert!(first.is_empty() && second.is_empty());
}

#[test]
fn a_block_that_cannot_grow_moves_to_the_other_with_its_contents() {
    let first = Tracked::new(Limited::new(heap(), 100));
    let second = Tracked::new(Limited::new(heap(), 1000));
    let memory = Fallback::new(&first, &second);
    let mut text = Vec::with_capacity_in(80, &memory);
    text.extend(b"from the first");
    assert_eq!(first.len(), 1);
    text.reserve_exact(200);
    assert_eq!((first.len(), second.len(), &text[..]), (0, 1, &b"from the first"[..]));
    assert!(text.try_reserve_exact(2000).is_err());
    assert_eq!((second.bytes(), &text[..]), (214, &b"from the first"[..]));
}

#[test]
fn a_block_of_the_second_moves_to_the_first_when_only_that_has_room() {
    let first = Tracked::new(Limited::new(heap(), 100));
    let second = Tracked::new(Limited::new(heap(), 50));
    let memory = Fallback::new(&first, &second);
    let in_the_way = take(&memory, 80);
    let mut text = Vec::with_capacity_in(40, &memory);
    text.extend(b"from the second");
    assert_eq!((first.bytes(), second.bytes()), (80, 40));
    unsafe { memory.deallocate(in_the_way, bytes(80)) };
    text.reserve_exact(45);
    assert_eq!((first.bytes(), second.bytes(), &text[..]), (60, 0, &b"from the second"[..]));
}

#[test]
fn blocks_of_no_bytes_are_nobodys() {
    let arena = Arena::new();
    let memory = Fallback::new(&arena, Failing::new(heap()).after(0));
    let nothing = memory.allocate(bytes(0)).unwrap().cast();
    unsafe {
        let grown = memory.grow(nothing, bytes(0), bytes(10)).unwrap().cast();
        let nothing = memory.shrink(grown, bytes(10), bytes(0)).unwrap().cast();
        memory.deallocate(nothing, bytes(0));
    }
    assert!(arena.owns(take(&memory, 1).as_ptr()));
    let refusing = Fallback::new(Failing::new(&arena).after(0), Failing::new(heap()).after(0));
    assert!(refusing.allocate(bytes(0)).is_ok() && refusing.allocate(bytes(1)).is_err());
}

/// One allocator in memory that the other has lent out, in either order: a block goes back to the inner one, though both
/// own its address.
#[test]
fn allocators_in_each_others_memory_keep_their_blocks_apart() {
    let outer = FixedBuffer::<4096>::new();
    let memory = outer.alloc_slice_fill_with(4096, |_| MaybeUninit::<u8>::uninit());
    let inner = BufferArena::new(memory).unwrap();
    let both = Fallback::new(&outer, &inner);
    let refused = both.try_allocate(bytes(100)).unwrap_err();
    assert_eq!((refused.kind(), inner.used()), (ErrorKind::OutOfMemory, 0), "the inner block was given back");
    assert_eq!(outer.used(), 4096);

    let other_way = Fallback::new(&inner, &outer);
    let block = take(&other_way, 100);
    unsafe { other_way.deallocate(block, bytes(100)) };
    assert_eq!((inner.used(), outer.used()), (0, 4096));
}

#[test]
fn a_second_allocator_that_comes_to_lie_in_the_first_is_refused_before_a_block_moves_there() {
    let first = Arc::new(arenite::Heap::new());
    let elsewhere = first.clone();
    let second = ArenaOptions::new().source(elsewhere).build();
    let limited = Limited::new(&*first, 0);
    let memory = Fallback::new(&limited, &second);
    assert!(memory.allocate(bytes(10)).is_err());
    assert_eq!(second.used(), 0);
}
