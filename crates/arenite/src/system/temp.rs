//! Temporary memory of a zone.

use super::{
    error::SystemError,
    tags::TagCounts,
    zone::{Zone, push_array_tagged, push_size_tagged, push_tagged},
};
use crate::{Scope, Tag};
use core::{alloc::Layout, ops::Deref, ptr::NonNull};

/// A scope of a zone that also gives back what was counted under tags. Results borrow it.
pub struct Temp<'a> {
    scope: Scope<'a>,
    zone: &'a Zone,
    counts: TagCounts,
}

impl<'a> Temp<'a> {
    pub(super) fn new(scope: Scope<'a>, zone: &'a Zone) -> Self {
        Self { scope, zone, counts: TagCounts::default() }
    }

    /// A temp inside this one.
    ///
    /// # Errors
    /// Another temp, scope or claim of this one has its cursor.
    #[track_caller]
    pub fn temp(&self) -> Result<Temp<'_>, SystemError> {
        Ok(Temp::new(self.scope.try_scope()?, self.zone))
    }

    /// As [`Zone::push_tagged`].
    ///
    /// # Errors
    /// As that.
    #[track_caller]
    pub fn push_tagged<T>(&self, tag: Tag, value: T) -> Result<&mut T, SystemError> {
        push_tagged(&self.scope, &self.zone.tags, &[&self.counts, self.zone.counts()], tag, value)
    }

    /// As [`Zone::push_array_tagged`].
    ///
    /// # Errors
    /// As that.
    #[track_caller]
    pub fn push_array_tagged<T: Copy>(&self, tag: Tag, n: usize, value: T) -> Result<&mut [T], SystemError> {
        push_array_tagged(&self.scope, &self.zone.tags, &[&self.counts, self.zone.counts()], tag, n, value)
    }

    /// As [`Zone::push_size_tagged`].
    ///
    /// # Errors
    /// As that.
    #[track_caller]
    pub fn push_size_tagged(&self, tag: Tag, layout: Layout) -> Result<NonNull<u8>, SystemError> {
        push_size_tagged(&self.scope, &self.zone.tags, &[&self.counts, self.zone.counts()], tag, layout)
    }
}

impl<'a> Deref for Temp<'a> {
    type Target = Scope<'a>;

    fn deref(&self) -> &Scope<'a> {
        &self.scope
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        for (tag, bytes) in self.counts.drain() {
            self.zone.counts().subtract(tag, bytes);
            self.zone.tags.refund(tag, bytes);
        }
    }
}
