//! regex.

use crate::{documents::Documents, program::Call};
use regex::Regex;

/// A link of Markdown, and a date with words of any script around it.
const PATTERNS: [&str; 2] = [
    r"\[(?P<text>[^\]]+)\]\((?P<scheme>https?)://(?P<host>[\w.-]+)(?P<path>/[^\s)]*)?\)",
    r"(?i)(?P<before>\w+)\W+(?P<day>\d{1,2})\.?\s*(?:january|february|march|april|may|june|july|august|september|october|november|december),?\s*(?P<year>\d{4})\W+(?P<after>\w+)",
];

pub(super) fn compile(documents: &Documents) -> Call {
    let text: String = documents.changelog.chars().take(2000).collect();
    Box::new(move |look| {
        let found = PATTERNS.map(|pattern| {
            let regex = Regex::new(pattern).expect("the patterns above");
            regex.find_iter(&text).count()
        });
        look.at(&found)
    })
}
