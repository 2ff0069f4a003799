//! Two allocators by size.

use super::*;

#[test]
fn a_block_that_crosses_the_threshold_moves_with_its_contents() {
    let [small, large] = [Tracked::new(heap()), Tracked::new(heap())];
    let memory = Segregated::new(100, &small, &large);
    let mut text = Vec::with_capacity_in(100, &memory);
    text.extend([7u8; 100]);
    assert_eq!((small.len(), large.len()), (1, 0));
    text.push(8);
    assert_eq!((small.len(), large.len()), (0, 1));
    text.truncate(50);
    text.shrink_to_fit();
    assert_eq!((small.len(), large.len()), (1, 0));
    assert_eq!(&text[..], &[7; 50]);
}

#[test]
fn what_is_aligned_to_more_counts_as_large() {
    let [small, large] = [Tracked::new(heap()), Tracked::new(heap())];
    let memory = Segregated::with_align(100, 16, &small, &large);
    let _pair = [Box::new_in(1u128, &memory), Box::new_in(2u128, &memory)];
    let aligned = Layout::from_size_align(8, 32).unwrap();
    let block = memory.try_allocate(aligned).unwrap().cast();
    assert_eq!((small.len(), large.len()), (2, 1));
    unsafe { memory.deallocate(block, aligned) };
    assert!(large.is_empty());
}

#[test]
fn a_move_that_is_refused_leaves_the_block() {
    let memory = Segregated::new(100, heap(), Failing::new(heap()).after(0));
    let mut text = Vec::with_capacity_in(100, &memory);
    text.extend([7u8; 100]);
    assert!(text.try_reserve(1).is_err());
    assert_eq!(&text[..], &[7; 100]);
}
