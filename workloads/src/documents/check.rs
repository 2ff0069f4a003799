//! What must hold for what was made of a document.

use std::fmt;

use super::{
    corpus::{File, Format},
    desk::Desk,
    json, markdown, xml,
};
use crate::builder::{Array, Builder, Scratch};

/// A document of which something came out wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The document's name.
    pub document: String,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.document, self.what)
    }
}

impl std::error::Error for Flaw {}

/// Works on a document and looks at what comes out: XML must be well formed, and Markdown that was written must be read
/// again as the same tree. Then `desk` is clear.
///
/// # Errors
/// What is wrong with it. A document that cannot be read is none.
pub fn check<D: Desk>(file: &File, desk: &mut D) -> Result<(), Flaw> {
    let done = match file.format {
        Format::Json => json_document(&file.text, desk.place()),
        Format::Markdown => markdown_document(&file.text, desk.place(), &desk.scratch()),
        Format::Program => Ok(()),
    };
    desk.clear();
    done.map_err(|what| Flaw { document: file.name.clone(), what })
}

fn json_document<'a, B: Builder<'a>>(text: &str, place: B) -> Result<(), &'static str> {
    let Ok(value) = json::read(text, place) else { return Ok(()) };
    let mut out = place.array(0);
    json::to_xml(&value, &mut out);
    well_formed(&out)
}

fn markdown_document<'a, B: Builder<'a>, S: Scratch>(text: &str, place: B, scratch: &S) -> Result<(), &'static str> {
    let document = markdown::read(text, place, scratch);
    let (mut first, mut written, mut second) = (place.array(0), place.array(0), place.array(0));
    markdown::to_xml(&document, &mut first, scratch);
    well_formed(&first)?;
    markdown::to_markdown(&document, &mut written, scratch);
    let written = place.text_of(written).map_err(|_| "the Markdown that was written is no UTF-8")?;
    let again = markdown::read(&written, place, scratch);
    markdown::to_xml(&again, &mut second, scratch);
    if *first == *second { Ok(()) } else { Err("written as Markdown and read again, the tree is another") }
}

fn well_formed(out: &impl Array<u8>) -> Result<(), &'static str> {
    if xml::is_well_formed(out) { Ok(()) } else { Err("the XML that was written is not well formed") }
}
