//! The tree of a JSON document.

use crate::builder::{Builder, List};

/// A value.
pub enum Json<'a, B: Builder<'a>> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of at most 18 digits, written as its digits and nothing else.
    Int(i64),
    /// Any other number, exactly as it was written.
    Number(B::Text),
    /// A string, its escapes resolved.
    String(B::Text),
    /// Values in their order.
    Array(B::List<Json<'a, B>>),
    /// Members in their order; names that occur twice are all kept.
    Object(B::List<Member<'a, B>>),
}

/// A name and its value.
pub struct Member<'a, B: Builder<'a>> {
    /// The name, its escapes resolved.
    pub name: B::Text,
    /// The value.
    pub value: Json<'a, B>,
}

impl<'a, B: Builder<'a>> Json<'a, B> {
    /// What kind of value this is, in the words of JSON Schema.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) => "integer",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The first member called `name`, of an object. O(members).
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|member| *member.name == *name).map(|member| &member.value)
    }

    /// Values in the whole tree, this one among them.
    pub fn nodes(&self) -> u64 {
        match self {
            Self::Array(items) => 1 + items.iter().map(Self::nodes).sum::<u64>(),
            Self::Object(members) => 1 + members.iter().map(|member| member.value.nodes()).sum::<u64>(),
            _ => 1,
        }
    }
}
