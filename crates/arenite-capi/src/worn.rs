//! Places of a table whose last generation is over.

use std::sync::atomic::{AtomicU32, Ordering};

/// The numbers of such places, the oldest first, linked through a word of theirs. Under the lock of their table.
pub(crate) struct Worn {
    /// Numbers and 1; 0: none.
    first: u32,
    last: u32,
}

impl Worn {
    pub(crate) const NONE: Self = Self { first: 0, last: 0 };

    pub(crate) fn add<'a>(&mut self, number: usize, next: impl Fn(usize) -> &'a AtomicU32) {
        let this = number as u32 + 1;
        next(number).store(0, Ordering::Relaxed);
        match self.last {
            0 => self.first = this,
            last => next(last as usize - 1).store(this, Ordering::Relaxed),
        }
        self.last = this;
    }

    pub(crate) fn take_oldest<'a>(&mut self, next: impl Fn(usize) -> &'a AtomicU32) -> Option<usize> {
        let number = (self.first as usize).checked_sub(1)?;
        self.first = next(number).load(Ordering::Relaxed);
        if self.first == 0 {
            self.last = 0;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_comes_first_and_an_empty_row_begins_again() {
        let next: [AtomicU32; 4] = [const { AtomicU32::new(9) }; 4];
        let (mut worn, at) = (Worn::NONE, |number: usize| &next[number]);
        assert_eq!(worn.take_oldest(at), None);
        for _ in 0..2 {
            [2, 0, 3].into_iter().for_each(|number| worn.add(number, at));
            assert_eq!(worn.take_oldest(at), Some(2));
            worn.add(1, at);
            assert_eq!([(); 4].map(|()| worn.take_oldest(at)), [Some(0), Some(3), Some(1), None]);
        }
    }
}
