//! Who is told of a thread's requests.

use super::{heap_calls, hot, tags};
use core::{alloc::Layout, marker::PhantomData};

/// A thread's flag: its heap calls are counted.
pub(super) const COUNT: usize = 1;
/// Somebody listens to them.
pub(super) const LISTEN: usize = 2;
/// What it allocates is charged to a tag.
pub(super) const TAG: usize = 4;

/// A scope notes what the heap serves, to free it in the end: each free is looked at, and requests of the window are not.
pub(super) const DISCARDING: usize = 8;
/// Asks whether anybody hears: the first request takes it back.
pub(super) const PROBE: usize = 16;

/// Flags that take each request to the cold path, where [`tell`] hears of it.
pub(super) const EACH_REQUEST: usize = COUNT | LISTEN | TAG | PROBE;

/// Flags that take each free there.
pub(super) const EACH_FREE: usize = COUNT | LISTEN | TAG | DISCARDING;

/// A call of the program's heap, told after it was served and before anything else happens on its thread. While it
/// is told, requests of the same thread go straight to the heap and are not told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    /// `block` is null when it was refused.
    Alloc { block: *mut u8, layout: Layout },
    /// The block is freed after this.
    Free { block: *mut u8, layout: Layout },
    /// `block` is where it lies now, null when it was refused and the old one stays.
    Realloc { old: *mut u8, layout: Layout, block: *mut u8, size: usize },
}

/// Whether frees and reallocations have to be told whatever the thread's flags are: blocks that a tag was charged for are
/// live, and any thread may free them. Asked by those that [`look_at_all_frees`](super::region::Range::look_at_all_frees)
/// has sent to the closer look.
#[inline(always)]
pub(super) fn frees_matter() -> bool {
    tags::any_live()
}

/// To be called before a block is reallocated, after which its address may be another thread's.
pub(super) fn before_realloc(old: *mut u8) -> Option<tags::Charge> {
    if tags::any_live() { tags::take(old) } else { None }
}

/// Told when a thread's flags are not 0, or frees matter; `flags` are these. `charge` is what
/// [`before_realloc`] said. Never unwinds.
pub(super) fn tell(flags: usize, call: Call, charge: Option<tags::Charge>) {
    match call {
        Call::Alloc { block, .. } if flags & TAG != 0 && !block.is_null() => tags::charge(block, &call),
        Call::Alloc { .. } => {}
        Call::Free { block, .. } => {
            if tags::any_live() {
                tags::refund(block, &call);
            }
        }
        Call::Realloc { .. } => {
            if let Some(charge) = charge {
                tags::moved(charge, &call);
            }
        }
    }
    if flags & COUNT != 0 {
        heap_calls::count(&call);
    }
    if flags & LISTEN != 0 {
        heap_calls::hear(&call);
    }
}

/// Sets or clears a flag of this thread; whether it was set.
pub(super) fn set(flag: usize, on: bool) -> bool {
    hot::with(|hot| {
        let others = hot.flags.get() & !flag;
        let before = hot.set_flags(if on { others | flag } else { others });
        before & flag != 0
    })
}

/// Sets or clears a flag of this thread until the guard is dropped.
pub(super) fn flag(flag: usize, on: bool) -> Flag {
    Flag { flag, before: set(flag, on), thread: PhantomData }
}

/// See [`flag`]: puts back what was set before.
#[must_use]
pub(super) struct Flag {
    flag: usize,
    before: bool,
    thread: PhantomData<*const ()>,
}

impl Drop for Flag {
    fn drop(&mut self) {
        set(self.flag, self.before);
    }
}
