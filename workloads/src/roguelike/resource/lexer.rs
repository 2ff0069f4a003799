//! From text to an array of tokens.

use allocator_api2::vec::Vec;

use super::error::{Position, Problem, ResourceError};
use super::token::{Color, Token, TokenKind};
use crate::memory::Alloc;

/// Cuts `source` into tokens; the last one is always [`TokenKind::End`].
///
/// # Errors
/// The first character run that is no token, with its place.
pub fn tokenize<A: Alloc>(source: &str, alloc: A) -> Result<Vec<Token<'_>, A>, ResourceError> {
    let mut lexer = Lexer { source, offset: 0, at: Position { line: 1, column: 1 } };
    let mut tokens = Vec::new_in(alloc);
    loop {
        lexer.skip_blanks();
        let at = lexer.at;
        let kind = lexer.token()?;
        tokens.push(Token { kind, at });
        if kind == TokenKind::End {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    offset: usize,
    at: Position,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.offset..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.offset += character.len_utf8();
        if character == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(character)
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'s str {
        let start = self.offset;
        while self.peek().is_some_and(&belongs) {
            self.next();
        }
        &self.source[start..self.offset]
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(char::is_whitespace);
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|character| character != '\n');
        }
    }

    fn token(&mut self) -> Result<TokenKind<'s>, ResourceError> {
        let start = self.at;
        let fail = |problem| Err(ResourceError::new(start, problem));
        let Some(first) = self.peek() else { return Ok(TokenKind::End) };
        match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                Ok(TokenKind::Word(self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')))
            }
            '0'..='9' => self.numeric(),
            '"' => self.quoted(),
            '\'' => self.character(),
            '#' => self.color(),
            '.' if self.rest().starts_with("..") => {
                self.next();
                self.next();
                Ok(TokenKind::Dots)
            }
            '{' | '}' | ';' => {
                self.next();
                Ok(match first {
                    '{' => TokenKind::Open,
                    '}' => TokenKind::Close,
                    _ => TokenKind::Semicolon,
                })
            }
            other => fail(Problem::StrayCharacter(other)),
        }
    }

    /// A number, or one of the forms that begin with one: `30%`, `2d6`, `80x50`.
    fn numeric(&mut self) -> Result<TokenKind<'s>, ResourceError> {
        let first = self.number()?;
        let followed_by_digit = |lexer: &Self| lexer.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        match self.peek() {
            Some('%') => {
                self.next();
                Ok(TokenKind::Percent(first.cast_unsigned()))
            }
            Some('d') if followed_by_digit(self) => {
                self.next();
                Ok(TokenKind::Dice(first.cast_unsigned(), self.number()?.cast_unsigned()))
            }
            Some('x') if followed_by_digit(self) => {
                self.next();
                Ok(TokenKind::Size(first, self.number()?))
            }
            Some(other) if other.is_alphanumeric() => Err(ResourceError::new(self.at, Problem::StrayCharacter(other))),
            _ => Ok(TokenKind::Number(first)),
        }
    }

    fn number(&mut self) -> Result<i32, ResourceError> {
        let start = self.at;
        let digits = self.take_while(|c| c.is_ascii_digit());
        digits.parse().map_err(|_| ResourceError::new(start, Problem::NumberTooLarge))
    }

    fn quoted(&mut self) -> Result<TokenKind<'s>, ResourceError> {
        let start = self.at;
        self.next();
        let inside = self.offset;
        loop {
            let at = self.at;
            let end = self.offset;
            match self.next() {
                Some('"') => return Ok(TokenKind::Quoted(&self.source[inside..end])),
                Some('\\') => match self.next() {
                    Some('\\' | '"' | '\'') => {}
                    Some('\n') | None => return Err(ResourceError::new(start, Problem::OpenString)),
                    Some(other) => return Err(ResourceError::new(at, Problem::UnknownEscape(other))),
                },
                Some('\n') | None => return Err(ResourceError::new(start, Problem::OpenString)),
                Some(_) => {}
            }
        }
    }

    fn character(&mut self) -> Result<TokenKind<'s>, ResourceError> {
        let start = self.at;
        let fail = |problem| Err(ResourceError::new(start, problem));
        self.next();
        let glyph = match self.next() {
            Some('\\') => match self.next() {
                Some(escaped @ ('\\' | '"' | '\'')) => escaped,
                Some(other) if other != '\n' => return fail(Problem::UnknownEscape(other)),
                _ => return fail(Problem::BadCharacter),
            },
            Some('\'' | '\n') | None => return fail(Problem::BadCharacter),
            Some(plain) => plain,
        };
        if self.next() == Some('\'') { Ok(TokenKind::Character(glyph)) } else { fail(Problem::BadCharacter) }
    }

    fn color(&mut self) -> Result<TokenKind<'s>, ResourceError> {
        let start = self.at;
        self.next();
        let digits = self.take_while(|c| c.is_ascii_alphanumeric());
        match u32::from_str_radix(digits, 16) {
            Ok(value) if digits.len() == 6 => {
                let [_, red, green, blue] = value.to_be_bytes();
                Ok(TokenKind::Color(Color { red, green, blue }))
            }
            _ => Err(ResourceError::new(start, Problem::BadColor)),
        }
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    fn kinds(source: &str) -> std::vec::Vec<TokenKind<'_>> {
        tokenize(source, Global).expect("lexes").iter().map(|token| token.kind).collect()
    }

    fn failure(source: &str) -> (u32, u32, Problem) {
        let error = tokenize(source, Global).expect_err("must be refused");
        (error.at.line, error.at.column, error.problem)
    }

    #[test]
    fn an_empty_file_is_only_its_end() {
        assert_eq!(kinds(""), [TokenKind::End]);
        assert_eq!(kinds("  // only a remark"), [TokenKind::End]);
    }

    #[test]
    fn every_form_of_token_is_recognised() {
        let source = "word two-part \"a b\" '#' 12 30% 2d6 80x50 #0a0B0c 1..4 { } ;";
        let color = Color { red: 10, green: 11, blue: 12 };
        assert_eq!(
            kinds(source),
            [
                TokenKind::Word("word"),
                TokenKind::Word("two-part"),
                TokenKind::Quoted("a b"),
                TokenKind::Character('#'),
                TokenKind::Number(12),
                TokenKind::Percent(30),
                TokenKind::Dice(2, 6),
                TokenKind::Size(80, 50),
                TokenKind::Color(color),
                TokenKind::Number(1),
                TokenKind::Dots,
                TokenKind::Number(4),
                TokenKind::Open,
                TokenKind::Close,
                TokenKind::Semicolon,
                TokenKind::End,
            ]
        );
    }

    #[test]
    fn positions_count_lines_and_characters_not_bytes() {
        let tokens = tokenize("\"é\" x\n  'ü' y", Global).expect("lexes");
        let places: std::vec::Vec<(u32, u32)> = tokens.iter().map(|t| (t.at.line, t.at.column)).collect();
        assert_eq!(places, [(1, 1), (1, 5), (2, 3), (2, 7), (2, 8)]);
    }

    #[test]
    fn an_escaped_quote_does_not_close_the_string() {
        assert_eq!(kinds(r#""a \" b" '\''"#)[..2], [TokenKind::Quoted(r#"a \" b"#), TokenKind::Character('\'')]);
    }

    #[test]
    fn a_string_may_not_run_over_its_line_or_file() {
        assert_eq!(failure("x\n \"abc\n\""), (2, 2, Problem::OpenString));
        assert_eq!(failure("\"abc"), (1, 1, Problem::OpenString));
        assert_eq!(failure("\"abc\\"), (1, 1, Problem::OpenString));
    }

    #[test]
    fn malformed_glyphs_numbers_and_colors_are_refused_where_they_stand() {
        assert_eq!(failure("''"), (1, 1, Problem::BadCharacter));
        assert_eq!(failure("'ab'"), (1, 1, Problem::BadCharacter));
        assert_eq!(failure(" 2147483648"), (1, 2, Problem::NumberTooLarge));
        assert_eq!(failure("1d99999999999"), (1, 3, Problem::NumberTooLarge));
        assert_eq!(failure("12ab"), (1, 3, Problem::StrayCharacter('a')));
        assert_eq!(failure("#12345"), (1, 1, Problem::BadColor));
        assert_eq!(failure("#12345g"), (1, 1, Problem::BadColor));
        assert_eq!(failure("\"a\\n\""), (1, 3, Problem::UnknownEscape('n')));
        assert_eq!(failure("a . b"), (1, 3, Problem::StrayCharacter('.')));
    }

    #[test]
    fn the_largest_number_still_fits() {
        assert_eq!(kinds("2147483647")[0], TokenKind::Number(i32::MAX));
    }
}
