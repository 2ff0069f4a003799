//! What the programs read.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Texts from packages.
pub struct Documents {
    /// JSON of many small objects and strings.
    pub emoji: String,
    /// JSON of numbers, for the most part.
    pub topojson: String,
    /// Packages of a Rust program.
    pub lock: String,
    /// Rust.
    pub rust: String,
    /// Markdown.
    pub changelog: String,
}

impl Documents {
    /// Those that `fetch-documents.sh` downloads: what is measured.
    ///
    /// # Errors
    /// When one cannot be read; the message says what to do.
    pub fn fetched() -> io::Result<Self> {
        let folder = repository().join("target/program-documents");
        let read = |name: &str| {
            fs::read_to_string(folder.join(name)).map_err(|error| {
                let path = folder.join(name);
                io::Error::new(
                    error.kind(),
                    format!("{}: {error}; run bench/programs/fetch-documents.sh first", path.display()),
                )
            })
        };
        Ok(Self {
            emoji: read("emoji.json")?,
            topojson: read("topojson.json")?,
            lock: read("Cargo.lock")?,
            rust: read("expr.rs")?,
            changelog: read("changelog.md")?,
        })
    }

    /// Smaller ones of the same kinds that the repository has, for tests and examples.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn in_repository() -> io::Result<Self> {
        let read = |name: &str| fs::read_to_string(repository().join(name));
        Ok(Self {
            emoji: read("workloads/documents/unicode-emoji-json/data-by-emoji.json")?,
            topojson: read("workloads/documents/world-atlas/countries-110m.json")?,
            lock: read("Cargo.lock")?,
            rust: read("bench/programs/src/dom/parser.rs")?,
            changelog: read("workloads/documents/commander/Readme.md")?,
        })
    }
}

/// The root of the repository that this was built in.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("bench/programs lies two below").to_owned()
}
