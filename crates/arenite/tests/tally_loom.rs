//! The count of a chunk under loom, which knows memory orderings: on the file that the library is built from.
//!
//! `RUSTFLAGS="--cfg arenite_loom" cargo test --release -p arenite --test tally_loom`
#![cfg(arenite_loom)]
#![allow(dead_code, reason = "what the models do not use of the file")]

#[path = "tally/models.rs"]
mod models;
#[path = "../src/context/region/tally.rs"]
mod tally;

pub(crate) use loom::thread;

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicU32, Ordering};
}

fn check(run: impl Fn() + Send + Sync + 'static) {
    loom::model(run);
}

/// Memory of which loom notes every access: two that nothing orders fail.
struct Payload(loom::cell::UnsafeCell<u32>);

impl Default for Payload {
    fn default() -> Self {
        Self(loom::cell::UnsafeCell::new(0))
    }
}

// SAFETY: that accesses are ordered is what loom checks here.
unsafe impl Sync for Payload {}

impl Payload {
    fn write(&self) {
        // SAFETY: as above.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }
}
