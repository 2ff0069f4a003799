//! What the books say to a free.

use super::{BlockRecord, Fault, FaultDetail, FaultKind, Owner, Site};

/// What becomes of the memory of a block that is freed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum After {
    /// It may be handed out again at once.
    Reuse,
    /// It is held back: so many bytes, fences and all.
    Hold(usize),
    /// It is held back until the arena goes back before it, and keeps its place among the live ones: so many bytes.
    Stay(usize),
}

/// What the books say to a free. Only by `Freed` have they changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Verdict {
    /// The block was live, and is freed now.
    Freed(BlockRecord),
    /// Freed before, or gone with a reset: the record says which and where.
    Ended(BlockRecord),
    /// The address lies in this live block, behind its start.
    Inside(BlockRecord, usize),
    /// This live block has another size than the one given.
    WrongSize(BlockRecord, usize),
    /// Nothing is known of the address: a block from before the switch, one that the books had no memory for, or a
    /// foreign one. The allocator tells them apart.
    Unknown,
}

impl Verdict {
    /// The fault, with all its places, when it is one for certain. `address` is the one given, `second` where it was.
    pub(crate) fn fault(&self, owner: Owner, address: usize, second: Site) -> Option<Fault> {
        let fault = |kind, record| Fault::new(kind, owner).with_block(record).with_address(address).with_second(second);
        Some(match self {
            Self::Freed(_) | Self::Unknown => return None,
            Self::Ended(record) => fault(FaultKind::DoubleFree, record),
            Self::Inside(record, offset) => {
                fault(FaultKind::WrongSize, record).with_detail(FaultDetail::Inside { offset: *offset })
            }
            Self::WrongSize(record, given) => {
                let sizes = FaultDetail::Sizes { given: *given, asked: record.size };
                fault(FaultKind::WrongSize, record).with_detail(sizes)
            }
        })
    }

    /// The fault of an address that the books do not know and that the allocator does not hold either.
    pub(crate) fn foreign(owner: Owner, address: usize, second: Site) -> Fault {
        Fault::new(FaultKind::ForeignFree, owner).with_address(address).with_second(second)
    }
}
