//! From text to tree.

use super::{
    error::{JsonError, JsonFault},
    value::{Json, Member},
};
use crate::builder::Builder;

/// How deep arrays and objects may be nested: reading, walking and dropping a tree recurse.
pub const MAX_DEPTH: usize = 512;

/// Integers of so many digits fit an `i64` without a check.
const SAFE_DIGITS: usize = 18;

/// Reads a document.
///
/// # Errors
/// The first fault and its place.
pub fn read<'a, B: Builder<'a>>(text: &str, place: B) -> Result<Json<'a, B>, JsonError> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, place };
    let value = reader.document();
    value.map_err(|fault| JsonError::at(fault, text, reader.at))
}

pub(super) struct Reader<'s, B> {
    pub(super) text: &'s str,
    pub(super) bytes: &'s [u8],
    /// The next byte. When something is wrong, the byte that is.
    pub(super) at: usize,
    pub(super) place: B,
}

impl<'a, B: Builder<'a>> Reader<'_, B> {
    fn document(&mut self) -> Result<Json<'a, B>, JsonFault> {
        let value = self.value(0)?;
        match self.next_token() {
            None => Ok(value),
            Some(_) => Err(JsonFault::Trailing),
        }
    }

    /// The byte that the next token begins with; white space before it is skipped.
    #[inline]
    fn next_token(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                found => return found.copied(),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a, B>, JsonFault> {
        match self.next_token().ok_or(JsonFault::End)? {
            b'"' => self.string().map(Json::String),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'-' | b'0'..=b'9' => self.number(),
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'a'..=b'z' | b'A'..=b'Z' => Err(JsonFault::Word),
            _ => Err(JsonFault::Value),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a, B>) -> Result<Json<'a, B>, JsonFault> {
        let rest = &self.bytes[self.at..];
        if !rest.starts_with(word.as_bytes()) || rest.get(word.len()).is_some_and(u8::is_ascii_alphanumeric) {
            return Err(JsonFault::Word);
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a, B>, JsonFault> {
        self.open(depth)?;
        let mut members = self.place.list();
        if self.next_token() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            match self.next_token() {
                Some(b'"') => {}
                Some(_) => return Err(JsonFault::Name),
                None => return Err(JsonFault::End),
            }
            let name = self.string()?;
            match self.next_token() {
                Some(b':') => self.at += 1,
                Some(_) => return Err(JsonFault::Colon),
                None => return Err(JsonFault::End),
            }
            let value = self.value(depth + 1)?;
            self.place.push(&mut members, Member { name, value });
            if self.closes(b'}')? {
                return Ok(Json::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a, B>, JsonFault> {
        self.open(depth)?;
        let mut items = self.place.list();
        if self.next_token() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            let item = self.value(depth + 1)?;
            self.place.push(&mut items, item);
            if self.closes(b']')? {
                return Ok(Json::Array(items));
            }
        }
    }

    fn open(&mut self, depth: usize) -> Result<(), JsonFault> {
        if depth == MAX_DEPTH {
            return Err(JsonFault::Depth);
        }
        self.at += 1;
        Ok(())
    }

    /// Takes the comma or the closing bracket behind an element; whether it was the bracket.
    #[inline]
    fn closes(&mut self, bracket: u8) -> Result<bool, JsonFault> {
        let found = self.next_token().ok_or(JsonFault::End)?;
        if found != b',' && found != bracket {
            return Err(JsonFault::Comma);
        }
        self.at += 1;
        Ok(found == bracket)
    }

    fn number(&mut self) -> Result<Json<'a, B>, JsonFault> {
        let start = self.at;
        let negative = self.bytes[start] == b'-';
        self.at += usize::from(negative);
        let digits = self.at;
        let mut value = 0i64;
        while let Some(&digit @ b'0'..=b'9') = self.bytes.get(self.at) {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        let count = self.at - digits;
        if count > 1 && self.bytes[digits] == b'0' {
            self.at = digits;
            return Err(JsonFault::Number);
        }
        if count == 0 {
            return Err(if self.at == self.bytes.len() { JsonFault::End } else { JsonFault::Number });
        }
        // -0 is no integer: it is not written as its digits.
        let mut exact = count <= SAFE_DIGITS && !(negative && value == 0);
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
            exact = false;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
            exact = false;
        }
        if exact {
            return Ok(Json::Int(if negative { -value } else { value }));
        }
        Ok(Json::Number(self.place.text(&self.text[start..self.at])))
    }

    fn digits(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            _ if self.at > start => Ok(()),
            None => Err(JsonFault::End),
            Some(_) => Err(JsonFault::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::{Heap, List};

    fn json(text: &str) -> Result<Json<'static, Heap>, (JsonFault, usize, usize)> {
        read(text, Heap).map_err(|error| (error.fault, error.line, error.column))
    }

    #[test]
    fn numbers_are_kept_exactly() {
        for (text, int) in [("0", 0), ("-1", -1), ("999999999999999999", 999_999_999_999_999_999)] {
            assert!(matches!(json(text), Ok(Json::Int(value)) if value == int), "{text}");
        }
        for text in ["-0", "1.50", "1E400", "-0.0e-7", "123456789012345678901234567890", "0e1"] {
            assert!(matches!(json(text), Ok(Json::Number(kept)) if kept == text), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        for (text, fault, line, column) in [
            ("", JsonFault::End, 1, 1),
            ("[1,\n 2", JsonFault::End, 2, 3),
            ("[1,]", JsonFault::Value, 1, 4),
            ("[1 2]", JsonFault::Comma, 1, 4),
            ("{1: 2}", JsonFault::Name, 1, 2),
            ("{\"a\" 2}", JsonFault::Colon, 1, 6),
            ("{\"a\": 2,}", JsonFault::Name, 1, 9),
            ("nul", JsonFault::Word, 1, 1),
            ("trueish", JsonFault::Word, 1, 1),
            ("-01", JsonFault::Number, 1, 2),
            ("+1", JsonFault::Value, 1, 1),
            ("1.e5", JsonFault::Number, 1, 3),
            ("-", JsonFault::End, 1, 2),
            ("\"é\n\"", JsonFault::Control, 1, 3),
            ("\"\\x\"", JsonFault::Escape, 1, 3),
            ("\"\\ud800\"", JsonFault::Surrogate, 1, 2),
            ("\"\\udc00\\ud800\"", JsonFault::Surrogate, 1, 2),
            ("\"\\ud800\\ue000\"", JsonFault::Surrogate, 1, 2),
            ("1 1", JsonFault::Trailing, 1, 3),
        ] {
            assert_eq!(json(text).map(|_| ()), Err((fault, line, column)), "{text}");
        }
    }

    #[test]
    fn escapes_and_surrogates_become_characters() {
        let text = r#""\"\\\/\b\f\n\r\té \ud83d\uDE00 é""#;
        assert!(matches!(json(text), Ok(Json::String(kept)) if kept == "\"\\/\u{8}\u{c}\n\r\té 😀 é"));
    }

    #[test]
    fn nesting_ends_at_the_limit_and_not_with_the_stack() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(json(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(json(&nested(MAX_DEPTH + 1)).map(|_| ()), Err((JsonFault::Depth, 1, MAX_DEPTH + 1)));
        assert!(json(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn members_are_kept_in_order_even_if_named_twice() {
        let Ok(Json::Object(members)) = json(r#"{"b": 1, "a": [], "b": {}}"#) else { panic!("an object") };
        let names: Vec<&str> = members.iter().map(|member| &*member.name).collect();
        assert_eq!(names, ["b", "a", "b"]);
        assert_eq!(List::len(&members), 3);
    }
}
