//! What a JSON document ought to look like.

use super::{error::JsonError, reader::read, value::Json};
use crate::builder::{Heap, List};

/// A schema in a small part of JSON Schema, itself a JSON document: `type` (a name or a list of names), `required`,
/// `properties`, `additionalProperties` (a schema), `items` (a schema), `minItems`. What it does not say is allowed.
///
/// It lives as long as the program, so it stands on the plain heap whichever memory the documents are in.
pub struct Schema(Json<'static, Heap>);

/// A part of a schema.
#[derive(Clone, Copy)]
pub(super) struct Rule<'s>(&'s Json<'static, Heap>);

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn read(text: &str) -> Result<Self, JsonError> {
        read(text, Heap).map(Self)
    }

    pub(super) fn rule(&self) -> Rule<'_> {
        Rule(&self.0)
    }
}

impl<'s> Rule<'s> {
    /// Whether a value of this kind is allowed. An integer is a number too.
    pub(super) fn allows(self, kind: &str) -> bool {
        let fits = |name: &Json<'static, Heap>| match name {
            Json::String(name) => name == kind || (name == "number" && kind == "integer"),
            _ => false,
        };
        match self.0.member("type") {
            None => true,
            Some(Json::Array(names)) => names.iter().any(fits),
            Some(name) => fits(name),
        }
    }

    /// The names that an object must have.
    pub(super) fn required(self) -> impl Iterator<Item = &'s str> {
        let names = match self.0.member("required") {
            Some(Json::Array(names)) => names.as_slice(),
            _ => &[],
        };
        names.iter().filter_map(|name| match name {
            Json::String(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// How many elements an array must have.
    pub(super) fn min_items(self) -> usize {
        match self.0.member("minItems") {
            Some(Json::Int(count)) => usize::try_from(*count).unwrap_or(0),
            _ => 0,
        }
    }

    /// The rule for the member called `name`.
    pub(super) fn member(self, name: &str) -> Option<Rule<'s>> {
        let named = self.0.member("properties").and_then(|properties| properties.member(name));
        named.or_else(|| self.0.member("additionalProperties")).map(Rule)
    }

    /// The rule for the elements of an array.
    pub(super) fn items(self) -> Option<Rule<'s>> {
        self.0.member("items").map(Rule)
    }

    /// Whether nothing is said of members, so that their rules need not be looked up.
    pub(super) fn silent_on_members(self) -> bool {
        self.0.member("properties").is_none() && self.0.member("additionalProperties").is_none()
    }
}
