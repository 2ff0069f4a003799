//! XML, as far as it is written here.

use crate::builder::{Array, push_number};

/// The first line of every document.
pub(super) const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// What stands for a character that may not stand in XML text or attributes for itself; nothing for those that may.
static REFERENCES: [&[u8]; 128] = {
    // XML 1.0 has no way at all to write most control characters.
    let mut references: [&[u8]; 128] = [b""; 128];
    let mut byte = 0;
    while byte < 0x20 {
        references[byte] = "\u{FFFD}".as_bytes();
        byte += 1;
    }
    references[b'\n' as usize] = b"&#10;";
    references[b'\r' as usize] = b"&#13;";
    references[b'\t' as usize] = b"&#9;";
    references[b'&' as usize] = b"&amp;";
    references[b'<' as usize] = b"&lt;";
    references[b'>' as usize] = b"&gt;";
    references[b'"' as usize] = b"&quot;";
    references
};

/// Writes `text` with references for what may not stand for itself; serves in attributes too.
#[inline]
pub(super) fn escape(out: &mut impl Array<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let Some(reference @ [_, ..]) = REFERENCES.get(usize::from(byte)) else { continue };
        out.extend(&bytes[from..at]);
        out.extend(reference);
        from = at + 1;
    }
    out.extend(&bytes[from..]);
}

/// Writes ` name="value"`.
pub(super) fn attribute(out: &mut impl Array<u8>, name: &str, value: &str) {
    out.push(b' ');
    out.extend(name.as_bytes());
    out.extend(b"=\"");
    escape(out, value);
    out.push(b'"');
}

/// Writes ` name="value"`.
pub(super) fn number_attribute(out: &mut impl Array<u8>, name: &str, value: u64) {
    out.push(b' ');
    out.extend(name.as_bytes());
    out.extend(b"=\"");
    push_number(out, value);
    out.push(b'"');
}

/// Begins a line at a depth.
#[inline]
pub(super) fn indent(out: &mut impl Array<u8>, depth: usize) {
    const SPACES: &[u8; 32] = b"                                ";
    let mut left = 2 * depth;
    while left > 0 {
        let some = left.min(SPACES.len());
        out.extend(&SPACES[..some]);
        left -= some;
    }
}

/// Whether `xml` is UTF-8 with elements that nest, and nothing in them that must be escaped.
pub(super) fn is_well_formed(xml: &[u8]) -> bool {
    let Some(mut rest) = std::str::from_utf8(xml).ok().and_then(|text| text.as_bytes().strip_prefix(DECLARATION))
    else {
        return false;
    };
    let mut open: Vec<&[u8]> = Vec::new();
    while let Some(start) = rest.iter().position(|&byte| byte == b'<') {
        // Tags hold no < or > but their own: attributes have them escaped.
        let Some(length) = rest[start + 1..].iter().position(|&byte| byte == b'>' || byte == b'<') else {
            return false;
        };
        let tag = &rest[start + 1..start + 1 + length];
        let stray = rest[..start].contains(&b'>') || rest[start + 1 + length] == b'<' || tag.is_empty();
        let name = tag.split(|&byte| byte == b' ' || byte == b'/').find(|part| !part.is_empty()).unwrap_or_default();
        let fits = match (tag.first(), tag.last()) {
            (Some(b'/'), _) => open.pop() == Some(name),
            (_, Some(b'/')) => true,
            _ => {
                open.push(name);
                true
            }
        };
        if stray || !fits || tag.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
            return false;
        }
        rest = &rest[start + length + 2..];
    }
    open.is_empty() && !rest.contains(&b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_referred_to_or_replaced() {
        let mut out = Vec::new();
        escape(&mut out, "a<b> & \"c\"\n\u{1}é");
        assert_eq!(String::from_utf8(out).unwrap(), "a&lt;b&gt; &amp; &quot;c&quot;&#10;\u{FFFD}é");
    }

    #[test]
    fn elements_nest_or_the_document_is_not_well_formed() {
        let well = |body: &str| is_well_formed(&[DECLARATION, body.as_bytes()].concat());
        assert!(well("<a b=\"c/\"><d/>e<f>\n</f></a>\n"));
        for body in ["<a>", "</a>", "<a></b>", "<a><b></a></b>", "<a>></a>", "<a <b/>></a>", "<a b=\"></a>", "<></>"] {
            assert!(!well(body), "{body}");
        }
        assert!(!is_well_formed(b"<a/>") && !is_well_formed(b"\xFF"));
    }

    #[test]
    fn deep_lines_are_indented_beyond_one_piece_of_spaces() {
        let mut out = Vec::new();
        indent(&mut out, 40);
        assert_eq!(out.len(), 80);
    }
}
