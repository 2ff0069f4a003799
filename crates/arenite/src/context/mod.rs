//! The current allocator of a thread, and the program's allocator that follows it.

mod global;
mod hooks;
mod hot;
mod program_heap;

pub use global::Global;
pub use program_heap::ProgramHeap;
