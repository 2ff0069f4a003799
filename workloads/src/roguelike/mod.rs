//! A level maker for a roguelike game.
//!
//! Resource files in a small language are lexed, parsed and baked into arrays that live as long as the program. A level
//! is then made from a seed and a depth: rooms by binary space partition or caves by cellular automata, corridors,
//! veins, room features, doors, stairs, monsters and items. Everything is decided by integer arithmetic from the seed,
//! so a level has one hash on every memory, run and platform; every walkable tile can be reached from the up stairs.

pub mod draw;
mod game;
pub mod generate;
mod geometry;
mod grid;
pub mod level;
#[allow(unsafe_code)] // What is planted is what safe code cannot do.
pub mod plants;
mod pools;
mod registry;
pub mod resource;
mod rng;
mod stable_hash;
pub mod stati;
mod stress;
mod text;
mod validate;

pub use game::{Game, LevelIn};
pub use geometry::{AROUND, CARDINAL, Point, Rect};
pub use grid::Grid;
pub use level::{Level, LevelSummary};
pub use pools::Pools;
pub use registry::{TerrainEntry, TerrainRegistry};
pub use resource::{ResourceError, Resources};
pub use rng::Rng;
pub use stable_hash::{StableHash, StableState};
pub use stress::{StressFailure, StressOptions, StressReport, stress};
pub use text::Text;
pub use validate::{Violation, validate};
