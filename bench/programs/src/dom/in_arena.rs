//! The tree as one writes it for an arena: plain data that borrows.

use std::hash::{Hash, Hasher};

/// A value of JSON in an arena. Nothing in it has to be dropped.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string, unescaped.
    String(&'a str),
    /// A list.
    List(&'a [Node<'a>]),
    /// Members in the order of the text.
    Object(&'a [(&'a str, Node<'a>)]),
}

impl Hash for Node<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Null => 0u8.hash(state),
            Self::Bool(value) => (1u8, value).hash(state),
            Self::Number(value) => (2u8, value.to_bits()).hash(state),
            Self::String(value) => (3u8, value).hash(state),
            Self::List(values) => (4u8, values).hash(state),
            Self::Object(members) => (5u8, members).hash(state),
        }
    }
}
