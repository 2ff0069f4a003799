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
//! | `heap.rs`, `heap/`, `node.rs` | those of `arenite/heap.h` and `arenite/node.h` |
//! | `debug.rs`, `debug/` | those of `arenite/debug.h`: settings, faults, reports |
//! | `allocator.rs`, `allocator/` | those of `arenite/allocator.h`: allocators as values, layers, the program's own |
//! | `context.rs`, `context/` | those of `arenite/context.h`: a thread's open scopes, and `arenite_malloc` |
//! | `conformance.rs` | those of `arenite/conformance.h` |

// C reaches its functions by their names.
#![allow(unreachable_pub)]

mod allocator;
mod arena;
mod border;
mod compat;
mod conformance;
mod context;
mod debug;
mod error;
mod given;
mod handle;
mod heap;
mod kind;
mod node;
mod registry;
mod slot;
mod slots;
mod thread;
