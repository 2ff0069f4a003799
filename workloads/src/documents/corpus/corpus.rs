//! All documents of a run.

use std::{
    borrow::Cow,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::file::{File, Format};
use crate::{
    compiler::{PROGRAMS, generate},
    documents::json::{JsonError, Schema},
};

/// Of the program that is generated.
const GENERATED_SEED: u64 = 32;
/// Functions of the program that is generated: 80 KB of source.
const GENERATED_FUNCTIONS: u32 = 120;

/// Real documents, listed in the workload's README with their packages and licences.
macro_rules! embedded {
    ($($name:literal $(with $schema:literal)?),* $(,)?) => {
        [$((
            $name,
            include_str!(concat!("../../../documents/", $name)),
            embedded!(@schema $($schema)?),
        )),*]
    };
    (@schema) => { None };
    (@schema $schema:literal) => { Some(include_str!(concat!("../../../documents/", $schema))) };
}

static EMBEDDED: [(&str, &str, Option<&str>); 12] = embedded![
    "mdn-data/inheritance.json" with "mdn-data/inheritance.schema.json",
    "mdn-data/selectors.json" with "mdn-data/selectors.schema.json",
    "mime-db/db.json" with "mime-db/db.schema.json",
    "unicode-emoji-json/data-by-emoji.json" with "unicode-emoji-json/data-by-emoji.schema.json",
    "webpack/WebpackOptions.json",
    "world-atlas/countries-110m.json" with "world-atlas/countries-110m.schema.json",
    "commander/Readme.md",
    "date-fns/CHANGELOG.md",
    "eslint-plugin-import/CHANGELOG.md",
    "node-fetch/README.md",
    "terser/README.md",
    "webpack/README.md",
];

/// Documents in a fixed order.
pub struct Corpus {
    /// The documents.
    pub files: Vec<File>,
}

/// Why a corpus cannot be had.
#[derive(Debug)]
pub enum CorpusError {
    /// A file or directory cannot be read.
    Io(PathBuf, io::Error),
    /// A schema is no JSON.
    Schema(PathBuf, JsonError),
    /// There is no document in the directory.
    Empty(PathBuf),
}

impl Corpus {
    /// The documents that come with the source: about 1.4 MB of JSON and Markdown.
    ///
    /// # Panics
    /// Only if a schema in the source tree has been broken.
    pub fn embedded() -> Self {
        let file = |&(name, text, schema): &(&str, &'static str, Option<&str>)| File {
            name: name.to_owned(),
            format: Format::of(name).expect("the list has documents only"),
            text: Cow::Borrowed(text),
            schema: schema.map(|schema| Schema::read(schema).expect("schemas are tested")),
        };
        Self { files: EMBEDDED.iter().map(file).collect() }
    }

    /// This corpus and, behind its documents, the programs that come with the source and a long one that is generated.
    #[must_use]
    pub fn with_programs(mut self) -> Self {
        let program =
            |name: &str, text| File { name: format!("programs/{name}"), format: Format::Program, text, schema: None };
        self.files.extend(PROGRAMS.map(|(name, text)| program(name, Cow::Borrowed(text))));
        self.files.push(program("generated.sand", Cow::Owned(generate(GENERATED_SEED, GENERATED_FUNCTIONS))));
        self
    }

    /// All `.json`, `.md`, `.markdown` and `.sand` files below `directory`, sorted by their paths. `x.schema.json` beside
    /// `x.json` is its schema, and no document.
    ///
    /// # Errors
    /// Something there cannot be read, or there is no document.
    pub fn directory(directory: &Path) -> Result<Self, CorpusError> {
        let mut paths = Vec::new();
        find(directory, &mut paths)?;
        paths.sort();
        let mut files = Vec::new();
        for path in paths {
            let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let Some(format) = Format::of(&name).filter(|_| !name.ends_with(".schema.json")) else { continue };
            let schema = path.with_extension("schema.json");
            let schema = match format {
                Format::Json if schema.is_file() => {
                    Some(Schema::read(&read(&schema)?).map_err(|error| CorpusError::Schema(schema, error))?)
                }
                _ => None,
            };
            files.push(File { name, format, text: Cow::Owned(read(&path)?), schema });
        }
        if files.is_empty() { Err(CorpusError::Empty(directory.to_owned())) } else { Ok(Self { files }) }
    }

    /// Bytes of all documents.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.text.len() as u64).sum()
    }
}

fn find(directory: &Path, paths: &mut Vec<PathBuf>) -> Result<(), CorpusError> {
    let failed = |error| CorpusError::Io(directory.to_owned(), error);
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // Links are not followed: they may lead in circles.
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            find(&entry.path(), paths)?;
        } else if kind.is_file() {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// The file's text. What is no UTF-8 is replaced, as a browser would.
fn read(path: &Path) -> Result<String, CorpusError> {
    let bytes = fs::read(path).map_err(|error| CorpusError::Io(path.to_owned(), error))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(&text).to_owned())
}

impl fmt::Display for CorpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => {
                write!(f, "{} cannot be read: {error}; check path and permissions", path.display())
            }
            Self::Schema(path, error) => write!(f, "{} is no schema: {error}", path.display()),
            Self::Empty(path) => {
                write!(
                    f,
                    "{} has no .json, .md, .markdown or .sand file; name a directory that has some",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for CorpusError {}
