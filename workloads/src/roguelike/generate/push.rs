//! Pushing in the innermost loops.
//!
//! allocator-api2's `Vec::push` puts the whole of growing, the allocator's own code included, into the loop around it;
//! the standard library's keeps it in a function apart. This does as the standard library does, so that the loops of
//! the generator are the same code whatever the memory.

use allocator_api2::vec::Vec;

use crate::memory::Alloc;

/// Appends `value`, growing as [`Vec::push`] grows.
#[inline(always)]
pub(super) fn push<T: Copy, A: Alloc>(vec: &mut Vec<T, A>, value: T) {
    if vec.len() == vec.capacity() {
        make_room(vec);
    }
    let full = vec.push_within_capacity(value);
    debug_assert!(full.is_ok(), "there is room now");
}

#[cold]
#[inline(never)]
fn make_room<T, A: Alloc>(vec: &mut Vec<T, A>) {
    vec.reserve(1);
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    #[test]
    fn pushed_values_are_all_there_in_their_order_and_capacity_grows_as_with_push() {
        let (mut ours, mut theirs) = (Vec::new_in(Global), Vec::new_in(Global));
        for value in 0..1_000 {
            push(&mut ours, value);
            theirs.push(value);
            assert_eq!(ours.capacity(), theirs.capacity());
        }
        assert_eq!(ours, theirs);
    }
}
