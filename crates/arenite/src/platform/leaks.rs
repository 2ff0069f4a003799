//! What is still live.

use super::Caller;
use core::{fmt, ops::Deref};
use std::{collections::BTreeMap, vec::Vec};

/// Live blocks that one line asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemLeak {
    /// The line.
    pub caller: Caller,
    /// How many blocks.
    pub blocks: usize,
    /// Their bytes, as asked for.
    pub bytes: usize,
    /// Whether they were said to die soon: [`MemFlags::TEMP`](super::MemFlags::TEMP).
    pub temporary: bool,
}

/// What is live in platform memory, most bytes first. Prints as a list with file and line.
///
/// ```standalone_crate
/// use arenite::platform::{MemFlags, leaks, mem_alloc, mem_free};
/// let block = mem_alloc(24, MemFlags::TEMP);
/// let text = leaks().to_string();
/// assert!(text.starts_with("platform memory: 1 block, 24 bytes still live\n"), "{text}");
/// assert!(text.ends_with(": 1 block, 24 bytes, temporary\n"), "{text}");
/// // SAFETY: nobody uses it any more.
/// unsafe { mem_free(block, 24) };
/// assert_eq!(leaks().to_string(), "platform memory: nothing is live\n");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemLeaks {
    list: Vec<MemLeak>,
    index: BTreeMap<(Caller, bool), usize>,
}

impl MemLeaks {
    pub(super) fn add(&mut self, caller: Caller, bytes: usize, temporary: bool) {
        let next = self.list.len();
        let at = *self.index.entry((caller, temporary)).or_insert(next);
        if at == next {
            self.list.push(MemLeak { caller, blocks: 0, bytes: 0, temporary });
        }
        self.list[at].blocks += 1;
        self.list[at].bytes += bytes;
    }

    pub(super) fn sort(&mut self) {
        self.index.clear();
        self.list.sort_by_key(|leak| (core::cmp::Reverse(leak.bytes), leak.caller, leak.temporary));
    }

    /// How many blocks in all.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.list.iter().map(|leak| leak.blocks).sum()
    }

    /// Their bytes, as asked for.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.list.iter().map(|leak| leak.bytes).sum()
    }
}

impl Deref for MemLeaks {
    type Target = [MemLeak];

    fn deref(&self) -> &[MemLeak] {
        &self.list
    }
}

impl fmt::Display for MemLeaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list.is_empty() {
            return f.write_str("platform memory: nothing is live\n");
        }
        let blocks = |count| Blocks(count);
        writeln!(f, "platform memory: {}, {} bytes still live", blocks(self.blocks()), self.bytes())?;
        for leak in &self.list {
            let temporary = if leak.temporary { ", temporary" } else { "" };
            writeln!(f, "  {}: {}, {} bytes{temporary}", leak.caller, blocks(leak.blocks), leak.bytes)?;
        }
        Ok(())
    }
}

struct Blocks(usize);

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} block{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}
