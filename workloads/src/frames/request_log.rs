//! The list of what a frame asked for.

use arenite::{Tag, system::SystemError, system::Zone};
use std::{alloc::Layout, cell::Cell};

/// One allocation of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its size and alignment.
    pub layout: Layout,
    /// What it was for.
    pub tag: Tag,
}

/// The requests of the frame that runs or ran last, in order. It has a fixed size: later ones are counted, not kept.
pub(super) struct RequestLog<'m> {
    slots: &'m [Cell<Request>],
    count: Cell<usize>,
    bytes: Cell<usize>,
}

const KEPT: usize = 4_096;

impl<'m> RequestLog<'m> {
    pub(super) fn new(permanent: &'m Zone) -> Result<Self, SystemError> {
        let none = Request { layout: Layout::new::<()>(), tag: Tag::SCENE };
        let slots = permanent.try_alloc_slice_fill_with(KEPT, |_| Cell::new(none))?;
        Ok(Self { slots, count: Cell::new(0), bytes: Cell::new(0) })
    }

    pub(super) fn start_over(&self) {
        self.count.set(0);
        self.bytes.set(0);
    }

    pub(super) fn note(&self, tag: Tag, layout: Layout) {
        if let Some(slot) = self.slots.get(self.count.get()) {
            slot.set(Request { layout, tag });
        }
        self.count.set(self.count.get() + 1);
        self.bytes.set(self.bytes.get() + layout.size());
    }

    /// Notes an array that was allocated, so that its layout is one.
    pub(super) fn note_slice<T>(&self, tag: Tag, slice: &[T]) {
        self.note(tag, Layout::for_value(slice));
    }

    pub(super) fn count(&self) -> usize {
        self.count.get()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    pub(super) fn kept(&self) -> &'m [Cell<Request>] {
        &self.slots[..self.count.get().min(KEPT)]
    }
}
