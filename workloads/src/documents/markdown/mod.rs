//! Markdown: a large part of CommonMark to a tree, the tree checked, and written as XML and as Markdown again.
//!
//! # What is read
//! Blocks: headings (`#` and underlined), paragraphs, fenced and indented code, quotes, lists (bulleted and numbered,
//! nested, tight and loose), rules, HTML blocks, link definitions. In text: emphasis and strong emphasis by CommonMark's
//! rules, code, links and images (inline and by reference), autolinks in angle brackets, HTML, entities, backslash
//! escapes, hard and soft line ends.
//!
//! # Where it departs from CommonMark
//! - A reference (`[text][label]`, `[label][]`, `[label]`) is one whether or not its label is defined; formatters and the
//!   validator look it up. So `a[i][j]` in prose is a reference to nothing, printed as it was.
//!   A label alone is none where another bracket opens right behind it. Labels are compared without backslashes and backticks.
//! - A definition stands on one line, and so does a link's destination with its title.
//! - Entities are kept as they are written, in text; in destinations they are plain characters.
//! - An escaped `*` or `_` beside others of its kind counts as one of them when it is asked what they open and close;
//!   and so does a backslash that ends a line count as space there.
//! - Tabs count in the indentation of a line and behind its list marker only; there they become spaces.
//! - A line that continues a paragraph lazily is recognised by the line before it alone.
//! - Containers nest 32 deep; what is deeper is text.
//!
//! Written as Markdown, a tree is read again as the same tree.

mod block;
mod blocks;
mod definitions;
mod emphasis;
mod escape;
mod html;
mod inline;
mod inline_to_markdown;
mod line;
mod lists;
mod references;
mod scan;
mod to_markdown;
mod to_xml;
mod tokens;
mod tree;
mod validate;

pub use block::read;
pub use to_markdown::to_markdown;
pub use to_xml::to_xml;
pub use tree::{Block, Document, Inline, Item, Shape};
pub use validate::validate;
