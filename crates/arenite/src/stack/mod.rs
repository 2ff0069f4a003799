//! Last in, first out, and the order is checked.

mod block;
mod error;
mod list;
mod raw;
#[allow(clippy::module_inception)] // One type a file, named as the type.
mod stack;
mod stats;
mod watched;

pub use block::StackBlock;
pub use error::{StackError, StackPlace};
pub use stack::Stack;
pub use stats::StackStats;
