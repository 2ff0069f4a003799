//! JSON: RFC 8259 to a tree, the tree checked, and written as XML.

mod error;
mod reader;
mod schema;
mod string;
mod to_xml;
mod validate;
mod value;

pub use error::{JsonError, JsonFault};
pub use reader::{MAX_DEPTH, read};
pub use schema::Schema;
pub use to_xml::to_xml;
pub use validate::validate;
pub use value::{Json, Member};
