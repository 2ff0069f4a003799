//! What a watched pool remembers of values that are gone.

use crate::debug::{Metadata, Site};
use allocator_api2::vec::Vec;

/// The places of the values removed last: enough to say of most dead handles where their values came from and went.
pub(super) struct Past {
    ended: Vec<Ended, Metadata>,
    /// The one to be forgotten next, when there is no room for more.
    oldest: usize,
}

struct Ended {
    index: u32,
    generation: u32,
    allocated: Site,
    removed: Site,
}

impl Past {
    /// How many are remembered.
    const MOST: usize = 1024;

    pub(super) const fn new() -> Self {
        Self { ended: Vec::new_in(Metadata), oldest: 0 }
    }

    /// Notes the end of a value. Without memory it is not remembered.
    pub(super) fn add(&mut self, index: u32, generation: u32, allocated: Site, removed: Site) {
        let ended = Ended { index, generation, allocated, removed };
        if self.ended.len() < Self::MOST {
            if self.ended.try_reserve(1).is_ok() {
                self.ended.push(ended);
            }
            return;
        }
        self.ended[self.oldest] = ended;
        self.oldest = (self.oldest + 1) % Self::MOST;
    }

    /// Where the value of a handle was inserted, and where it was removed. O(values remembered).
    pub(super) fn find(&self, index: u32, generation: u32) -> (Site, Site) {
        let found = self.ended.iter().find(|ended| (ended.index, ended.generation) == (index, generation));
        found.map_or((Site::UNKNOWN, Site::UNKNOWN), |ended| (ended.allocated, ended.removed))
    }
}
