//! Choosing among things of different likelihood.

use allocator_api2::vec::Vec;

use crate::memory::Alloc;
use crate::roguelike::Rng;

/// Values with weights, kept as running totals so that a pick is a binary search.
pub(super) struct Weights<T, A: Alloc> {
    entries: Vec<(u32, T), A>,
}

impl<T: Copy, A: Alloc> Weights<T, A> {
    pub(super) fn new_in(alloc: A) -> Self {
        Self { entries: Vec::new_in(alloc) }
    }

    /// Adds a value; one of weight 0 is never picked.
    pub(super) fn add(&mut self, weight: u32, value: T) {
        if weight > 0 {
            self.entries.push((self.total() + weight, value));
        }
    }

    fn total(&self) -> u32 {
        self.entries.last().map_or(0, |&(total, _)| total)
    }

    /// A value, each as likely as its share of all weights; none if there is none.
    pub(super) fn pick(&self, rng: &mut Rng) -> Option<T> {
        let ticket = rng.below(self.total());
        let place = self.entries.partition_point(|&(total, _)| total <= ticket);
        self.entries.get(place).map(|&(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    #[test]
    fn values_are_picked_in_proportion_to_their_weights() {
        let mut weights = Weights::new_in(Global);
        weights.add(1, 'a');
        weights.add(0, 'b');
        weights.add(3, 'c');
        let mut rng = Rng::new(5);
        let mut counts = [0; 3];
        for _ in 0..4_000 {
            match weights.pick(&mut rng) {
                Some('a') => counts[0] += 1,
                Some('b') => counts[1] += 1,
                _ => counts[2] += 1,
            }
        }
        assert_eq!(counts[1], 0);
        assert!((900..1_100).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn nothing_is_picked_from_nothing() {
        assert_eq!(Weights::<u8, _>::new_in(Global).pick(&mut Rng::new(1)), None);
    }
}
