//! Blocks that are too large for a list.

use crate::{ErrorKind, bump::round_up, supply::Supply};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

/// The header in front of a large block.
struct Header {
    previous: *mut Header,
    next: *mut Header,
    /// As taken from the source, from which the header is `offset` bytes away.
    taken: Layout,
    offset: usize,
}

/// All large blocks, so that they can be given back with the allocator.
pub(super) struct LargeBlocks {
    first: *mut Header,
    pub(super) count: usize,
    pub(super) bytes: usize,
}

impl LargeBlocks {
    pub(super) const fn new() -> Self {
        Self { first: ptr::null_mut(), count: 0, bytes: 0 }
    }

    /// Takes a block for a layout from the supply; it is not listed yet.
    pub(super) fn take(supply: &Supply, layout: Layout) -> Result<NonNull<u8>, ErrorKind> {
        let align = layout.align().max(16);
        let front = round_up(size_of::<Header>(), align);
        let size = layout.size().checked_add(front).ok_or(ErrorKind::CapacityOverflow)?;
        let taken = Layout::from_size_align(size, align).map_err(|_| ErrorKind::CapacityOverflow)?;
        let start = supply.take(taken)?;
        start.as_ptr().expose_provenance();
        // SAFETY: `front` bytes lie in front of the block, of which the last are the header's.
        unsafe {
            let block = start.add(front);
            let header = Header { previous: ptr::null_mut(), next: ptr::null_mut(), taken, offset: front };
            block.cast::<Header>().sub(1).write(header);
            Ok(block)
        }
    }

    /// # Safety
    /// `block` came from `take`.
    unsafe fn header(block: NonNull<u8>) -> *mut Header {
        ptr::with_exposed_provenance_mut(block.addr().get() - size_of::<Header>())
    }

    /// Lists a block.
    ///
    /// # Safety
    /// `block` came from `take` and is not listed.
    pub(super) unsafe fn enter(&mut self, block: NonNull<u8>) {
        // SAFETY: as promised; listed headers are live.
        unsafe {
            let header = Self::header(block);
            (*header).next = self.first;
            if let Some(first) = self.first.as_mut() {
                first.previous = header;
            }
            self.first = header;
            self.count += 1;
            self.bytes += Self::usable(block);
        }
    }

    /// Takes a block off the list.
    ///
    /// # Safety
    /// `block` is listed.
    pub(super) unsafe fn leave(&mut self, block: NonNull<u8>) {
        // SAFETY: as promised; its neighbours are listed.
        unsafe {
            self.bytes -= Self::usable(block);
            self.count -= 1;
            let Header { previous, next, .. } = Self::header(block).read();
            match previous.as_mut() {
                Some(previous) => previous.next = next,
                None => self.first = next,
            }
            if let Some(next) = next.as_mut() {
                next.previous = previous;
            }
        }
    }

    /// Gives a block back to the supply that it was taken from.
    ///
    /// # Safety
    /// `block` came from `take`, is not listed any more, and nobody uses it.
    pub(super) unsafe fn give(supply: &Supply, block: NonNull<u8>) {
        // SAFETY: as promised.
        unsafe {
            let Header { taken, offset, .. } = Self::header(block).read();
            let start = ptr::with_exposed_provenance_mut(block.addr().get() - offset);
            supply.give(NonNull::new_unchecked(start), taken);
        }
    }

    /// How many bytes of a block may be used.
    ///
    /// # Safety
    /// `block` came from `take`.
    pub(super) unsafe fn usable(block: NonNull<u8>) -> usize {
        // SAFETY: as promised.
        let header = unsafe { &*Self::header(block) };
        header.taken.size() - header.offset
    }

    /// The block listed last.
    pub(super) fn newest(&self) -> Option<NonNull<u8>> {
        // SAFETY: a listed header lies right in front of its block.
        NonNull::new(self.first).map(|header| unsafe { header.add(1) }.cast())
    }

    pub(super) fn owns(&self, address: usize) -> bool {
        // SAFETY: listed headers are live.
        let next = |header: *mut Header| unsafe { header.as_ref() };
        core::iter::successors(next(self.first), |header| next(header.next)).any(|header| {
            let block = ptr::from_ref(header).addr() + size_of::<Header>();
            (block..block + header.taken.size() - header.offset).contains(&address)
        })
    }
}
