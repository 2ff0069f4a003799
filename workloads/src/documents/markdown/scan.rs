//! From a text to its tokens.

use super::{
    emphasis::resolve,
    html,
    references::{is_label, label, parentheses},
    tokens::{Bracket, Kind, Run, Target, Token},
    tree::Shape,
};
use crate::builder::{Array, Builder};

/// Bytes that may begin anything but plain text.
static SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let (bytes, mut at) = (b"\\`*_[]!<&\n", 0);
    while at < bytes.len() {
        special[bytes[at] as usize] = true;
        at += 1;
    }
    special
};

/// Lengths of runs of backticks that are remembered to have no end.
const TICKS: usize = 16;

/// A text and what has been found in it.
pub(super) struct Scan<'s, 't, B: Builder<'t>> {
    pub(super) text: &'s str,
    pub(super) tokens: B::Array<Token>,
    pub(super) targets: B::Array<Target>,
    runs: B::Array<Run>,
    brackets: B::Array<Bracket>,
    at: usize,
    endless: [bool; TICKS],
}

impl<'s, 't, B: Builder<'t>> Scan<'s, 't, B> {
    /// Scans `text`; everything found lies in `place`.
    pub(super) fn of(text: &'s str, place: B) -> Self {
        let mut scan = Self {
            text,
            tokens: place.array(text.len() / 16 + 8),
            targets: place.array(0),
            runs: place.array(0),
            brackets: place.array(0),
            at: 0,
            endless: [false; TICKS],
        };
        let bytes = text.as_bytes();
        while scan.at < bytes.len() {
            let rest = &bytes[scan.at..];
            let plain = rest.iter().position(|&byte| SPECIAL[usize::from(byte)]).unwrap_or(rest.len());
            if plain > 0 {
                scan.token(Kind::Text, plain);
            } else {
                scan.special(rest);
            }
        }
        resolve(&mut scan.runs, 0, &mut scan.tokens);
        scan
    }

    /// A token of the next `length` bytes.
    fn token(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token::new(kind, self.at, self.at + length));
        self.at += length;
    }

    fn special(&mut self, rest: &[u8]) {
        match rest[0] {
            b'\n' => self.line_end(),
            b'\\' => self.backslash(rest),
            b'`' => self.code(rest),
            byte @ (b'*' | b'_') => self.cluster(rest, byte),
            b'[' => self.bracket(false),
            b'!' if rest.get(1) == Some(&b'[') => self.bracket(true),
            b']' => self.close(),
            b'<' => self.angle(),
            b'&' => {
                let length = entity(rest);
                self.token(if length > 1 { Kind::Entity } else { Kind::Text }, length);
            }
            _ => self.token(Kind::Text, 1),
        }
    }

    fn line_end(&mut self) {
        let mut spaces = 0;
        while let Some(last) = self.tokens.last_mut().filter(|token| token.kind == Kind::Text) {
            let text = &self.text[last.start as usize..last.end as usize];
            let kept = text.trim_end_matches(' ').len();
            spaces += text.len() - kept;
            last.end = last.start + kept as u32;
            if kept > 0 {
                break;
            }
            self.tokens.pop();
        }
        self.token(if spaces >= 2 { Kind::Break } else { Kind::Soft }, 1);
    }

    fn backslash(&mut self, rest: &[u8]) {
        match rest.get(1) {
            Some(b'\n') => self.token(Kind::Break, 2),
            Some(&byte @ (b'*' | b'_')) => self.cluster(rest, byte),
            Some(byte) if byte.is_ascii_punctuation() => {
                self.at += 1;
                self.token(Kind::Text, 1);
            }
            _ => self.token(Kind::Text, 1),
        }
    }

    fn code(&mut self, rest: &[u8]) {
        let ticks = rest.iter().take_while(|&&byte| byte == b'`').count();
        let known = self.endless.get(ticks).copied().unwrap_or(false);
        let mut end = ticks;
        while let Some(from) = rest[end..].iter().position(|&byte| byte == b'`').filter(|_| !known) {
            let from = end + from;
            end = from + rest[from..].iter().take_while(|&&byte| byte == b'`').count();
            if end - from == ticks {
                let inside = &rest[ticks..from];
                let space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\n'));
                let padded = space(inside.first()) && space(inside.last()) && !inside.iter().all(|it| space(Some(it)));
                let pad = usize::from(padded);
                self.tokens.push(Token::new(Kind::Code, self.at + ticks + pad, self.at + from - pad));
                self.at += end;
                return;
            }
        }
        if let Some(endless) = self.endless.get_mut(ticks) {
            *endless = true;
        }
        self.token(Kind::Text, ticks);
    }

    /// Delimiters of a kind, escaped ones among them: what they open and close is judged for all of them together, so
    /// that those which turn out to delimit nothing can be escaped without a change for the others.
    fn cluster(&mut self, rest: &[u8], byte: u8) {
        let (mut end, mut total) = (0, 0);
        loop {
            end += match &rest[end..] {
                [it, ..] if *it == byte => 1,
                [b'\\', it, ..] if *it == byte => 2,
                _ => break,
            };
            total += 1;
        }
        let before = Class::of(self.text[..self.at].chars().next_back());
        let behind = &self.text[self.at + end..];
        let after = if behind.starts_with("\\\n") { Class::Space } else { Class::of(behind.chars().next()) };
        let left = after != Class::Space && (after != Class::Mark || before != Class::Letter);
        let right = before != Class::Space && (before != Class::Mark || after != Class::Letter);
        let (opens, closes) = match byte {
            b'*' => (left, right),
            _ => (left && (!right || before == Class::Mark), right && (!left || after == Class::Mark)),
        };
        let end = self.at + end;
        while self.at < end {
            let rest = &self.text.as_bytes()[self.at..end];
            let length = rest.iter().take_while(|&&it| it == byte).count();
            if length == 0 {
                self.at += 1;
                self.token(Kind::Text, 1);
            } else if !opens && !closes {
                self.token(Kind::Text, length);
            } else {
                let (first, length) = (self.tokens.len() as u32, length as u32);
                (0..length).for_each(|_| self.token(Kind::Text, 1));
                self.runs.push(Run { byte, opens, closes, total, first, length, front: 0, back: 0 });
            }
        }
    }

    fn bracket(&mut self, image: bool) {
        let (token, runs) = (self.tokens.len() as u32, self.runs.len() as u32);
        self.token(Kind::Text, 1 + usize::from(image));
        self.brackets.push(Bracket { token, image, spent: false, runs });
    }

    /// A closing bracket: of a link, of a reference, or of nothing.
    fn close(&mut self) {
        let Some(bracket) = self.brackets.pop().filter(|bracket| !bracket.spent) else {
            return self.token(Kind::Text, 1);
        };
        let start = self.tokens[bracket.token as usize].end as usize;
        let Some((target, end)) = self.target(bracket.image, start) else { return self.token(Kind::Text, 1) };
        resolve(&mut self.runs, bracket.runs as usize, &mut self.tokens);
        let mate = self.tokens.len() as u32;
        let open = &mut self.tokens[bracket.token as usize];
        (open.kind, open.mate) = (Kind::Open, mate);
        let number = self.targets.len() as u32;
        self.tokens.push(Token { mate: number, ..Token::new(Kind::Close, self.at, end) });
        self.targets.push(target);
        self.at = end;
        // What may be a label alone does not keep a link from being around it: mostly it is none.
        if !bracket.image && target.shape != Some(Shape::Shortcut) {
            self.brackets.iter_mut().filter(|outer| !outer.image).for_each(|outer| outer.spent = true);
        }
    }

    /// Where the text in brackets from `start` to here leads, and where what follows begins.
    fn target(&self, image: bool, start: usize) -> Option<(Target, usize)> {
        let range = |range: std::ops::Range<usize>| (range.start as u32, range.end as u32);
        let behind = self.at + 1;
        if let Some((dest, title, end)) = parentheses(self.text, behind) {
            return Some((Target { image, shape: None, dest: range(dest), title: range(title) }, end));
        }
        let target = |shape, label| Target { image, shape: Some(shape), dest: range(label), title: (0, 0) };
        if let Some(label) = label(self.text, behind) {
            let end = label.end + 1;
            return Some((target(Shape::Full, label), end));
        }
        if !is_label(&self.text[start..self.at]) {
            return None;
        }
        if self.text[behind..].starts_with("[]") {
            return Some((target(Shape::Collapsed, start..self.at), behind + 2));
        }
        let alone = !self.text[behind..].starts_with('[');
        alone.then(|| (target(Shape::Shortcut, start..self.at), behind))
    }

    fn angle(&mut self) {
        let at = self.at;
        if let Some(end) = address(self.text, at) {
            self.tokens.push(Token::new(Kind::Auto, at + 1, end - 1));
            self.at = end;
        } else if let Some(end) = html::inline(self.text, at) {
            self.token(Kind::Html, end - at);
        } else {
            self.token(Kind::Text, 1);
        }
    }
}

/// What a character is to a run of delimiters beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Mark,
    Letter,
}

impl Class {
    fn of(character: Option<char>) -> Self {
        match character {
            None => Self::Space,
            Some(character) if character.is_whitespace() => Self::Space,
            Some(character) if character.is_alphanumeric() => Self::Letter,
            // Combining marks among them, which CommonMark counts as letters.
            Some(_) => Self::Mark,
        }
    }
}

/// Length of the entity that `rest` begins with, or 1 for a mere `&`.
fn entity(rest: &[u8]) -> usize {
    let (prefix, digit): (usize, fn(&u8) -> bool) = match rest.get(1..3) {
        Some(b"#x" | b"#X") => (3, u8::is_ascii_hexdigit),
        Some([b'#', _]) => (2, u8::is_ascii_digit),
        _ => (1, u8::is_ascii_alphanumeric),
    };
    let length = rest[prefix..].iter().take(32).take_while(|&byte| digit(byte)).count();
    let ends = length > 0 && rest.get(prefix + length) == Some(&b';');
    if ends { prefix + length + 1 } else { 1 }
}

/// Where the address in angle brackets that opens at `at` ends.
fn address(text: &str, at: usize) -> Option<usize> {
    let inside = &text[at + 1..];
    let length = inside.bytes().position(|byte| byte <= b' ' || byte == b'<' || byte == b'>')?;
    if inside.as_bytes()[length] != b'>' {
        return None;
    }
    let inside = &inside[..length];
    let scheme = inside.bytes().take_while(|&it| it.is_ascii_alphanumeric() || b"+.-".contains(&it)).count();
    let first = inside.as_bytes().first()?;
    let absolute =
        first.is_ascii_alphabetic() && (2..=32).contains(&scheme) && inside.as_bytes().get(scheme) == Some(&b':');
    let mail = || {
        let (name, host) = inside.split_once('@')?;
        let fits = |part: &str, more: &[u8]| part.bytes().all(|it| it.is_ascii_alphanumeric() || more.contains(&it));
        let well = !name.is_empty() && !host.is_empty() && fits(name, b".!#$%&'*+/=?^_`{|}~-") && fits(host, b".-");
        well.then_some(())
    };
    (absolute || mail().is_some()).then_some(at + length + 2)
}
