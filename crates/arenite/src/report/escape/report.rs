//! What a scan found, and what it could not see.

use super::Escape;
use crate::{
    debug::{Metadata, Text},
    report::Bytes,
};
use allocator_api2::vec::Vec;
use core::{fmt, ops::Deref};

/// A thread whose stack was not looked at: it was at no [`safepoint`](crate::debug::safepoint).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct UnscannedThread {
    /// The system's number of the thread.
    pub thread: u32,
    /// Its name.
    pub name: Text,
}

/// The words that point into what is about to die, in the order in which they were found: thread-locals, stacks, statics,
/// memory of allocators. A slice of [`Escape`]s.
pub struct EscapeReport {
    pub(super) escapes: Vec<Escape, Metadata>,
    pub(super) threads: Vec<UnscannedThread, Metadata>,
    pub(super) bytes: usize,
    pub(super) found: usize,
}

impl EscapeReport {
    /// The most escapes that are kept; all are counted.
    pub const MOST: usize = 1000;

    #[cfg_attr(
        not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))),
        allow(dead_code, reason = "nothing is scanned here")
    )]
    pub(super) const fn new() -> Self {
        Self { escapes: Vec::new_in(Metadata), threads: Vec::new_in(Metadata), bytes: 0, found: 0 }
    }

    #[cfg_attr(
        not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))),
        allow(dead_code, reason = "nothing is scanned here")
    )]
    pub(super) fn add(&mut self, escape: Escape) {
        self.found += 1;
        if self.escapes.len() < Self::MOST && self.escapes.try_reserve(1).is_ok() {
            self.escapes.push(escape);
        }
    }

    /// How many words were found; the first [`MOST`](Self::MOST) of them are in the slice.
    #[must_use]
    pub const fn found(&self) -> usize {
        self.found
    }

    /// Bytes that were looked at.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The threads whose stacks, registers and thread-locals were not looked at.
    #[must_use]
    pub fn unscanned_threads(&self) -> &[UnscannedThread] {
        &self.threads
    }

    /// As JSON.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let thread = |thread: &UnscannedThread| serde_json::json!({ "thread": thread.thread, "name": &*thread.name });
        serde_json::json!({
            "found": self.found,
            "bytes": self.bytes,
            "escapes": self.escapes.iter().map(Escape::to_json).collect::<alloc::vec::Vec<_>>(),
            "unscanned_threads": self.threads.iter().map(thread).collect::<alloc::vec::Vec<_>>(),
        })
    }
}

impl Deref for EscapeReport {
    type Target = [Escape];

    fn deref(&self) -> &[Escape] {
        &self.escapes
    }
}

impl fmt::Debug for EscapeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for EscapeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            0 => f.write_str("no word points")?,
            1 => f.write_str("1 word points")?,
            found => write!(f, "{found} words point")?,
        }
        write!(f, " into what is about to die ({} looked at)", Bytes(self.bytes))?;
        self.iter().try_for_each(|escape| write!(f, "\n  {escape}"))?;
        if self.found > self.len() {
            write!(f, "\n  and {} more", self.found - self.len())?;
        }
        for UnscannedThread { thread, name } in self.threads.iter() {
            write!(f, "\n  not looked at: thread {thread} \"{name}\", which was at no safepoint")?;
        }
        Ok(())
    }
}
