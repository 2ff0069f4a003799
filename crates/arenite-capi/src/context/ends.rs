//! The ends of scopes. What is open above one ends with it, innermost first.

use super::{
    Scope,
    list::{self, List, Open, Record},
    program_at_hand,
};
use crate::{
    border::{Caller, enter, enter_from},
    debug::leak,
    error::{Code, Noted, note},
    given::null,
};
use arenite_lib::{
    context::{Escapes, HeapCallReport},
    debug::{self, Fault, FaultKind, Grade, LeakReport, Owner, Site},
};
use std::{
    ffi::{c_char, c_uint, c_void},
    panic::catch_unwind,
    ptr::NonNull,
};

/// What came of a scope.
enum Ended {
    Quiet,
    Escaped(Escapes),
    Discarded(Option<LeakReport>),
    Heard(HeapCallReport),
}

/// Ends one scope, which is off the list and was the innermost.
fn close(open: Open, discard: bool) -> Ended {
    match open {
        Open::Allocator(named) => named.end_current(),
        Open::Temp(number) => list::with(|list| list.end_temp(number)),
        Open::Region(region) if discard => {
            let free = |block: *mut u8, _| {
                if let (Some(block), Some(program)) = (NonNull::new(block), program_at_hand()) {
                    // SAFETY: a block that the program's heap has served in the region, and that by the caller's promise
                    // nobody uses. A refusal would change nothing.
                    let _ = unsafe { program.free(block) };
                }
            };
            // SAFETY: the innermost, and opened for it; the rest is the promise of who discards.
            return Ended::Discarded(unsafe { region.discard(free) });
        }
        // SAFETY: the innermost.
        Open::Region(region) => return Ended::Escaped(unsafe { region.end() }),
        Open::Heap(rest) => rest.end(),
        Open::Tag(tag) => tag.end(),
        Open::Deny(deny) => return Ended::Heard(deny.end()),
    }
    Ended::Quiet
}

/// Ends the scope at a place of the list, after all above it.
fn end_at(at: usize, discard: bool) -> Ended {
    let mut left_open = None;
    loop {
        let (record, last) = list::with(|list| (list.pop(), list.records.len() == at));
        let Some(Record { open, begun, .. }) = record else { return Ended::Quiet };
        let ended = close(open, discard && last);
        if last {
            if let Some(begun) = left_open.filter(|_| debug::grade() >= Grade::Sites) {
                let owner = Owner::new("a scope of the context", None);
                Fault::new(FaultKind::OutOfOrder, owner).with_first(begun).with_second(Site::here()).report();
            }
            return ended;
        }
        left_open = Some(begun);
    }
}

/// Ends everything, for a thread that ends. Only of a denial there is a word: nobody will ask it any more.
pub(super) fn end_all() {
    while let Some(Record { open, begun, .. }) = list::with(List::pop) {
        let denied = matches!(open, Open::Deny(_));
        match open {
            Open::Region(region) if !region.is_innermost() => region.abandon(),
            open => _ = close(open, false),
        }
        if denied {
            let owner = Owner::new("a denial of the heap that its thread left open", None);
            let fault = Fault::new(FaultKind::OutOfOrder, owner).with_allocated(begun);
            // Nothing may unwind out of the end of a thread.
            let _ = catch_unwind(|| fault.report());
        }
    }
}

/// Whether a denial was kept.
fn kept(ended: &Ended) -> Result<bool, Noted> {
    match ended {
        Ended::Heard(heard) if heard.calls().total() > 0 => Err(note(
            Code::HeapCalled,
            format_args!("the heap was called where it is denied: {heard}; take the memory before, or from an arena"),
        )),
        _ => Ok(true),
    }
}

fn end(caller: Caller, scope: Scope) -> bool {
    enter_from(caller, false, || {
        let at = list::with(|list| list.find(scope))?;
        kept(&end_at(at, false))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_scope_end(scope: Scope) -> bool {
    end(Caller::of("arenite_scope_end"), scope)
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_scope_end_at(scope: Scope, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    end(unsafe { Caller::at("arenite_scope_end", file, line) }, scope)
}

/// Where the scope stands, if it is of the wanted kind.
fn find_as(scope: Scope, kind: &'static str, is: impl Fn(&Open) -> bool) -> Result<usize, Noted> {
    list::with(|list| {
        let at = list.find(scope)?;
        if is(&list.records[at].open) {
            return Ok(at);
        }
        Err(note(Code::BadArgument, format_args!("the scope is open and is no {kind}; arenite_scope_end ends any")))
    })
}

/// `arenite_escapes`.
#[repr(C)]
pub struct EscapesC {
    bytes: usize,
    chunks: usize,
}

/// # Safety
/// `escapes` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_region_end(scope: Scope, escapes: *mut EscapesC) -> bool {
    enter("arenite_region_end", false, || {
        let ended = end_region(scope)?;
        // SAFETY: the caller's promise.
        unsafe { tell(ended.as_ref(), escapes) };
        Ok(true)
    })
}

fn end_region(scope: Scope) -> Result<Option<Escapes>, Noted> {
    let at = find_as(scope, "region", |open| matches!(open, Open::Region(_)))?;
    Ok(match end_at(at, false) {
        Ended::Escaped(escapes) => Some(escapes),
        _ => None,
    })
}

/// # Safety
/// `to` is NULL or writable.
unsafe fn tell(escapes: Option<&Escapes>, to: *mut EscapesC) {
    if !to.is_null() {
        let (bytes, chunks) = escapes.map_or((0, 0), |escapes| (escapes.bytes(), escapes.chunks()));
        // SAFETY: the caller's promise.
        unsafe { to.write(EscapesC { bytes, chunks }) };
    }
}

/// # Safety
/// `escapes` is NULL or writable; `callback` may be called with a leak and `context` meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_region_end_each(
    scope: Scope,
    escapes: *mut EscapesC,
    callback: Option<leak::Callback>,
    context: *mut c_void,
) -> bool {
    enter("arenite_region_end_each", false, || {
        let callback = callback.ok_or_else(|| null("a callback"))?;
        let ended = end_region(scope)?;
        // SAFETY: the caller's promise.
        unsafe {
            tell(ended.as_ref(), escapes);
            if let Some(sites) = ended.as_ref().and_then(Escapes::sites) {
                leak::each(sites, callback, context);
            }
        }
        Ok(true)
    })
}

/// # Safety
/// Nothing that this thread has allocated in the region by `arenite_malloc` and its kin is used, freed or resized any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_region_end_discard(scope: Scope) -> bool {
    enter("arenite_region_end_discard", false, || {
        let discards = |open: &Open| matches!(open, Open::Region(region) if region.discards());
        let at = find_as(scope, "region of arenite_region_begin_discardable", discards)?;
        if let Ended::Discarded(Some(live)) = end_at(at, true) {
            live.iter().for_each(|leak| leak.fault().report());
        }
        Ok(true)
    })
}

/// `arenite_heap_calls`.
#[repr(C)]
pub struct HeapCallsC {
    allocations: u64,
    reallocations: u64,
    frees: u64,
}

/// # Safety
/// `calls` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_deny_end(scope: Scope, calls: *mut HeapCallsC) -> bool {
    enter("arenite_deny_end", false, || {
        let at = find_as(scope, "denial", |open| matches!(open, Open::Deny(_)))?;
        let ended = end_at(at, false);
        if let (Ended::Heard(heard), false) = (&ended, calls.is_null()) {
            let heard = heard.calls();
            let counts =
                HeapCallsC { allocations: heard.allocations, reallocations: heard.reallocations, frees: heard.frees };
            // SAFETY: the caller's promise.
            unsafe { calls.write(counts) };
        }
        kept(&ended)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_scope_mark() -> Scope {
    enter("arenite_scope_mark", Scope::NONE, || Ok(list::with(|list| list.innermost())))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_scope_unwind(mark: Scope) -> bool {
    enter("arenite_scope_unwind", false, || {
        let keep = match mark {
            Scope::NONE => 0,
            mark => list::with(|list| list.find(mark))? + 1,
        };
        while list::with(|list| list.records.len()) > keep {
            let Some(Record { open, .. }) = list::with(List::pop) else { break };
            close(open, false);
        }
        Ok(true)
    })
}
