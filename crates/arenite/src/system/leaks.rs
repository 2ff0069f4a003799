//! What a game forgot to give back.

use core::fmt;

/// Things that are alive and that only their owner can end. What lies in arenas is no leak: it dies with its area.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SystemLeaks {
    /// Live blocks of the small pool.
    pub small: usize,
    /// Live blocks of the medium pool.
    pub medium: usize,
    /// Live blocks of the large pool.
    pub large: usize,
    /// Blocks on the stack.
    pub stack: usize,
    /// Temps, scopes and claims that have an area's cursor: open, or forgotten.
    pub temps: usize,
}

impl SystemLeaks {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for SystemLeaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no leaks");
        }
        let counts = [
            (self.small, "live blocks of the small pool"),
            (self.medium, "live blocks of the medium pool"),
            (self.large, "live blocks of the large pool"),
            (self.stack, "blocks on the stack"),
            (self.temps, "temps that have not ended"),
        ];
        let found = counts.into_iter().filter(|(count, _)| *count > 0);
        for (i, (count, what)) in found.enumerate() {
            write!(f, "{}{count} {what}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
