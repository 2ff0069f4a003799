//! The seam between a program that builds trees and the memory that holds them.
//!
//! A heap program writes `Box`, `Vec` and `String` and frees each of them. An arena program writes `&'a T`, chains of
//! children and slices, and frees nothing. [`Builder`] names what the two have in common, so that readers, checkers and
//! formatters are written once and each memory gets the tree that its users would write by hand.

#[expect(clippy::module_inception, reason = "one type, one file, named as the type")]
mod builder;

mod arenite;
mod array;
mod bumpalo;
mod chain;
mod heap;
mod list;
mod pointer;
mod scratch;

pub use array::{Array, push_number};
pub use builder::Builder;
pub use bumpalo::BumpScratch;
pub use chain::Chain;
pub use heap::Heap;
pub use list::List;
pub use pointer::Pointer;
pub use scratch::Scratch;
