//! A document converter: JSON and Markdown read into trees, validated, and written as XML and Markdown.
//!
//! It is written once over [`Builder`](crate::builder::Builder) and runs on the plain heap (boxes, vectors and strings, each freed by
//! itself), on Arenite (`&'a` trees, one arena for a document, reset for the next) and on bumpalo (the same trees). The
//! allocation patterns are those that the plan for a chunked arena names:
//!
//! 1. *Temporary memory of formatters and readers*: lines, tokens, delimiter stacks, sorted names and the output text
//!    come from arenas and are never freed by themselves.
//! 2. *A reusable arena for many files*: [`Desk`] is cleared between two documents and keeps its blocks; after the
//!    first round of a corpus no block is taken or given back.
//! 3. *Scoped arenas*: [`Scratch::nested`](crate::builder::Scratch::nested) is a scope, one inside the other as containers nest in a document.
//!
//! ```
//! use workloads::builder::Heap;
//! use workloads::documents::{AreniteDesk, Corpus, Desk, PlainDesk, json, run};
//!
//! let corpus = Corpus::embedded();
//! let mut desk = AreniteDesk::new();
//! let summary = run(&corpus, &mut desk);
//! assert_eq!(summary, run(&corpus, &mut PlainDesk));
//!
//! // The pieces by themselves, here in an arena and on the heap:
//! let value = json::read(r#"{"grain": [0.063, 2]}"#, desk.place())?;
//! let mut xml = Vec::new();
//! json::to_xml(&value, &mut xml);
//! assert_eq!(json::read(r#"{"grain": [0.063, 2]}"#, Heap)?.nodes(), value.nodes());
//! # Ok::<(), json::JsonError>(())
//! ```

mod check;
mod corpus;
mod desk;
pub mod json;
pub mod markdown;
mod run;
mod violation;
mod xml;

pub use check::{Flaw, check};
pub use corpus::{Corpus, CorpusError, File, Format};
pub use desk::{AreniteDesk, BumpaloDesk, Desk, PlainDesk};
pub use run::{Summary, run, work};
pub use violation::Violation;
