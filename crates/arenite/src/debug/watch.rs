//! What an allocator remembers of its grade.

use super::{Grade, grade_for};
use crate::Tag;

/// The grade that an allocator works under, and how old that knowledge is. Nothing, of no size, without the feature
/// `debug`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    #[cfg(feature = "debug")]
    epoch: usize,
    #[cfg(feature = "debug")]
    grade: Grade,
}

#[cfg(feature = "debug")]
impl Watch {
    /// An allocator that has not asked yet: off.
    pub(crate) const fn new() -> Self {
        Self { epoch: usize::MAX, grade: Grade::Off }
    }

    /// The grade as it was last seen.
    pub(crate) const fn grade(&self) -> Grade {
        self.grade
    }

    /// Whether nothing was changed since it was looked up. One load.
    #[inline(always)]
    pub(crate) fn is_current(&self) -> bool {
        super::epoch() == self.epoch
    }

    /// The same, without a call: an allocator that has asked was told an epoch from 1 on.
    #[inline(always)]
    pub(crate) fn is_current_at_hand(&self) -> bool {
        super::settings::epoch_at_hand() == self.epoch
    }

    /// For cold paths: the new grade, when it is another than the one before. One load when nothing was changed.
    #[inline]
    pub(crate) fn look(&mut self, tag: Option<Tag>, name: Option<&str>) -> Option<Grade> {
        self.look_for(None, tag, name)
    }

    /// The same for an allocator that may have a grade of its own.
    #[inline]
    pub(crate) fn look_for(&mut self, own: Option<Grade>, tag: Option<Tag>, name: Option<&str>) -> Option<Grade> {
        let epoch = super::epoch();
        if epoch == self.epoch {
            return None;
        }
        let before = self.grade;
        // The epoch was read first: a change in between shows in the grade, or in the next look.
        (self.epoch, self.grade) = (epoch, own.unwrap_or_else(|| grade_for(tag, name)));
        Some(self.grade).filter(|&grade| grade != before)
    }
}

#[cfg(not(feature = "debug"))]
impl Watch {
    pub(crate) const fn new() -> Self {
        Self {}
    }

    pub(crate) const fn grade(&self) -> Grade {
        Grade::Off
    }

    #[inline(always)]
    pub(crate) const fn is_current(&self) -> bool {
        true
    }

    #[inline(always)]
    pub(crate) const fn is_current_at_hand(&self) -> bool {
        true
    }

    #[inline]
    pub(crate) fn look(&mut self, _: Option<Tag>, _: Option<&str>) -> Option<Grade> {
        None
    }

    #[inline]
    pub(crate) fn look_for(&mut self, _: Option<Grade>, _: Option<Tag>, _: Option<&str>) -> Option<Grade> {
        None
    }
}

/// Without the feature an allocator remembers nothing.
#[cfg(not(feature = "debug"))]
const _: () = assert!(size_of::<Watch>() == 0 && size_of::<Option<super::Books>>() == 0);
