//! How many bytes of documents a memory reads in a second.

use super::plan::Plan;
use crate::{counting_heap::paused, progress::Progress, stress::speed::median};
use std::time::{Duration, Instant};
use workloads::documents::{AreniteDesk, Corpus, Desk, PlainDesk, work};

/// Rounds that are timed, after one to warm up.
pub(super) const ROUNDS: u64 = 5;

/// Bytes per second; 0 for a memory that was not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Speeds {
    pub(super) plain: f64,
    pub(super) arenite: f64,
}

/// Times rounds of the corpus, or of its beginning in a shorter run, the memories taking turns. An arena's first round
/// warms it up as the first round does the heap.
pub(super) fn measure(plan: &Plan, corpus: &Corpus, progress: &Progress) -> Speeds {
    progress.say("speed");
    let (mut plain, mut arenite) = (Vec::new(), Vec::new());
    let mut desk = AreniteDesk::new();
    for _ in 0..=ROUNDS {
        if plan.plain() {
            plain.push(round(plan, corpus, &mut PlainDesk));
            progress.step();
        }
        if plan.arenite() {
            arenite.push(round(plan, corpus, &mut desk));
            progress.step();
        }
    }
    let files = usize::try_from(plan.count).unwrap_or(usize::MAX).min(corpus.files.len());
    let bytes: usize = corpus.files[..files].iter().map(|file| file.text.len()).sum();
    let speed =
        |rounds: &mut Vec<Duration>| median(rounds.get_mut(1..)).map_or(0.0, |time| bytes as f64 / time.as_secs_f64());
    Speeds { plain: speed(&mut plain), arenite: speed(&mut arenite) }
}

fn round<D: Desk>(plan: &Plan, corpus: &Corpus, desk: &mut D) -> Duration {
    let files = corpus.files.iter().take(usize::try_from(plan.count).unwrap_or(usize::MAX));
    paused(|| {
        let start = Instant::now();
        for file in files {
            std::hint::black_box(work(file, desk));
        }
        start.elapsed()
    })
}
