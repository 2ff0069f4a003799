//! The guard of a frame or of a GUI pass.

use super::zone::Zone;
use core::{fmt, ops::Deref};

/// An open frame or GUI pass. What it hands out borrows it. Its memory keeps its contents after the guard is dropped,
/// out of reach, and is cleared when the next one begins.
///
/// A forgotten guard keeps its area open: the next begin is refused.
///
/// ```compile_fail
/// let memory = arenite::MemorySystem::new().unwrap();
/// let late = { let frame = memory.begin_frame().unwrap(); frame.alloc(1) };
/// println!("{late}");
/// ```
pub struct Frame<'m> {
    zone: &'m Zone,
    number: u64,
}

impl<'m> Frame<'m> {
    pub(super) fn new(zone: &'m Zone, number: u64) -> Self {
        Self { zone, number }
    }

    /// Which frame or pass this is, counted from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Deref for Frame<'_> {
    type Target = Zone;

    fn deref(&self) -> &Zone {
        self.zone
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        self.zone.close();
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("number", &self.number).field("used", &self.zone.used()).finish()
    }
}
