//! The books against plain lists.

use super::*;
use alloc::{collections::BTreeMap, vec::Vec as List};
use proptest::prelude::*;

fn block(address: usize, size: usize) -> NewBlock {
    NewBlock { address, size, align: 8, tag: None, grade: Grade::Guard, padding: 0, position: 0, site: Site::here() }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(usize, usize),
    Free(usize, Option<usize>, bool),
    FreeInside(usize),
    Resize(usize, usize),
    ForgetSince(u64),
    ForgetRange(usize, usize),
    Release(usize),
}

fn ops() -> impl Strategy<Value = List<Op>> {
    // Few places of 64 bytes each, so that they come again.
    let place = 0..40usize;
    let op = prop_oneof![
        6 => (place.clone(), 1..64usize).prop_map(|(place, size)| Op::Insert(place, size)),
        4 => (place.clone(), proptest::option::weighted(0.3, 1..64usize), any::<bool>())
            .prop_map(|(place, size, hold)| Op::Free(place, size, hold)),
        1 => place.clone().prop_map(Op::FreeInside),
        1 => (place.clone(), 1..64usize).prop_map(|(place, size)| Op::Resize(place, size)),
        1 => (0..400u64).prop_map(Op::ForgetSince),
        1 => (place.clone(), place).prop_map(|(from, to)| Op::ForgetRange(from, to)),
        2 => (0..1000usize).prop_map(Op::Release),
    ];
    proptest::collection::vec(op, 1..300)
}

/// What a block costs while it is held.
const HOLD: usize = 64;

#[derive(Default)]
struct Model {
    serial: u64,
    /// By serial: address and size.
    live: BTreeMap<u64, (usize, usize)>,
    held: List<usize>,
    /// The address of each that ended, and whether by a reset; the last word counts.
    ended: BTreeMap<usize, bool>,
}

impl Model {
    fn at(&self, address: usize) -> Option<(u64, usize)> {
        self.live.iter().find(|(_, live)| live.0 == address).map(|(serial, live)| (*serial, live.1))
    }

    fn forget(&mut self, wanted: impl Fn(u64, usize) -> bool) -> usize {
        let gone: List<_> =
            self.live.iter().filter(|(serial, live)| wanted(**serial, live.0)).map(|(s, l)| (*s, l.0)).collect();
        for (serial, address) in &gone {
            self.live.remove(serial);
            self.ended.insert(*address, true);
        }
        gone.len()
    }
}

const BASE: usize = 0x10_0000;

fn run(ops: List<Op>) {
    let (mut ledger, mut model) = (Ledger::new(), Model::default());
    let site = Site::here();
    for op in ops {
        match op {
            Op::Insert(place, size) => {
                let address = BASE + place * 64;
                if model.held.contains(&address) {
                    continue; // Its memory is the allocator's: it hands out another place.
                }
                if let Some((before, _)) = model.at(address) {
                    model.live.remove(&before);
                }
                model.ended.remove(&address);
                model.serial += 1;
                model.live.insert(model.serial, (address, size));
                assert_eq!(ledger.insert(block(address, size)), Some(model.serial));
            }
            Op::Free(place, given, hold) => {
                let address = BASE + place * 64;
                let after = if hold { After::Hold(HOLD) } else { After::Reuse };
                let verdict = ledger.free(address, given, site, after);
                match (model.at(address), model.ended.get(&address)) {
                    (Some((serial, size)), _) if given.is_none_or(|given| given == size) => {
                        assert!(
                            matches!(verdict, Verdict::Freed(record) if record.serial == serial && record.size == size)
                        );
                        model.live.remove(&serial);
                        model.ended.insert(address, false);
                        if hold {
                            model.held.push(address);
                        }
                    }
                    (Some((serial, _)), _) => {
                        assert!(matches!(verdict, Verdict::WrongSize(record, _) if record.serial == serial));
                    }
                    (None, Some(reset)) => {
                        let Verdict::Ended(record) = verdict else { panic!("{verdict:?}") };
                        assert_eq!(*reset, matches!(record.state, BlockState::Reset { .. }));
                        assert_eq!(record.ended(), Some(site));
                    }
                    (None, None) => assert_eq!(verdict, Verdict::Unknown),
                }
            }
            Op::FreeInside(place) => {
                let address = BASE + place * 64;
                let verdict = ledger.free(address + 1, None, site, After::Reuse);
                match model.at(address) {
                    Some((serial, size)) if size > 1 => {
                        assert!(matches!(verdict, Verdict::Inside(record, 1) if record.serial == serial));
                    }
                    _ => assert!(matches!(verdict, Verdict::Ended(_) | Verdict::Unknown)),
                }
            }
            Op::Resize(place, size) => {
                let address = BASE + place * 64;
                let known = model.at(address);
                assert_eq!(ledger.resize(address, size), known.is_some());
                if let Some((serial, _)) = known {
                    model.live.insert(serial, (address, size));
                }
            }
            Op::ForgetSince(serial) => {
                assert_eq!(ledger.forget_since(serial, site), model.forget(|other, _| other > serial));
            }
            Op::ForgetRange(from, to) => {
                let range = BASE + from * 64..BASE + to * 64;
                assert_eq!(
                    ledger.forget_range(range.clone(), site),
                    model.forget(|_, address| range.contains(&address))
                );
            }
            Op::Release(limit) => {
                while let Some(record) = ledger.release(limit) {
                    assert_eq!(record.address, model.held.remove(0), "released in the order of the frees");
                }
                assert!(ledger.held_bytes() <= limit);
            }
        }
        let live: List<_> = ledger.live().map(|record| (record.serial, (record.address, record.size))).collect();
        assert!(live.iter().rev().copied().eq(model.live.iter().map(|(serial, live)| (*serial, *live))));
        assert_eq!(ledger.live_blocks(), model.live.len());
        assert_eq!(ledger.live_bytes(), model.live.values().map(|live| live.1).sum::<usize>());
        assert_eq!(ledger.held_bytes(), model.held.len() * HOLD);
        let held: List<_> = ledger.held().map(|record| record.address).collect();
        assert!(held.iter().rev().eq(model.held.iter()));
    }
}

proptest! {
    #[test]
    fn the_books_say_what_plain_lists_say(ops in ops()) {
        run(ops);
    }
}

#[test]
fn an_address_anywhere_in_a_block_leads_to_it_and_the_live_one_comes_first() {
    let mut ledger = Ledger::new();
    let site = Site::here();
    ledger.insert(block(1000, 100));
    let _ = ledger.free(1000, None, site, After::Reuse);
    // Another block now covers the end of what was freed.
    ledger.insert(block(1064, 64));
    assert!(ledger.find(1063).is_some_and(|record| record.address == 1000 && !record.is_live()));
    assert!(ledger.find(1064).is_some_and(|record| record.address == 1064));
    assert!(ledger.find(1127).is_some_and(|record| record.is_live()));
    assert!(ledger.find(1128).is_none() && ledger.find(999).is_none());
    assert!(ledger.mark_not_a_leak(1100) && !ledger.mark_not_a_leak(1000));
    assert!(ledger.live().all(|record| record.not_a_leak));
    // And another the start of it: a free of that address means the live one.
    ledger.insert(block(960, 64));
    assert!(ledger.find(1000).is_some_and(|record| record.address == 960));
    assert!(
        matches!(ledger.free(1000, None, site, After::Reuse), Verdict::Inside(record, 40) if record.address == 960)
    );
}

#[test]
fn no_more_ended_blocks_are_remembered_than_promised_and_the_last_ones_are() {
    let mut ledger = Ledger::new();
    for n in 0..3 * Ledger::PAST {
        ledger.insert(block(BASE + n * 64, 64));
    }
    assert_eq!(ledger.forget_since(0, Site::here()), 3 * Ledger::PAST);
    // The newest end first, so the oldest are those that ended last.
    assert!(ledger.find(BASE).is_some() && ledger.find(BASE + (Ledger::PAST - 1) * 64 + 63).is_some());
    assert!(ledger.find(BASE + Ledger::PAST * 64).is_none());
    let records = ledger.records.len();
    for n in 0..2 * Ledger::PAST {
        ledger.insert(block(BASE + n * 64, 64));
    }
    assert_eq!(ledger.records.len(), records, "places of struck records are used again");
}

#[test]
fn a_verdict_becomes_a_fault_with_all_its_places() {
    use super::super::{FaultDetail, FaultKind, Owner};
    let mut ledger = Ledger::new();
    let owner = Owner::new("a test", None);
    let made = Site::here();
    ledger.insert(NewBlock { site: made, ..block(4096, 24) });
    let first = Site::here();
    let wrong = ledger.free(4096, Some(25), first, After::Reuse).fault(owner, 4096, first).unwrap();
    assert_eq!((wrong.kind, wrong.detail), (FaultKind::WrongSize, FaultDetail::Sizes { given: 25, asked: 24 }));
    assert_eq!(ledger.free(4096, Some(24), first, After::Reuse).fault(owner, 4096, first), None);
    let second = Site::here();
    let fault = ledger.free(4096, Some(24), second, After::Reuse).fault(owner, 4096, second).unwrap();
    assert_eq!((fault.kind, fault.address, fault.request), (FaultKind::DoubleFree, Some(4096), Some((24, 8))));
    assert_eq!((fault.allocated, fault.first, fault.second), (made, first, second));
    assert_eq!(ledger.free(9, None, second, After::Reuse).fault(owner, 9, second), None);
    assert_eq!(Verdict::foreign(owner, 9, second).kind, FaultKind::ForeignFree);
}
