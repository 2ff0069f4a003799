//! How closely an allocator is watched.

use super::tools;
use core::{fmt, str::FromStr};

/// How closely an allocator is watched. Each grade does what the ones before it do, and finds what they find.
///
/// Switched by process, tag or node while the program runs ([`set_grade`](super::set_grade) and its kin). Blocks from
/// before a switch stay valid and are known as unchecked; a block is checked by the grade that it was made under.
///
/// ```
/// use arenite::debug::Grade;
/// assert!(Grade::Guard > Grade::Sites && "guard".parse() == Ok(Grade::Guard));
/// assert_eq!(Grade::Quarantine.to_string(), "quarantine");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum Grade {
    /// Nothing. Costs nothing.
    #[default]
    Off,
    /// Requests and the bytes asked for are counted.
    Count,
    /// Call sites of live blocks are noted, each or a sample of them: leaks are reported by site.
    Sites,
    /// Fences around each block, and fill bytes that tell which rule broke ([`Fill`](super::Fill)): overruns, double,
    /// foreign and wrong-sized frees, with their places.
    Guard,
    /// Freed blocks are held back for a while and checked for writes when they leave: writes after free and after reset;
    /// a double free is found although the memory would have been handed out again.
    Quarantine,
    /// A page for each block, its end against a guard page, its address not used again while memory allows: the program
    /// stops at the very instruction that reads or writes what it may not.
    Page,
}

impl Grade {
    /// Every grade, the cheapest first.
    pub const ALL: [Self; 6] = [Self::Off, Self::Count, Self::Sites, Self::Guard, Self::Quarantine, Self::Page];

    /// As [`configure`](super::configure) and `ARENITE_DEBUG` write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Count => "count",
            Self::Sites => "sites",
            Self::Guard => "guard",
            Self::Quarantine => "quarantine",
            Self::Page => "page",
        }
    }

    /// Whether freed blocks are held back. Under a tool from guard on: it sees a use after free for as long as nobody has
    /// the memory again.
    pub(crate) fn holds(self) -> bool {
        self >= Self::Quarantine || self == Self::Guard && tools::active()
    }

    pub(super) const fn number(self) -> usize {
        self as usize
    }

    pub(super) fn from_number(number: usize) -> Self {
        Self::ALL.get(number).copied().unwrap_or_default()
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No [`Grade`] has this name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownGrade;

impl fmt::Display for UnknownGrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such grade: write off, count, sites, guard, quarantine or page")
    }
}

impl core::error::Error for UnknownGrade {}

impl FromStr for Grade {
    type Err = UnknownGrade;

    fn from_str(name: &str) -> Result<Self, UnknownGrade> {
        Self::ALL.into_iter().find(|grade| grade.name() == name).ok_or(UnknownGrade)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_come_back_from_their_names_and_numbers_in_order() {
        for pair in Grade::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for grade in Grade::ALL {
            assert_eq!(grade.name().parse(), Ok(grade));
            assert_eq!(Grade::from_number(grade.number()), grade);
        }
        for wrong in ["", "Guard", "guard ", "1", "offf"] {
            assert_eq!(wrong.parse::<Grade>(), Err(UnknownGrade), "{wrong:?}");
        }
    }
}
