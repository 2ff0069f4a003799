//! Who a block of the current allocator belongs to: 16 bytes in front of it say so, or what is freed could not find its way.

use crate::{
    allocator::{self, AllocatorPtr, Named},
    error::{Code, Noted, note},
    handle::Handle,
};
use std::{
    alloc::Layout,
    ptr::NonNull,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Whether a stamp was ever set: until then none is looked for. Relaxed: who has such a block was given it after that.
static ANY: AtomicBool = AtomicBool::new(false);

const ROOM: usize = 16;
const FREED: u64 = 0xF4EE_D000;

/// The words in front of a block: its allocator's handle; its size, its alignment's exponent and 11 bits of a check.
#[derive(Clone, Copy)]
#[repr(C)]
struct Stamp {
    handle: u64,
    size: u64,
}

const _: () = assert!(size_of::<Stamp>() == ROOM);

/// A block that was found.
pub(super) struct Found {
    pub(super) owner: Arc<Named>,
    handle: AllocatorPtr,
    pub(super) size: usize,
    align: usize,
}

fn check(handle: u64, size: u64, address: usize) -> u64 {
    let mixed = (handle ^ size.rotate_left(24) ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed >> 53 << 5
}

fn whole(size: usize, align: usize) -> Result<Layout, Noted> {
    // A sum that wraps is refused as a size that no memory has.
    allocator::layout(size, align)?;
    allocator::layout(size.saturating_add(align.max(ROOM)), align.max(ROOM))
}

/// A block of an allocator, stamped.
pub(super) fn take(named: &Named, handle: AllocatorPtr, size: usize, align: usize) -> Result<NonNull<u8>, Noted> {
    let align = if align == 0 { ROOM } else { align };
    let layout = whole(size, align)?;
    let start = allocator::take(&named.memory, layout)?;
    // SAFETY: that many bytes in front are the block's own.
    let block = unsafe { start.add(layout.align()) };
    write(block, handle, size, layout.align());
    ANY.store(true, Ordering::Relaxed);
    Ok(block)
}

fn write(block: NonNull<u8>, handle: AllocatorPtr, size: usize, align: usize) {
    let (handle, bits) = (handle.addr() as u64, (size as u64) << 16 | u64::from(align.trailing_zeros()));
    let stamp = Stamp { handle, size: bits | check(handle, bits, block.addr().get()) };
    // SAFETY: the room in front of a block that is ours, aligned to 16.
    unsafe { block.sub(ROOM).cast::<Stamp>().write(stamp) };
}

/// The stamped block that starts there. `Ok(None)`: none does.
///
/// # Safety
/// The 16 bytes in front of it may be read.
pub(super) unsafe fn find(block: NonNull<u8>) -> Result<Option<Found>, Noted> {
    let address = block.addr().get();
    if !ANY.load(Ordering::Relaxed) || !address.is_multiple_of(ROOM) {
        return Ok(None);
    }
    // SAFETY: the caller's promise; aligned.
    let Stamp { handle, size } = unsafe { block.sub(ROOM).cast::<Stamp>().read() };
    if handle == FREED && size == check(FREED, 0, address) {
        return Err(note(Code::DoubleFree, format_args!("the block at {block:p} is free already")));
    }
    let bits = size & !(0x7FF << 5);
    if bits & 31 > 21 || size & 0x7FF << 5 != check(handle, bits, address) {
        return Ok(None);
    }
    let handle: AllocatorPtr = std::ptr::without_provenance_mut(handle as usize);
    let owner = Arc::clone(Named::find(Handle::from_c(handle).to_c())?);
    Ok(Some(Found { owner, handle, size: (bits >> 16) as usize, align: 1 << (bits & 31) }))
}

impl Found {
    /// # Safety
    /// `block` is where this was found; nobody uses it any more.
    pub(super) unsafe fn free(self, block: NonNull<u8>) -> Result<(), Noted> {
        let layout = whole(self.size, self.align)?;
        // SAFETY: a live block with its stamp; its owner's from `align` bytes before on, with this layout.
        unsafe {
            let stamp = block.sub(ROOM).cast::<Stamp>();
            let before = stamp.read();
            stamp.write(Stamp { handle: FREED, size: check(FREED, 0, block.addr().get()) });
            allocator::give(&self.owner.memory, block.sub(self.align), layout).inspect_err(|_| stamp.write(before))
        }
    }

    /// # Safety
    /// As [`free`](Self::free), when it moves.
    pub(super) unsafe fn realloc(self, block: NonNull<u8>, size: usize) -> Result<NonNull<u8>, Noted> {
        let (old, new) = (whole(self.size, self.align)?, whole(size, self.align)?);
        // SAFETY: as in `free`; the stamp and the contents move with the block.
        unsafe {
            let start = allocator::change(&self.owner.memory, block.sub(self.align), old, new.size())?;
            let block = start.add(self.align);
            write(block, self.handle, size, self.align);
            Ok(block)
        }
    }
}
