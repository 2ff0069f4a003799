//! The thirteen.

mod churn;
mod json;
mod languages;
mod markdown;
mod pattern;
mod script;
mod template;
mod words;

use crate::program::Program;

/// All of them, in the table's order.
pub const ALL: [Program; 13] = [
    Program { name: "json-emoji", what: "serde_json: parse emoji data, 736 KB", sample: 2, start: json::emoji },
    Program { name: "json-numbers", what: "serde_json: parse topojson, 756 KB", sample: 1, start: json::topojson },
    Program { name: "json-request", what: "serde_json: parse, edit, print 0.7 KB", sample: 200, start: json::request },
    Program { name: "toml", what: "toml: parse a Cargo.lock, 14 KB", sample: 20, start: languages::lock },
    Program { name: "syn", what: "syn: parse its own expr.rs, 142 KB", sample: 1, start: languages::rust },
    Program { name: "regex", what: "regex: compile two patterns, search", sample: 1, start: pattern::compile },
    Program { name: "word-index", what: "std HashMap, BTreeMap, String, 97 KB", sample: 2, start: words::index },
    Program { name: "handlebars", what: "handlebars: render 100 packages", sample: 10, start: template::handlebars },
    Program { name: "minijinja", what: "minijinja: render 100 packages", sample: 20, start: template::minijinja },
    Program { name: "comrak", what: "comrak: Markdown to HTML, 97 KB", sample: 2, start: markdown::comrak },
    Program { name: "pulldown-cmark", what: "pulldown-cmark: the same", sample: 4, start: markdown::pulldown_cmark },
    Program { name: "rhai", what: "rhai: compile and run a script", sample: 2, start: script::run },
    Program { name: "churn", what: "2,000 boxes and 2,000 strings, bare", sample: 20, start: churn::run },
];
