//! The kinds of faults.

use core::fmt;

/// What a program did wrong with memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
#[repr(u8)]
pub enum FaultKind {
    /// A block was freed that was freed before.
    DoubleFree,
    /// An address was freed where it never came from.
    ForeignFree,
    /// A block was freed with another size than it was taken with, or not at its start.
    WrongSize,
    /// A thread used what belongs to another.
    WrongThread,
    /// A checkpoint or stack block was given back before a newer one.
    OutOfOrder,
    /// A mark was restored whose memory had ended before.
    StaleRestore,
    /// An arena was asked while a scope or claim had its cursor: the caller's results were about to be lost.
    ScratchConflict,
    /// Two threads were inside an unshared allocator at once.
    ConcurrentUse,
    /// A ring came round to bytes that were still promised.
    RingOvertaken,
    /// A budget was crossed.
    BudgetCrossed,
    /// A handle was used whose object or arena had ended.
    StaleHandle,
    /// Bytes next to a block were written.
    Overrun,
    /// A freed block was written.
    WriteAfterFree,
    /// A freed block was read or written on its closed pages ([`explain_page_faults`](super::explain_page_faults)).
    UseAfterFree,
    /// Arena memory was written after a reset, clear or rewind.
    UseAfterReset,
    /// A block was still live when it should not have been.
    Leak,
}

/// How reports speak of a kind.
pub(super) struct Words {
    pub(super) name: &'static str,
    pub(super) allocated: &'static str,
    pub(super) first: &'static str,
    pub(super) second: &'static str,
    pub(super) remedy: &'static str,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::DoubleFree,
        Self::ForeignFree,
        Self::WrongSize,
        Self::WrongThread,
        Self::OutOfOrder,
        Self::StaleRestore,
        Self::ScratchConflict,
        Self::ConcurrentUse,
        Self::RingOvertaken,
        Self::BudgetCrossed,
        Self::StaleHandle,
        Self::Overrun,
        Self::WriteAfterFree,
        Self::UseAfterFree,
        Self::UseAfterReset,
        Self::Leak,
    ];

    pub(super) const fn number(self) -> usize {
        self as usize
    }

    /// Its name, as in reports: "double free".
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.words().name
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        self.words().remedy
    }

    pub(super) const fn words(self) -> Words {
        let (name, [allocated, first, second], remedy) = match self {
            Self::DoubleFree => (
                "double free",
                ["allocated", "freed first", "freed again"],
                "let one owner free the block; look for a copy of the pointer (a stale header, a cloned handle) that outlived the first free",
            ),
            Self::ForeignFree => (
                "foreign free",
                ["allocated", "taken over", "freed"],
                "free it where it came from; arenite::report::owner names the node whose memory it is",
            ),
            Self::WrongSize => (
                "wrong size",
                ["allocated", "last resized", "freed"],
                "free the address that was handed out, with the layout that it was taken with",
            ),
            Self::WrongThread => (
                "wrong thread",
                ["allocated", "bound to its thread", "used"],
                "let each thread have its own, or take one that threads share: SharedArena, Heap, ThreadBlocks",
            ),
            Self::OutOfOrder => (
                "out of order",
                ["taken", "the newer one taken", "given back"],
                "give back the newest first; tie the order to scopes, which nest",
            ),
            Self::StaleRestore => (
                "stale restore",
                ["mark taken", "its memory ended", "restored"],
                "take the mark after the reset, or restore it before",
            ),
            Self::ScratchConflict => (
                "scratch conflict",
                ["allocated", "cursor taken", "asked meanwhile"],
                "allocate from the scope that has the cursor, or pass the caller's results another arena",
            ),
            Self::ConcurrentUse => (
                "concurrent use",
                ["allocated", "in use", "used at the same time"],
                "let each thread have its own, or take one that threads share: SharedArena, Heap, ThreadBlocks",
            ),
            Self::RingOvertaken => (
                "ring overtaken",
                ["allocated", "promised", "overtaken"],
                "make the ring larger, or retire frames earlier",
            ),
            Self::BudgetCrossed => (
                "budget crossed",
                ["allocated", "budget set", "crossed"],
                "free what the node holds (a snapshot shows who), or raise the budget",
            ),
            Self::StaleHandle => (
                "stale handle",
                ["allocated", "ended", "used"],
                "drop handles with what they name, or ask the pool whether a handle is still good before using it",
            ),
            Self::Overrun => (
                "overrun",
                ["allocated", "last known good", "found"],
                "write within the size that was asked for: check the last index, and the size of copied text with its terminator",
            ),
            Self::WriteAfterFree => (
                "write after free",
                ["allocated", "freed", "found"],
                "look for a pointer that was kept beyond the free (a table of pointers into an array that grew); grade `page` stops at the write itself",
            ),
            Self::UseAfterFree => (
                "use after free",
                ["allocated", "freed", "touched"],
                "look for a pointer that was kept beyond the free (a table of pointers into an array that grew)",
            ),
            Self::UseAfterReset => (
                "use after reset",
                ["allocated", "reset", "found"],
                "look for a pointer that was kept beyond the lifetime, or move the object to an arena that lives longer; grade `page` stops at the write itself",
            ),
            Self::Leak => (
                "leak",
                ["allocated", "", ""],
                "free it, give it to an arena that ends with its owner, or say this_allocation_is_not_a_leak",
            ),
        };
        Words { name, allocated, first, second, remedy }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
