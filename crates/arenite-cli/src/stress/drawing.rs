//! The first level, for people to look at.

use super::plan::Plan;
use crate::verdict::Failure;
use std::{
    fmt,
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
    str::FromStr,
};
use workloads::{
    memory::PlainMemory,
    roguelike::{
        Game,
        draw::{draw_png, draw_text},
    },
};

/// Pixels of a tile.
const SCALE: usize = 8;

/// Where a drawing goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// Standard output.
    Text,
    /// A picture.
    Png(PathBuf),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let path = PathBuf::from(word);
        if word == "text" {
            Ok(Self::Text)
        } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
            Ok(Self::Png(path))
        } else {
            Err("a drawing is `text`, or a file whose name ends in .png".to_owned())
        }
    }
}

/// A drawing that was made.
pub(super) struct Drawing {
    /// The level in words.
    pub(super) caption: String,
    /// The level as text, unless it went into a file.
    pub(super) text: Option<String>,
    /// The file.
    pub(super) path: Option<PathBuf>,
}

/// Makes the plan's first level and draws it.
pub(super) fn draw(plan: &Plan, target: &Target) -> Result<Drawing, Failure> {
    let game = Game::load(&PlainMemory).map_err(|error| Failure::refused("the game's resources", error))?;
    let mut slot = workloads::memory::Memory::slot(&PlainMemory);
    let (seed, depth) = plan.level(0);
    game.with_level(&mut slot, seed, depth, |level| {
        let caption = format!("{}, {}", level.title, level.summary());
        match target {
            Target::Text => Ok(Drawing { caption, text: Some(draw_text(level, game.resources())), path: None }),
            Target::Png(path) => {
                let refused = |error: &dyn fmt::Display| Failure {
                    who: format!("the drawing {}", path.display()),
                    what: format!("cannot be written: {error}"),
                    remedy: "check the directory and its permissions, or --draw to another place",
                };
                let mut file = BufWriter::new(File::create(path).map_err(|error| refused(&error))?);
                draw_png(level, game.resources(), &mut file, SCALE).map_err(|error| refused(&error))?;
                file.flush().map_err(|error| refused(&error))?;
                Ok(Drawing { caption, text: None, path: Some(path.clone()) })
            }
        }
    })
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.text {
            f.write_str(text)?;
        }
        f.write_str(&self.caption)?;
        match &self.path {
            Some(path) => write!(f, "\ndrawn into {}\n", path.display()),
            None => writeln!(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_text_or_a_png() {
        assert_eq!("text".parse(), Ok(Target::Text));
        assert_eq!("a/level.PNG".parse(), Ok(Target::Png("a/level.PNG".into())));
        assert!("level.jpg".parse::<Target>().is_err());
        assert!("".parse::<Target>().is_err());
    }
}
