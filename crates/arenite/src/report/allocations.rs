//! Every live block that is known.

use super::integrity::{below, pays};
use crate::{
    Node,
    debug::{BlockRecord, Metadata, Owner, each_ledger},
};
use allocator_api2::vec::Vec;
use core::{fmt, ops::Deref};

/// A live block and the allocator that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Allocation {
    /// The allocator, and who pays for it.
    pub owner: Owner,
    /// The block: address, size, tag, serial and place.
    pub block: BlockRecord,
}

/// Every live block of the watched allocators, arena contents too: a slice of [`Allocation`]s, allocator by allocator,
/// in each the oldest first. Prints a line for each. A copy in the C heap's memory, made while books were locked one after
/// the other: what prints it may itself allocate.
pub struct Allocations {
    blocks: Vec<Allocation, Metadata>,
    complete: bool,
}

/// Writes a line for every live block of the watched allocators, as [`Allocations`] prints them.
///
/// # Errors
/// Those of `out`.
///
/// ```
/// let mut text = String::new();
/// arenite::report::dump_allocations(&mut text)?;
/// print!("{text}");
/// # Ok::<(), std::fmt::Error>(())
/// ```
pub fn dump_allocations(out: &mut impl fmt::Write) -> fmt::Result {
    writeln!(out, "{}", Allocations::take())
}

impl Allocations {
    /// Those of the whole process. O(live blocks).
    #[must_use]
    pub fn take() -> Self {
        Self::of_owners(|_| true)
    }

    /// Those of the allocators that a node and those below it pay for. O(live blocks).
    #[must_use]
    pub fn of(node: &Node) -> Self {
        let nodes = below(node);
        Self::of_owners(|owner| pays(&nodes, owner))
    }

    fn of_owners(of: impl Fn(&Owner) -> bool) -> Self {
        let mut list = Self { blocks: Vec::new_in(Metadata), complete: true };
        each_ledger(|owner, _, ledger| {
            if !of(&owner) {
                return;
            }
            if list.blocks.try_reserve(ledger.live_blocks()).is_err() {
                list.complete = false;
                return;
            }
            let first = list.blocks.len();
            list.blocks.extend(ledger.live().map(|block| Allocation { owner, block: *block }));
            list.blocks[first..].reverse();
        });
        list
    }

    /// The blocks by their addresses.
    #[cfg(all(feature = "std", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    pub(super) fn by_address(mut self) -> Vec<Allocation, Metadata> {
        self.blocks.sort_unstable_by_key(|allocation| allocation.block.address);
        self.blocks
    }

    /// Their bytes, as asked for.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.iter().map(|allocation| allocation.block.size).sum()
    }

    /// Whether all are here: there was memory for them.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// As JSON: the totals and a list of blocks. Sizes are bytes, addresses text in hexadecimal.
    ///
    /// Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "complete": self.complete,
            "blocks": self.len(),
            "bytes": self.bytes(),
            "allocations": self.iter().map(Allocation::to_json).collect::<alloc::vec::Vec<_>>(),
        })
    }
}

impl Allocation {
    /// As JSON.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let Self { owner, block } = self;
        serde_json::json!({
            "allocator": owner.allocator,
            "node": owner.node.get(),
            "name": &*owner.name,
            "tag": block.tag.or(owner.tag).map(|tag| alloc::string::ToString::to_string(&tag)),
            "address": alloc::format!("{:#x}", block.address),
            "size": block.size,
            "align": block.align,
            "serial": block.serial,
            "grade": block.grade.name(),
            "not_a_leak": block.not_a_leak,
            "allocated": block.allocated.to_json(),
        })
    }
}

impl Deref for Allocations {
    type Target = [Allocation];

    fn deref(&self) -> &[Allocation] {
        &self.blocks
    }
}

impl fmt::Debug for Allocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Display for Allocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BlockRecord { address, size, align, serial, .. } = self.block;
        let mut owner = self.owner;
        owner.tag = self.block.tag.or(owner.tag);
        write!(f, "{address:#x}: {size} bytes aligned to {align}, number {serial} of {owner}, ")?;
        write!(f, "allocated at {}", self.block.allocated)
    }
}

impl fmt::Display for Allocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes in {} watched blocks", self.bytes(), self.len())?;
        self.iter().try_for_each(|allocation| write!(f, "\n{allocation}"))?;
        if !self.complete {
            f.write_str("\nand blocks that there was no memory to list")?;
        }
        Ok(())
    }
}
