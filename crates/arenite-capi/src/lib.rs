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

// C reaches its functions by their names.
#![allow(unreachable_pub)]

mod arena;
mod blocks;
mod border;
mod compat;
mod document;
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
