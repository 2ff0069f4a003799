//! A suite of checks for any allocator, ours or yours.
//!
//! Each check gets an allocator of its own, made by you, and asks of it what its [`Capabilities`](crate::Capabilities)
//! promise. What is not promised is skipped, and the [`Report`] says so. The first broken promise panics and names the
//! allocator, the check, what was wrong, and the seed that the sizes were drawn with.
//!
//! ```
//! use arenite::{Arena, conformance::Suite, layer::Limited};
//! let report = Suite::new("a limited arena").run(|test| {
//!     let arena = Arena::new();
//!     test.on(&Limited::new(&arena, 64 << 20));
//! });
//! assert!(report.passed().any(|check| check == "random operations"));
//! assert!(report.skipped().any(|(check, why)| check == "double free" && why.contains("FINDS_DOUBLE_FREE")));
//! ```
//!
//! An `Allocator` of your own goes in by [`Plain`](crate::layer::Plain), one for several threads by
//! [`Suite::run_shared`]:
//! ```
//! use arenite::{Capabilities, conformance::Suite, layer::Plain};
//! use std::alloc::System;
//! Suite::new("the C heap")
//!     .run_shared(|test| test.on(&Plain::new(System).promising(Capabilities::FREE | Capabilities::THREADS)));
//! ```
//!
//! An allocator that takes blocks from a [`Source`](crate::source::Source) takes them from [`Test::source`]: then the
//! suite fails each of those takes in turn, and checks that all blocks came back in the end.
//!
//! What is checked: sizes from 0 to 4 MiB, alignments up to 2 MiB, that blocks are disjoint and keep their contents while
//! others come, go, grow and shrink, zeroed memory after dirty use, resizing in place, usable sizes, impossible sizes,
//! refusals that change nothing, exhaustion and recovery, reuse after a free and a reset, figures that add up, ownership,
//! double, foreign and wrong-sized frees, collections, faults of the source, threads.

mod blocks;
mod checks;
mod random;
mod report;
mod suite;
mod test;
mod test_source;

pub use report::{Failure, Report};
pub use suite::Suite;
pub use test::{SharedTest, Test};
