//! Scopes that leave their thread with a stack that is switched.

use super::list::{self, List};
use crate::{
    border::enter,
    error::{Code, note},
    handle::Handle,
    registry::{self, held},
};
use arenite_lib::context::by_hand::ThreadWords;
use std::{
    cell::Cell,
    ffi::c_void,
    ptr::null_mut,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A thread's scopes, off the thread.
struct Taken {
    inside: Mutex<Inside>,
    thread: u64,
}

struct Inside {
    list: List,
    words: ThreadWords,
}

// SAFETY: what is bound to its thread - regions, tags, denials, their words - is only touched by `put`, which sees to it that
// it is that thread; the rest may go anywhere.
unsafe impl Send for Inside {}

held!(Box<Taken>, Context);

/// The calling thread, by a number that no other ever has.
fn this_thread() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static NUMBER: Cell<u64> = const { Cell::new(0) };
    }
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        number.get()
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_context_take() -> *mut c_void {
    enter("arenite_context_take", null_mut(), || {
        crate::given::small_change()?;
        let inside = Inside { list: list::with(List::take), words: ThreadWords::take() };
        // Refused only when the table is full; then the scopes are put back.
        let taken = Box::new(Taken { inside: Mutex::new(inside), thread: this_thread() });
        match registry::insert_or_back(taken) {
            Ok(handle) => Ok(handle.to_c()),
            Err((taken, noted)) => {
                let Inside { list, words } = taken.inside.into_inner().unwrap_or_else(PoisonError::into_inner);
                list::with(|now| now.put(list));
                // SAFETY: just taken off this thread.
                unsafe { words.put() };
                Err(noted)
            }
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_context_put(context: *mut c_void) -> bool {
    enter("arenite_context_put", false, || {
        let taken = registry::remove::<Box<Taken>>(Handle::from_c(context), |taken| {
            if list::with(|list| !list.records.is_empty()) {
                return Err(note(
                    Code::Busy,
                    format_args!("the thread has open scopes; end them, or take them off by arenite_context_take"),
                ));
            }
            let inside = taken.inside.lock().unwrap_or_else(PoisonError::into_inner);
            let bound = inside.list.records.iter().find_map(|record| record.open.bound());
            match bound.filter(|_| taken.thread != this_thread()) {
                Some(what) => Err(note(
                    Code::WrongThread,
                    format_args!("{what} is open in the context, which binds it to the thread that it was taken off"),
                )),
                None => Ok(()),
            }
        })?;
        let Taken { inside, thread } = *taken;
        let Inside { list, words } = inside.into_inner().unwrap_or_else(PoisonError::into_inner);
        list::with(|now| now.put(list));
        if thread == this_thread() {
            // SAFETY: taken off this thread, which has no scopes; those in it are open.
            unsafe { words.put() };
        }
        Ok(true)
    })
}
