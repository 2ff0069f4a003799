//! The beginnings of scopes.

use super::{
    Scope,
    list::{self, Open},
};
use crate::{
    allocator::{AllocatorPtr, Named},
    border::{Caller, enter_from},
    error::{Code, Noted, note},
    given,
};
use arenite_lib::context::{
    ScopesInactive,
    by_hand::{DenyByHand, RegionByHand, RestByHand, TagByHand},
};
use std::{
    ffi::{c_char, c_uint},
    sync::Arc,
};

/// The function that C calls, and the one that its macros call.
macro_rules! begins {
    ($($name:ident, $at:ident($($argument:ident: $type:ty),*) $open:expr;)*) => {$(
        #[unsafe(no_mangle)]
        pub extern "C" fn $name($($argument: $type),*) -> Scope {
            enter_from(Caller::of(stringify!($name)), Scope::NONE, || list::begin(|| $open))
        }

        /// # Safety
        /// `file` is NULL or a C string.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $at($($argument: $type,)* file: *const c_char, line: c_uint) -> Scope {
            // SAFETY: the caller's promise.
            let caller = unsafe { Caller::at(stringify!($name), file, line) };
            enter_from(caller, Scope::NONE, || list::begin(|| $open))
        }
    )*};
}

begins! {
    arenite_allocator_begin, arenite_allocator_begin_at(allocator: AllocatorPtr)
        Ok(Open::Allocator(Arc::clone(Named::find(allocator)?)));
    arenite_temp_scope_begin, arenite_temp_scope_begin_at() list::with(list::List::begin_temp);
    arenite_region_begin, arenite_region_begin_at() region(false);
    arenite_region_begin_discardable, arenite_region_begin_discardable_at() region(true);
    arenite_heap_begin, arenite_heap_begin_at() Ok(Open::Heap(RestByHand::begin()));
    arenite_tag_begin, arenite_tag_begin_at(tag: c_uint) tagged(tag);
    arenite_deny_begin, arenite_deny_begin_at(flags: c_uint) deny(flags);
}

fn region(discards: bool) -> Result<Open, Noted> {
    super::program()?;
    given::small_change()?;
    // SAFETY: every record of the list is ended by its thread, the innermost first.
    match unsafe { RegionByHand::begin(discards) } {
        Ok(region) => Ok(Open::Region(region)),
        Err(ScopesInactive::OverPinBudget) => Err(note(
            Code::Limit,
            format_args!("what has outlived earlier regions holds more than the pin budget; free it"),
        )),
        Err(_) => Err(note(
            Code::OutOfMemory,
            format_args!("the system has no memory, or no addresses, for a region; arenite_malloc goes on in the heap"),
        )),
    }
}

fn tagged(tag: c_uint) -> Result<Open, Noted> {
    match given::tag(tag)? {
        Some(tag) => {
            given::small_change()?;
            Ok(Open::Tag(TagByHand::begin(tag)))
        }
        None => Err(note(Code::BadArgument, format_args!("0 is no tag; pass one from 1 to 32"))),
    }
}

fn deny(flags: c_uint) -> Result<Open, Noted> {
    if flags > 1 {
        return Err(note(
            Code::BadArgument,
            format_args!("{flags:#x} has flags that there are not; pass 0 or ARENITE_ABORT"),
        ));
    }
    given::small_change()?;
    // SAFETY: as for regions.
    Ok(Open::Deny(unsafe { DenyByHand::begin(flags == 1) }))
}
