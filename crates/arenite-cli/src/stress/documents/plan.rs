//! What a run over documents is to do.

use crate::stress::args::{Choice, StressArgs};
use std::path::PathBuf;
use workloads::documents::Corpus;

/// Times that the whole corpus is worked on when no number is given.
const ROUNDS: u64 = 10;

/// The options with their defaults filled in, and the corpus in figures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Plan {
    /// Documents to work on, those of the corpus in turn.
    pub(super) count: u64,
    pub(super) regen: bool,
    pub(super) validate: bool,
    pub(super) memory: Choice,
    /// Where the corpus is, unless it came with the program.
    pub(super) corpus: Option<PathBuf>,
    /// Documents of the corpus.
    pub(super) files: u64,
    /// Bytes of the corpus.
    pub(super) bytes: u64,
}

impl Plan {
    pub(super) fn new(args: &StressArgs, corpus: &Corpus) -> Self {
        let files = corpus.files.len() as u64;
        let bare = args.bare();
        Self {
            count: args.count.map_or(ROUNDS * files, u64::from),
            regen: args.regen || bare,
            validate: args.validate || bare,
            memory: args.memory.unwrap_or(Choice::Both),
            corpus: args.corpus.clone(),
            files,
            bytes: corpus.bytes(),
        }
    }

    pub(super) fn plain(&self) -> bool {
        self.memory != Choice::Arenite
    }

    pub(super) fn arenite(&self) -> bool {
        self.memory != Choice::Plain
    }

    /// After how many documents growth is measured from: when each has been worked on once. 0 in a run that is too short
    /// for that; there only what finished documents hold can be judged.
    pub(super) fn warm(&self) -> u64 {
        if self.count > self.files { self.files } else { 0 }
    }
}
