//! The plain heap: one allocator for every lifetime, each block freed by itself.

use std::alloc::Layout;

use allocator_api2::alloc::Global;

use super::{Memory, MemoryReport, Slot, Temp};

/// Runs a program on the process's global allocator, the way it would be written without arenas.
///
/// It counts nothing: whoever wants figures counts in the global allocator, where every block passes.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainMemory;

/// Function-scoped memory of the plain heap: there is none, so each vector frees itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainTemp;

/// Level memory of the plain heap: the level frees its parts one by one when it is dropped.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainSlot;

impl Temp for PlainTemp {
    type Alloc<'s> = Global;
    type Nested<'s> = PlainTemp;

    fn alloc(&self) -> Global {
        Global
    }

    fn nested(&self) -> PlainTemp {
        PlainTemp
    }

    fn discard<T>(&self, value: T) {
        drop(value);
    }
}

impl Slot for PlainSlot {
    type Alloc<'l> = Global;
    type Pooled<'l> = Global;

    fn alloc(&self) -> Global {
        Global
    }

    fn pool(&self, _thing: Layout) -> Global {
        Global
    }

    fn discard<T>(&self, value: T) {
        drop(value);
    }

    fn recycle(&mut self) {}

    fn describe(&self, _report: &mut MemoryReport) {}
}

impl Memory for PlainMemory {
    const NAME: &'static str = "plain heap";

    type Program<'m> = Global;
    type Temp<'m> = PlainTemp;
    type Slot = PlainSlot;

    fn program(&self) -> Global {
        Global
    }

    fn temp(&self) -> PlainTemp {
        PlainTemp
    }

    fn slot(&self) -> PlainSlot {
        PlainSlot
    }

    fn report(&self) -> MemoryReport {
        MemoryReport::default()
    }
}
