//! HTML inside Markdown, recognised and passed through.

/// Elements whose tags begin a block wherever they begin a line.
const BLOCKS: [&str; 62] = [
    "address",
    "article",
    "aside",
    "base",
    "basefont",
    "blockquote",
    "body",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "iframe",
    "legend",
    "li",
    "link",
    "main",
    "menu",
    "menuitem",
    "nav",
    "noframes",
    "ol",
    "optgroup",
    "option",
    "p",
    "param",
    "search",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "track",
    "ul",
];
/// Elements whose contents are no Markdown, blank lines among them.
const RAW: [&str; 4] = ["script", "pre", "style", "textarea"];

/// Where a block of HTML ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With the line that has this, in any case of letters.
    With(&'static str),
    /// With the end of one of the raw elements.
    Raw,
    /// Before a blank line.
    Blank,
}

impl End {
    /// Whether `line` is the block's last.
    pub(super) fn is_in(self, line: &str) -> bool {
        match self {
            Self::With(end) => line.contains(end),
            Self::Raw => RAW.iter().any(|name| {
                line.match_indices("</").any(|(at, _)| {
                    let rest = &line.as_bytes()[at + 2..];
                    rest.len() > name.len()
                        && rest[..name.len()].eq_ignore_ascii_case(name.as_bytes())
                        && rest[name.len()] == b'>'
                })
            }),
            Self::Blank => false,
        }
    }
}

/// The end of the block of HTML that begins on a line. `inside` a paragraph a line with one tag alone begins none.
pub(super) fn block(line: &str, inside: bool) -> Option<End> {
    let indent = super::line::indent(line);
    let rest = &line[indent..];
    if indent >= 4 || !rest.starts_with('<') {
        return None;
    }
    for (start, end) in [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>")] {
        if rest.starts_with(start) {
            return Some(End::With(end));
        }
    }
    if rest.starts_with("<!") && rest.as_bytes().get(2).is_some_and(u8::is_ascii_alphabetic) {
        return Some(End::With(">"));
    }
    let closing = rest.starts_with("</");
    let from = 1 + usize::from(closing);
    let name = word(&rest[from..]);
    let behind = &rest[from + name.len()..];
    let is = |names: &[&str]| names.iter().any(|it| it.eq_ignore_ascii_case(name));
    let ends = behind.is_empty() || behind.starts_with([' ', '\t', '>']);
    if !closing && ends && is(&RAW) {
        return Some(End::Raw);
    }
    if (ends || behind.starts_with("/>")) && is(&BLOCKS) {
        return Some(End::Blank);
    }
    let alone = !inside && tag(rest, 0).is_some_and(|end| super::line::blank(&rest[end..]));
    alone.then_some(End::Blank)
}

/// The letters and digits that a tag's name consists of.
fn word(text: &str) -> &str {
    if !text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) {
        return "";
    }
    let length = text.bytes().take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'-').count();
    &text[..length]
}

/// Where the HTML that begins at `at` (a `<`) ends: a tag, comment, instruction, declaration or CDATA.
pub(super) fn inline(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    for (start, end) in [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>")] {
        if let Some(inner) = rest.strip_prefix(start) {
            return Some(at + start.len() + inner.find(end)? + end.len());
        }
    }
    if rest.starts_with("<!") {
        rest.as_bytes().get(2).filter(|byte| byte.is_ascii_alphabetic())?;
        return Some(at + rest.find('>')? + 1);
    }
    tag(text, at)
}

/// Where the tag that begins at `at` ends.
fn tag(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let closing = bytes.get(at + 1) == Some(&b'/');
    let from = at + 1 + usize::from(closing);
    let name = word(text.get(from..)?);
    if name.is_empty() {
        return None;
    }
    let mut at = from + name.len();
    loop {
        let before = at;
        at += space(bytes, at);
        match bytes.get(at)? {
            b'>' => return Some(at + 1),
            b'/' if !closing => return (bytes.get(at + 1) == Some(&b'>')).then_some(at + 2),
            byte if !closing && at > before && (byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':')) => {
                at = attribute(text, at)?;
            }
            _ => return None,
        }
    }
}

fn attribute(text: &str, mut at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    at += count(&bytes[at..], |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-'));
    let equals = at + space(bytes, at);
    if bytes.get(equals) != Some(&b'=') {
        return Some(at);
    }
    at = equals + 1;
    at += space(bytes, at);
    match *bytes.get(at)? {
        quote @ (b'"' | b'\'') => Some(at + 2 + text[at + 1..].find(char::from(quote))?),
        _ => {
            let bare = |byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'"' | b'\'' | b'=' | b'<' | b'>' | b'`');
            let length = count(&bytes[at..], bare);
            (length > 0).then_some(at + length)
        }
    }
}

fn space(bytes: &[u8], at: usize) -> usize {
    count(&bytes[at..], |byte| matches!(byte, b' ' | b'\t' | b'\n'))
}

fn count(bytes: &[u8], fits: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|&&byte| fits(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_comments_and_instructions_end_where_they_end() {
        for html in
            ["<a>", "<a href='x>y' b=1 c>", "</a >", "<br/>", "<!-- > -->", "<?php > ?>", "<!DOCTYPE x>", "<x-y\n z>"]
        {
            assert_eq!(inline(&format!("{html} tail"), 0), Some(html.len()), "{html}");
        }
        for text in ["< a>", "<1>", "<a b='>", "</a b>", "<a/ >", "<a b=>", "<!-- x", "<"] {
            assert_eq!(inline(text, 0), None, "{text}");
        }
    }

    #[test]
    fn a_lone_tag_begins_a_block_outside_paragraphs_only() {
        assert_eq!(block("<ins>", false), Some(End::Blank));
        assert_eq!(block("<ins>", true), None);
        assert_eq!(block("<ins> x", false), None);
        assert_eq!(block("<DIV class=x", true), Some(End::Blank));
        assert_eq!(block("<pre>", true), Some(End::Raw));
        assert!(End::Raw.is_in("x </PRE> y") && !End::Raw.is_in("</prefix>"));
        assert_eq!(block("    <div>", false), None);
    }
}
