//! A caller's place, on its way to a cold path.

use super::Site;
#[cfg(feature = "debug")]
use core::panic::Location;

/// The place where the program called, in one word: a constant that only cold paths load. Nothing, of no size, without the
/// feature `debug`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place(#[cfg(feature = "debug")] &'static Location<'static>);

impl Place {
    /// Where this is called, or the first `#[track_caller]` function on the way here is.
    #[inline(always)]
    #[track_caller]
    pub(crate) const fn here() -> Self {
        Self(
            #[cfg(feature = "debug")]
            Location::caller(),
        )
    }

    /// The site, without a stack.
    pub(crate) const fn site(self) -> Site {
        #[cfg(feature = "debug")]
        let site = Site::at(self.0);
        #[cfg(not(feature = "debug"))]
        let site = Site::UNKNOWN;
        site
    }
}

#[cfg(not(feature = "debug"))]
const _: () = assert!(size_of::<Place>() == 0);
