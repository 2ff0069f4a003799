//! Memory for programs that know when it dies.
//!
//! Pick by asking *when does this die?*
//!
//! | it dies with | use |
//! |---|---|
//! | the program | an [`Arena`] that is never reset, or [`MemorySystem::permanent`] |
//! | a level, a document, a request | an [`Arena`], [`Arena::reset`] between two of them |
//! | a request, on whichever thread serves it | an arena of an [`ArenaPool`] |
//! | a frame | [`MemorySystem::begin_frame`] |
//! | the commands that were recorded for it | [`MemorySystem::begin_commands`] |
//! | a function or block | a [`Scope`] of any arena, [`scratch`] on any thread, or a [`Mark`] to go back to |
//! | the same, with what other threads allocate | a [`SharedArena`], with a [`SharedLocal`] for each |
//! | a frame, when the last of its jobs is done | [`SharedFrames`] |
//! | N frames, or a fence | a [`Ring`] |
//! | what it stands in: no heap, no system | a [`FixedBuffer`] |
//! | stays, beside what is temporary: both in one range | a [`TwoEnded`] arena |
//! | the last that was pushed | a [`Stack`] |
//! | one by one, of any size, on any thread, its size known | [`ThreadBlocks`] |
//! | one by one, all of a size | a [`pool`] |
//! | one by one, or all at once, of any size, on any thread | a [`Heap`] |
//! | a request, in code that knows of no arena | [`context::with_arena`] around it |
//!
//! An array that grows for long and must not move has a reservation of its own: [`ReservedVec`].
//!
//! A program that is ported from C or from Windows has the calls that it knows in [`platform`].
//!
//! Any of them can be limited, shared, tracked, made to fail, or backed by another: [`layer`].
//!
//! Allocating is a bare bump of a cursor: five instructions for a `u64`. What a request may cost beyond that - a new
//! block, a budget, a limit, counting - is paid where a block is taken.
//!
//! ```
//! use arenite::Arena;
//!
//! let mut arena = Arena::new();
//! for document in ["one", "two", "three"] {
//!     let words = arena.alloc_slice_from_iter(document.chars().rev());
//!     let label = arena.alloc_fmt(format_args!("{document} has {} letters", words.len()));
//!     assert!(label.starts_with(document));
//!     arena.reset(); // `words` and `label` cannot be used after this: the compiler says so
//! }
//! assert_eq!(arena.stats().chunks, 1);
//! ```
//!
//! What safe code cannot do here: use memory after its reset, rewind, frame or scope; share an arena between threads;
//! allocate from an arena whose cursor a scope has; forget to drop a value that needs it without saying so.
//!
//! # Features
//! A program that uses arenas needs no more than the default; each other room is a feature, and `full` has all of them:
//! `arenite = { version = "0.1", features = ["heap", "pool"] }`.
//!
//! | feature | what it adds |
//! |---|---|
//! | `context` (with `heap`) | [`context`], [`Global`] |
//! | `heap` | [`Heap`], [`BufferHeap`] |
//! | `layer` | [`layer`] |
//! | `platform` (with `heap`) | [`platform`] |
//! | `pool` | [`pool`] |
//! | `report` | [`report`] |
//! | `ring`, `stack`, `two-ended` | [`Ring`], [`Stack`], [`TwoEnded`] |
//! | `shared` | [`SharedArena`], [`SharedFrames`], [`ArenaPool`], [`ThreadBlocks`] |
//! | `system` (with `pool`, `report`, `ring`, `stack`) | [`MemorySystem`] |
//!
//! - `std` (default): the system's pages and heap, [`scratch`], [`ReservedVec`]. Without it the crate is `no_std` with
//!   `alloc`, and an arena needs [`ArenaOptions::source`] or a [`BufferArena`].
//! - `debug` (default): [`debug`], the grades by which arenas, heaps, pools, stacks and rings are watched while the program
//!   runs, and whatever else has [`layer::Watched`] over it.
//! - `mimalloc`: mimalloc 2 below [`Global`], the program's allocator. Needs a C compiler.
//!   `mimalloc-dlopen`: for shared libraries that are loaded late.
//! - `symbols`: names and lines in the stacks that it prints.
//! - `json`: `to_json` of snapshots, faults and reports, with `serde_json`.
//! - `conformance`: `arenite::conformance`, a suite of checks for any allocator, ours or yours.
//! - `allocator-api2-03`, `allocator-api2-04`: the allocators speak these versions too, beside 0.2.
//! - `nightly`: the standard library's own `Allocator` instead of that of allocator-api2 0.2; needs a nightly compiler.

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(feature = "nightly", feature(allocator_api))]
// An arena's `&self -> &mut T` is the point: each call hands out memory that nobody else has.
#![allow(clippy::mut_from_ref)]
// With every room in (`full`), what nobody needs is a warning.
#![cfg_attr(
    not(feature = "full"),
    allow(dead_code, unused_imports, unused_macros, reason = "what a room that is left out asks of the others")
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(all(feature = "std", not(any(unix, windows))))]
compile_error!(
    "arenite's feature `std` asks Unix or Windows for pages, and this target is neither: name it with \
     `default-features = false`, and give each arena memory of your own (`ArenaOptions::source`, `BufferArena`, `FixedBuffer`). \
     The C library cannot do without pages: there is none for this target"
);
#[cfg(not(target_has_atomic = "64"))]
compile_error!("arenite counts in atomics of 64 bits, which this target has not: it cannot be used there");

mod arena;
#[cfg(feature = "shared")]
mod arena_pool;
mod bump;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "context")]
pub mod context;
pub mod debug;
mod error;
mod fixed_buffer;
#[cfg(feature = "std")]
#[doc(hidden)]
pub mod fork;
mod free_error;
#[cfg(feature = "heap")]
mod heap;
mod in_place;
mod interface;
#[cfg(feature = "layer")]
pub mod layer;
mod lent;
mod node;
#[cfg(feature = "platform")]
pub mod platform;
#[cfg(feature = "pool")]
pub mod pool;
#[cfg(any(feature = "ring", feature = "stack", feature = "two-ended"))]
mod range;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "std")]
mod reserved_vec;
#[cfg(feature = "ring")]
mod ring;
#[cfg(feature = "std")]
mod scratch;
#[cfg(feature = "shared")]
mod shared_arena;
#[cfg(feature = "shared")]
mod shared_frames;
#[cfg(feature = "shared")]
mod shared_options;
pub mod source;
#[cfg(feature = "stack")]
mod stack;
#[cfg(feature = "shared")]
mod supply;
mod sync;
#[cfg(feature = "system")]
pub mod system;
mod table;
#[cfg(all(feature = "shared", feature = "std"))]
mod thread_blocks;
#[cfg(feature = "two-ended")]
mod two_ended;

pub use arena::{
    Arena, ArenaBox, ArenaEvent, ArenaHandle, ArenaOptions, ArenaStats, ArenaVec, BufferArena, Claim, Handle, Mark,
    RestoreError, Retention, Scope,
};
#[doc(hidden)]
pub use arena::{Extent, Headed};
#[cfg(feature = "shared")]
pub use arena_pool::{ArenaPool, ArenaPoolError, ArenaPoolOptions, ArenaPoolStats, PooledArena};
#[cfg(feature = "context")]
pub use context::{Global, ProgramHeap};
pub use error::{AllocError, ErrorKind};
pub use fixed_buffer::FixedBuffer;
pub use free_error::{FreeError, FreeErrorKind};
#[cfg(feature = "heap")]
#[doc(hidden)]
pub use heap::OwnPart;
#[cfg(feature = "heap")]
pub use heap::{BufferHeap, Heap, HeapOptions, HeapStats};
pub use interface::{AllocatorStats, Capabilities, DynAllocator, ResetError, ResetMode};
pub use node::{Budget, Node, NodeId, NodeOptions, NodeStats, SoftCrossing, Tag};
#[cfg(any(feature = "ring", feature = "stack", feature = "two-ended"))]
pub use range::RangeOptions;
#[cfg(feature = "std")]
pub use reserved_vec::ReservedVec;
#[cfg(feature = "ring")]
pub use ring::{Ring, RingError, RingSlice, RingStats};
#[cfg(feature = "std")]
pub use scratch::{scratch, scratch_clear, scratch_node, try_scratch};
#[cfg(feature = "shared")]
pub use shared_arena::{SharedArena, SharedArenaStats, SharedLocal};
#[cfg(feature = "shared")]
pub use shared_frames::{FrameBox, FrameHeld, FrameToken, SharedFrames};
#[cfg(feature = "shared")]
pub use shared_options::SharedOptions;
#[cfg(feature = "stack")]
pub use stack::{Stack, StackBlock, StackError, StackPlace, StackStats};
#[cfg(feature = "system")]
pub use system::MemorySystem;
#[cfg(all(feature = "shared", feature = "std"))]
pub use thread_blocks::{LiveCount, LocalBlocks, ThreadBlocks, ThreadBlocksStats};
#[cfg(feature = "two-ended")]
pub use two_ended::{End, EndMark, EndScope, HighEnd, LowEnd, TwoEnded, TwoEndedError, TwoEndedStats};
