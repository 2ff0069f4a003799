//! Models of a chunk's count, for whichever checker includes this: `check`, `thread`, `Payload` and `sync` are its.

use crate::{
    Payload, check,
    tally::{Freed, Tally},
    thread,
};
use std::sync::Arc;

const OWNER: u32 = 7;

/// A chunk with three blocks of 16 bytes, and what is written to them.
#[derive(Default)]
struct Chunk {
    tally: Tally,
    blocks: [Payload; 3],
}

impl Chunk {
    /// Whoever has the chunk alone writes all over it: a race with any use of a block shows here.
    fn reuse(&self) -> usize {
        self.blocks.iter().for_each(Payload::write);
        1
    }

    /// Frees a block as the thread `me`; how often the chunk was emptied by that.
    fn free(&self, block: usize, me: u32) -> usize {
        self.blocks[block].write();
        match self.tally.free(16, me) {
            Freed::Kept => 0,
            Freed::OwnerEmptied | Freed::OrphanEmptied => self.reuse(),
        }
    }

    /// The end of the scope.
    fn end(&self, used: u32) -> usize {
        self.tally.close(used);
        if self.tally.is_empty() || self.tally.leave() { self.reuse() } else { 0 }
    }
}

#[test]
fn a_chunk_that_others_empty_around_its_scopes_end_is_emptied_once() {
    check(|| {
        let chunk = Arc::new(Chunk::default());
        chunk.tally.open(OWNER);
        let others = [0, 1].map(|block| {
            let chunk = chunk.clone();
            thread::spawn(move || chunk.free(block, OWNER + 1 + block as u32))
        });
        let mut emptied = chunk.end(32);
        emptied += others.into_iter().map(|other| other.join().unwrap()).sum::<usize>();
        assert_eq!(emptied, 1);
    });
}

#[test]
fn an_owner_that_frees_after_its_scope_is_one_of_the_others() {
    check(|| {
        let chunk = Arc::new(Chunk::default());
        chunk.tally.open(OWNER);
        let other = {
            let chunk = chunk.clone();
            thread::spawn(move || chunk.free(0, OWNER + 1))
        };
        let mut emptied = chunk.free(1, OWNER);
        emptied += chunk.end(48);
        emptied += chunk.free(2, OWNER);
        emptied += other.join().unwrap();
        assert_eq!(emptied, 1);
    });
}

#[test]
fn an_owner_that_empties_a_closed_chunk_comes_after_what_others_did_to_it() {
    check(|| {
        let chunk = Arc::new(Chunk::default());
        chunk.tally.open(OWNER);
        let other = {
            let chunk = chunk.clone();
            thread::spawn(move || chunk.free(0, OWNER + 1))
        };
        chunk.tally.close(32);
        let mut emptied = chunk.free(1, OWNER);
        if emptied == 0 && (chunk.tally.is_empty() || chunk.tally.leave()) {
            emptied += chunk.reuse();
        }
        emptied += other.join().unwrap();
        assert_eq!(emptied, 1);
    });
}
