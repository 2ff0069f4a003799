//! Who hears a thread's heap calls.

use super::{
    super::hooks::{self, Call},
    HeapCallPlace, HeapCallReport,
};
use crate::debug;
use core::{
    cell::{Cell, RefCell},
    ptr,
};

crate::sync::thread_local! {
    /// The innermost listener that is open, live while it is here. No `Drop`: readable to the end of the thread.
    static LISTENER: Cell<*const Listener> = const { Cell::new(ptr::null()) };
}

/// Makes a listener the thread's innermost, or none; the one before.
///
/// # Safety
/// It lives until another is set by this thread.
pub(in crate::context) unsafe fn set_listener(listener: *const Listener) -> *const Listener {
    LISTENER.try_with(|slot| slot.replace(listener)).unwrap_or(ptr::null())
}

/// Hears the heap calls of closures.
pub(crate) struct Listener {
    heard: RefCell<HeapCallReport>,
    /// Ends the process at the first call.
    abort: bool,
}

impl Listener {
    pub(crate) const fn new(abort: bool) -> Self {
        Self { heard: RefCell::new(HeapCallReport::new()), abort }
    }

    /// Calls `work` and hears this thread's heap calls meanwhile, in place of whoever hears them now.
    pub(crate) fn listen<R>(&self, work: impl FnOnce() -> R) -> R {
        /// Puts the listener before back, in a panic too.
        struct End(*const Listener);
        impl Drop for End {
            fn drop(&mut self) {
                // SAFETY: a listener that was here before, and whose `listen` still runs.
                unsafe { set_listener(self.0) };
            }
        }
        // SAFETY: borrowed until `End` is dropped.
        let _end = End(unsafe { set_listener(self) });
        let _listening = hooks::flag(hooks::LISTEN, true);
        work()
    }

    /// Whether nothing was heard so far.
    pub(crate) fn is_quiet(&self) -> bool {
        self.heard.borrow().calls().total() == 0
    }

    /// What was heard.
    pub(crate) fn into_report(self) -> HeapCallReport {
        self.heard.into_inner()
    }

    /// Neither panics nor calls the program's heap; the thread's requests are not told meanwhile.
    fn hear(&self, call: &Call) {
        if self.abort {
            let place = HeapCallPlace::of(call);
            match debug::foreign_site() {
                Some(site) if site.file().is_some() => debug::stderr::print(format_args!(
                    "arenite: heap call where it is forbidden, at {}:{}: {place}\n",
                    site.file().unwrap_or_default(),
                    site.line().unwrap_or_default(),
                )),
                _ => debug::stderr::print(format_args!("arenite: heap call where it is forbidden: {place}\n")),
            }
            std::process::abort();
        }
        if let Ok(mut heard) = self.heard.try_borrow_mut() {
            heard.add(call);
        }
    }
}

/// Tells the thread's listener of a call. A panic's own calls are nobody's: the message, the payload, and what is dropped
/// on its way.
pub(in crate::context) fn hear(call: &Call) {
    if std::thread::panicking() {
        return;
    }
    let listener = LISTENER.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: a listener is here while its `listen` runs, which borrows it.
    if let Some(listener) = unsafe { listener.as_ref() } {
        listener.hear(call);
    }
}
