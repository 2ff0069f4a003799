//! What can be wrong with a resource file, and where.

use std::fmt;

/// A place in a file, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Character in the line.
    pub column: u32,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A character that begins no token.
    StrayCharacter(char),
    /// A string without closing quote on its line.
    OpenString,
    /// A `'` that is not followed by one character and another `'`.
    BadCharacter,
    /// A backslash before something other than `\`, `"` or `'`.
    UnknownEscape(char),
    /// A number above 2,147,483,647.
    NumberTooLarge,
    /// `#` without exactly six hexadecimal digits.
    BadColor,
    /// Something else stands where this should.
    Expected {
        /// What the grammar asks for.
        wanted: &'static str,
        /// What stands there.
        found: String,
    },
    /// A block keyword that no one knows.
    UnknownBlock(String),
    /// A field that this kind of block does not have.
    UnknownField {
        /// The block's keyword.
        block: &'static str,
        /// The field's word.
        field: String,
    },
    /// A field that must be there is not.
    MissingField {
        /// The block's keyword.
        block: &'static str,
        /// The field's word.
        field: &'static str,
    },
    /// A field has too few or too many values, or values of another kind.
    WrongValues {
        /// The field's word.
        field: String,
        /// What it takes.
        wanted: &'static str,
    },
    /// A word outside the list that the field knows.
    UnknownWord {
        /// The field's word.
        field: String,
        /// The word that is not in the list.
        word: String,
    },
    /// A range whose end lies before its start.
    EmptyRange(i32, i32),
    /// A second block of that name, whatever its capitals.
    DuplicateName(String),
    /// A name that no block has.
    UnknownName {
        /// The kind of block looked for.
        block: &'static str,
        /// The name.
        name: String,
    },
    /// A file gives no block of a kind that the game cannot do without.
    Nothing(&'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StrayCharacter(character) => write!(f, "the character {character:?} begins nothing known here"),
            Self::OpenString => f.write_str("this string is not closed before the end of its line"),
            Self::BadCharacter => f.write_str("a glyph is one character between single quotes, as in '#'"),
            Self::UnknownEscape(character) => {
                write!(f, "after a backslash only \\, \" and ' may stand, not {character:?}")
            }
            Self::NumberTooLarge => f.write_str("this number does not fit into 31 bits"),
            Self::BadColor => f.write_str("a color is # and six hexadecimal digits, as in #8a7560"),
            Self::Expected { wanted, found } => write!(f, "expected {wanted}, found {found}"),
            Self::UnknownBlock(word) => write!(f, "there is no kind of block called `{word}`"),
            Self::UnknownField { block, field } => write!(f, "a {block} has no field `{field}`"),
            Self::MissingField { block, field } => write!(f, "this {block} lacks the field `{field}`"),
            Self::WrongValues { field, wanted } => write!(f, "the field `{field}` takes {wanted}"),
            Self::UnknownWord { field, word } => write!(f, "the field `{field}` does not know the word `{word}`"),
            Self::EmptyRange(low, high) => write!(f, "the range {low}..{high} ends before it starts"),
            Self::DuplicateName(name) => write!(f, "the name \"{name}\" is already taken"),
            Self::UnknownName { block, name } => write!(f, "no {block} is called \"{name}\""),
            Self::Nothing(block) => write!(f, "the resources hold no {block}"),
        }
    }
}

/// A problem with the file and place where it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceError {
    /// Name of the file; empty until the caller that knows it fills it in.
    pub file: String,
    /// Where in the file.
    pub at: Position,
    /// What is wrong there.
    pub problem: Problem,
}

impl ResourceError {
    pub(super) fn new(at: Position, problem: Problem) -> Self {
        Self { file: String::new(), at, problem }
    }

    pub(super) fn in_file(mut self, file: &str) -> Self {
        self.file = file.to_owned();
        self
    }
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.at.line, self.at.column, self.problem)
    }
}

impl std::error::Error for ResourceError {}
