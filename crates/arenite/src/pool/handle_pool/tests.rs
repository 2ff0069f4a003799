//! Slots that retire, and numbers that lead to places.

use super::*;
use crate::source::System;

#[test]
fn a_slot_whose_generations_ran_out_is_retired_and_its_handles_stay_stale() {
    let mut pool = PoolOptions::new().source(&System).first_chunk(1).capacity(2).build_handles();
    let first = pool.insert(1);
    pool.remove(first);
    // SAFETY: slot 0 is carved and vacant.
    unsafe { (*pool.place(0)).generation = u32::MAX - 1 };
    let last = pool.insert(2);
    assert_eq!((last.index(), last.generation()), (0, u32::MAX));
    assert_eq!(PoolHandle::from_bits(last.to_bits()), Some(last));
    assert_eq!(pool.remove(last), Some(2));
    assert_eq!((pool.stats().retired, pool.capacity(), pool.len()), (1, 0, 0));
    let other = pool.insert(3);
    assert_eq!(other.index(), 1);
    assert_eq!((pool.get(last), pool.get(first)), (None, None));
    assert_eq!(pool.remove(last), None);
    assert_eq!(pool.try_insert(4).unwrap_err().kind(), PoolErrorKind::Full { capacity: 1 });
    pool.clear();
    assert_eq!(pool.iter().count(), 0);
    assert_eq!(pool.insert(5).index(), 1);
    assert_eq!(pool.get(other), None);
}

#[test]
fn numbers_and_places_agree_over_all_chunks() {
    let mut pool = PoolOptions::new().source(&System).first_chunk(3).capacity(1000).build_handles();
    let handles: alloc::vec::Vec<_> = (0..1000u64).map(|n| pool.insert(n)).collect();
    assert!(pool.try_insert(0).is_err());
    for (n, handle) in handles.iter().enumerate() {
        assert_eq!(handle.index() as usize, n);
        assert_eq!(pool.get(*handle), Some(&(n as u64)));
    }
    assert_eq!(pool.capacity(), 1000);
}
