//! The frame loop of a game on a [`MemorySystem`](arenite::MemorySystem).
//!
//! Ten thousand entities live in permanent memory. Each frame sorts them into a grid and finds contacts, thinks along
//! paths in temporary memory, poses what the camera sees, moves particles, mixes sound, lays out a GUI and records
//! render commands, which run one frame later. That takes well over a thousand allocations of mixed sizes a frame, all
//! of them in areas of the system: none is freed, and none reaches the heap or the operating system once it is warm.
//!
//! Everything is decided by integer arithmetic and the four basic operations of `f32`, so that the running hash of the
//! state is the same in every run and on every platform.
//!
//! ```
//! use arenite::MemorySystem;
//! use workloads::frames::FrameLoop;
//!
//! let memory = MemorySystem::new()?;
//! let mut frames = FrameLoop::new(&memory)?;
//! let summary = frames.step()?;
//! assert!(summary.allocations >= 1_000);
//! # Ok::<(), arenite::system::SystemError>(())
//! ```

mod ai;
mod animation;
mod audio;
mod frame_loop;
mod gui;
mod nav_grid;
mod particles;
mod physics;
mod render;
mod request_log;
mod step;
mod summary;
mod world;

pub use frame_loop::FrameLoop;
pub use request_log::Request;
pub use summary::FrameSummary;
pub use world::ENTITIES;
