//! The open scopes of a thread that name an allocator, innermost first.
//!
//! Entries of closures lie on the stack and end in the opposite order of their beginnings, as closures do. Those of guards
//! lie on the heap, since a guard may be dropped at any time: after guards that were made later, and after the end of a
//! closure in which it was made. So a guard never says what is current after it. An entry that is not on top is only
//! marked as ended, and goes when it comes to the top; the end of a closure makes current what was so at its beginning,
//! whatever guards were left open in it.

use super::CountedAlloc;
use crate::DynAllocator;
use alloc::boxed::Box;
use core::{
    cell::Cell,
    marker::PhantomData,
    mem,
    ptr::{self, NonNull},
};

/// An allocator that was made current.
pub(super) struct Entry {
    named: Named,
    owner: Owner,
    below: Cell<*const Entry>,
}

/// How an entry names its allocator.
enum Named {
    /// Valid while the entry is on the list.
    Lent(NonNull<dyn DynAllocator>),
    Counted(CountedAlloc),
}

/// Who ends an entry.
enum Owner {
    /// A closure, on whose frame it lies.
    Closure,
    /// A guard, and how the two stand. The entry is a box.
    Guard(Cell<Standing>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The guard lives and the entry is on the list.
    Open,
    /// The guard is gone; the entry waits on the list until it is the top.
    Ended,
    /// A closure's end took the entry off the list; the guard has it alone.
    Unlinked,
}

crate::sync::thread_local! {
    /// The innermost entry; every one on the list is live. No `Drop`: it can be read to the very end of the thread.
    static TOP: Cell<*const Entry> = const { Cell::new(ptr::null()) };
}

fn top() -> *const Entry {
    TOP.try_with(Cell::get).unwrap_or(ptr::null())
}

fn set_top(top: *const Entry) {
    // An error only where thread-locals are emulated, at the very end of a thread: then there is no current allocator.
    let _ = TOP.try_with(|slot| slot.set(top));
}

/// Calls `work` with `allocator` current.
pub(super) fn enter_lent<'a, R>(allocator: &'a (dyn DynAllocator + 'a), work: impl FnOnce() -> R) -> R {
    let allocator: NonNull<dyn DynAllocator + 'a> = NonNull::from(allocator);
    // SAFETY: the same pointer; the two types differ in a lifetime only. It is read while the entry is on the list, which
    // ends before this function does.
    let allocator =
        unsafe { mem::transmute::<NonNull<dyn DynAllocator + 'a>, NonNull<dyn DynAllocator + 'static>>(allocator) };
    enter(Named::Lent(allocator), work)
}

/// As that, and others may have handles to it.
pub(super) fn enter_counted<R>(allocator: CountedAlloc, work: impl FnOnce() -> R) -> R {
    enter(Named::Counted(allocator), work)
}

fn enter<R>(named: Named, work: impl FnOnce() -> R) -> R {
    /// Ends the entry, in a panic too, before the frame that it lies on is left.
    struct End<'e>(&'e Entry);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            unlink_down_to(self.0);
        }
    }
    let entry = Entry { named, owner: Owner::Closure, below: Cell::new(top()) };
    let _end = End(&entry);
    set_top(&raw const entry);
    work()
}

/// Takes a closure's entry off the list, and all that guards have left above it.
fn unlink_down_to(entry: &Entry) {
    let mut above = top();
    // First: what is dropped below may panic, or ask for the current allocator.
    set_top(entry.below.get());
    while !ptr::eq(above, entry) {
        // SAFETY: the entries on the list are live; the list, which ends with null, was all this thread's.
        let Some(open) = (unsafe { above.as_ref() }) else { out_of_order() };
        let Owner::Guard(standing) = &open.owner else { out_of_order() };
        let this = above;
        above = open.below.get();
        match standing.replace(Standing::Unlinked) {
            // SAFETY: a box, by its owner; off the list now, and its guard is gone.
            Standing::Ended => drop(unsafe { Box::from_raw(this.cast_mut()) }),
            Standing::Open | Standing::Unlinked => {}
        }
    }
}

/// Closures end innermost first. If not, a coroutine was left for another in the middle of one, on the same thread, and
/// the list names allocators that may be gone.
#[cold]
fn out_of_order() -> ! {
    std::eprintln!(
        "arenite: a closure with a current allocator ended before a newer one of its thread did. Coroutines that share a \
         thread must not switch inside with_allocator, with_counted or with_temp."
    );
    std::process::abort()
}

/// Calls `work` with the current allocator; `None` where there is none. It stays during the call, whatever guards are
/// dropped in it.
pub(super) fn with_top<R>(work: impl FnOnce(&dyn DynAllocator) -> R) -> Option<R> {
    // SAFETY: the entries on the list are live. This reference is not used after `work` has begun, where the list changes.
    let entry = unsafe { top().as_ref() }?;
    Some(match &entry.named {
        // A guard may end in `work`: this handle keeps what it named.
        Named::Counted(counted) => work(&counted.clone()),
        // SAFETY: valid while the entry is on the list. It is a closure's, and this is called in that closure.
        Named::Lent(allocator) => work(unsafe { allocator.as_ref() }),
    })
}

/// The current allocator, if it is a counted one.
pub(super) fn counted_top() -> Option<CountedAlloc> {
    // SAFETY: the entries on the list are live.
    match &unsafe { top().as_ref() }?.named {
        Named::Counted(counted) => Some(counted.clone()),
        Named::Lent(_) => None,
    }
}

/// A guard's hold of its entry. Not `Send`: the list is the thread's.
pub(super) struct Guarded {
    entry: NonNull<Entry>,
    thread: PhantomData<*const ()>,
}

impl Guarded {
    /// Makes `counted` current.
    pub(super) fn enter(counted: CountedAlloc) -> Self {
        let standing = Cell::new(Standing::Open);
        let named = Named::Counted(counted);
        // Boxed first: an allocator of the program's may itself ask for the current one.
        let entry = Box::new(Entry { named, owner: Owner::Guard(standing), below: Cell::new(ptr::null()) });
        entry.below.set(top());
        let entry = NonNull::from(Box::leak(entry));
        set_top(entry.as_ptr());
        Self { entry, thread: PhantomData }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: an entry of a guard is freed by it, or after it.
        let Owner::Guard(standing) = &unsafe { self.entry.as_ref() }.owner else { unreachable!("made by `enter`") };
        if standing.replace(Standing::Ended) == Standing::Unlinked {
            // SAFETY: off the list, and a box that is this guard's alone.
            drop(unsafe { Box::from_raw(self.entry.as_ptr()) });
            return;
        }
        loop {
            let this = top();
            // SAFETY: the entries on the list are live.
            let Some(Entry { owner: Owner::Guard(standing), below, .. }) = (unsafe { this.as_ref() }) else { return };
            if standing.get() != Standing::Ended {
                return;
            }
            // Off the list before it is dropped: that may ask for the current allocator.
            set_top(below.get());
            // SAFETY: a box whose guard is gone, and off the list.
            drop(unsafe { Box::from_raw(this.cast_mut()) });
        }
    }
}
