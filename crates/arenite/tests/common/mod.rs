//! What several test files need: a source that keeps a ledger and refuses on demand, and values that tell when they die.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, of the size in the line before.
#![allow(dead_code, unreachable_pub)] // Each test file uses its part.

pub mod again;
pub mod faults;

use arenite::source::Source;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::HashMap,
    ptr::NonNull,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The C heap with a ledger: a block that comes back with another layout than it was taken with, or twice, panics; a
/// block that does not come back is seen in [`live`](Self::live). Fresh blocks are full of 0xA5, returned ones of 0x5A.
#[derive(Default)]
pub struct Ledger {
    blocks: Mutex<HashMap<usize, Layout>>,
    takes: AtomicUsize,
    /// Number of takes that are still served, and then one is refused (0: none is).
    refuse: AtomicUsize,
    refuse_all_after: AtomicUsize,
}

impl Ledger {
    pub fn new() -> Arc<Self> {
        let ledger = Self::default();
        ledger.refuse_all_after.store(usize::MAX, Ordering::Relaxed);
        Arc::new(ledger)
    }

    /// Refuses the `n`-th take from now on (1 is the next), once.
    pub fn refuse_nth(&self, n: usize) {
        self.refuse.store(self.takes() + n, Ordering::Relaxed);
    }

    /// Serves `n` more takes and refuses all others.
    pub fn refuse_after(&self, n: usize) {
        self.refuse_all_after.store(self.takes().saturating_add(n), Ordering::Relaxed);
    }

    pub fn takes(&self) -> usize {
        self.takes.load(Ordering::Relaxed)
    }

    /// Blocks that did not come back.
    pub fn live(&self) -> usize {
        self.blocks.lock().unwrap().len()
    }
}

unsafe impl Source for Ledger {
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        assert!(layout.size() > 0, "a source is never asked for nothing");
        let n = self.takes.fetch_add(1, Ordering::Relaxed) + 1;
        if n == self.refuse.load(Ordering::Relaxed)
            || n > self.refuse_all_after.load(Ordering::Relaxed)
            || layout.size() > 1 << 31
        {
            return None;
        }
        let block = NonNull::new(unsafe { System.alloc(layout) })?;
        unsafe { block.write_bytes(0xA5, layout.size()) };
        self.blocks.lock().unwrap().insert(block.addr().get(), layout);
        Some(block)
    }

    unsafe fn give(&self, block: NonNull<u8>, layout: Layout) {
        let taken = self.blocks.lock().unwrap().remove(&block.addr().get());
        if taken != Some(layout) && !std::thread::panicking() {
            panic!("a block taken as {taken:?} came back as {layout:?}");
        }
        unsafe {
            block.write_bytes(0x5A, layout.size());
            System.dealloc(block.as_ptr(), layout);
        }
    }
}

/// Counts its drops.
#[derive(Clone, Debug, Default)]
pub struct Deaths(Arc<Mutex<Vec<u64>>>);

impl Deaths {
    /// A value that enters `id` here when it is dropped. It is 64 bytes long and checks itself.
    pub fn watch(&self, id: u64) -> Watched {
        Watched { canary: [id ^ 0x5EED; 6], id, deaths: self.clone() }
    }

    /// Takes the list of the dead, first dead first.
    pub fn take(&self) -> Vec<u64> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[derive(Debug)]
pub struct Watched {
    canary: [u64; 6],
    pub id: u64,
    deaths: Deaths,
}

impl Drop for Watched {
    fn drop(&mut self) {
        assert_eq!(self.canary, [self.id ^ 0x5EED; 6], "a value was overwritten before it was dropped");
        self.deaths.0.lock().unwrap().push(self.id);
    }
}

/// Runs `f`, which has to panic, without the panic's text in the output; returns that text.
pub fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) else { panic!("no panic") };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast_ref::<&str>().map_or_else(String::new, ToString::to_string),
    }
}
