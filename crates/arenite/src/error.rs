//! Why a request was refused: who asked, for what, why not, and what to do.

use crate::node::NodeId;
use core::{alloc::Layout, fmt, panic::Location};

/// The reason of an [`AllocError`]. All figures are bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source of blocks (the system heap, the kernel) had no memory.
    OutOfMemory,
    /// The arena's own limit would be passed.
    LimitExceeded {
        /// The limit that was set.
        limit: usize,
        /// What the arena holds already.
        allocated: usize,
    },
    /// A hard budget on the way up the lifetime tree would be passed.
    BudgetExceeded {
        /// The node whose budget it is: this one or one above it.
        node: NodeId,
        /// The budget.
        budget: usize,
        /// What is charged to it already.
        used: usize,
    },
    /// A single request above the arena's largest (1 GiB unless set).
    RequestTooLarge {
        /// The largest request served.
        max: usize,
    },
    /// The arena's reserved range or borrowed buffer has no room left, and it does not grow.
    ReservationFull {
        /// The size of the range.
        reserved: usize,
    },
    /// The alignment is 0, no power of two, or above 2 MiB.
    BadAlignment,
    /// The size of the request does not fit in `isize`.
    CapacityOverflow,
    /// A [`Scope`](crate::Scope) or [`Claim`](crate::Claim) has the arena's cursor.
    Claimed {
        /// Where it was taken: known in builds with debug assertions.
        by: Option<&'static Location<'static>>,
    },
    /// The system refused to reserve address space for the arena.
    ReserveRefused {
        /// The system's error number.
        code: i32,
    },
    /// There is no place to take blocks from: a build without `std` and no source given.
    NoSource,
    /// A failing layer refuses on purpose.
    Injected {
        /// The number of the request since the layer was made, from 1.
        request: u64,
    },
}

/// A refused request. The arena is as it was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocError {
    kind: ErrorKind,
    size: usize,
    align: usize,
    node: NodeId,
}

impl AllocError {
    pub(crate) const fn new(kind: ErrorKind, size: usize, align: usize, node: NodeId) -> Self {
        Self { kind, size, align, node }
    }

    /// The refusal of an allocator that says no more than no: [`ErrorKind::OutOfMemory`], without a node. For who writes an
    /// allocator.
    #[must_use]
    pub const fn refused(layout: Layout) -> Self {
        Self::new(ErrorKind::OutOfMemory, layout.size(), layout.align(), NodeId::ANONYMOUS)
    }

    /// Why the request was refused.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The size asked for, in bytes. `usize::MAX` when the size itself overflowed.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The alignment asked for, in bytes.
    #[must_use]
    pub const fn align(&self) -> usize {
        self.align
    }

    /// The layout asked for, when it is one.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        Layout::from_size_align(self.size, self.align).ok()
    }

    /// The node of the arena that refused; [`NodeId::ANONYMOUS`] for an arena without a name.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// Panics with this error's text: what the plain forms do where the `try_` forms return it.
    ///
    /// # Panics
    /// Always.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub fn panic(self) -> ! {
        panic!("{self}")
    }
}

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = crate::node::describe(self.node);
        if self.size == usize::MAX {
            write!(f, "{node} refused a request whose size overflows: ")?;
        } else {
            write!(f, "{node} refused {} bytes aligned to {}: ", self.size, self.align)?;
        }
        match self.kind {
            ErrorKind::OutOfMemory => f.write_str(
                "its source of blocks has no memory left; free memory, or raise the process's limit",
            ),
            ErrorKind::LimitExceeded { limit, allocated } => write!(
                f,
                "its limit is {limit} bytes and it holds {allocated}; give memory back (reset or free), or raise the limit that it was made with"
            ),
            ErrorKind::BudgetExceeded { node, budget, used } => write!(
                f,
                "the hard budget of {} is {budget} bytes and {used} are charged to it; free what it holds, or raise the budget",
                crate::node::describe(node)
            ),
            ErrorKind::RequestTooLarge { max } => write!(
                f,
                "one request may have {max} bytes at the most; split it, or raise ArenaOptions::max_request"
            ),
            ErrorKind::ReservationFull { reserved } => write!(
                f,
                "its range of {reserved} bytes is full and cannot grow; reset it, or make it larger"
            ),
            ErrorKind::BadAlignment => {
                f.write_str("an alignment is a power of two from 1 to 2 MiB, and in a pool that of its blocks at the most")
            }
            ErrorKind::CapacityOverflow => {
                f.write_str("sizes go up to isize::MAX; check the count that was multiplied")
            }
            ErrorKind::Claimed { by: Some(place) } => write!(
                f,
                "its cursor is with the scope or claim taken at {place}; allocate from that one, or drop it first"
            ),
            ErrorKind::Claimed { by: None } => f.write_str(
                "a scope or claim has its cursor; allocate from that one, or drop it first (a build with debug assertions names its place)",
            ),
            ErrorKind::ReserveRefused { code } => write!(
                f,
                "the system refused to reserve the address space (error {code}); check `ulimit -v` and the overcommit policy, or allow less with ArenaOptions::reserve_at_least"
            ),
            ErrorKind::NoSource => f.write_str(
                "a build without std has no system heap; give ArenaOptions::source or use a BufferArena",
            ),
            ErrorKind::Injected { request } => write!(
                f,
                "a Failing layer refuses its request number {request} on purpose; this is a test of what happens then"
            ),
        }
    }
}

impl core::error::Error for AllocError {}

impl From<AllocError> for allocator_api2::alloc::AllocError {
    fn from(_: AllocError) -> Self {
        Self
    }
}
