//! Reading the values of a field as the type that a kind wants.

use allocator_api2::vec::Vec;

use super::ast::{Block, Field, Value};
use super::error::{Problem, ResourceError};
use super::kinds::{Dice, Sizes, Span};
use super::token::Color;
use crate::memory::Alloc;
use crate::roguelike::Text;

impl<A: Alloc> Field<'_, A> {
    /// The complaint that the values are not what the field takes.
    pub(super) fn wrong(&self, wanted: &'static str) -> ResourceError {
        ResourceError::new(self.at, Problem::WrongValues { field: self.name.to_owned(), wanted })
    }

    /// The complaint that this kind of block has no such field.
    pub(super) fn unknown(&self, block: &'static str) -> ResourceError {
        ResourceError::new(self.at, Problem::UnknownField { block, field: self.name.to_owned() })
    }

    fn unknown_word(&self, word: &str) -> ResourceError {
        let problem = Problem::UnknownWord { field: self.name.to_owned(), word: word.to_owned() };
        ResourceError::new(self.at, problem)
    }

    pub(super) fn glyph(&self) -> Result<char, ResourceError> {
        match self.values[..] {
            [Value::Character(glyph)] => Ok(glyph),
            _ => Err(self.wrong("one glyph")),
        }
    }

    pub(super) fn color(&self) -> Result<Color, ResourceError> {
        match self.values[..] {
            [Value::Color(color)] => Ok(color),
            _ => Err(self.wrong("one color")),
        }
    }

    pub(super) fn number(&self) -> Result<i32, ResourceError> {
        match self.values[..] {
            [Value::Number(number)] => Ok(number),
            _ => Err(self.wrong("one number")),
        }
    }

    /// A number that counts something, so never one that a cast would bend.
    pub(super) fn count(&self) -> Result<u32, ResourceError> {
        Ok(self.number()?.cast_unsigned())
    }

    pub(super) fn percent(&self) -> Result<u32, ResourceError> {
        match self.values[..] {
            [Value::Percent(percent)] => Ok(percent),
            _ => Err(self.wrong("one percentage")),
        }
    }

    pub(super) fn span(&self) -> Result<Span, ResourceError> {
        match self.values[..] {
            [Value::Number(only)] => Ok(Span::new(only, only)),
            [Value::Range(low, high)] => Ok(Span::new(low, high)),
            _ => Err(self.wrong("one number or range")),
        }
    }

    pub(super) fn dice(&self) -> Result<Dice, ResourceError> {
        match self.values[..] {
            [Value::Dice(count, sides)] => Ok(Dice { count, sides }),
            _ => Err(self.wrong("dice such as 2d6")),
        }
    }

    pub(super) fn sizes(&self) -> Result<Sizes, ResourceError> {
        match self.values[..] {
            [Value::Sizes(low, high)] => {
                Ok(Sizes { width: Span::new(low.0, high.0), height: Span::new(low.1, high.1) })
            }
            _ => Err(self.wrong("one size or range of sizes")),
        }
    }

    pub(super) fn text(&self) -> Result<&Text<A>, ResourceError> {
        match &self.values[..] {
            [Value::Text(text)] => Ok(text),
            _ => Err(self.wrong("one string")),
        }
    }

    pub(super) fn texts<P: Alloc>(&self, program: P) -> Result<Vec<Text<P>, P>, ResourceError> {
        let mut texts = Vec::with_capacity_in(self.values.len(), program);
        for value in &self.values {
            let Value::Text(text) = value else { return Err(self.wrong("strings")) };
            texts.push(persisted(text, program));
        }
        Ok(texts)
    }

    /// The meaning of the field's one word.
    pub(super) fn choice<T>(&self, meaning: impl Fn(&str) -> Option<T>) -> Result<T, ResourceError> {
        match self.values[..] {
            [Value::Word(word)] => meaning(word).ok_or_else(|| self.unknown_word(word)),
            _ => Err(self.wrong("one word")),
        }
    }

    /// Gives the meaning of each of the field's words to `each`.
    pub(super) fn choices<T>(
        &self,
        meaning: impl Fn(&str) -> Option<T>,
        mut each: impl FnMut(T),
    ) -> Result<(), ResourceError> {
        for value in &self.values {
            let Value::Word(word) = value else { return Err(self.wrong("words")) };
            each(meaning(word).ok_or_else(|| self.unknown_word(word))?);
        }
        Ok(())
    }
}

impl<A: Alloc> Block<'_, A> {
    /// The value of a field that the block must have.
    pub(super) fn required<T>(
        &self,
        value: Option<T>,
        block: &'static str,
        field: &'static str,
    ) -> Result<T, ResourceError> {
        value.ok_or_else(|| ResourceError::new(self.at, Problem::MissingField { block, field }))
    }
}

/// A copy of a block's text that outlives the block.
pub(super) fn persisted<A: Alloc, P: Alloc>(text: &Text<A>, program: P) -> Text<P> {
    Text::copy_in(text.as_str(), program)
}
