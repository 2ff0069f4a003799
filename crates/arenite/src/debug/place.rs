//! A caller's place, on its way to a cold path.

use super::Site;
#[cfg(feature = "debug")]
use core::panic::Location;

/// The place where the program called, in one word: a constant that only cold paths load. Nothing, of no size, without the
/// feature `debug`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place(#[cfg(feature = "debug")] Option<&'static Location<'static>>);

impl Place {
    /// Nobody knows where: at the end of a scope, in what a collection asks for.
    pub(crate) const NOWHERE: Self = Self(
        #[cfg(feature = "debug")]
        None,
    );

    /// Where this is called, or the first `#[track_caller]` function on the way here is.
    #[inline(always)]
    #[track_caller]
    pub(crate) const fn here() -> Self {
        Self(
            #[cfg(feature = "debug")]
            Some(Location::caller()),
        )
    }

    /// The site, without a stack.
    #[inline]
    pub(crate) fn site(self) -> Site {
        #[cfg(feature = "debug")]
        let site = Site::of(self.0);
        #[cfg(not(feature = "debug"))]
        let site = Site::UNKNOWN;
        site
    }
}

#[cfg(not(feature = "debug"))]
const _: () = assert!(size_of::<Place>() == 0);
