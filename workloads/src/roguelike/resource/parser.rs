//! From tokens to blocks. The grammar, whole:
//!
//! ```text
//! file  = block*
//! block = word string "{" field* "}"
//! field = word value* ";"
//! value = string | word | glyph | percent | dice | color
//!       | number [".." number] | size [".." size]
//! ```

use allocator_api2::vec::Vec;

use super::ast::{Block, Field, File, Value};
use super::error::{Position, Problem, ResourceError};
use super::token::{Token, TokenKind};
use crate::memory::Alloc;
use crate::roguelike::Text;

/// Reads the blocks of a file from its tokens.
///
/// # Errors
/// The first token that does not fit the grammar, or a block keyword that is not known.
///
/// # Panics
/// If the tokens do not end with [`TokenKind::End`].
pub fn parse<'s, A: Alloc>(tokens: &[Token<'s>], alloc: A) -> Result<File<'s, A>, ResourceError> {
    let mut parser = Parser { tokens, next: 0, alloc };
    let mut file = File::new_in(alloc);
    loop {
        let token = parser.take();
        match token.kind {
            TokenKind::End => return Ok(file),
            TokenKind::Word(keyword) => {
                let Some(list) = file.list(keyword) else {
                    return Err(ResourceError::new(token.at, Problem::UnknownBlock(keyword.to_owned())));
                };
                list.push(parser.block(token.at)?);
            }
            other => return Err(expected("a block such as `terrain \"Name\" { .. }`", token.at, &other)),
        }
    }
}

struct Parser<'t, 's, A: Alloc> {
    tokens: &'t [Token<'s>],
    next: usize,
    alloc: A,
}

fn expected(wanted: &'static str, at: Position, found: &TokenKind<'_>) -> ResourceError {
    ResourceError::new(at, Problem::Expected { wanted, found: found.describe() })
}

impl<'s, A: Alloc> Parser<'_, 's, A> {
    fn peek(&self) -> Token<'s> {
        self.tokens[self.next]
    }

    /// The next token; the end is given out again and again.
    fn take(&mut self) -> Token<'s> {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.next += 1;
        }
        token
    }

    fn block(&mut self, at: Position) -> Result<Block<'s, A>, ResourceError> {
        let name = self.take();
        let TokenKind::Quoted(raw) = name.kind else {
            return Err(expected("the block's name in double quotes", name.at, &name.kind));
        };
        let open = self.take();
        if open.kind != TokenKind::Open {
            return Err(expected("`{`", open.at, &open.kind));
        }
        let mut fields = Vec::new_in(self.alloc);
        loop {
            let token = self.take();
            match token.kind {
                TokenKind::Close => return Ok(Block { name: unescaped(raw, self.alloc), at, fields }),
                TokenKind::Word(name) => fields.push(self.field(name, token.at)?),
                other => return Err(expected("a field or `}`", token.at, &other)),
            }
        }
    }

    fn field(&mut self, name: &'s str, at: Position) -> Result<Field<'s, A>, ResourceError> {
        let mut values = Vec::new_in(self.alloc);
        loop {
            let token = self.take();
            values.push(match token.kind {
                TokenKind::Semicolon => return Ok(Field { name, at, values }),
                TokenKind::Quoted(raw) => Value::Text(unescaped(raw, self.alloc)),
                TokenKind::Word(word) => Value::Word(word),
                TokenKind::Character(glyph) => Value::Character(glyph),
                TokenKind::Percent(percent) => Value::Percent(percent),
                TokenKind::Dice(count, sides) => Value::Dice(count, sides),
                TokenKind::Color(color) => Value::Color(color),
                TokenKind::Number(low) => self.number_or_range(low)?,
                TokenKind::Size(width, height) => self.size_or_range((width, height))?,
                other => return Err(expected("a value or `;`", token.at, &other)),
            });
        }
    }

    /// The token after `..`, if a `..` stands next.
    fn after_dots(&mut self) -> Option<Token<'s>> {
        if self.peek().kind != TokenKind::Dots {
            return None;
        }
        self.take();
        Some(self.take())
    }

    fn number_or_range(&mut self, low: i32) -> Result<Value<'s, A>, ResourceError> {
        let Some(end) = self.after_dots() else { return Ok(Value::Number(low)) };
        let TokenKind::Number(high) = end.kind else {
            return Err(expected("the number that ends the range", end.at, &end.kind));
        };
        if high < low {
            return Err(ResourceError::new(end.at, Problem::EmptyRange(low, high)));
        }
        Ok(Value::Range(low, high))
    }

    fn size_or_range(&mut self, low: (i32, i32)) -> Result<Value<'s, A>, ResourceError> {
        let Some(end) = self.after_dots() else { return Ok(Value::Sizes(low, low)) };
        let TokenKind::Size(width, height) = end.kind else {
            return Err(expected("the size that ends the range", end.at, &end.kind));
        };
        for (low, high) in [(low.0, width), (low.1, height)] {
            if high < low {
                return Err(ResourceError::new(end.at, Problem::EmptyRange(low, high)));
            }
        }
        Ok(Value::Sizes(low, (width, height)))
    }
}

/// The text without its backslashes; the lexer has checked what follows each.
fn unescaped<A: Alloc>(raw: &str, alloc: A) -> Text<A> {
    if !raw.contains('\\') {
        return Text::copy_in(raw, alloc);
    }
    let mut text = Text::new_in(alloc);
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().unwrap_or('\\')),
            plain => text.push(plain),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;
    use crate::roguelike::resource::tokenize;

    fn with_file<R>(source: &str, check: impl FnOnce(&File<'_, Global>) -> R) -> R {
        let tokens = tokenize(source, Global).expect("lexes");
        check(&parse(&tokens, Global).expect("parses"))
    }

    fn failure(source: &str) -> String {
        let tokens = tokenize(source, Global).expect("lexes");
        parse(&tokens, Global).map(|_| ()).expect_err("must be refused").to_string()
    }

    #[test]
    fn blocks_go_to_the_list_of_their_keyword_in_order() {
        with_file("item \"b\" {} terrain \"t\" { flags wall opaque; } item \"a\" {}", |file| {
            let names: std::vec::Vec<&str> = file.items.iter().map(|block| block.name.as_str()).collect();
            assert_eq!(names, ["b", "a"]);
            assert_eq!(file.terrains[0].fields[0].name, "flags");
            assert_eq!(file.terrains[0].fields[0].values.len(), 2);
        });
    }

    #[test]
    fn ranges_of_numbers_and_sizes_are_one_value() {
        with_file("room \"r\" { depth 1..4; size 5x4..9x8; size 3x3; }", |file| {
            let fields = &file.rooms[0].fields;
            assert!(matches!(fields[0].values[..], [Value::Range(1, 4)]));
            assert!(matches!(fields[1].values[..], [Value::Sizes((5, 4), (9, 8))]));
            assert!(matches!(fields[2].values[..], [Value::Sizes((3, 3), (3, 3))]));
        });
    }

    #[test]
    fn escapes_are_resolved_in_names_and_values() {
        with_file(r#"item "The \"Old\" One" { title "back\\slash"; }"#, |file| {
            assert_eq!(file.items[0].name.as_str(), "The \"Old\" One");
            assert!(
                matches!(&file.items[0].fields[0].values[..], [Value::Text(text)] if text.as_str() == "back\\slash")
            );
        });
    }

    #[test]
    fn what_does_not_fit_the_grammar_is_named_with_its_place() {
        let cases = [
            ("12", ":1:1: expected a block such as `terrain \"Name\" { .. }`, found the number 12"),
            ("dragon \"x\" {}", ":1:1: there is no kind of block called `dragon`"),
            ("item x {}", ":1:6: expected the block's name in double quotes, found the word `x`"),
            ("item \"x\" ;", ":1:10: expected `{`, found `;`"),
            ("item \"x\" {\n  \"y\"; }", ":2:3: expected a field or `}`, found the string \"y\""),
            ("item \"x\" { weight 1 }", ":1:21: expected a value or `;`, found `}`"),
            ("item \"x\" { weight 1", ":1:20: expected a value or `;`, found the end of the file"),
            ("item \"x\" {", ":1:11: expected a field or `}`, found the end of the file"),
            ("item \"x\" { depth 4..2; }", ":1:21: the range 4..2 ends before it starts"),
            ("item \"x\" { depth 4..; }", ":1:21: expected the number that ends the range, found `;`"),
            ("room \"x\" { size 4x4..5; }", ":1:22: expected the size that ends the range, found the number 5"),
            ("room \"x\" { size 4x4..5x3; }", ":1:22: the range 4..3 ends before it starts"),
        ];
        for (source, message) in cases {
            assert_eq!(failure(source), message, "for {source}");
        }
    }
}
