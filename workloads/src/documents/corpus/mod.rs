//! The documents that are worked on.

#[expect(clippy::module_inception, reason = "one type, one file, named as the type")]
mod corpus;

mod file;

pub use corpus::{Corpus, CorpusError};
pub use file::{File, Format};
