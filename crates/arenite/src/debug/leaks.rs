//! What is still live, by call site.
//!
//! All of it is `#[inline]`, so that it is compiled by the programs that ask, sorting included, and by nobody else.

use super::{BlockRecord, Fault, FaultDetail, FaultKind, Metadata, Owner, Site, Text, suppress};
use crate::{NodeId, Tag};
use allocator_api2::vec::Vec;
use core::{cmp::Ordering, fmt, ops::Deref};

/// Live blocks of one call site and tag in allocators of one kind and name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Leak {
    /// Where they were allocated.
    pub site: Site,
    /// The allocator, as reports say it: "a heap".
    pub allocator: &'static str,
    /// Its name: that of its node.
    pub name: Text,
    /// What they are for: the tag of the request, or else of the node.
    pub tag: Option<Tag>,
    /// How many blocks.
    pub blocks: usize,
    /// Their bytes, as asked for.
    pub bytes: usize,
}

impl Leak {
    #[inline]
    fn key(&self) -> (Site, &'static str, &str, Option<Tag>) {
        (self.site, self.allocator, &self.name, self.tag)
    }

    #[inline]
    fn by_key(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }

    #[inline]
    fn by_bytes(&self, other: &Self) -> Ordering {
        other.bytes.cmp(&self.bytes).then_with(|| self.by_key(other))
    }

    /// The allocator, as far as the blocks have it in common.
    #[inline]
    fn owner(&self) -> Owner {
        Owner { allocator: self.allocator, node: NodeId::ANONYMOUS, name: self.name, tag: self.tag }
    }

    /// The same as a fault, to be [reported](Fault::report) by the policy of [`FaultKind::Leak`].
    #[inline]
    pub fn fault(&self) -> Fault {
        let owner = self.owner();
        let live = FaultDetail::Live { blocks: self.blocks, bytes: self.bytes };
        Fault::new(FaultKind::Leak, owner).with_allocated(self.site).with_detail(live)
    }
}

/// Live blocks by call site, the most bytes first. A slice of [`Leak`]s; prints a line for each. Made by
/// [`leaks`](super::leaks); its memory is the C heap's.
///
/// ```
/// let before = arenite::debug::leaks();
/// // ... a cycle of the program ...
/// let growth = arenite::debug::leaks().growth_since(&before);
/// assert!(growth.is_empty(), "{growth}");
/// ```
#[derive(Clone)]
pub struct LeakReport {
    /// By key, each once.
    groups: Vec<Leak, Metadata>,
    complete: bool,
}

impl LeakReport {
    /// Gathers what `walk` adds.
    pub(crate) fn of(walk: impl FnOnce(&mut dyn FnMut(Owner, &BlockRecord))) -> Self {
        let mut report = Self { groups: Vec::new_in(Metadata), complete: true };
        let suppressed = suppress::list();
        walk(&mut |owner, record| {
            if suppressed.iter().any(|pattern| pattern.matches(record.allocated)) {
                return;
            }
            let tag = record.tag.or(owner.tag);
            let Owner { allocator, name, .. } = owner;
            report.add(Leak { site: record.allocated, allocator, name, tag, blocks: 1, bytes: record.size });
        });
        report.fold();
        report
    }

    /// Blocks come in their thousands from few sites: groups are folded whenever they would need more room, so the memory
    /// stays within a small multiple of the number of groups.
    #[inline]
    fn add(&mut self, leak: Leak) {
        if self.groups.len() == self.groups.capacity() {
            self.fold();
            if self.groups.len() * 2 >= self.groups.capacity() {
                self.complete &= self.groups.try_reserve(self.groups.len().max(256)).is_ok();
            }
        }
        if self.groups.len() < self.groups.capacity() {
            self.groups.push(leak);
        } else {
            self.complete = false;
        }
    }

    /// Makes one of all groups with the same key, in order.
    #[inline]
    fn fold(&mut self) {
        self.groups.sort_unstable_by(Leak::by_key);
        self.groups.dedup_by(|next, group| {
            let same = next.key() == group.key();
            if same {
                group.blocks += next.blocks;
                group.bytes += next.bytes;
            }
            same
        });
        self.groups.sort_unstable_by(Leak::by_bytes);
    }

    /// Live blocks of all sites.
    #[must_use]
    #[inline]
    pub fn blocks(&self) -> usize {
        self.groups.iter().map(|leak| leak.blocks).sum()
    }

    /// Their bytes, as asked for.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> usize {
        self.groups.iter().map(|leak| leak.bytes).sum()
    }

    /// Whether every site is here: there was memory for all of them.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// What has grown since an earlier report, by site: blocks and bytes that came on top. Sites with fewer or as many
    /// bytes and blocks as before are left out. O(n log n).
    #[must_use]
    #[inline]
    pub fn growth_since(&self, earlier: &Self) -> Self {
        let mut before = earlier.clone();
        before.groups.sort_unstable_by(Leak::by_key);
        let mut growth = self.clone();
        growth.complete &= earlier.complete;
        growth.groups.retain_mut(|leak| {
            if let Ok(at) = before.groups.binary_search_by(|known| known.by_key(leak)) {
                leak.blocks = leak.blocks.saturating_sub(before.groups[at].blocks);
                leak.bytes = leak.bytes.saturating_sub(before.groups[at].bytes);
            }
            leak.blocks > 0 || leak.bytes > 0
        });
        growth.groups.sort_unstable_by(Leak::by_bytes);
        growth
    }

    /// As JSON: whether it is complete, the totals, and a list of sites. Sizes are bytes.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let leak = |leak: &Leak| {
            serde_json::json!({
                "site": leak.site.to_json(),
                "allocator": leak.allocator,
                "name": &*leak.name,
                "tag": leak.tag.map(|tag| alloc::string::ToString::to_string(&tag)),
                "blocks": leak.blocks,
                "bytes": leak.bytes,
            })
        };
        serde_json::json!({
            "complete": self.complete,
            "blocks": self.blocks(),
            "bytes": self.bytes(),
            "sites": self.groups.iter().map(leak).collect::<alloc::vec::Vec<_>>(),
        })
    }
}

impl Deref for LeakReport {
    type Target = [Leak];

    fn deref(&self) -> &[Leak] {
        &self.groups
    }
}

impl fmt::Debug for LeakReport {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Display for LeakReport {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            f.write_str("nothing is live")?;
        } else {
            write!(f, "{} bytes in {} blocks are live:", self.bytes(), self.blocks())?;
        }
        for leak in self.iter() {
            write!(f, "\n  {} bytes in {} blocks of {}", leak.bytes, leak.blocks, leak.owner())?;
            write!(f, ", allocated at {}", leak.site)?;
        }
        if !self.complete {
            f.write_str("\n  and sites that there was no memory for")?;
        }
        Ok(())
    }
}
