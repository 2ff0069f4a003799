//! A source that keeps a ledger, and fails one take.

use super::report::Failure;
use crate::source::Source;
use core::{alloc::Layout, ptr::NonNull};
use std::{
    alloc::{GlobalAlloc, System},
    collections::HashMap,
    format,
    string::String,
    sync::{Mutex, PoisonError},
};

/// The C heap with a ledger. Fresh blocks are full of 0xA5, and returned ones of 0x5A, so that nobody relies on either.
#[derive(Default)]
pub(super) struct TestSource {
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    live: HashMap<usize, Layout>,
    takes: usize,
    /// The number of the take that fails; 0 for none.
    fails: usize,
    fault: Option<String>,
}

impl TestSource {
    pub(super) fn failing(take: usize) -> Self {
        Self { books: Mutex::new(Books { fails: take, ..Books::default() }) }
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the take that was to fail has come.
    pub(super) fn failed(&self) -> bool {
        let books = self.books();
        books.fails > 0 && books.takes >= books.fails
    }

    /// What is wrong in the books once the allocator is gone.
    pub(super) fn fault(&self) -> Option<String> {
        let books = self.books();
        let kept =
            || format!("{} blocks did not go back to the source when the allocator was dropped", books.live.len());
        books.fault.clone().or_else(|| (!books.live.is_empty()).then(kept))
    }
}

// SAFETY: blocks come from the C heap, each is given back once, with its layout, and is nobody else's until then.
unsafe impl Source for TestSource {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let mut books = self.books();
        books.takes += 1;
        if layout.size() == 0 || books.takes == books.fails || layout.size() > 1 << 30 {
            return None;
        }
        // SAFETY: the size is not 0.
        let block = NonNull::new(unsafe { System.alloc(layout) })?;
        // SAFETY: a fresh block of this size.
        unsafe { block.write_bytes(0xA5, layout.size()) };
        books.live.insert(block.as_ptr().expose_provenance(), layout);
        Some(block)
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        let mut books = self.books();
        match books.live.remove(&block.addr().get()) {
            Some(taken) if taken == layout => {
                // SAFETY: a live block of the C heap with this layout, given up.
                unsafe {
                    block.write_bytes(0x5A, layout.size());
                    System.dealloc(block.as_ptr(), layout);
                }
            }
            // A source does not unwind: the suite reads this later.
            taken => books.fault = Some(format!("a block taken as {taken:?} went back to the source as {layout:?}")),
        }
    }
}

/// What was not given back is freed here: the fault is known by then.
impl Drop for TestSource {
    fn drop(&mut self) {
        for (address, layout) in self.books().live.drain() {
            // SAFETY: a live block of the C heap with this layout, exposed when it was entered; whoever kept it has gone.
            unsafe { System.dealloc(core::ptr::with_exposed_provenance_mut(address), layout) }
        }
    }
}

/// The failure of `who` in `check`, if the source has seen one.
pub(super) fn failure(source: &TestSource, who: &str, check: &'static str, seed: u64) -> Result<(), Failure> {
    match source.fault() {
        Some(what) => Err(Failure { who: who.into(), check, what, seed }),
        None => Ok(()),
    }
}
