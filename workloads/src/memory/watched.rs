//! The plain heap's way on a heap that obeys debug grades.

use std::{alloc::Layout, rc::Rc};

use arenite::{Heap, HeapOptions};

use super::{Memory, MemoryReport, Slot, Temp};

/// Runs a program as [`PlainMemory`](super::PlainMemory) does, each block freed by itself, on an [`arenite::Heap`]: what
/// the process's own heap cannot be asked, this one tells under a debug grade.
pub struct WatchedMemory(Rc<Heap>);

/// Function-scoped memory: each vector frees itself.
#[derive(Clone, Copy)]
pub struct WatchedTemp<'h>(&'h Heap);

/// Level memory: the level frees its parts one by one when it is dropped.
pub struct WatchedSlot(Rc<Heap>);

impl WatchedMemory {
    /// A memory that nothing lies in yet. Grades find it by the name "plain heap".
    ///
    /// # Panics
    /// When the system refuses its first segment.
    pub fn new() -> Self {
        Self(Rc::new(HeapOptions::new().name("plain heap").build()))
    }
}

impl Default for WatchedMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl<'h> Temp for WatchedTemp<'h> {
    type Alloc<'s>
        = &'h Heap
    where
        Self: 's;
    type Nested<'s>
        = Self
    where
        Self: 's;

    fn alloc(&self) -> &'h Heap {
        self.0
    }

    fn nested(&self) -> Self {
        *self
    }

    fn discard<T>(&self, value: T) {
        drop(value);
    }
}

impl Slot for WatchedSlot {
    type Alloc<'l> = &'l Heap;
    type Pooled<'l> = &'l Heap;

    fn alloc(&self) -> &Heap {
        &self.0
    }

    fn pool(&self, _thing: Layout) -> &Heap {
        &self.0
    }

    fn discard<T>(&self, value: T) {
        drop(value);
    }

    fn recycle(&mut self) {}

    fn describe(&self, _report: &mut MemoryReport) {}
}

impl Memory for WatchedMemory {
    const NAME: &'static str = "plain heap";

    type Program<'m> = &'m Heap;
    type Temp<'m> = WatchedTemp<'m>;
    type Slot = WatchedSlot;

    fn program(&self) -> &Heap {
        &self.0
    }

    fn temp(&self) -> WatchedTemp<'_> {
        WatchedTemp(&self.0)
    }

    fn slot(&self) -> WatchedSlot {
        WatchedSlot(self.0.clone())
    }

    fn report(&self) -> MemoryReport {
        MemoryReport::default()
    }
}
