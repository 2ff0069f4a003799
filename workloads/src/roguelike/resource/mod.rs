//! Resource files: what terrains, monsters, items, rooms, veins and level profiles there are.
//!
//! The journey of a file: text, array of [tokens](token), [blocks](ast) of named fields, and at last the
//! [runtime arrays](kinds) that live as long as the program. Tokens and blocks die with the file they came from; only
//! what is baked is copied out. Indexes from name to place are made when an array is complete, never before.
//!
//! ```text
//! monster "Cave Rat" {            // one block: keyword, name, fields
//!     glyph 'r';  color #8a7560;  // a field: word, values, semicolon
//!     depth 1..6;  health 2d4;    // ranges and dice
//! }
//! ```

pub mod ast;
mod error;
mod fields;
pub mod kinds;
mod lexer;
mod names;
mod parser;
mod resources;
pub mod token;

pub use error::{Position, Problem, ResourceError};
pub use lexer::tokenize;
pub use names::NameIndex;
pub use parser::parse;
pub use resources::{FILES, Resources, SourceFile};
