//! XML, as far as it is written here.

use super::builder::{Array, push_number};

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
    fn deep_lines_are_indented_beyond_one_piece_of_spaces() {
        let mut out = Vec::new();
        indent(&mut out, 40);
        assert_eq!(out.len(), 80);
    }
}
