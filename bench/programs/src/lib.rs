//! Third-party programs in library form, on real documents, under the heap of the process that they run in.
//!
//! Nothing here knows of arenas but [`dom`], which is there for comparison: the programs are crates that allocate as they
//! please. A binary for each heap (`src/bin`) runs them, as they are or with every call in a scope of
//! [`with_arena`](arenite::context::with_arena); the command `programs` starts those binaries in turn and compares.

mod clock;
pub mod documents;
pub mod dom;
pub mod order;
pub mod program;
pub mod programs;
pub mod runner;
