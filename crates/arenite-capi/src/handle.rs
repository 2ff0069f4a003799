//! What C gets for an arena or heap: a number in the shape of a pointer, never an address.
//!
//! On 64 bits, from the lowest bit: 4 bits of the generation, 20 bits of the place in the table, 24 zeros, 4 bits of the
//! kind, 12 bits of the generation. Generations start at 1, so no handle is NULL. Where the bits stand matters to the
//! arenas, whose key is the sum of handle and thread pointer (`slot.rs`): thread pointers are multiples of 16 below 2^47,
//! so no two pairs of an issued handle of one place, of whatever kind, and a thread have the same sum.
//!
//! On 32 bits: 4, 16, none, 4 and 8; the key is both numbers side by side.

use crate::kind::Kind;
use std::ffi::c_void;

/// A place in a table, in the generation of who holds it now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct Handle(usize);

const LOW: u32 = 4;
const WIDE: bool = cfg!(target_pointer_width = "64");
pub(crate) const PLACE_BITS: u32 = if WIDE { 20 } else { 16 };
const KIND_BITS: u32 = 4;
const KIND_AT: u32 = if WIDE { 48 } else { LOW + PLACE_BITS };
const HIGH_AT: u32 = KIND_AT + KIND_BITS;
const GENERATION_BITS: u32 = LOW + usize::BITS - HIGH_AT;

const _: () = assert!(Kind::COUNT <= 1 << KIND_BITS, "a kind more than handles have room for");

/// The last generation of a place. Who had it in this one is the last who has it.
pub(crate) const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

const fn mask(bits: u32) -> usize {
    (1 << bits) - 1
}

impl Handle {
    /// `place` is below `1 << PLACE_BITS`, `generation` from 1 to [`LAST_GENERATION`].
    pub(crate) const fn new(kind: Kind, place: usize, generation: u32) -> Self {
        let generation = generation as usize;
        Self((generation & mask(LOW)) | place << LOW | (kind as usize) << KIND_AT | (generation >> LOW) << HIGH_AT)
    }

    pub(crate) fn from_c(handle: *mut c_void) -> Self {
        Self(handle.addr())
    }

    pub(crate) const fn to_c(self) -> *mut c_void {
        std::ptr::without_provenance_mut(self.0)
    }

    #[inline(always)]
    pub(crate) const fn bits(self) -> usize {
        self.0
    }

    #[inline(always)]
    pub(crate) const fn place(self) -> usize {
        self.0 >> LOW & mask(PLACE_BITS)
    }

    /// The same arena's handle as a document's, and a document's as that of its arena: `arena` and `document` differ by the
    /// bits of the kind.
    #[inline(always)]
    pub(crate) const fn other_face(self) -> Self {
        Self(self.0 ^ ((Kind::Arena as usize ^ Kind::Document as usize) << KIND_AT))
    }

    pub(crate) const fn generation(self) -> u32 {
        ((self.0 & mask(LOW)) | (self.0 >> HIGH_AT) << LOW) as u32
    }

    /// `None`: never issued.
    pub(crate) fn kind(self) -> Option<Kind> {
        let bits_between = self.0 >> (LOW + PLACE_BITS) & mask(KIND_AT - LOW - PLACE_BITS);
        let kind = Kind::from_number(self.0 >> KIND_AT & mask(KIND_BITS))?;
        (bits_between == 0 && self.generation() != 0).then_some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_gives_back_what_it_was_made_of_and_is_never_null() {
        for generation in [1, 15, 16, 17, LAST_GENERATION - 1, LAST_GENERATION] {
            for place in [0, 1, (1 << PLACE_BITS) - 1] {
                for kind in [Kind::Arena, Kind::Heap, Kind::ArenaPool, Kind::Document] {
                    let handle = Handle::new(kind, place, generation);
                    assert_eq!((handle.kind(), handle.place(), handle.generation()), (Some(kind), place, generation));
                    assert!(!handle.to_c().is_null());
                }
            }
        }
    }

    #[test]
    fn a_handle_of_another_kind_and_another_thread_is_no_key_of_an_arena() {
        // What kinds and generations add to a key lies where no difference of two thread pointers reaches.
        #[cfg(target_pointer_width = "64")]
        for kind in [Kind::Heap, Kind::Document, Kind::Context] {
            let difference = Handle::new(kind, 5, 3).bits().abs_diff(Handle::new(Kind::Arena, 5, 3).bits());
            assert!(difference >= 1 << 47, "{kind:?}");
        }
        let arena = Handle::new(Kind::Arena, 5, 3);
        assert_eq!(arena.other_face().kind(), Some(Kind::Document));
        assert_eq!(arena.other_face().other_face(), arena);
    }

    #[test]
    fn null_small_numbers_and_addresses_are_of_no_kind() {
        let local = 0u8;
        assert_eq!(Handle::from_c(std::ptr::null_mut()).kind(), None);
        #[cfg(target_pointer_width = "64")]
        assert_eq!(Handle::from_c((&raw const local).cast_mut().cast()).kind(), None);
        let _ = local;
    }
}
