//! Values that are dropped, and actions that run, when their arena goes back before them.

use core::{cell::Cell, ptr::NonNull};

/// One registered value. Entries lie in the arena beside what they drop, and form a stack.
pub(super) struct DropEntry {
    pub(super) previous: Option<NonNull<DropEntry>>,
    /// Where the arena stood when this was registered.
    pub(super) position: usize,
    /// Drops `value`.
    pub(super) run: unsafe fn(NonNull<u8>),
    pub(super) value: NonNull<u8>,
}

/// The stack of entries of an arena, newest first.
#[derive(Default)]
pub(super) struct Drops {
    top: Cell<Option<NonNull<DropEntry>>>,
}

impl Drops {
    /// Puts an entry on the stack, written to `at`.
    ///
    /// # Safety
    /// `at` is valid for a `DropEntry` until [`run_back_to`](Self::run_back_to) has passed its position, `run` may be
    /// called once on `value`, on any thread, and positions do not fall.
    pub(super) unsafe fn push(
        &self,
        at: NonNull<DropEntry>,
        position: usize,
        run: unsafe fn(NonNull<u8>),
        value: NonNull<u8>,
    ) {
        // SAFETY: valid for writing by the caller's promise.
        unsafe { at.write(DropEntry { previous: self.top.get(), position, run, value }) };
        self.top.set(Some(at));
    }

    /// Runs and removes every entry at or behind `position`, newest first. When one panics the rest still run, and the
    /// panic goes on.
    pub(super) fn run_back_to(&self, position: usize) {
        struct Rest<'a>(&'a Drops, usize);
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                while self.0.run_one(self.1) {}
            }
        }
        let rest = Rest(self, position);
        while self.run_one(position) {}
        core::mem::forget(rest);
    }

    fn run_one(&self, position: usize) -> bool {
        // SAFETY: entries on the stack are valid until they are removed here.
        let Some(entry) = self.top.get().map(|top| unsafe { top.read() }) else { return false };
        if entry.position < position {
            return false;
        }
        self.top.set(entry.previous);
        // SAFETY: removed from the stack before, so this is the only call.
        unsafe { (entry.run)(entry.value) };
        true
    }
}
