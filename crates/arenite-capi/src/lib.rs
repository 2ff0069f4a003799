//! Arenite for C and C++. What the functions do is documented where their callers read: in `include/`.
//!
//! | file | what |
//! |---|---|
//! | `handle.rs`, `kind.rs` | what a handle is: a place in a table, a generation, a kind; never an address |
//! | `slots.rs`, `slot.rs`, `thread.rs` | the arenas: one compare tells whether a handle is good and the calling thread's |
//! | `registry.rs` | everything else that has a handle: typed tables |
//! | `border.rs`, `error.rs` | where C comes in and panics stop; the last error of a thread |
//! | `given.rs` | what C passes by pointer: options, names, callbacks |
//! | `arena.rs`, `arena/` | the functions of `arenite/arena.h` |
//! | `compat.rs` | `compat/arena.h` and `compat/mempool.h` |
//! | `blocks.rs` | those of `arenite/blocks.h` |
//! | `document.rs` | those of `arenite/document.h` |
//! | `heap.rs`, `heap/`, `node.rs` | those of `arenite/heap.h` and `arenite/node.h` |
//! | `platform.rs`, `platform/` | those of `arenite/platform.h` |
//! | `memory_system/` | those of `arenite/memory_system.h`, and what `compat/memory_system.h` stands on |
//! | `ring.rs`, `stack.rs`, `pool.rs`, `scratch.rs`, `tree.rs` | those of the headers of these names |
//! | `on_range.rs` | what rings and stacks have in common: one of its own, or a system's |
//! | `owned.rs` | what one thread at a time may use, and hands over |
//! | `range.rs`, `refusals.rs`, `text.rs` | the memory they are made in, their errors, text for C |
//! | `words.rs` | the library's texts in C's words |
//! | `debug.rs`, `debug/` | those of `arenite/debug.h`: settings, faults, reports |
//! | `allocator.rs`, `allocator/` | those of `arenite/allocator.h`: allocators as values, layers, the program's own |
//! | `context.rs`, `context/` | those of `arenite/context.h`: a thread's open scopes, and `arenite_malloc` |
//! | `conformance.rs` | those of `arenite/conformance.h` |

// C reaches its functions by their names.
#![allow(unreachable_pub)]

mod allocator;
mod arena;
mod blocks;
mod border;
mod compat;
mod conformance;
mod context;
mod debug;
mod document;
mod error;
mod fork;
mod given;
mod handle;
mod heap;
mod kind;
mod memory_system;
mod node;
mod on_range;
mod owned;
mod platform;
mod pool;
mod range;
mod refusals;
mod registry;
mod ring;
mod scratch;
mod slot;
mod slots;
mod stack;
mod text;
mod thread;
mod tree;
mod words;
mod worn;
