//! No system, no pages: [`Grade::Page`](super::Grade::Page) does what quarantine does.

use super::Difference;
use core::{alloc::Layout, ptr::NonNull};

/// As with `std`, and always empty.
pub(crate) struct Pages;

/// The process's own.
pub(crate) fn pages() -> &'static Pages {
    &Pages
}

impl Pages {
    pub(crate) fn take(&self, _: Layout, _: bool) -> Option<NonNull<u8>> {
        None
    }

    pub(crate) fn broken(&self, _: usize) -> Option<(isize, Difference)> {
        None
    }

    pub(crate) fn note(&self, _: usize) -> usize {
        0
    }

    pub(crate) fn set_note(&self, _: usize, _: usize) {}

    pub(crate) fn retire(&self, _: usize) {}

    pub(crate) fn discard(&self, _: usize) {}
}
