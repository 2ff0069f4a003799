//! A memory fault, with its places.

use super::{BlockRecord, Difference, FaultKind, Fill, Owner, Site};

/// Figures of a [`Fault`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FaultDetail {
    /// There is no more to say.
    None,
    /// A block was freed with `given` bytes and asked for with `asked`.
    Sizes {
        /// Bytes that it was freed with.
        given: usize,
        /// Bytes that it was asked for with.
        asked: usize,
    },
    /// An address lies in a block and is not its start.
    Inside {
        /// Bytes behind the start of the block.
        offset: usize,
    },
    /// A byte is not what it was filled with.
    Byte {
        /// Bytes from the start of the block; negative before it.
        offset: isize,
        /// What it was filled with.
        was: Fill,
        /// What was found.
        found: u8,
    },
    /// An address was read or written that was closed: the machine stopped at it.
    Touched {
        /// Bytes from the start of the block; negative before it.
        offset: isize,
    },
    /// One thread's, used by another: numbers that tell threads apart.
    Threads {
        /// Whose it is.
        owner: usize,
        /// Who used it.
        user: usize,
    },
    /// A budget in bytes, and what is charged to it.
    Budget {
        /// The budget.
        budget: usize,
        /// What is charged with this request.
        charged: usize,
    },
    /// Generations of a handle's slot or arena.
    Generations {
        /// That of the handle.
        handle: u64,
        /// That of now.
        current: u64,
    },
    /// Live blocks and their bytes.
    Live {
        /// How many.
        blocks: usize,
        /// Their bytes, as asked for.
        bytes: usize,
    },
}

/// A memory fault: who, what and where. Its `Display` is the report for people, in several lines.
///
/// Of the three places those are known that the fault has and that were noted in time: from
/// [`Grade::Sites`](super::Grade::Sites) on, for blocks that were made since.
///
/// ```
/// use arenite::debug::{Fault, FaultKind, Owner, Site};
/// let owner = Owner::new("a heap", None);
/// let fault = Fault::new(FaultKind::DoubleFree, owner).with_address(0x1000).with_request(24, 8).with_second(Site::here());
/// let text = fault.to_string();
/// assert!(text.starts_with("double free of 0x1000 (24 bytes aligned to 8) in a heap without a name\n"), "{text}");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "a fault is only told by `report`"]
#[non_exhaustive]
pub struct Fault {
    /// What was done wrong.
    pub kind: FaultKind,
    /// The allocator, and who pays for it.
    pub owner: Owner,
    /// The address that it is about.
    pub address: Option<usize>,
    /// The size and alignment in bytes that were asked for.
    pub request: Option<(usize, usize)>,
    /// Its figures.
    pub detail: FaultDetail,
    /// Where the block was allocated.
    pub allocated: Site,
    /// Where the first event was: the first free, the reset, where the cursor was taken.
    pub first: Site,
    /// Where the second event was, which brought it to light.
    pub second: Site,
    /// The block is in the books, with the places that its calls gave: what is not known of them, nobody said.
    pub(super) noted: bool,
}

impl Fault {
    /// A fault of an allocator of which nothing more is known yet.
    pub const fn new(kind: FaultKind, owner: Owner) -> Self {
        Self {
            kind,
            owner,
            address: None,
            request: None,
            detail: FaultDetail::None,
            allocated: Site::UNKNOWN,
            first: Site::UNKNOWN,
            second: Site::UNKNOWN,
            noted: false,
        }
    }

    /// With the address that it is about.
    pub const fn with_address(self, address: usize) -> Self {
        Self { address: Some(address), ..self }
    }

    /// With the size and alignment in bytes that were asked for.
    pub const fn with_request(self, size: usize, align: usize) -> Self {
        Self { request: Some((size, align)), ..self }
    }

    /// With figures.
    pub const fn with_detail(self, detail: FaultDetail) -> Self {
        Self { detail, ..self }
    }

    /// With the place of the allocation.
    pub const fn with_allocated(self, site: Site) -> Self {
        Self { allocated: site, ..self }
    }

    /// With the place of the first event: the first free, the reset, where the cursor was taken.
    pub const fn with_first(self, site: Site) -> Self {
        Self { first: site, ..self }
    }

    /// With the place of the second event: where it came to light.
    pub const fn with_second(self, site: Site) -> Self {
        Self { second: site, ..self }
    }

    /// With all that the books say of a block: address, request, tag, the place of its allocation and that of its end.
    pub const fn with_block(mut self, block: &BlockRecord) -> Self {
        self.noted = true;
        if block.tag.is_some() {
            self.owner.tag = block.tag;
        }
        let first = match block.ended() {
            Some(site) => site,
            None => self.first,
        };
        self.with_address(block.address)
            .with_request(block.size, block.align)
            .with_allocated(block.allocated)
            .with_first(first)
    }

    /// With a byte that is not what it was filled with, `offset` bytes from the start of the block.
    pub(crate) const fn with_byte(self, offset: isize, difference: Difference) -> Self {
        self.with_detail(FaultDetail::Byte { offset, was: difference.was, found: difference.found })
    }
}
