//! Text built piece by piece.

use super::error::SystemError;
use crate::{ArenaVec, arena::Handle};
use core::fmt::{self, Write};

/// A text under construction in an arena, a zone, a frame or a temp.
///
/// ```
/// use arenite::{MemorySystem, system::StringBuilder};
/// let memory = MemorySystem::new()?;
/// let frame = memory.begin_frame()?;
/// let mut text = StringBuilder::create(&frame, 16)?;
/// assert!(text.append("FPS: "));
/// assert!(text.append_format(format_args!("{:.1}", 59.94)));
/// assert!(!text.append(" and no more than that"), "beyond its capacity: refused");
/// assert_eq!(text.as_str(), "FPS: 59.9");
/// # Ok::<(), arenite::system::SystemError>(())
/// ```
pub struct StringBuilder<'a> {
    text: ArenaVec<'a, u8>,
    grows: bool,
}

impl<'a> StringBuilder<'a> {
    /// A builder for at most `capacity` bytes of UTF-8.
    ///
    /// # Errors
    /// The arena's refusal.
    pub fn create(handle: &'a Handle, capacity: usize) -> Result<Self, SystemError> {
        Ok(Self { text: ArenaVec::try_with_capacity_in(capacity, handle)?, grows: false })
    }

    /// A builder that grows, starting with room for `capacity` bytes.
    ///
    /// # Errors
    /// The arena's refusal.
    pub fn growing(handle: &'a Handle, capacity: usize) -> Result<Self, SystemError> {
        Ok(Self { text: ArenaVec::try_with_capacity_in(capacity, handle)?, grows: true })
    }

    /// Appends `piece`. `false`: it does not fit, and the text is unchanged.
    pub fn append(&mut self, piece: &str) -> bool {
        if !self.make_room(piece.len()) {
            return false;
        }
        self.text.extend_from_slice(piece.as_bytes());
        true
    }

    /// Appends formatted text. `false`: it does not fit (or a formatting implementation failed), and the text is
    /// unchanged.
    pub fn append_format(&mut self, text: fmt::Arguments<'_>) -> bool {
        let before = self.text.len();
        let done = self.write_fmt(text).is_ok();
        if !done {
            self.text.truncate(before);
        }
        done
    }

    fn make_room(&mut self, more: usize) -> bool {
        more <= self.text.capacity() - self.text.len() || self.grows && self.text.try_reserve(more).is_ok()
    }

    /// The text so far.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // SAFETY: only whole `str`s are appended, and truncated only at their borders.
        unsafe { core::str::from_utf8_unchecked(&self.text) }
    }

    /// Ends the building. Room that was not needed goes back when nothing was allocated after it.
    #[must_use]
    pub fn into_str(self) -> &'a mut str {
        // SAFETY: as in `as_str`.
        unsafe { core::str::from_utf8_unchecked_mut(self.text.into_slice()) }
    }
}

impl Write for StringBuilder<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.append(piece) { Ok(()) } else { Err(fmt::Error) }
    }
}

impl fmt::Display for StringBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
