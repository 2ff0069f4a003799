//! What a line begins, looked at by itself.

use super::html;

/// The marker of a list's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// `-`, `+`, `*`, `.` or `)`.
    pub(super) kind: u8,
    /// The number of a numbered item.
    pub(super) number: u32,
    /// Columns from the line's start to the item's text.
    pub(super) offset: usize,
    /// Whether nothing follows the marker.
    pub(super) bare: bool,
}

/// A line that opens or closes a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence<'s> {
    pub(super) byte: u8,
    pub(super) length: usize,
    pub(super) indent: usize,
    pub(super) info: &'s str,
}

/// Spaces that a line begins with.
#[inline]
pub(super) fn indent(line: &str) -> usize {
    line.bytes().take_while(|&byte| byte == b' ').count()
}

/// Whether there is nothing on a line.
#[inline]
pub(super) fn blank(line: &str) -> bool {
    line.bytes().all(|byte| byte == b' ' || byte == b'\t')
}

/// A line without up to `columns` spaces at its start.
#[inline]
pub(super) fn without(line: &str, columns: usize) -> &str {
    &line[indent(line).min(columns)..]
}

/// Level and text of a heading that begins with `#`.
pub(super) fn heading(line: &str) -> Option<(u8, &str)> {
    let rest = shallow(line)?;
    let level = rest.bytes().take_while(|&byte| byte == b'#').count();
    let text = &rest[level..];
    if !(1..=6).contains(&level) || !(text.is_empty() || text.starts_with([' ', '\t'])) {
        return None;
    }
    let text = text.trim_matches([' ', '\t']);
    let opened = text.trim_end_matches('#');
    let closed = opened.is_empty() || opened.ends_with([' ', '\t']);
    Some((level as u8, if closed { opened.trim_end_matches([' ', '\t']) } else { text }))
}

/// Level of a heading that this line underlines.
pub(super) fn underline(line: &str) -> Option<u8> {
    let rest = shallow(line)?.trim_end_matches([' ', '\t']);
    let first = *rest.as_bytes().first()?;
    let level = match first {
        b'=' => 1,
        b'-' => 2,
        _ => return None,
    };
    rest.bytes().all(|byte| byte == first).then_some(level)
}

/// Whether a line is a rule.
pub(super) fn rule(line: &str) -> bool {
    let Some(rest) = shallow(line) else { return false };
    let Some(&first @ (b'*' | b'-' | b'_')) = rest.as_bytes().first() else { return false };
    let mut count = 0;
    rest.bytes().all(|byte| {
        count += usize::from(byte == first);
        byte == first || byte == b' ' || byte == b'\t'
    }) && count >= 3
}

/// The fence that a line opens. A line without text behind it may also close one.
pub(super) fn fence(line: &str) -> Option<Fence<'_>> {
    let rest = shallow(line)?;
    let byte = *rest.as_bytes().first()?;
    if byte != b'`' && byte != b'~' {
        return None;
    }
    let length = rest.bytes().take_while(|&it| it == byte).count();
    let info = rest[length..].trim_matches([' ', '\t']);
    if length < 3 || (byte == b'`' && info.contains('`')) {
        return None;
    }
    Some(Fence { byte, length, indent: indent(line), info })
}

impl Fence<'_> {
    /// Whether `line` closes this fence.
    pub(super) fn closed_by(&self, line: &str) -> bool {
        fence(line).is_some_and(|it| it.byte == self.byte && it.length >= self.length && it.info.is_empty())
    }
}

/// What is quoted on a line.
pub(super) fn quote(line: &str) -> Option<&str> {
    let rest = shallow(line)?.strip_prefix('>')?;
    Some(rest.strip_prefix(' ').unwrap_or(rest))
}

/// The marker of an item that begins on a line. Rules must have been looked for before.
pub(super) fn marker(line: &str) -> Option<Marker> {
    let indent = indent(line);
    let rest = shallow(line)?.as_bytes();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (kind, width) = match *rest.get(digits)? {
        kind @ (b'-' | b'+' | b'*') if digits == 0 => (kind, 1),
        kind @ (b'.' | b')') if (1..=9).contains(&digits) => (kind, digits + 1),
        _ => return None,
    };
    let number = rest[..digits].iter().fold(0, |number, digit| 10 * number + u32::from(digit - b'0'));
    let behind = &rest[width..];
    let spaces = behind.iter().take_while(|&&byte| byte == b' ').count();
    let bare = spaces == behind.len();
    if !bare && spaces == 0 {
        return None;
    }
    let spaces = if bare || spaces > 4 { 1 } else { spaces };
    Some(Marker { kind, number, offset: indent + width + spaces, bare })
}

/// Whether a line ends the paragraph above it.
pub(super) fn interrupts(line: &str) -> bool {
    let first = line.trim_start_matches(' ').bytes().next();
    match first {
        None => true,
        Some(b'#') => heading(line).is_some(),
        Some(b'`' | b'~') => fence(line).is_some(),
        Some(b'>') => quote(line).is_some(),
        Some(b'<') => html::block(line, true).is_some(),
        Some(b'*' | b'-' | b'_') if rule(line) => true,
        Some(b'-' | b'+' | b'*' | b'0'..=b'9') => {
            marker(line).is_some_and(|it| !it.bare && (matches!(it.kind, b'-' | b'+' | b'*') || it.number == 1))
        }
        Some(b'\t') => blank(line),
        Some(_) => false,
    }
}

/// Whether a line, without the containers that begin on it, may be a paragraph's.
pub(super) fn paragraph(mut line: &str) -> bool {
    loop {
        if blank(line) || rule(line) {
            return false;
        }
        if let Some(rest) = quote(line) {
            line = rest;
        } else if let Some(marker) = marker(line).filter(|marker| !marker.bare) {
            line = &line[marker.offset..];
        } else {
            return indent(line) < 4
                && heading(line).is_none()
                && fence(line).is_none()
                && html::block(line, false).is_none();
        }
    }
}

/// A line's text if it is indented by less than code is.
#[inline]
fn shallow(line: &str) -> Option<&str> {
    let indent = indent(line);
    (indent < 4).then(|| &line[indent..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_a_space_and_lose_their_closing_marks() {
        assert_eq!(heading("## a # b ##  "), Some((2, "a # b")));
        assert_eq!(heading("# a#"), Some((1, "a#")));
        assert_eq!(heading("###"), Some((3, "")));
        assert_eq!([heading("#a"), heading("####### a"), heading("    # a")], [None; 3]);
    }

    #[test]
    fn markers_know_where_their_text_begins() {
        let at = |line| marker(line).map(|it| (it.kind, it.number, it.offset, it.bare));
        assert_eq!(at("- a"), Some((b'-', 0, 2, false)));
        assert_eq!(at("  12)   a"), Some((b')', 12, 8, false)));
        assert_eq!(at("*      code"), Some((b'*', 0, 2, false)));
        assert_eq!(at("+"), Some((b'+', 0, 2, true)));
        assert_eq!([at("-a"), at("1234567890. a"), at("1 a")], [None; 3]);
    }

    #[test]
    fn rules_are_three_of_a_kind() {
        assert!(rule("* * *") && rule("---") && rule(" ___ "));
        assert!(!rule("**") && !rule("*-*") && !rule("    ***"));
    }
}
