//! The checked run: every document worked on with one memory, everything about it counted.

use super::plan::Plan;
use crate::{
    counting_heap::{HeapFigures, paused, peak, restart_peak},
    progress::Progress,
    stress::{
        growth::{Growth, Holding},
        meter::Meter,
        run::Arenas,
    },
};
use arenite::Node;
use workloads::documents::{Corpus, Desk, File, Flaw, Summary, check as look, work};

/// What came of a run on one memory.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    pub(super) memory: &'static str,
    /// What came of the documents that were right, those worked on again not counted.
    pub(super) total: Summary,
    /// Documents worked on again.
    pub(super) regens: u64,
    /// Bytes read in a second.
    pub(super) per_second: f64,
    /// Heap calls of the work.
    pub(super) heap: HeapFigures,
    /// The most bytes on the heap beyond those before the run.
    pub(super) heap_peak: usize,
    /// The arenas, where there are any.
    pub(super) arenas: Option<Arenas>,
    pub(super) growth: Growth,
    /// Blocks that arenas took or gave back once the run was warm; `None` where there are no arenas or it never was.
    pub(super) churn: Option<u64>,
    /// The first document that was wrong, where the run was given up.
    pub(super) wrong: Option<Flaw>,
}

/// Works on the plan's documents on a desk that `make` makes, whose arenas are below `node`.
pub(super) fn check<D: Desk + Default>(
    make: impl FnOnce() -> D,
    node: Option<&Node>,
    plan: &Plan,
    corpus: &Corpus,
    per_second: f64,
    progress: &Progress,
) -> Ran {
    let looked_at = corpus.files.len().min(usize::try_from(plan.count).unwrap_or(usize::MAX));
    let mut wrong = if plan.validate { flaw::<D>(&corpus.files[..looked_at]) } else { None };
    let mut meter = Meter::default();
    restart_peak();
    let base = peak();
    let mut desk = meter.measure(make);
    let (mut total, mut regens) = (Summary::default(), 0);
    meter.forget_left();
    let (mut warm, mut churn) = (Holding::default(), None);
    let count = if wrong.is_some() { 0 } else { plan.count };
    let files = corpus.files.iter().cycle().take(usize::try_from(count).unwrap_or(usize::MAX));
    for (number, file) in files.enumerate() {
        if number as u64 == plan.warm() {
            warm = holding(&meter, &desk);
            churn = (number > 0).then(|| blocks(&desk));
        }
        match work_on(file, &mut desk, plan, &mut meter) {
            Ok(summary) => total.add(&summary),
            Err(flaw) => {
                wrong = Some(flaw);
                break;
            }
        }
        regens += u64::from(plan.regen);
        progress.step();
    }
    let growth = holding(&meter, &desk).since(&warm, u32::try_from(plan.warm()).unwrap_or(u32::MAX));
    Ran {
        memory: D::NAME,
        total,
        regens,
        per_second,
        heap: meter.heap(),
        heap_peak: peak() - base,
        arenas: node.map(Arenas::below),
        growth,
        churn: churn.filter(|_| node.is_some()).map(|before| blocks(&desk) - before),
        wrong,
    }
}

fn work_on<D: Desk>(file: &File, desk: &mut D, plan: &Plan, meter: &mut Meter) -> Result<Summary, Flaw> {
    let first = meter.measure(|| work(file, desk));
    if plan.regen && meter.measure(|| work(file, desk)) != first {
        return Err(Flaw { document: file.name.clone(), what: "worked on twice, it came out otherwise" });
    }
    Ok(first)
}

/// The first document of which something comes out wrong, looked for on a desk of its own and uncounted: looking takes
/// more memory than working does.
fn flaw<D: Desk + Default>(files: &[File]) -> Option<Flaw> {
    let wrong = paused(|| {
        let mut desk = D::default();
        files.iter().position(|file| look(file, &mut desk).is_err())
    });
    look(&files[wrong?], &mut D::default()).err()
}

fn holding<D: Desk>(meter: &Meter, desk: &D) -> Holding {
    Holding::now(meter.heap().live, &desk.report())
}

fn blocks<D: Desk>(desk: &D) -> u64 {
    desk.report().arenas.iter().map(|arena| arena.blocks_taken + arena.blocks_returned).sum()
}
