//! The cursor arithmetic alone, on any numbers that may reach it.
#![no_main]

#[allow(dead_code)]
#[path = "../../crates/arenite/src/bump.rs"]
mod bump;

use bump::{MAX_ALIGN, MIN_ALIGN, bump as place, bump_aligned, bump_rounding, round_down, round_up};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, u64, u64, u8)| {
    let (cursor, size, limit, shift) = input;
    // What the library promises: blocks below 2^62, sizes up to isize::MAX, alignments up to 2 MiB, any limit.
    let cursor = round_down((cursor % (1 << 62)) as usize, MIN_ALIGN);
    let size = (size % (1 << 63)) as usize;
    let limit = (limit % ((1 << 62) + 1)) as usize;
    let align = 1usize << (shift % 22);
    let wide = |a: usize, b: usize| a as u128 + b as u128;

    match place(cursor, size, limit) {
        Some(end) => assert_eq!((end as u128, end <= limit), (wide(cursor, size), true)),
        None => assert!(wide(cursor, size) > limit as u128),
    }
    match bump_rounding(cursor, size, limit) {
        Some(end) => assert!(end % MIN_ALIGN == 0 && end <= limit && wide(cursor, size) <= end as u128),
        None => assert!(wide(cursor, size).next_multiple_of(MIN_ALIGN as u128) > limit as u128),
    }
    match bump_aligned(cursor, size, align, limit) {
        Some((start, end)) => {
            assert!(start % align == 0 && start >= cursor && start - cursor < align);
            assert!(end - start == size && end <= limit);
        }
        None => assert!(wide(cursor, 0).next_multiple_of(align as u128) + size as u128 > limit as u128),
    }
    assert!(align <= MAX_ALIGN && round_up(cursor, align) >= cursor);
});
