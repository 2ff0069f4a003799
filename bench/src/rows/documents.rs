//! Row 32: documents read into trees, checked, and written again, end to end.

use crate::{
    criterion::{Criterion, Measure},
    keep::keep,
    kernel::{Clock, Count, Kernel, Section, Unit, Work},
};
use workloads::documents::{AreniteDesk, BumpaloDesk, Corpus, Desk, PlainDesk, run};

const ARENITE: &str = "arenite";
const BUMPALO: &str = "bumpalo";
const GLIBC: &str = "plain heap, glibc";
const MIMALLOC: &str = "plain heap, mimalloc";

/// Rounds before anything is measured.
const WARM_UP: u64 = 2;

pub(super) fn sections() -> Vec<Section> {
    let mut section =
        Section::new("32", "documents: JSON and Markdown to a tree, checked, to XML; the whole corpus, warm");
    section.step = 2;
    section.unit = Unit::Microseconds;
    section.count = Count::Steps(1, 2);
    section.clock = Clock::FreshProcess(25);
    section.kernels = vec![
        Kernel::ours(ARENITE, || corpus(AreniteDesk::new())),
        Kernel::opponent(BUMPALO, || corpus(BumpaloDesk::new())),
        Kernel::opponent(GLIBC, || corpus(PlainDesk)),
        mimalloc(MIMALLOC, || corpus(PlainDesk)),
    ];
    section.criteria = [BUMPALO, GLIBC, MIMALLOC]
        .into_iter()
        .flat_map(|other| {
            [
                Criterion::at_least_of(ARENITE, Measure::Speedup(other), 1.0),
                Criterion::at_most(ARENITE, Measure::InstructionRatio(other), 1.0),
            ]
        })
        .collect();
    vec![section]
}

#[cfg(feature = "native")]
fn mimalloc(name: &'static str, start: fn() -> Work) -> Kernel {
    Kernel::opponent(name, start).on_heap("mimalloc")
}

#[cfg(not(feature = "native"))]
fn mimalloc(name: &'static str, _start: fn() -> Work) -> Kernel {
    Kernel::absent(name)
}

fn corpus<D: Desk + 'static>(mut desk: D) -> Work {
    let corpus = Corpus::embedded();
    let mut round = move || keep(&run(&corpus, &mut desk));
    (0..WARM_UP).for_each(|_| round());
    Work::Loop(Box::new(move |operations| (0..operations).for_each(|_| round())))
}
