//! What may cross threads and what may not. A line here stops compiling when a type gains or loses `Send` or `Sync`.

use arenite::{
    AllocError, Arena, ArenaBox, ArenaStats, ArenaVec, BufferArena, Claim, Handle, Heap, Mark, Node, Scope,
    context::{AllocatorGuard, Context, CountedAlloc, CurrentAlloc, InContext, TempGuard},
    source::{Reservation, SourceRef, System, Vm},
};
use std::{cell::Cell, rc::Rc};

fn is_send<T: Send>() {}
fn is_sync<T: Sync>() {}

/// Compiles only when the type does not implement the trait: otherwise the compiler cannot choose `Marker`.
macro_rules! is_not {
    ($of:ident: $($kind:ty),* $(,)?) => {$({
        trait Ambiguous<Marker> {
            fn check() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct Implemented;
        impl<T: ?Sized + $of> Ambiguous<Implemented> for T {}
        <$kind as Ambiguous<_>>::check();
    })*};
}

#[test]
fn arenas_go_to_other_threads_and_are_shared_with_none() {
    is_send::<Arena>();
    is_send::<BufferArena<'_>>();
    is_send::<Node>();
    is_sync::<Node>();
    is_send::<ArenaStats>();
    is_send::<AllocError>();
    is_sync::<AllocError>();
    is_send::<SourceRef>();
    is_sync::<SourceRef>();
    is_sync::<Reservation>();
    is_sync::<(System, Vm)>();
    is_not!(Sync: Arena, Handle, BufferArena<'_>, Scope<'_>, Claim<'_>);
    is_not!(Send: &'static Arena, &'static Handle, Handle, Scope<'_>, Claim<'_>, Mark);
    is_not!(Send: allocator_api2::vec::Vec<u8, &'static Arena>, ArenaVec<'_, u8>);
    is_not!(Sync: ArenaVec<'_, u8>);
}

#[test]
fn a_box_crosses_threads_exactly_as_its_value_does() {
    is_send::<ArenaBox<'_, u64>>();
    is_sync::<ArenaBox<'_, u64>>();
    is_send::<ArenaBox<'_, Cell<u64>>>();
    is_not!(Sync: ArenaBox<'_, Cell<u64>>);
    is_not!(Send: ArenaBox<'_, Rc<u64>>);
    is_not!(Sync: ArenaBox<'_, Rc<u64>>);
}

#[test]
fn nothing_of_an_arena_is_cloned_or_pinned() {
    is_not!(Clone: Arena, Handle, Scope<'_>, Claim<'_>, ArenaBox<'_, u64>, ArenaVec<'_, u64>, BufferArena<'_>);
}

#[test]
fn what_is_current_stays_on_its_thread_unless_it_is_counted() {
    is_send::<CountedAlloc>();
    is_sync::<CountedAlloc>();
    is_send::<InContext<std::future::Ready<u8>>>();
    is_send::<InContext<std::future::Ready<u8>, &Heap>>();
    is_not!(Send: AllocatorGuard, TempGuard, CurrentAlloc<'_>, Context<&Arena>);
    is_not!(Send: InContext<std::future::Ready<u8>, &Arena>, InContext<std::future::Ready<Rc<u8>>>);
    is_not!(Sync: AllocatorGuard, TempGuard, CurrentAlloc<'_>);
}
