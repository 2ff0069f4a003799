//! The memory of scopes: one range of addresses, in chunks, that threads bump their cursors through.
//!
//! - `tally`: how many bytes of a chunk are in use; `free_list`: chunks that nobody has. Both are lock-free, and run under
//!   model checkers as they are.
//! - `range`: the reserved range and the table of `chunk`s beside it.
//! - `words`, `thread`: what a thread keeps; `scope`: from a scope's opening to its end; `serve`: its blocks.
//! - `discard`: scopes whose contents end with them; `pins`: what survivors hold; `watching`: blocks noted with their stacks; `inactive`: why a scope changes nothing.

mod chunk;
mod discard;
mod free_list;
mod inactive;
mod pins;
mod range;
mod scope;
mod serve;
mod tally;
mod thread;
mod watching;
mod words;

pub use inactive::ScopesInactive;
pub use pins::{PinBudget, Pinned, pinned, set_pin_budget};
pub use range::{ChunkSizeError, set_chunk_size};

pub(super) use chunk::Chunk;
pub(super) use discard::{Large, forget, is_checked, renoted, served};
pub(super) use range::{RANGE, pointer};
pub(super) use scope::{Frame, Kind, Left};
pub(super) use serve::{alloc, alloc_in_window, free, free_own, resize};
pub(super) use watching::{fills, live_of};
pub(super) use words::{RegionWords, ScopeWords};
