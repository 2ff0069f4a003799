//! Going back over so many chunks at once.

use super::{Curve, Load, Promise, Series, decades};
use crate::{keep::keep, kernel::Side};
use arenite::{Arena, ArenaOptions, Mark, Scope};
use std::alloc::Layout;

pub(super) fn curves() -> Vec<Curve> {
    let series = vec![
        Series::new(Side::Ours, "reset", |size| Box::new(Reset { arena: arena(), size })),
        Series::new(Side::Ours, "scope's end", |size| {
            Box::new(End { arena: Box::leak(Box::new(arena())), size, scope: None })
        }),
        Series::new(Side::Ours, "restore of a checkpoint", |size| {
            let arena = arena();
            let mark = arena.checkpoint();
            Box::new(Restore { arena, mark, size })
        }),
    ];
    vec![Curve {
        id: "chunks",
        title: "going back over so many chunks that were allocated from: cost of the whole",
        along: "chunks",
        sizes: decades(1, 100_000),
        promise: Promise::Constant,
        series,
    }]
}

/// One whose chunks do not grow.
fn arena() -> Arena {
    ArenaOptions::new().initial(4096).max(4096).build()
}

/// What is more than half a chunk, so that each takes one.
const MOST_OF_A_CHUNK: usize = 2500;

fn fill(size: u64, alloc: impl Fn(Layout) -> std::ptr::NonNull<u8>) {
    let layout = Layout::from_size_align(MOST_OF_A_CHUNK, 8).expect("a small one");
    for _ in 0..size {
        keep(alloc(layout).as_ptr());
    }
}

struct Reset {
    arena: Arena,
    size: u64,
}

impl Load for Reset {
    fn prepare(&mut self) {
        fill(self.size, |layout| self.arena.alloc_layout(layout));
    }

    fn run(&mut self) -> u64 {
        self.arena.reset();
        1
    }
}

struct End {
    arena: &'static Arena,
    size: u64,
    scope: Option<Scope<'static>>,
}

impl Load for End {
    fn prepare(&mut self) {
        let scope = self.scope.insert(self.arena.scope());
        fill(self.size, |layout| scope.alloc_layout(layout));
    }

    fn run(&mut self) -> u64 {
        self.scope = None;
        1
    }
}

struct Restore {
    arena: Arena,
    mark: Mark,
    size: u64,
}

impl Load for Restore {
    fn prepare(&mut self) {
        fill(self.size, |layout| self.arena.alloc_layout(layout));
    }

    fn run(&mut self) -> u64 {
        self.arena.restore(self.mark).expect("the arena's own");
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_allocation_takes_a_chunk_of_its_own() {
        let arena = arena();
        fill(10, |layout| arena.alloc_layout(layout));
        assert_eq!(arena.chunk_sizes().count(), 10);
    }
}
