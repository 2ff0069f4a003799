//! comrak and pulldown-cmark, on the same text.

use crate::{documents::Documents, program::Call};

pub(super) fn comrak(documents: &Documents) -> Call {
    let text = documents.changelog.clone();
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    Box::new(move |look| look.at(&comrak::markdown_to_html(&text, &options)))
}

pub(super) fn pulldown_cmark(documents: &Documents) -> Call {
    let text = documents.changelog.clone();
    let options = pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH;
    Box::new(move |look| {
        let mut html = String::new();
        pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new_ext(&text, options));
        look.at(&html)
    })
}
