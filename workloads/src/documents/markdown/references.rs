//! The parts of links: labels, destinations and titles.

use std::ops::Range;

/// The longest label, in bytes.
const MAX_LABEL: usize = 999;

/// What stands in the brackets that open at `at`, if it can be a label: not blank, no brackets but escaped ones.
pub(super) fn label(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'[') {
        return None;
    }
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b']' => break,
            b'[' => return None,
            b'\\' if bytes.get(end + 1).is_some_and(u8::is_ascii_punctuation) => end += 2,
            _ => end += 1,
        }
        if end - at > MAX_LABEL {
            return None;
        }
    }
    let inside = at + 1..end;
    is_named(&text[inside.clone()]).then_some(inside)
}

/// Whether a text in brackets can be a label.
pub(super) fn is_label(inside: &str) -> bool {
    let mut escaped = false;
    let open = inside.bytes().any(|byte| {
        let bracket = !escaped && (byte == b'[' || byte == b']');
        escaped = !escaped && byte == b'\\';
        bracket
    });
    !open && inside.len() <= MAX_LABEL && is_named(inside)
}

/// Whether anything is left of a label when it is compared.
fn is_named(inside: &str) -> bool {
    inside.chars().any(|character| !character.is_whitespace() && character != '`' && character != '\\')
}

/// The destination that begins at `at`, and where what follows it begins.
pub(super) fn destination(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let mut end = at;
    if bytes.get(at) == Some(&b'<') {
        end += 1;
        loop {
            match bytes.get(end)? {
                b'>' => return Some((at + 1..end, end + 1)),
                b'<' | b'\n' => return None,
                b'\\' if bytes.get(end + 1).is_some_and(u8::is_ascii_punctuation) => end += 2,
                _ => end += 1,
            }
        }
    }
    let mut depth = 0;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            0..=b' ' | 0x7F => break,
            b'(' => depth += 1,
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            b'\\' if bytes.get(end + 1).is_some_and(u8::is_ascii_punctuation) => end += 1,
            _ => {}
        }
        end += 1;
    }
    (depth == 0).then_some((at..end, end))
}

/// The title that begins at `at`, and where what follows it begins.
pub(super) fn title(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    let close = match bytes.get(at)? {
        b'"' => b'"',
        b'\'' => b'\'',
        b'(' => b')',
        _ => return None,
    };
    let mut end = at + 1;
    loop {
        match *bytes.get(end)? {
            byte if byte == close => return Some((at + 1..end, end + 1)),
            b'(' if close == b')' => return None,
            b'\\' if bytes.get(end + 1).is_some_and(u8::is_ascii_punctuation) => end += 2,
            _ => end += 1,
        }
    }
}

/// Destination and title in the parentheses that open at `at`, and where what follows them begins.
pub(super) fn parentheses(text: &str, at: usize) -> Option<(Range<usize>, Range<usize>, usize)> {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'(') {
        return None;
    }
    let space = |at: usize| at + bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count();
    let (dest, behind) = destination(text, space(at + 1))?;
    let from = space(behind);
    let (name, end) = match title(text, from).filter(|_| from > behind) {
        Some((name, end)) => (name, space(end)),
        None => (from..from, from),
    };
    (bytes.get(end) == Some(&b')')).then_some((dest, name, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Option<(&str, &str)> {
        parentheses(text, 0).filter(|parts| parts.2 == text.len()).map(|(dest, title, _)| (&text[dest], &text[title]))
    }

    #[test]
    fn destinations_balance_their_parentheses_or_stand_in_angles() {
        assert_eq!(link("(a(b)c 'x')"), Some(("a(b)c", "x")));
        assert_eq!(link("( <a b)> (t) )"), Some(("a b)", "t")));
        assert_eq!(link("()"), Some(("", "")));
        assert_eq!(link(r#"(a "b\"c")"#), Some(("a", r#"b\"c"#)));
        assert_eq!([link("(a b)"), link("(a(b)"), link("(<a\nb>)"), link("(a\"b\")x")], [None; 4]);
    }

    #[test]
    fn labels_have_no_brackets_inside() {
        assert_eq!(label("[a\\]b] c", 0), Some(1..5));
        assert_eq!([label("[]", 0), label("[ ]", 0), label("[a[b]", 0), label("[a", 0)], [const { None }; 4]);
        assert!(is_label("a\\[") && !is_label("a[") && !is_label(" "));
    }
}
