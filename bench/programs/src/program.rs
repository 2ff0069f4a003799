//! A program that is called again and again.

use crate::documents::Documents;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One of [`programs`](crate::programs).
pub struct Program {
    /// How the command line and the table name it.
    pub name: &'static str,
    /// What one call does, on what.
    pub what: &'static str,
    /// Calls in a sample of time: a few milliseconds.
    pub sample: u64,
    /// Makes it ready, outside of any scope, as a server does before its first request.
    pub start: fn(&Documents) -> Call,
}

/// One call: makes a result, gives its hash if it is asked for, and drops it.
pub type Call = Box<dyn FnMut(Look) -> u64>;

/// Whether a call's result is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// Hash all of it. Costs time, so it is not done in what is measured.
    Hash,
    /// Drop it.
    Away,
}

impl Look {
    /// The hash of a result, or 0. Keeps the compiler from leaving the result out.
    pub fn at<T: Hash + ?Sized>(self, result: &T) -> u64 {
        match self {
            Self::Hash => hash(result),
            Self::Away => {
                std::hint::black_box(std::ptr::from_ref(result).cast::<u8>());
                0
            }
        }
    }
}

/// The same in every process.
pub fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
