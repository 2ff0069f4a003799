//! How a pool follows its grade.

use super::{Aside, Grade, Owner, SlotBooks, Watch};
use crate::Node;
use core::cell::Cell;

/// The grade of a pool, and its books once it was watched. A pool that is *sealed* keeps what it has to hand out where its
/// fast paths do not look, so that each request comes to its cold ones.
pub(crate) struct SlotWatch {
    watch: Cell<Watch>,
    books: Aside<SlotBooks>,
}

impl SlotWatch {
    pub(crate) const fn new() -> Self {
        Self { watch: Cell::new(Watch::new()), books: Aside::new() }
    }

    /// For cold paths: whether the pool is to be sealed, when the grade has changed. It tells nothing, so that it may be
    /// asked anywhere but under a lock.
    #[inline]
    pub(crate) fn look(&self, allocator: &'static str, node: Option<&Node>) -> Option<bool> {
        let mut watch = self.watch.get();
        let grade = watch.look(node.and_then(Node::tag), node.map(Node::name));
        self.watch.set(watch);
        grade.map(|grade| self.switch(grade, allocator, node))
    }

    #[cold]
    fn switch(&self, grade: Grade, allocator: &'static str, node: Option<&Node>) -> bool {
        let books = match self.books.get() {
            None if grade == Grade::Off => None,
            _ => self.books.open(|| SlotBooks::new(Owner::new(allocator, node))),
        };
        if let Some(books) = books {
            books.switch(grade);
        }
        // Without memory for its books a pool works on unwatched.
        grade > Grade::Off && books.is_some()
    }

    pub(crate) fn grade(&self) -> Grade {
        self.watch.get().grade()
    }

    /// Its books; `None`: it never was watched, and so no block of it is in any.
    pub(crate) fn books(&self) -> Option<&SlotBooks> {
        self.books.get()
    }
}
