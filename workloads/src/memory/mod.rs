//! The seam between a program and its memory: who lives how long, said once, answered by two memories.
//!
//! A program asks three questions only. What lives as long as the program ([`Memory::program`])? What dies with a
//! level, a document, a request ([`Slot`])? What dies with the function that made it ([`Temp`])? The plain heap answers
//! all three with the same `Global` and frees each block by itself; Arenite answers with an arena, an arena and pools per
//! slot, and nested scopes of a scratch arena.

mod arenite;
mod plain;
mod report;
mod watched;

use std::alloc::Layout;

use allocator_api2::alloc::Allocator;

pub use arenite::{AreniteMemory, AreniteSlot};
pub use plain::{PlainMemory, PlainSlot, PlainTemp};
pub use report::{ArenaReport, MemoryReport};
pub use watched::{WatchedMemory, WatchedSlot, WatchedTemp};

/// An allocator handle that is copied into every vector, string and map: `Global`, or a reference to an arena.
pub trait Alloc: Allocator + Copy {}

impl<T: Allocator + Copy> Alloc for T {}

/// Memory that dies with the function that asked for it.
///
/// A function opens its own level with [`nested`](Temp::nested) and passes that on to what it calls. While a nested
/// level is open the outer one must not allocate: a vector of the caller that may still grow belongs to the slot, or is
/// sized before the call.
pub trait Temp {
    /// The handle for containers.
    type Alloc<'s>: Alloc
    where
        Self: 's;

    /// A level of its own inside this one.
    type Nested<'s>: Temp
    where
        Self: 's;

    /// The handle that vectors and maps of the current function take.
    fn alloc(&self) -> Self::Alloc<'_>;

    /// Opens a level that gives everything back when it goes out of scope.
    fn nested(&self) -> Self::Nested<'_>;

    /// Ends a value whose whole memory came from this level.
    ///
    /// The plain heap must walk it and free each block. A scope takes everything back at once, so there the walk is
    /// skipped; a value that owns anything besides this memory must be dropped instead.
    fn discard<T>(&self, value: T);
}

/// Memory of one level (document, request), reused for the next one.
pub trait Slot {
    /// The handle for containers of the level.
    type Alloc<'l>: Alloc
    where
        Self: 'l;

    /// The handle for things of one kind that come and go one by one.
    type Pooled<'l>: Alloc
    where
        Self: 'l;

    /// The handle that everything belonging to the level takes.
    fn alloc(&self) -> Self::Alloc<'_>;

    /// The handle for things with the layout `thing`, each freed by itself.
    ///
    /// # Panics
    /// If the memory has no pool for things so large.
    fn pool(&self, thing: Layout) -> Self::Pooled<'_>;

    /// Ends a value whose whole memory came from this slot; see [`Temp::discard`].
    fn discard<T>(&self, value: T);

    /// Makes the slot ready for its next level. The exclusive borrow proves that the last one is gone.
    fn recycle(&mut self);

    /// Adds this slot's arenas to a report.
    fn describe(&self, report: &mut MemoryReport);
}

/// The memory a whole program runs on.
pub trait Memory {
    /// What to call it in reports.
    const NAME: &'static str;

    /// The handle for what lives as long as the program.
    type Program<'m>: Alloc
    where
        Self: 'm;

    /// The outermost level of function-scoped memory.
    type Temp<'m>: Temp
    where
        Self: 'm;

    /// Memory of one level.
    type Slot: Slot;

    /// The handle for what lives as long as the program.
    fn program(&self) -> Self::Program<'_>;

    /// The outermost level of function-scoped memory.
    fn temp(&self) -> Self::Temp<'_>;

    /// Memory for one level; each slot has an arena of its own.
    fn slot(&self) -> Self::Slot;

    /// What the program-wide parts hold now; slots add themselves by [`Slot::describe`].
    fn report(&self) -> MemoryReport;
}
