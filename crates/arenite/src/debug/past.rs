//! What is remembered of things that are gone.

use super::{Metadata, Site};
use allocator_api2::vec::Vec;

/// The places of what ended last, by its name: enough to say of most dead handles where what they named came from and went.
pub(crate) struct Past {
    ended: Vec<Ended, Metadata>,
    /// The one to be forgotten next, when there is no room for more.
    oldest: usize,
}

struct Ended {
    name: (u64, u64),
    allocated: Site,
    ended: Site,
}

impl Past {
    /// How many are remembered.
    pub(crate) const MOST: usize = 1024;

    pub(crate) const fn new() -> Self {
        Self { ended: Vec::new_in(Metadata), oldest: 0 }
    }

    /// Notes an end. Without memory it is not remembered.
    pub(crate) fn add(&mut self, name: (u64, u64), allocated: Site, ended: Site) {
        let ended = Ended { name, allocated, ended };
        if self.ended.len() < Self::MOST {
            if self.ended.try_reserve(1).is_ok() {
                self.ended.push(ended);
            }
            return;
        }
        self.ended[self.oldest] = ended;
        self.oldest = (self.oldest + 1) % Self::MOST;
    }

    /// Where what had this name was allocated, and where it ended. O(what is remembered).
    pub(crate) fn find(&self, name: (u64, u64)) -> (Site, Site) {
        let found = self.ended.iter().find(|ended| ended.name == name);
        found.map_or((Site::UNKNOWN, Site::UNKNOWN), |ended| (ended.allocated, ended.ended))
    }
}
