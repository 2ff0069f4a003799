//! Values that wait to be dropped.

use core::{mem, ptr::NonNull};

/// A value's place in the list. It lies in the arena, right before the value.
pub(super) struct Entry {
    pub(super) next: Option<NonNull<Entry>>,
    /// Drops `value`.
    pub(super) run: unsafe fn(NonNull<u8>),
    pub(super) value: NonNull<u8>,
}

/// A list of values, newest first. Each is dropped once, by [`run`](Self::run); where it is not called they stay.
#[derive(Default)]
pub(super) struct Drops {
    newest: Option<NonNull<Entry>>,
    count: usize,
}

impl Drops {
    /// # Safety
    /// `at` is memory for an entry, and `run` may be called once on `value`, on any thread, until the arena takes both back.
    pub(super) unsafe fn push(&mut self, at: NonNull<Entry>, run: unsafe fn(NonNull<u8>), value: NonNull<u8>) {
        // SAFETY: as promised.
        unsafe { at.write(Entry { next: self.newest, run, value }) };
        self.newest = Some(at);
        self.count += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Drops all, newest first. When one panics the others are dropped all the same, and the panic goes on.
    pub(super) fn run(self) {
        struct Rest(Drops);
        impl Drop for Rest {
            fn drop(&mut self) {
                while self.0.run_one() {}
            }
        }
        let mut rest = Rest(self);
        while rest.0.run_one() {}
        mem::forget(rest);
    }

    fn run_one(&mut self) -> bool {
        let Some(newest) = self.newest else { return false };
        // SAFETY: a listed entry is live.
        let entry = unsafe { newest.read() };
        self.newest = entry.next;
        // SAFETY: taken off the list before, so this is the only call.
        unsafe { (entry.run)(entry.value) };
        true
    }
}
