//! The operations of a random program.

use arenite::Retention;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Op {
    Alloc { size: usize, shift: u32, zeroed: bool },
    Word(u64),
    Iter(usize),
    Text(usize),
    Value { wide: bool, cleanup: bool },
    Resize { which: usize, size: usize, shift: u32 },
    Free(usize),
    Scope,
    Claim,
    Exit { forget: bool },
    Mark,
    Restore(usize),
    Reset,
    Clear,
    Counting(bool),
    Limit(Option<usize>),
    Retention(Retention),
    RefuseNth(usize),
}

pub fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![
        6 => 0usize..70,
        3 => (0usize..80).prop_map(|n| n * 8),
        2 => 0usize..5000,
        1 => prop::sample::select(vec![4096usize, 8192, 65_536, 65_528, 70_000]),
    ]
}

pub fn ops() -> impl Strategy<Value = Vec<Op>> {
    let retention = prop::sample::select(vec![
        Retention::KeepAll,
        Retention::KeepBytes(600),
        Retention::KeepBytes(100_000),
        Retention::HighWater(2),
        Retention::GiveBack,
    ]);
    let op = prop_oneof![
        12 => (sizes(), prop::sample::select(vec![0u32, 0, 0, 3, 4, 5, 7, 12, 21]), any::<bool>())
            .prop_map(|(size, shift, zeroed)| Op::Alloc { size, shift, zeroed }),
        8 => any::<u64>().prop_map(Op::Word),
        2 => (0usize..300).prop_map(Op::Iter),
        2 => (0usize..400).prop_map(Op::Text),
        6 => (any::<bool>(), any::<bool>()).prop_map(|(wide, cleanup)| Op::Value { wide, cleanup }),
        8 => (0usize..8, sizes(), 0u32..8).prop_map(|(which, size, shift)| Op::Resize { which, size, shift }),
        6 => (0usize..4).prop_map(Op::Free),
        6 => Just(Op::Scope),
        3 => Just(Op::Claim),
        9 => prop::bool::weighted(0.12).prop_map(|forget| Op::Exit { forget }),
        4 => Just(Op::Mark),
        4 => (0usize..6).prop_map(Op::Restore),
        2 => Just(Op::Reset),
        1 => Just(Op::Clear),
        1 => any::<bool>().prop_map(Op::Counting),
        1 => prop::option::of(0usize..30_000).prop_map(Op::Limit),
        1 => retention.prop_map(Op::Retention),
        2 => (1usize..3).prop_map(Op::RefuseNth),
    ];
    prop::collection::vec(op, 1..120)
}
