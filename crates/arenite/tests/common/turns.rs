//! Faults of the whole process, for tests that take turns.

use arenite::{
    Arena,
    debug::{self, Fault, Grade},
};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

static FOUND: Mutex<Vec<Fault>> = Mutex::new(Vec::new());
/// Faults are told to one callback of the process: one test at a time.
static ALONE: LazyLock<Mutex<()>> = LazyLock::new(|| {
    debug::on_fault(|fault| FOUND.lock().unwrap_or_else(PoisonError::into_inner).push(*fault));
    Mutex::new(())
});

/// Begins a test, with nothing found yet.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    let guard = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    found();
    guard
}

/// The faults told since the last call.
pub(crate) fn found() -> Vec<Fault> {
    std::mem::take(&mut FOUND.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The only one of them.
#[track_caller]
pub(crate) fn only() -> Fault {
    let found = found();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}

/// A fresh arena of this grade.
pub(crate) fn watched(grade: Grade) -> Arena {
    let mut arena = Arena::new();
    arena.set_grade(grade).unwrap();
    arena
}
