//! Real programs in library form, each written once and run on two memories.
//!
//! A measurement of an allocator is worth what the program under it is worth. These programs are written as their
//! authors would write them on a plain heap (vectors grown by push, strings, maps, boxed nodes) and are generic over
//! [`memory::Memory`], so the same source runs with every block freed one by one and with lifetimes told to Arenite.
//! Both must give the same result hash.

// Only faults that are planted on purpose (`roguelike::plants`) are unsafe.
#![deny(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

// The library's pages: they are not in its package, and so cannot be its own doctests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/debugging.md")]
mod debugging {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/games.md")]
mod games {}

pub mod builder;
pub mod compiler;
pub mod documents;
pub mod frames;
pub mod memory;
pub mod roguelike;
