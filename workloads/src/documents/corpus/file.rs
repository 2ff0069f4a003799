//! One document.

use crate::documents::json::Schema;
use std::borrow::Cow;

/// A document's text and what is known about it.
pub struct File {
    /// Its path within the corpus.
    pub name: String,
    /// What it is written in.
    pub format: Format,
    /// The text.
    pub text: Cow<'static, str>,
    /// What it ought to look like, if that is known.
    pub schema: Option<Schema>,
}

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 8259.
    Json,
    /// CommonMark, as far as it is read here.
    Markdown,
    /// The language of [`compiler`](crate::compiler).
    Program,
}

impl Format {
    /// The format that a file's name tells.
    pub fn of(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1 {
            "json" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            "sand" => Some(Self::Program),
            _ => None,
        }
    }
}
