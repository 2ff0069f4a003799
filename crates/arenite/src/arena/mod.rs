//! Arenas that grow.
//!
//! An [`Arena`] is 48 bytes and movable: a [`Handle`] (cursor, limit) in front, and a pointer to its `Core`, which lies
//! in its first block and holds everything that only cold paths need. [`Scope`] and [`Claim`] take the cursor over into
//! a handle of their own. The one module that touches blocks through pointers is `core`, with `block` and `drops`.

mod allocator;
#[allow(clippy::module_inception)] // One type a file, named as the type.
mod arena;
mod arena_handle;
mod at_hand;
mod block;
mod boxed;
mod buffer_arena;
mod chain;
mod claim;
mod cold;
mod copy;
mod core;
mod drops;
mod dying;
mod ending;
mod event;
#[cfg(feature = "std")]
mod extents;
mod format;
mod grading;
mod groundwork;
mod handle;
mod handle_slices;
mod handle_values;
mod left_out;
mod link;
mod mark;
mod noted;
mod options;
mod refill;
mod reparent;
mod retention;
mod rewind;
mod scope;
mod seal;
mod space;
mod starts;
mod stats;
mod unknown_size;
mod vec;
mod written;

pub use arena::Arena;
pub use arena_handle::ArenaHandle;
pub use boxed::ArenaBox;
pub use buffer_arena::BufferArena;
pub use claim::Claim;
pub use event::ArenaEvent;
pub use handle::Handle;
#[doc(hidden)]
pub use handle::Headed;
#[doc(hidden)]
pub use mark::BareMark;
pub use mark::{Mark, RestoreError};
pub use options::ArenaOptions;
pub use retention::Retention;
pub use scope::Scope;
pub use stats::ArenaStats;
#[doc(hidden)]
pub use unknown_size::Extent;
pub use vec::ArenaVec;

#[cfg(feature = "std")]
pub(crate) use space::Span;
