//! Values that are dropped, and actions that run, when their arena goes back before them.

use core::{cell::Cell, ptr::NonNull};

/// One registered value. Entries lie in the arena beside what they drop, and form a stack.
pub(super) struct DropEntry {
    pub(super) previous: Option<NonNull<DropEntry>>,
    /// Where the arena stood behind this entry. Whoever goes back to an earlier place, even into the middle of the
    /// entry, runs it.
    pub(super) behind: usize,
    /// Drops `value`.
    pub(super) run: unsafe fn(NonNull<u8>),
    pub(super) value: NonNull<u8>,
}

/// The stack of entries of an arena, newest first.
#[derive(Default)]
pub(super) struct Drops {
    top: Cell<Option<NonNull<DropEntry>>>,
    count: Cell<usize>,
}

impl Drops {
    /// 0 when it is empty.
    #[inline(always)]
    pub(super) fn top_address(&self) -> usize {
        self.top.get().map_or(0, |top| top.addr().get())
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.top.get().is_none()
    }

    /// Number of entries up to `position`. O(those behind it).
    pub(super) fn count_to(&self, position: usize) -> usize {
        // SAFETY: entries on the stack are valid.
        let entries = core::iter::successors(self.top.get(), |entry| unsafe { entry.as_ref() }.previous);
        // SAFETY: as above.
        self.count.get() - entries.take_while(|entry| unsafe { entry.as_ref() }.behind > position).count()
    }

    /// Puts an entry on the stack, written to `at`.
    ///
    /// # Safety
    /// `at` is valid for a `DropEntry` until [`run_back_to`](Self::run_back_to) was called for a position below `behind`,
    /// and `run` may be called once on `value`, on any thread.
    pub(super) unsafe fn push(
        &self,
        at: NonNull<DropEntry>,
        behind: usize,
        run: unsafe fn(NonNull<u8>),
        value: NonNull<u8>,
    ) {
        // A callback may have registered others between the allocation of this entry and now: never below the newest.
        // SAFETY: entries on the stack are valid.
        let behind = self.top.get().map_or(behind, |top| behind.max(unsafe { top.as_ref() }.behind));
        // SAFETY: valid for writing by the caller's promise.
        unsafe { at.write(DropEntry { previous: self.top.get(), behind, run, value }) };
        self.top.set(Some(at));
        self.count.set(self.count.get() + 1);
    }

    /// Runs and removes every entry that ends behind `position` or goes beyond `count`, newest first. When one panics
    /// the rest still run, and the panic goes on.
    pub(super) fn run_back_to(&self, position: usize, count: usize) {
        struct Rest<'a>(&'a Drops, usize, usize);
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                while self.0.run_one(self.1, self.2) {}
            }
        }
        let rest = Rest(self, position, count);
        while self.run_one(position, count) {}
        core::mem::forget(rest);
    }

    fn run_one(&self, position: usize, count: usize) -> bool {
        // SAFETY: entries on the stack are valid until they are removed here.
        let Some(entry) = self.top.get().map(|top| unsafe { top.read() }) else { return false };
        if entry.behind <= position && self.count.get() <= count {
            return false;
        }
        self.top.set(entry.previous);
        self.count.set(self.count.get() - 1);
        // SAFETY: removed from the stack before, so this is the only call.
        unsafe { (entry.run)(entry.value) };
        true
    }
}
