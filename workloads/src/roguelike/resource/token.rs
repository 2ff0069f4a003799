//! The smallest pieces of a resource file.

use super::error::Position;

/// A colour, 8 bits a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Color {
    /// This colour with `percent` of `other` mixed in.
    pub fn mixed(self, other: Color, percent: u32) -> Color {
        let mix = |own: u8, foreign: u8| {
            let percent = percent.min(100);
            let sum = u32::from(own) * (100 - percent) + u32::from(foreign) * percent;
            u8::try_from(sum / 100).expect("a mean of bytes is a byte")
        };
        Color { red: mix(self.red, other.red), green: mix(self.green, other.green), blue: mix(self.blue, other.blue) }
    }
}

/// What a token is; text stays in the file and is only pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind<'s> {
    /// A bare word: keyword, field name, flag.
    Word(&'s str),
    /// The inside of a quoted string, escapes still in place.
    Quoted(&'s str),
    /// A glyph between single quotes.
    Character(char),
    /// A whole number.
    Number(i32),
    /// `30%`
    Percent(u32),
    /// `2d6`: count and sides.
    Dice(u32, u32),
    /// `80x50`: columns and rows.
    Size(i32, i32),
    /// `#8a7560`
    Color(Color),
    /// `..`
    Dots,
    /// `{`
    Open,
    /// `}`
    Close,
    /// `;`
    Semicolon,
    /// The end of the file, so that a parser never runs out of tokens.
    End,
}

/// A token and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: TokenKind<'s>,
    /// Where it begins.
    pub at: Position,
}

impl TokenKind<'_> {
    /// How an error message calls the token.
    pub fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("the word `{word}`"),
            Self::Quoted(text) => format!("the string \"{text}\""),
            Self::Character(character) => format!("the glyph {character:?}"),
            Self::Number(number) => format!("the number {number}"),
            Self::Percent(percent) => format!("{percent}%"),
            Self::Dice(count, sides) => format!("the dice {count}d{sides}"),
            Self::Size(width, height) => format!("the size {width}x{height}"),
            Self::Color(color) => format!("the color #{:02x}{:02x}{:02x}", color.red, color.green, color.blue),
            Self::Dots => "`..`".to_owned(),
            Self::Open => "`{`".to_owned(),
            Self::Close => "`}`".to_owned(),
            Self::Semicolon => "`;`".to_owned(),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_runs_from_one_color_to_the_other() {
        let black = Color::default();
        let white = Color { red: 255, green: 255, blue: 255 };
        assert_eq!(black.mixed(white, 0), black);
        assert_eq!(black.mixed(white, 100), white);
        assert_eq!(black.mixed(white, 50), Color { red: 127, green: 127, blue: 127 });
    }
}
