//! Random numbers that a seed decides wholly.

/// A small generator: a counter stepped by an odd constant, its value scrambled on the way out.
///
/// Streams forked from one seed are independent of how many numbers other streams drew, so a change to one generation
/// step does not disturb the others.
#[derive(Clone, Debug)]
pub struct Rng {
    counter: u64,
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

fn scramble(mut word: u64) -> u64 {
    word = (word ^ (word >> 27)).wrapping_mul(0x3C79_AC49_2BA7_B653);
    word = (word ^ (word >> 33)).wrapping_mul(0x1C69_B3F7_4AC4_AE35);
    word ^ (word >> 27)
}

impl Rng {
    /// A generator for `seed`.
    pub fn new(seed: u64) -> Self {
        Self { counter: scramble(seed ^ STEP) }
    }

    /// A generator of its own for one purpose, decided by this one's state and `label` only.
    pub fn fork(&self, label: &str) -> Self {
        let mut seed = self.counter;
        for byte in label.bytes() {
            seed = scramble(seed ^ u64::from(byte));
        }
        Self::new(seed)
    }

    /// A generator of its own for one of a row of equal purposes.
    pub fn fork_number(&self, number: i32) -> Self {
        Self::new(scramble(self.counter ^ u64::from(number.cast_unsigned())))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(STEP);
        scramble(self.counter)
    }

    /// A number in `0..bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A number in `low..=high`; `low` when the range is empty.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = high.saturating_sub(low).max(0).cast_unsigned();
        low + self.below(span + 1).cast_signed()
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// An index below `len`.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(u32::try_from(len).expect("no collection of a level is that long")) as usize
    }

    /// The sum of `count` dice of `sides` each.
    pub fn dice(&mut self, count: u32, sides: u32) -> i32 {
        (0..count).map(|_| self.between(1, sides.cast_signed())).sum()
    }

    /// Brings a slice into random order.
    pub fn shuffle<T>(&mut self, slice: &mut [T]) {
        for last in (1..slice.len()).rev() {
            slice.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let draw = |seed| {
            let mut rng = Rng::new(seed);
            [rng.bits(), rng.bits(), rng.bits()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_range_is_met_at_both_ends_and_never_left() {
        let mut rng = Rng::new(1);
        let mut seen = [false; 5];
        for _ in 0..1_000 {
            seen[usize::try_from(rng.between(-2, 2) + 2).expect("inside the range")] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(rng.between(3, 3), 3);
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn forks_differ_by_label_and_ignore_later_draws_of_others() {
        let rng = Rng::new(9);
        let mut doors = rng.fork("doors");
        let mut rooms = rng.fork("rooms");
        let first = doors.bits();
        rooms.bits();
        assert_ne!(first, rng.fork("rooms").bits());
        assert_eq!(first, rng.fork("doors").bits());
    }

    #[test]
    fn a_shuffle_keeps_every_element() {
        let mut cards: Vec<u32> = (0..50).collect();
        Rng::new(3).shuffle(&mut cards);
        assert_ne!(cards, (0..50).collect::<Vec<_>>());
        cards.sort_unstable();
        assert_eq!(cards, (0..50).collect::<Vec<_>>());
    }
}
