//! All checks of one allocator.

use super::{
    blocks::Stop,
    checks::{CHECKS, Check, FAULTS},
    report::{Failure, Report},
    test::{SharedTest, Test},
    test_source::failure,
};
use std::{string::String, vec::Vec};

/// The most takes of a source that are failed in turn.
const MOST_FAULTS: usize = 256;

/// Puts an allocator through every check. See the [module](super).
#[derive(Clone, Debug)]
pub struct Suite {
    who: String,
    seed: u64,
}

impl Suite {
    /// A suite for an allocator that messages call `who`.
    #[must_use]
    pub fn new(who: impl Into<String>) -> Self {
        Self { who: who.into(), seed: 20_261_121 }
    }

    /// Draws sizes and orders by another seed. The same seed makes the same calls.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Runs the suite. `subject` is called for each check, makes a fresh allocator and passes it to [`Test::on`].
    ///
    /// # Panics
    /// With the text of [`Failure`] at the first broken promise.
    #[track_caller]
    pub fn run(&self, subject: impl FnMut(&mut Test<'_>)) -> Report {
        passed(self.try_run(subject))
    }

    /// As [`run`](Self::run).
    ///
    /// # Errors
    /// The first broken promise.
    pub fn try_run(&self, mut subject: impl FnMut(&mut Test<'_>)) -> Result<Report, Failure> {
        self.all(|mut test| {
            subject(&mut test);
            test
        })
    }

    /// As [`run`](Self::run) for an allocator that is `Sync`: if it promises threads, these are checked too.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    #[track_caller]
    pub fn run_shared(&self, subject: impl FnMut(&mut SharedTest<'_>)) -> Report {
        passed(self.try_run_shared(subject))
    }

    /// As [`run_shared`](Self::run_shared).
    ///
    /// # Errors
    /// The first broken promise.
    pub fn try_run_shared(&self, mut subject: impl FnMut(&mut SharedTest<'_>)) -> Result<Report, Failure> {
        self.all(|test| {
            let mut shared = SharedTest { test };
            subject(&mut shared);
            shared.test
        })
    }

    fn all(&self, mut subject: impl FnMut(Test<'static>) -> Test<'static>) -> Result<Report, Failure> {
        let mut report = Report { who: self.who.clone(), passed: Vec::new(), skipped: Vec::new() };
        for check in CHECKS {
            let end = self.one(check, 0, &mut subject)?.0;
            report.enter(check.name, end);
        }
        let end = self.faults(&mut subject)?;
        report.enter(FAULTS.name, end);
        Ok(report)
    }

    /// Fails each take of the source in turn, until the work is done without reaching the one that would fail.
    fn faults(&self, subject: &mut impl FnMut(Test<'static>) -> Test<'static>) -> Result<Option<Stop>, Failure> {
        for take in 1..=MOST_FAULTS {
            let (end, failed) = self.one(&FAULTS, take, subject)?;
            match failed {
                None => return Ok(Some(Stop::skip("it was not made with the test's source"))),
                Some(false) => return Ok(end),
                Some(true) => {}
            }
        }
        Ok(None)
    }

    /// One check on a fresh allocator; whether its source was asked for, and has failed.
    fn one(
        &self,
        check: &'static Check,
        fails: usize,
        subject: &mut impl FnMut(Test<'static>) -> Test<'static>,
    ) -> Result<(Option<Stop>, Option<bool>), Failure> {
        let _named = Named { who: &self.who, check: check.name, seed: self.seed };
        let test = subject(Test::new(check, self.seed, fails));
        let failed = match test.asked_source() {
            Some(source) => {
                failure(source, &self.who, check.name, self.seed)?;
                Some(source.failed())
            }
            None => None,
        };
        let fail = |what| Failure { who: self.who.clone(), check: check.name, what, seed: self.seed };
        match test.into_end() {
            Some(Ok(())) => Ok((None, failed)),
            Some(Err(Stop::Failed(what))) => Err(fail(what)),
            Some(Err(skipped)) => Ok((Some(skipped), failed)),
            // Making the allocator has failed, as it may now.
            None if failed == Some(true) => Ok((None, failed)),
            None => Err(fail("the subject has not passed an allocator to Test::on".into())),
        }
    }
}

impl Report {
    fn enter(&mut self, check: &'static str, end: Option<Stop>) {
        match end {
            Some(Stop::Skipped(why) | Stop::Failed(why)) => self.skipped.push((check, why)),
            None => self.passed.push(check),
        }
    }
}

#[track_caller]
fn passed(result: Result<Report, Failure>) -> Report {
    match result {
        Ok(report) => report,
        Err(failure) => panic!("{failure}"),
    }
}

/// Says which check was on when the allocator itself panics.
struct Named<'a> {
    who: &'a str,
    check: &'a str,
    seed: u64,
}

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::eprintln!("{} panicked in check \"{}\" (seed {})", self.who, self.check, self.seed);
        }
    }
}
