//! The current allocator of a thread, and the program's allocator that follows it.

mod escapes;
mod global;
mod hooks;
mod hot;
mod installed;
mod program_heap;
mod region;
mod with_arena;

pub use escapes::Escapes;
pub use global::Global;
pub use installed::scopes_active;
pub use program_heap::ProgramHeap;
pub use region::{ChunkSizeError, PinBudget, Pinned, ScopesInactive, pinned, set_chunk_size, set_pin_budget};
pub use with_arena::{heap, with_arena, with_arena_reported};
