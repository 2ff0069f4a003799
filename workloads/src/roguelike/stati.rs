//! Status effects: short-lived records, one list per monster, taken from and given back to a free list.
//!
//! Effects come and go every turn, and there are never many at once. A record that expires is kept and reused by the
//! next effect on any monster, so that after the first turns none is allocated.

use allocator_api2::boxed::Box;

use super::resource::kinds::Effect;
use crate::memory::Alloc;

type Link<A> = Option<Box<Stati<A>, A>>;

/// One lasting effect on one monster.
pub struct Stati<A: Alloc> {
    /// What it does.
    pub effect: Effect,
    /// Turns until it ends.
    pub turns: u32,
    next: Link<A>,
}

/// The effects on one monster, newest first.
pub struct StatiList<A: Alloc> {
    first: Link<A>,
}

/// Records without a monster.
pub struct FreeStati<A: Alloc> {
    first: Link<A>,
    alloc: A,
    made: u32,
    reused: u32,
    waiting: u32,
}

impl<A: Alloc> StatiList<A> {
    /// A list without effects.
    pub const fn new() -> Self {
        Self { first: None }
    }

    /// The effects, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Stati<A>> {
        std::iter::successors(self.first.as_deref(), |stati| stati.next.as_deref())
    }

    /// Whether `effect` is in the list.
    pub fn has(&self, effect: Effect) -> bool {
        self.iter().any(|stati| stati.effect == effect)
    }

    /// Lets one turn pass and gives the effects that end with it back to `free`.
    pub fn pass_turn(&mut self, free: &mut FreeStati<A>) {
        let mut link = &mut self.first;
        while let Some(stati) = link.as_deref_mut() {
            stati.turns = stati.turns.saturating_sub(1);
            let ended = stati.turns == 0;
            if !ended {
                link = next_of(link);
            } else if let Some(mut record) = link.take() {
                *link = record.next.take();
                free.take_back(record);
            }
        }
    }

    /// Gives all effects back to `free`.
    pub fn clear(&mut self, free: &mut FreeStati<A>) {
        let mut rest = self.first.take();
        while let Some(mut stati) = rest {
            rest = stati.next.take();
            free.take_back(stati);
        }
    }
}

impl<A: Alloc> Default for StatiList<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Alloc> Drop for StatiList<A> {
    /// Takes the list apart link by link: a chain of boxes dropped as one would recurse once per link.
    fn drop(&mut self) {
        unlink(self.first.take());
    }
}

impl<A: Alloc> FreeStati<A> {
    /// A free list without records.
    pub const fn new_in(alloc: A) -> Self {
        Self { first: None, alloc, made: 0, reused: 0, waiting: 0 }
    }

    /// Puts an effect of `turns` turns at the head of `list`, in a free record if there is one.
    pub fn give(&mut self, list: &mut StatiList<A>, effect: Effect, turns: u32) {
        let next = list.first.take();
        let record = match self.first.take() {
            Some(mut record) => {
                self.first = record.next.take();
                self.reused += 1;
                self.waiting -= 1;
                *record = Stati { effect, turns, next };
                record
            }
            None => {
                self.made += 1;
                Box::new_in(Stati { effect, turns, next }, self.alloc)
            }
        };
        list.first = Some(record);
    }

    /// Records allocated so far.
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Times that a record was used again instead of allocating one.
    pub fn reused(&self) -> u32 {
        self.reused
    }

    /// Records that wait for their next use.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    fn take_back(&mut self, mut record: Box<Stati<A>, A>) {
        record.next = self.first.take();
        self.first = Some(record);
        self.waiting += 1;
    }
}

impl<A: Alloc> Drop for FreeStati<A> {
    /// Link by link, as for [`StatiList`].
    fn drop(&mut self) {
        unlink(self.first.take());
    }
}

fn unlink<A: Alloc>(mut rest: Link<A>) {
    while let Some(mut stati) = rest {
        rest = stati.next.take();
    }
}

/// The link in the record that `link` leads to; `link` itself if it leads to none.
fn next_of<A: Alloc>(link: &mut Link<A>) -> &mut Link<A> {
    match link {
        Some(stati) => &mut stati.next,
        None => link,
    }
}

#[cfg(test)]
mod tests {
    use allocator_api2::alloc::Global;

    use super::*;

    fn effects(list: &StatiList<Global>) -> Vec<(Effect, u32)> {
        list.iter().map(|stati| (stati.effect, stati.turns)).collect()
    }

    #[test]
    fn effects_end_after_their_turns_and_keep_their_order() {
        let mut free = FreeStati::new_in(Global);
        let mut list = StatiList::new();
        free.give(&mut list, Effect::Sleep, 3);
        free.give(&mut list, Effect::Poison, 1);
        free.give(&mut list, Effect::Haste, 2);
        list.pass_turn(&mut free);
        assert_eq!(effects(&list), [(Effect::Haste, 1), (Effect::Sleep, 2)]);
        list.pass_turn(&mut free);
        assert_eq!(effects(&list), [(Effect::Sleep, 1)]);
        assert!(list.has(Effect::Sleep) && !list.has(Effect::Haste));
        list.pass_turn(&mut free);
        assert_eq!(effects(&list), []);
    }

    #[test]
    fn an_ended_record_is_the_next_one_given_at_the_same_address() {
        let mut free = FreeStati::new_in(Global);
        let mut list = StatiList::new();
        free.give(&mut list, Effect::Fear, 1);
        let before: *const Stati<Global> = list.iter().next().expect("just given");
        list.pass_turn(&mut free);
        assert_eq!((free.made(), free.reused(), free.waiting()), (1, 0, 1));
        free.give(&mut list, Effect::Rage, 4);
        let after: *const Stati<Global> = list.iter().next().expect("just given");
        assert_eq!(before, after);
        assert_eq!((free.made(), free.reused(), free.waiting()), (1, 1, 0));
    }

    #[test]
    fn all_ended_records_are_used_again_before_one_is_made() {
        let mut free = FreeStati::new_in(Global);
        let mut list = StatiList::new();
        for effect in [Effect::Sleep, Effect::Fear, Effect::Rage] {
            free.give(&mut list, effect, 1);
        }
        list.pass_turn(&mut free);
        for effect in [Effect::Haste, Effect::Slow, Effect::Poison, Effect::Mending] {
            free.give(&mut list, effect, 1);
        }
        assert_eq!((free.made(), free.reused(), free.waiting()), (4, 3, 0));
    }

    #[test]
    fn a_cleared_list_gives_every_record_back() {
        let mut free = FreeStati::new_in(Global);
        let mut list = StatiList::new();
        for turns in 1..=5 {
            free.give(&mut list, Effect::Slow, turns);
        }
        list.clear(&mut free);
        assert_eq!(effects(&list), []);
        assert_eq!(free.waiting(), 5);
    }

    #[test]
    fn a_list_of_a_hundred_thousand_links_drops_without_overflowing_the_stack() {
        let mut free = FreeStati::new_in(Global);
        let mut list = StatiList::new();
        for _ in 0..100_000 {
            free.give(&mut list, Effect::Mending, 9);
        }
        drop(list);
        assert_eq!(free.made(), 100_000);
    }
}
