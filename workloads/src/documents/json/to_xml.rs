//! From JSON's tree to XML.

use super::value::Json;
use crate::{
    builder::{Array, Builder, List, push_number},
    documents::xml,
};

/// Writes a document: an element for each value, named as its kind; `name` is the name of a member, `size` counts what
/// an array or object has.
pub fn to_xml<'a, B: Builder<'a>>(value: &Json<'a, B>, out: &mut impl Array<u8>) {
    out.extend(xml::DECLARATION);
    element(value, None, 0, out);
}

fn element<'a, B: Builder<'a>>(value: &Json<'a, B>, name: Option<&str>, depth: usize, out: &mut impl Array<u8>) {
    xml::indent(out, depth);
    out.push(b'<');
    out.extend(value.kind().as_bytes());
    if let Some(name) = name {
        xml::attribute(out, "name", name);
    }
    match value {
        Json::Null => out.extend(b"/>\n"),
        Json::Bool(value) => {
            out.extend(if *value { b" value=\"true\"/>\n" } else { b" value=\"false\"/>\n" });
        }
        Json::Int(value) => {
            out.push(b'>');
            if *value < 0 {
                out.push(b'-');
            }
            push_number(out, value.unsigned_abs());
            out.extend(b"</integer>\n");
        }
        Json::Number(text) => {
            out.push(b'>');
            out.extend(text.as_bytes());
            out.extend(b"</number>\n");
        }
        Json::String(text) => {
            out.push(b'>');
            xml::escape(out, text);
            out.extend(b"</string>\n");
        }
        Json::Array(items) => {
            xml::number_attribute(out, "size", items.len() as u64);
            out.extend(b">\n");
            items.iter().for_each(|item| element(item, None, depth + 1, out));
            xml::indent(out, depth);
            out.extend(b"</array>\n");
        }
        Json::Object(members) => {
            xml::number_attribute(out, "size", members.len() as u64);
            out.extend(b">\n");
            members.iter().for_each(|member| element(&member.value, Some(&member.name), depth + 1, out));
            xml::indent(out, depth);
            out.extend(b"</object>\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{builder::Heap, documents::json::read};

    #[test]
    fn every_kind_of_value_has_its_element() {
        let text = r#"{"a<b": [null, true, -12, 1.0, "x & y"], "": {}}"#;
        let mut out = Vec::new();
        to_xml(&read(text, Heap).unwrap(), &mut out);
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<object size="2">
  <array name="a&lt;b" size="5">
    <null/>
    <boolean value="true"/>
    <integer>-12</integer>
    <number>1.0</number>
    <string>x &amp; y</string>
  </array>
  <object name="" size="0">
  </object>
</object>
"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
