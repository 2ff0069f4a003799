//! Faults on their way to a report.

use super::{Fault, Metadata};
use allocator_api2::vec::Vec;

/// Faults that an allocator found while it was not whole, to be reported when it is.
#[must_use]
pub(crate) struct Heard(Vec<Fault, Metadata>);

impl Heard {
    pub(crate) const fn new() -> Self {
        Self(Vec::new_in(Metadata))
    }

    /// Notes a fault. One for which there is no memory is lost.
    pub(crate) fn add(&mut self, fault: Option<Fault>) {
        if let Some(fault) = fault.filter(|_| self.0.try_reserve(1).is_ok()) {
            self.0.push(fault);
        }
    }

    pub(crate) fn append(&mut self, other: Self) {
        other.0.into_iter().for_each(|fault| self.add(Some(fault)));
    }

    /// Reports them; how many.
    ///
    /// # Panics
    /// By the policy, with the first report.
    pub(crate) fn report(self) -> usize {
        let count = self.0.len();
        Fault::report_all(&self.0);
        count
    }
}
