//! Whether scopes can do anything.

use super::{
    hooks, hot,
    region::{RANGE, ScopesInactive},
};
use crate::sync::{AtomicUsize, Ordering};
use core::{alloc::Layout, hint::black_box};

const UNKNOWN: usize = 0;
const NO: usize = 1;
const YES: usize = 2;

/// Relaxed: whoever asks finds the same.
static INSTALLED: AtomicUsize = AtomicUsize::new(UNKNOWN);

/// Whether [`Global`](super::Global) is the program's allocator: asked by a request that it would hear of.
pub(super) fn is_installed() -> bool {
    match INSTALLED.load(Ordering::Relaxed) {
        UNKNOWN => find_out(),
        known => known == YES,
    }
}

#[cold]
fn find_out() -> bool {
    let layout = Layout::new::<u64>();
    hot::with(|hot| {
        let before = hot.set_flags(hooks::PROBE);
        // SAFETY: a size that is not 0; freed at once with the same layout.
        unsafe {
            let block = black_box(alloc::alloc::alloc(layout));
            if !block.is_null() {
                alloc::alloc::dealloc(block, layout);
            }
        }
        // `heard` has taken the flag back.
        let heard = hot.flags.get() == 0;
        hot.set_flags(before);
        INSTALLED.store(if heard { YES } else { NO }, Ordering::Relaxed);
        heard
    })
}

/// Whether [`with_arena`](super::with_arena) and its kin do anything, and if not, why. The first call of the process
/// reserves the range of addresses that their chunks lie in.
///
/// # Errors
/// What stands in the way for every scope of the process. A single scope may still change nothing for want of memory or
/// because of the [`PinBudget`](super::PinBudget): [`Escapes::inactive`](super::Escapes::inactive) says so.
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: arenite::Global = arenite::Global::new();
///
/// if let Err(reason) = arenite::context::scopes_active() {
///     eprintln!("{reason}");
/// }
/// ```
pub fn scopes_active() -> Result<(), ScopesInactive> {
    if !is_installed() {
        return Err(ScopesInactive::NotInstalled);
    }
    RANGE.ready()
}
