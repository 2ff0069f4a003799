//! A block of memory and its header.

use core::{cell::Cell, ptr::NonNull};

/// The header of a block. In a chained block it lies right before the data; a reserved range or a caller's buffer has
/// its header with the core.
pub(super) struct Block {
    pub(super) prev: Cell<Option<BlockRef>>,
    pub(super) next: Cell<Option<BlockRef>>,
    /// First byte that may be handed out.
    pub(super) data: NonNull<u8>,
    /// Address after the last byte that may be handed out.
    pub(super) end: usize,
    /// Bytes in use in the blocks before this one, since it became current. In a block of its own: where its request ends.
    pub(super) before: Cell<usize>,
    /// Capacity of the blocks before this one, since it became current.
    pub(super) room_before: Cell<usize>,
    /// Bytes in use in this one, from when it stopped being current. In a block of its own: the size of its request.
    pub(super) used: Cell<usize>,
    /// For a block of its own: the position in the chain at which it was taken.
    pub(super) position: Cell<usize>,
    /// Where memory that was filled as dead, and handed out to nobody since, starts and ends.
    pub(super) dead: Cell<(usize, usize)>,
    /// What was taken from the source.
    pub(super) taken: NonNull<u8>,
    pub(super) taken_size: usize,
    /// The start before this one in the list of [`Starts`](super::starts::Starts).
    pub(super) earlier: Cell<Option<BlockRef>>,
    /// How many marks the arena had opened when this block became current.
    pub(super) marks: Cell<u64>,
}

/// What blocks are aligned to.
pub(super) const BLOCK_ALIGN: usize = 16;

/// Space for a block's header, keeping the data aligned to 16.
pub(super) const HEADER: usize = crate::bump::round_up(size_of::<Block>(), 16);

impl Block {
    pub(super) fn capacity(&self) -> usize {
        self.end - self.data.addr().get()
    }

    /// Where the cursor stood when it left this block for the next.
    pub(super) fn left_at(&self) -> *mut u8 {
        self.data.as_ptr().wrapping_add(self.used.get())
    }

    /// Notes that memory was filled as dead. What was behind it still is, when it follows.
    pub(super) fn now_dead(&self, from: usize, to: usize) {
        let before = self.dead.get();
        let end = if before.0 <= to { before.1.max(to) } else { to };
        self.dead.set((from, end));
    }

    #[inline]
    pub(super) fn holds(&self, address: usize) -> bool {
        (self.data.addr().get()..=self.end).contains(&address)
    }
}

/// A block that is alive: headers live exactly as long as the arena's `Core` lists them, and every `BlockRef` is in a
/// list of that core.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockRef(NonNull<Block>);

impl BlockRef {
    /// # Safety
    /// `header` is a valid `Block` that stays where it is until the last copy of this reference is gone.
    pub(super) unsafe fn new(header: NonNull<Block>) -> Self {
        Self(header)
    }
}

impl core::ops::Deref for BlockRef {
    type Target = Block;

    fn deref(&self) -> &Block {
        // SAFETY: by the promise of `new`; all that changes in a header is in cells.
        unsafe { self.0.as_ref() }
    }
}
