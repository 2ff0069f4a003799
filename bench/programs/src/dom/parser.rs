//! The parser: JSON text to a tree in any memory.

use super::tree::Tree;

/// Deeper documents are refused: each level is one of the parser's stack.
const DEEPEST: usize = 128;

/// Parses a document.
///
/// # Errors
/// At which byte it stopped, and why.
pub fn parse<T: Tree>(text: &str, tree: T) -> Result<T::Value, (usize, &'static str)> {
    let mut parser =
        Parser { text, at: 0, depth: 0, tree, values: Vec::new(), members: Vec::new(), unescaped: String::new() };
    let value = parser.value().and_then(|value| {
        parser.skip_space();
        if parser.at == text.len() { Ok(value) } else { Err("something after the document") }
    });
    value.map_err(|reason| (parser.at, reason))
}

/// Values and members of open lists and objects lie on two stacks, which the whole document shares: what is put into the
/// tree has its final size.
struct Parser<'t, T: Tree> {
    text: &'t str,
    at: usize,
    depth: usize,
    tree: T,
    values: Vec<T::Value>,
    members: Vec<(T::Text, T::Value)>,
    unescaped: String,
}

type Parsed<T> = Result<T, &'static str>;

impl<T: Tree> Parser<'_, T> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Skips space and then `wanted`, if it is there.
    fn take(&mut self, wanted: u8) -> bool {
        self.skip_space();
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str, value: T::Value) -> Parsed<T::Value> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err("an unknown word")
        }
    }

    fn value(&mut self) -> Parsed<T::Value> {
        self.skip_space();
        match self.peek().ok_or("the text ends where a value is due")? {
            b'{' => self.deeper(Self::object),
            b'[' => self.deeper(Self::list),
            b'"' => self.text().map(|text| self.tree.string(text)),
            b'n' => self.word("null", self.tree.null()),
            b't' => self.word("true", self.tree.bool(true)),
            b'f' => self.word("false", self.tree.bool(false)),
            _ => self.number(),
        }
    }

    fn deeper(&mut self, parse: fn(&mut Self) -> Parsed<T::Value>) -> Parsed<T::Value> {
        if self.depth == DEEPEST {
            return Err("more than 128 lists and objects in one another");
        }
        self.depth += 1;
        self.at += 1;
        let value = parse(self);
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Parsed<T::Value> {
        let start = self.values.len();
        if !self.take(b']') {
            loop {
                let value = self.value()?;
                self.values.push(value);
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return Err("a list goes on with a comma");
                }
            }
        }
        Ok(self.tree.list(&mut self.values, start))
    }

    fn object(&mut self) -> Parsed<T::Value> {
        let start = self.members.len();
        if !self.take(b'}') {
            loop {
                self.skip_space();
                let name = self.text()?;
                if !self.take(b':') {
                    return Err("a name is followed by a colon");
                }
                let value = self.value()?;
                self.members.push((name, value));
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err("an object goes on with a comma");
                }
            }
        }
        Ok(self.tree.object(&mut self.members, start))
    }

    fn number(&mut self) -> Parsed<T::Value> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let value = rest[..end].parse().map_err(|_| "no number")?;
        self.at += end;
        Ok(self.tree.number(value))
    }

    fn text(&mut self) -> Parsed<T::Text> {
        if self.peek() != Some(b'"') {
            return Err("a string starts with a quote");
        }
        self.at += 1;
        let start = self.at;
        let bytes = self.text.as_bytes();
        // Most strings have no escapes.
        match bytes[start..].iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            Some(length) if bytes[start + length] == b'"' => {
                self.at = start + length + 1;
                Ok(self.tree.text(&self.text[start..start + length]))
            }
            _ => self.escaped(),
        }
    }

    fn escaped(&mut self) -> Parsed<T::Text> {
        self.unescaped.clear();
        loop {
            let rest = &self.text[self.at..];
            let length = rest.find(['"', '\\']).ok_or("the text ends in a string")?;
            self.unescaped.push_str(&rest[..length]);
            self.at += length + 1;
            if rest.as_bytes()[length] == b'"' {
                return Ok(self.tree.text(&self.unescaped));
            }
            let c = self.escape()?;
            self.unescaped.push(c);
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        let escape = self.peek().ok_or("the text ends in an escape")?;
        self.at += 1;
        Ok(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut units = vec![self.unit()?];
                if (0xD800..0xDC00).contains(&units[0]) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    units.push(self.unit()?);
                }
                let c = char::decode_utf16(units).next().ok_or("no character")?;
                c.map_err(|_| "half of a pair of surrogates")?
            }
            _ => return Err("an unknown escape"),
        })
    }

    fn unit(&mut self) -> Parsed<u16> {
        let digits = self.text.get(self.at..self.at + 4).ok_or("four digits are due")?;
        self.at += 4;
        u16::from_str_radix(digits, 16).map_err(|_| "no hexadecimal number")
    }
}
