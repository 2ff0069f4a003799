//! The program's heap calls: counted, forbidden, and charged to tags.

mod calls;
mod counting;
mod deny;
mod listener;
mod report;

pub use calls::HeapCalls;
pub use counting::{count_heap, heap_calls, heap_is_watched, set_heap_counting};
pub use deny::{DenyHeap, allow_heap, deny_heap};
pub use report::{HeapCallKind, HeapCallPlace, HeapCallReport};

pub(super) use counting::count;
pub(crate) use listener::Listener;
pub(super) use listener::{hear, set_listener};
