//! What every system of the loop is given for one frame.

use super::request_log::RequestLog;
use arenite::{
    Tag,
    system::{Frame, SystemError},
};
use std::alloc::Layout;

/// One frame under way: its memory, its log, its number.
pub(super) struct Step<'s, 'm> {
    pub(super) frame: &'s Frame<'m>,
    pub(super) log: &'s RequestLog<'m>,
    pub(super) number: u64,
}

impl<'s> Step<'s, '_> {
    /// An array that lives until the next frame begins.
    pub(super) fn array<T: Copy>(&self, tag: Tag, n: usize, value: T) -> Result<&'s mut [T], SystemError> {
        let array = self.frame.push_array_tagged(tag, n, value)?;
        self.log.note_slice(tag, array);
        Ok(array)
    }

    /// A value that lives until the next frame begins.
    pub(super) fn value<T>(&self, tag: Tag, value: T) -> Result<&'s mut T, SystemError> {
        self.log.note(tag, Layout::new::<T>());
        self.frame.push_tagged(tag, value)
    }
}
