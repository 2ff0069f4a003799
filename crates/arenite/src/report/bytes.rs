//! Bytes for people.

use core::fmt;

/// A number of bytes, printed in the largest binary unit in which it is at least 1: `1.5 MiB`.
///
/// ```
/// use arenite::report::Bytes;
/// assert_eq!(Bytes(1023).to_string(), "1023 B");
/// assert_eq!(Bytes(3 << 19).to_string(), "1.5 MiB");
/// assert_eq!(Bytes(4 << 30).to_string(), "4 GiB");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Bytes(pub usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
        let unit = (self.0.checked_ilog2().unwrap_or(0) / 10).min(4);
        let whole = self.0 >> (10 * unit);
        let tenth = ((self.0 - (whole << (10 * unit))) * 10) >> (10 * unit);
        let name = UNITS[unit as usize];
        if tenth == 0 {
            f.pad(&alloc::format!("{whole} {name}"))
        } else {
            f.pad(&alloc::format!("{whole}.{tenth} {name}"))
        }
    }
}
