//! The tree as one writes it without arenas.

use std::hash::{Hash, Hasher};

/// A value of JSON that owns what is in it.
#[derive(Debug)]
pub enum HeapNode {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string, unescaped.
    String(String),
    /// A list.
    List(Vec<HeapNode>),
    /// Members in the order of the text.
    Object(Vec<(String, HeapNode)>),
}

impl Hash for HeapNode {
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
