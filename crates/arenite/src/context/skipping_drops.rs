//! A scope whose contents end with it, dropped or not.

use super::{
    hot,
    region::{Frame, Kind, Large},
    with_arena::Open,
};
use core::{marker::PhantomData, ptr};

/// As [`with_arena`](super::with_arena), but everything that this thread allocates in `work` ends when `work` returns, as
/// if it had been forgotten and then freed: no destructor runs for it, and no chunk is held. For values that are built up,
/// looked at and thrown away, of which `work` forgets the last owner ([`core::mem::forget`],
/// [`ManuallyDrop`](core::mem::ManuallyDrop)): their drops, often a third of the work, are skipped.
///
/// When `work` panics, the scope is an ordinary one.
///
/// ```
/// use arenite::context::{heap, with_arena_skipping_drops};
/// use std::{collections::HashMap, mem::ManuallyDrop};
///
/// #[global_allocator]
/// static ALLOCATOR: arenite::Global = arenite::Global::new();
///
/// // SAFETY: of what is allocated in here, nothing leaves but the heap's; the map is never dropped.
/// let longest = unsafe {
///     with_arena_skipping_drops(|| {
///         let words = ["sand", "grain", "arena"].map(|word| (word.len(), word.to_string()));
///         let map = ManuallyDrop::new(HashMap::<usize, String>::from(words));
///         heap(|| map[&5].clone())
///     })
/// };
/// assert_eq!(longest, "arena");
/// ```
///
/// # Safety
/// Nothing that this thread allocates in `work` through the program's allocator, apart from what it allocates in
/// [`heap`](super::heap), is used, freed or reallocated after `work` has returned, by anybody: not by the result, by a
/// static, a thread-local, another thread, or a cache in code that `work` calls. Nor does another thread free or reallocate
/// any of it at all.
///
/// No code can be trusted to keep that unread: a regular expression that fills a pool when it is first used, and an
/// interpreter with a cache of its own broke it, and corrupted memory. [`with_arena_reported`](super::with_arena_reported)
/// around the same code shows what it would leave behind.
///
/// Where debug assertions are on, or at [`Grade::Guard`](crate::debug::Grade::Guard) for the process or the name
/// `with_arena`, the promise is checked: memory of ended scopes is filled with
/// [`Fill::Reset`](crate::debug::Fill::Reset) and held back from use for a while, and a free or reallocation of such a
/// block ends the process with its stack.
///
/// # Panics
/// When `work` does.
pub unsafe fn with_arena_skipping_drops<R>(work: impl FnOnce() -> R) -> R {
    let (frame, large) = (Frame::new(), Large::new());
    let open = Open::new(&frame, Kind::Alone);
    if open.state.is_err() {
        return work();
    }
    // SAFETY: `noting` takes it back when it is dropped, which is before `open` closes the scope.
    hot::with(|hot| unsafe { large.begin(hot) });
    let noting = Noting { large: &large, thread: PhantomData };
    let result = work();
    let checked = super::region::is_checked();
    let blocks = noting.end();
    // SAFETY: by the caller's promise nothing of it is used any more.
    unsafe { open.discard() };
    for (address, &layout) in blocks.iter() {
        let block = ptr::with_exposed_provenance_mut::<u8>(address);
        // SAFETY: a block that the program's allocator has handed out in the scope for this layout, and that was not freed
        // since; by the caller's promise it is used no more.
        unsafe {
            if checked {
                block.write_bytes(crate::debug::Fill::Reset.byte(), layout.size());
            }
            alloc::alloc::dealloc(block, layout);
        }
    }
    result
}

/// Dropped, in a panic too, the heap's blocks are the program's own again.
struct Noting<'l> {
    large: &'l Large,
    thread: PhantomData<*const ()>,
}

impl Noting<'_> {
    fn end(self) -> crate::table::Table<core::alloc::Layout, crate::debug::Metadata> {
        let blocks = hot::with(|hot| self.large.end(hot));
        core::mem::forget(self);
        blocks
    }
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        hot::with(|hot| drop(self.large.end(hot)));
    }
}
