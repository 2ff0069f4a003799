//! Where something happened.

use super::{ENABLED, settings, stacks};
use super::{StackId, frames};
use core::{fmt, panic::Location};

/// A place in the program's source, and for some of them the stack that led there.
///
/// The place is the address of a constant that the compiler made: it costs nothing to pass on. A stack is taken for one
/// site in so many ([`set_stacks`](super::set_stacks)), as bare addresses; names are looked for when it is printed.
///
/// ```
/// use arenite::debug::Site;
/// let site = Site::here();
/// # #[cfg(not(feature = "debug"))] return;
/// assert_eq!((site.file(), site.line()), (Some(file!()), Some(line!() - 2)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Site {
    place: Option<&'static Location<'static>>,
    #[cfg(feature = "std")]
    foreign: Option<&'static super::foreign::ForeignPlace>,
    stack: Option<StackId>,
}

impl Site {
    /// Nobody knows where.
    pub const UNKNOWN: Self = Self {
        place: None,
        #[cfg(feature = "std")]
        foreign: None,
        stack: None,
    };

    /// A place, if it is known, without a stack; that of who calls from another language, if somebody does.
    #[inline]
    pub(super) fn of(place: Option<&'static Location<'static>>) -> Self {
        #[cfg(feature = "std")]
        if let Some(site) = super::foreign::site() {
            return site;
        }
        Self { place, ..Self::UNKNOWN }
    }

    #[cfg(feature = "std")]
    pub(super) const fn foreign(place: &'static super::foreign::ForeignPlace) -> Self {
        Self { foreign: Some(place), ..Self::UNKNOWN }
    }

    /// The place in a program of another language as a number, for marks that lie in structs of that program; 0: none.
    #[inline(always)]
    pub(crate) fn to_foreign_word(self) -> u64 {
        #[cfg(feature = "std")]
        return self.foreign.map_or(0, |place| core::ptr::from_ref(place).expose_provenance() as u64);
        #[cfg(not(feature = "std"))]
        0
    }

    /// The site of such a number.
    ///
    /// # Safety
    /// It is what [`to_foreign_word`](Self::to_foreign_word) gave.
    #[inline(always)]
    pub(crate) unsafe fn from_foreign_word(word: u64) -> Self {
        #[cfg(feature = "std")]
        return Self {
            // SAFETY: 0, or the address of a place, which is kept for ever.
            foreign: unsafe {
                core::ptr::with_exposed_provenance::<super::foreign::ForeignPlace>(word as usize).as_ref()
            },
            ..Self::UNKNOWN
        };
        #[cfg(not(feature = "std"))]
        {
            let _ = word;
            Self::UNKNOWN
        }
    }

    /// Where this is called, or the first `#[track_caller]` function on the way here is.
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn here() -> Self {
        if ENABLED { Self::of(Some(Location::caller())) } else { Self::UNKNOWN }
    }

    /// The same, with the stack when it is this site's turn.
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn sampled() -> Self {
        Self::here().with_sampled_stack()
    }

    /// The stack up to here as well, when it is this site's turn.
    #[must_use]
    #[inline]
    pub(crate) fn with_sampled_stack(self) -> Self {
        if settings::stack_wanted() { self.with_stack() } else { self }
    }

    /// Who calls from another language, when that says its place; or else the stack up to here.
    #[cfg(feature = "std")]
    #[must_use]
    pub(crate) fn foreign_or_stack() -> Self {
        match Self::of(None) {
            Self::UNKNOWN => Self::UNKNOWN.with_stack(),
            site => site.with_sampled_stack(),
        }
    }

    /// The stack up to here as well. Without it when the platform cannot tell, or the C heap has no memory for it.
    #[must_use]
    #[cold]
    #[inline(never)]
    pub fn with_stack(self) -> Self {
        if !ENABLED {
            return self;
        }
        let mut addresses = [0; frames::MOST];
        let count = frames::capture(&mut addresses);
        Self { stack: stacks::intern(&addresses[..count]), ..self }
    }

    /// The place in the source, of Rust.
    #[must_use]
    pub const fn place(&self) -> Option<&'static Location<'static>> {
        self.place
    }

    /// The file of the place.
    #[must_use]
    pub fn file(&self) -> Option<&'static str> {
        #[cfg(feature = "std")]
        if let Some(place) = self.foreign {
            return Some(place.file);
        }
        self.place.map(Location::file)
    }

    /// The line of the place, from 1.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        #[cfg(feature = "std")]
        if let Some(place) = self.foreign {
            return Some(place.line);
        }
        self.place.map(Location::line)
    }

    /// The stack, if it was taken. The same for all sites with the same one.
    #[must_use]
    pub const fn stack(&self) -> Option<StackId> {
        self.stack
    }

    /// As JSON: file, line, column and the stack's frames, or null.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        if *self == Self::UNKNOWN {
            return serde_json::Value::Null;
        }
        let frames = self.stack.map(|stack| {
            let frame = |&address: &usize| alloc::string::ToString::to_string(&frames::Frame(address));
            stack.addresses().iter().map(frame).collect::<alloc::vec::Vec<_>>()
        });
        serde_json::json!({
            "file": self.file(),
            "line": self.line(),
            "column": self.place.map(Location::column),
            "stack": frames,
        })
    }
}

impl From<&'static Location<'static>> for Site {
    fn from(place: &'static Location<'static>) -> Self {
        if ENABLED { Self { place: Some(place), ..Self::UNKNOWN } } else { Self::UNKNOWN }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.stack) {
            (Some(place), _) => write!(f, "{place}")?,
            #[cfg(feature = "std")]
            (None, _) if self.foreign.is_some() => {
                write!(f, "{}:{}", self.file().unwrap_or_default(), self.line().unwrap_or_default())?;
            }
            // Of calls through the program's allocator nobody passes the place on.
            (None, Some(stack)) => stack.fmt_place(f)?,
            (None, None) => f.write_str("an unknown place")?,
        }
        match self.stack {
            Some(stack) => write!(f, "{stack}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_site_is_shown_by_its_place_or_else_by_the_best_of_its_stack() {
        assert_eq!(Site::UNKNOWN.to_string(), "an unknown place");
        let here = Site::here();
        if ENABLED {
            assert!(here.to_string().starts_with(file!()), "{here}");
        }
        let stack = Site::UNKNOWN.with_stack();
        let text = stack.to_string();
        if stack.stack().is_none() {
            assert_eq!(text, "an unknown place");
            return;
        }
        let (place, rest) = text.split_once('\n').expect("a line for each frame");
        assert!(rest.lines().count() >= 1, "{text}");
        assert_ne!(place, "an unknown place");
        if cfg!(not(feature = "symbols")) {
            assert_eq!(place, "the calls of this stack, the innermost first");
        }
    }
}
