//! What a validator objects to.

use crate::builder::Builder;

/// A place in a document and what is wrong there.
pub struct Violation<'a, B: Builder<'a>> {
    /// The place: a JSON pointer, or a heading's or link's text.
    pub at: B::Text,
    /// What is wrong with it.
    pub what: B::Text,
}
