//! Allocators over allocators.
//!
//! Needs the feature `layer`.
//!
//! A layer holds an allocator, changes one thing about it, and is an allocator itself, so that layers stack in any order:
//! `Tracked<Limited<&Heap>>`. References are allocators too, so a layer either owns what is below it or borrows it.
//!
//! | layer | what it changes |
//! |---|---|
//! | [`Limited`] | refuses beyond so many bytes |
//! | [`Shared`] | a mutex: any thread may use it |
//! | [`Fallback`] | asks a second allocator where the first refuses |
//! | [`Segregated`] | small requests to one, large ones to another |
//! | [`Failing`] | refuses on purpose: the n-th, at random, by layout, by tag |
//! | [`Tracked`] | knows each live block with its size, tag and place; finds wrong frees, lists leaks |
//! | [`Watched`] | follows the debug grade in force: counts, places, fences, quarantine |
//! | [`Unmapping`] | each block between guard pages of its own; an address does not come again |
//! | [`Owned`] | owns what otherwise is an allocator by reference only: an arena, a pool |
//! | [`Plain`] | gives anybody's `Allocator` the rest of the interface |
//!
//! All of them hand out exactly the bytes that were asked for, so a block's layout is the one that it was asked with. A
//! layer is as `Send` and `Sync` as what is below it; where it counts, it does so with atomics. None gives what it holds
//! away again while it lives: blocks stay valid until the layer is dropped.
//!
//! ```
//! use allocator_api2::vec::Vec;
//! use arenite::{Arena, layer::{Fallback, Limited, Owned, Shared}};
//!
//! // At most 1 KiB from an arena, the rest from another; shared by threads.
//! let memory = Shared::new(Fallback::new(Limited::new(Owned::new(Arena::new()), 1024), Owned::new(Arena::new())));
//! std::thread::scope(|threads| {
//!     for n in 0..2 {
//!         let memory = &memory;
//!         threads.spawn(move || {
//!             let mut squares = Vec::new_in(memory);
//!             squares.extend((0..200u64).map(|i| n + i * i));
//!             assert_eq!(squares[199], n + 199 * 199);
//!         });
//!     }
//! });
//! ```

mod failing;
mod fallback;
mod limited;
mod owned;
mod plain;
mod relay;
mod segregated;
mod shared;
mod tracked;
#[cfg(feature = "std")]
mod unmapping;
mod watched;

pub use failing::{Failing, fail_tag};
pub use fallback::{Fallback, NotAnOwner};
pub use limited::Limited;
pub use owned::{Owned, Settled};
pub use plain::Plain;
pub use segregated::Segregated;
pub use shared::Shared;
pub use tracked::{Allocation, Freed, Here, Leak, Leaks, Tracked};
#[cfg(feature = "std")]
pub use unmapping::Unmapping;
pub use watched::{Watched, WatchedHere};
