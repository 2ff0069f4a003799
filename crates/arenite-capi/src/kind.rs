//! What a handle stands for.

/// The kinds of things that C holds by handles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Kind {
    Arena = 0,
    Heap = 1,
    Node = 2,
    ArenaPool = 3,
    Memory = 4,
    Zone = 5,
    Ring = 6,
    Stack = 7,
    /// An arena, by its other face: one bit apart from it, which is one instruction.
    Document = 8,
    Blocks = 9,
    Allocator = 10,
    Steady = 11,
    Context = 12,
    Pool = 13,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Arena,
        Self::Heap,
        Self::Node,
        Self::ArenaPool,
        Self::Memory,
        Self::Zone,
        Self::Ring,
        Self::Stack,
        Self::Document,
        Self::Blocks,
        Self::Allocator,
        Self::Steady,
        Self::Context,
        Self::Pool,
    ];

    pub(crate) const COUNT: usize = Self::ALL.len();

    pub(crate) fn from_number(number: usize) -> Option<Self> {
        Self::ALL.get(number).copied()
    }

    /// As messages call it, with its article.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Arena => "an arena",
            Self::Heap => "a heap",
            Self::Node => "a node",
            Self::ArenaPool => "a pool of arenas",
            Self::Memory => "a memory system",
            Self::Zone => "an area of a memory system",
            Self::Ring => "a ring",
            Self::Stack => "a stack",
            Self::Pool => "a pool of blocks",
            Self::Blocks => "an allocator of sized blocks",
            Self::Allocator => "an allocator",
            Self::Steady => "a stretch of arenite_steady_begin",
            Self::Context => "a context that was taken",
            Self::Document => "a document",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_at_its_number() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
    }
}
