//! The list of an arena program.

use std::{cell::Cell, iter};

use super::List;

/// Values linked one to the next, each where the arena put it. Appending never moves what is there, however much else is
/// allocated in between.
pub struct Chain<'a, T> {
    first: Option<&'a Link<'a, T>>,
    last: Option<&'a Link<'a, T>>,
    len: usize,
}

/// A value and the way to the next.
pub(super) struct Link<'a, T> {
    value: T,
    next: Cell<Option<&'a Link<'a, T>>>,
}

impl<'a, T> Link<'a, T> {
    #[inline(always)]
    pub(super) fn new(value: T) -> Self {
        Self { value, next: Cell::new(None) }
    }
}

impl<'a, T> Chain<'a, T> {
    /// A chain without links.
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { first: None, last: None, len: 0 }
    }

    /// Appends a link.
    #[inline(always)]
    pub(super) fn push(&mut self, link: &'a Link<'a, T>) {
        match self.last {
            Some(last) => last.next.set(Some(link)),
            None => self.first = Some(link),
        }
        self.last = Some(link);
        self.len += 1;
    }
}

impl<'a, T: 'a> List<T> for Chain<'a, T> {
    #[inline]
    fn iter<'l>(&'l self) -> impl Iterator<Item = &'l T>
    where
        T: 'l,
    {
        iter::successors(self.first, |link| link.next.get()).map(|link| &link.value)
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }
}
