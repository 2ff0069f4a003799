//! One check of one allocator.

use super::{
    blocks::{Blocks, Stop},
    checks::{Check, Run},
    test_source::TestSource,
};
use crate::{DynAllocator, source::SourceRef};
use core::cell::OnceCell;
use std::{format, sync::Arc};

/// One check, waiting for the allocator that it is to be made on.
pub struct Test<'c> {
    check: &'c Check,
    seed: u64,
    /// The take that the source is to fail; 0 for none.
    fails: usize,
    source: OnceCell<Arc<TestSource>>,
    end: Option<Result<(), Stop>>,
}

impl<'c> Test<'c> {
    pub(super) fn new(check: &'c Check, seed: u64, fails: usize) -> Self {
        Self { check, seed, fails, source: OnceCell::new(), end: None }
    }

    /// Checks this allocator, which must be fresh.
    pub fn on(&mut self, allocator: &dyn DynAllocator) {
        match self.check.run {
            Run::Alone(run) => self.finish(allocator, run),
            Run::Shared(_) => self.end = Some(Err(Stop::skip("it was not given to run_shared"))),
        }
    }

    /// A source to make the allocator with, so that the suite can fail each of its takes in turn. When making the
    /// allocator fails for that, return without calling [`on`](Self::on).
    #[must_use]
    pub fn source(&self) -> SourceRef {
        let source = self.source.get_or_init(|| Arc::new(TestSource::failing(self.fails)));
        SourceRef::Counted(source.clone())
    }

    fn finish(&mut self, allocator: &dyn DynAllocator, run: fn(&mut Blocks<'_>) -> Result<(), Stop>) {
        // What an earlier call on the same test has found, stays.
        if matches!(self.end, Some(Err(Stop::Failed(_)))) {
            return;
        }
        let promises = allocator.capabilities();
        let lacking = self.check.needs.without(promises);
        if lacking != crate::Capabilities::NONE {
            self.end = Some(Err(Stop::skip(format!("it does not promise {lacking:?}"))));
            return;
        }
        let mut blocks = Blocks::new(allocator, self.seed, self.fails > 0);
        self.end = Some(run(&mut blocks));
    }

    pub(super) fn asked_source(&self) -> Option<&TestSource> {
        self.source.get().map(|source| &**source)
    }

    pub(super) fn into_end(self) -> Option<Result<(), Stop>> {
        self.end
    }
}

/// As [`Test`], for an allocator that threads may share.
pub struct SharedTest<'c> {
    pub(super) test: Test<'c>,
}

impl SharedTest<'_> {
    /// Checks this allocator, which must be fresh.
    pub fn on(&mut self, allocator: &(dyn DynAllocator + Sync)) {
        match self.test.check.run {
            Run::Alone(run) => self.test.finish(allocator, run),
            Run::Shared(_) if !allocator.capabilities().contains(self.test.check.needs) => {
                self.test.end = Some(Err(Stop::skip(format!("it does not promise {:?}", self.test.check.needs))));
            }
            Run::Shared(run) => self.test.end = Some(run(allocator, self.test.seed)),
        }
    }

    /// As [`Test::source`].
    #[must_use]
    pub fn source(&self) -> SourceRef {
        self.test.source()
    }
}
