//! The current allocator of a thread, its temp memory, and the program's allocator.
//!
//! Needs the feature `context`.
//!
//! A context says where code allocates that is not told: the current allocator ([`with_allocator`]) for what lives on,
//! the temp allocator ([`with_temp`]) for what goes. Both are scopes of a thread, restored when their closure returns or
//! panics; a callee's change never reaches its caller.
//!
//! | where it matters | use |
//! |---|---|
//! | code of one's own that takes no allocator | [`with_allocator`] around it, [`current`] in it |
//! | the same, whose results leave | [`with_counted`], [`current_counted`] |
//! | what a function needs and loses | [`with_temp`] |
//! | any code, third-party code too | [`with_arena`] |
//! | a future | [`in_context`](InFuture::in_context), around each poll |
//! | how often a piece of code calls the heap | [`count_heap`] |
//! | a hot path that must not | [`deny_heap`], and [`allow_heap`] for what may; [`assert_steady`](crate::report::assert_steady) |
//! | what a piece of code costs | [`with_tag`], with a budget |
//!
//! `with_arena` and the last three ask for [`Global`] as the program's allocator. Where nothing of it is in use, that costs a test or two
//! for each request.
//!
//! **Across an `.await` nothing is held.** The thread runs other tasks meanwhile, which would find it. A closure cannot be
//! held there; a guard can, on an executor of one thread, and must not.

mod allocator_guard;
#[doc(hidden)]
pub mod by_hand;
mod counted_alloc;
mod current;
mod current_alloc;
mod entry;
mod escapes;
mod global;
mod heap_calls;
mod hooks;
mod hot;
mod in_context;
mod installed;
mod program_heap;
mod region;
mod relay;
mod skipping_drops;
mod tags;
mod temp;
mod temp_guard;
mod with_arena;

pub use allocator_guard::{AllocatorGuard, enter_allocator};
pub use counted_alloc::CountedAlloc;
pub use current::{current, current_counted, try_alloc, with_allocator, with_counted};
pub use current_alloc::CurrentAlloc;
pub use escapes::Escapes;
pub use global::Global;
pub use heap_calls::{
    DenyHeap, HeapCallKind, HeapCallPlace, HeapCallReport, HeapCalls, allow_heap, count_heap, deny_heap, heap_calls,
    heap_is_watched, set_heap_counting,
};
pub use in_context::{Context, InContext, InFuture};
pub use installed::scopes_active;
pub use program_heap::ProgramHeap;
pub use region::{ChunkSizeError, PinBudget, Pinned, ScopesInactive, pinned, set_chunk_size, set_pin_budget};
pub use skipping_drops::with_arena_skipping_drops;
pub use tags::{TagHeap, current_tag, set_tag_node, tag_heap, tag_node, with_tag};
pub use temp::{temp, try_with_temp, with_temp};
pub use temp_guard::{TempGuard, temp_guard, try_temp_guard};
pub use with_arena::{heap, with_arena, with_arena_reported};

pub(crate) use heap_calls::Listener;
