//! The heaps, and ways to use them.

use serde::Serialize;

/// A heap's binary, and whether each call is a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) enum Contender {
    System,
    Mimalloc,
    Jemalloc,
    OverSystem,
    OverMimalloc,
    ScopesOverSystem,
    ScopesOverMimalloc,
}

use Contender::{Jemalloc, Mimalloc, OverMimalloc, OverSystem, ScopesOverMimalloc, ScopesOverSystem, System};

/// Those of a row, the row's measure first. Row 23 asks what `Global` costs over a heap, row 24 what scopes gain.
pub(crate) fn of_row(row: u32) -> &'static [Contender] {
    match row {
        23 => &[Mimalloc, OverMimalloc, System, OverSystem],
        _ => &[Mimalloc, ScopesOverMimalloc, System, ScopesOverSystem, Jemalloc],
    }
}

impl Contender {
    pub(crate) fn binary(self) -> &'static str {
        match self {
            System => "heap-system",
            Mimalloc => "heap-mimalloc",
            Jemalloc => "heap-jemalloc",
            OverSystem | ScopesOverSystem => "heap-arenite-system",
            OverMimalloc | ScopesOverMimalloc => "heap-arenite-mimalloc",
        }
    }

    pub(crate) fn scopes(self) -> bool {
        matches!(self, ScopesOverSystem | ScopesOverMimalloc)
    }

    /// Whether it is in without `--features native`.
    pub(crate) fn is_pure(self) -> bool {
        matches!(self, System | OverSystem | ScopesOverSystem)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            System => "System",
            Mimalloc => "mimalloc",
            Jemalloc => "jemalloc",
            OverSystem => "Global over System",
            OverMimalloc => "Global over mimalloc",
            ScopesOverSystem => "with_arena, System",
            ScopesOverMimalloc => "with_arena, mimalloc",
        }
    }
}
