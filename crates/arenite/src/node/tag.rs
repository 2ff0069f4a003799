//! What memory is for.

use core::fmt;

/// A subsystem's label: the eight of the game memory system, or a number of your own up to [`Tag::MAX`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tag(u8);

impl Tag {
    /// How many tags there are: 0 to 31.
    pub const COUNT: usize = 32;
    /// The largest number of a user's tag.
    pub const MAX: u8 = Self::COUNT as u8 - 1;

    /// Draw calls, vertex data.
    pub const RENDERER: Self = Self(0);
    /// Widgets, layout.
    pub const GUI: Self = Self(1);
    /// Collision data, contacts.
    pub const PHYSICS: Self = Self(2);
    /// Sound buffers, mixing.
    pub const AUDIO: Self = Self(3);
    /// Bone transforms, clips.
    pub const ANIMATION: Self = Self(4);
    /// Particle systems.
    pub const PARTICLES: Self = Self(5);
    /// Path finding, behaviour trees.
    pub const AI: Self = Self(6);
    /// The scene and its entities.
    pub const SCENE: Self = Self(7);

    /// A user's tag: 8 to [`Tag::MAX`] are free, lower numbers are the named ones.
    ///
    /// ```
    /// use arenite::Tag;
    /// const NETWORK: Tag = Tag::new(8).unwrap();
    /// assert!(Tag::new(32).is_none());
    /// ```
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number <= Self::MAX { Some(Self(number)) } else { None }
    }

    /// The tag's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Every tag, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=Self::MAX).map(Self)
    }

    /// The name of one of the eight named tags.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "renderer",
            1 => "gui",
            2 => "physics",
            3 => "audio",
            4 => "animation",
            5 => "particles",
            6 => "ai",
            7 => "scene",
            _ => return None,
        })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&alloc::format!("tag {}", self.0)),
        }
    }
}
