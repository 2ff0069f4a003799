//! Settings are the process's: tests beside the code that change one, and those that need them to stay, take turns.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static SETTINGS: RwLock<()> = RwLock::new(());

/// No setting changes as long as this lives.
pub(crate) fn stay() -> RwLockReadGuard<'static, ()> {
    let _ = super::epoch();
    SETTINGS.read().unwrap_or_else(PoisonError::into_inner)
}

/// Whoever needs settings to stay waits as long as this lives.
#[cfg(feature = "debug")]
pub(crate) fn change() -> RwLockWriteGuard<'static, ()> {
    SETTINGS.write().unwrap_or_else(PoisonError::into_inner)
}
