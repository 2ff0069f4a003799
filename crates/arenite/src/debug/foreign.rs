//! Places in programs of other languages, which no [`Location`](core::panic::Location) can name.
//!
//! Who comes in from there says its place for as long as it is in, in a thread-local that only cold paths read: each site
//! that is noted meanwhile is that place. A place is copied when it is first noted, once and for ever, since the library
//! that it stands in may be unloaded.

use super::{ENABLED, Metadata, Site};
use crate::sync::Lock;
use allocator_api2::vec::Vec;
use core::{alloc::Layout, cell::Cell, ffi::CStr, ptr::NonNull, slice, str};
use std::alloc::{GlobalAlloc as _, System};

/// A file and a line of a program in another language.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct ForeignPlace {
    pub(super) file: &'static str,
    pub(super) line: u32,
}

#[derive(Clone, Copy)]
enum Calling {
    /// Rust, which says its place itself.
    Rust,
    /// Somebody who does not say where.
    Unknown,
    /// The file's name is borrowed by the call that put it here.
    From(NonNull<CStr>, u32),
}

crate::sync::thread_local! {
    static CALLING: Cell<Calling> = const { Cell::new(Calling::Rust) };
}

static KNOWN: Lock<Vec<&'static ForeignPlace, Metadata>> = Lock::new(Vec::new_in(Metadata));

/// Runs `run` for a program in another language, which calls from `file` and `line`: sites that are noted meanwhile on this
/// thread are that place, and without one [`Site::UNKNOWN`].
///
/// ```
/// use arenite::debug::{Site, calling_from};
/// let site = calling_from(Some((c"game.c", 12)), Site::here);
/// # #[cfg(not(feature = "debug"))] return;
/// assert_eq!((site.file(), site.line()), (Some("game.c"), Some(12)));
/// assert_eq!(calling_from(None, Site::here), Site::UNKNOWN);
/// ```
pub fn calling_from<T>(place: Option<(&CStr, u32)>, run: impl FnOnce() -> T) -> T {
    /// Puts back who called before, also when `run` panics.
    struct Before(Calling);
    impl Drop for Before {
        fn drop(&mut self) {
            let _ = CALLING.try_with(|calling| calling.set(self.0));
        }
    }
    if !ENABLED {
        return run();
    }
    let calling = place.map_or(Calling::Unknown, |(file, line)| Calling::From(NonNull::from(file), line));
    let _before = Before(CALLING.try_with(|now| now.replace(calling)).unwrap_or(Calling::Rust));
    run()
}

/// The site of who calls from another language; `None` when that is nobody.
#[inline]
pub(crate) fn site() -> Option<Site> {
    if CALLING.try_with(|calling| matches!(calling.get(), Calling::Rust)).unwrap_or(true) { None } else { caller() }
}

#[cold]
#[inline(never)]
fn caller() -> Option<Site> {
    match CALLING.try_with(Cell::get).unwrap_or(Calling::Rust) {
        Calling::Rust => None,
        Calling::Unknown => Some(Site::UNKNOWN),
        // SAFETY: borrowed by the call of `calling_from` that put it here, and takes it away before it returns.
        Calling::From(file, line) => Some(intern(unsafe { file.as_ref() }, line).map_or(Site::UNKNOWN, Site::foreign)),
    }
}

/// The place, kept for ever. `None` when there is no memory for it.
fn intern(file: &CStr, line: u32) -> Option<&'static ForeignPlace> {
    // What is no UTF-8 is shown up to there.
    let file = file.to_bytes();
    let file = match str::from_utf8(file) {
        Ok(file) => file,
        Err(error) => str::from_utf8(&file[..error.valid_up_to()]).unwrap_or_default(),
    };
    let mut known = KNOWN.lock();
    match known.binary_search_by(|place| (place.line, place.file).cmp(&(line, file))) {
        Ok(at) => Some(known[at]),
        Err(at) => {
            known.try_reserve(1).ok()?;
            let place = keep(file, line)?;
            known.insert(at, place);
            Some(place)
        }
    }
}

/// In the C heap, as everything of this room.
fn keep(file: &str, line: u32) -> Option<&'static ForeignPlace> {
    let (layout, name) = Layout::new::<ForeignPlace>().extend(Layout::for_value(file)).ok()?;
    // SAFETY: a layout that is not empty; then fresh memory for a place and its name, kept for ever.
    unsafe {
        let memory = NonNull::new(System.alloc(layout))?;
        let text = memory.add(name).as_ptr();
        text.copy_from_nonoverlapping(file.as_ptr(), file.len());
        let file = str::from_utf8_unchecked(slice::from_raw_parts(text, file.len()));
        let place = memory.cast::<ForeignPlace>();
        place.write(ForeignPlace { file, line });
        Some(place.as_ref())
    }
}
