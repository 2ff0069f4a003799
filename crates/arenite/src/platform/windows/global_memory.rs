//! `GlobalAlloc`, `LocalAlloc` and their kin: fixed blocks, whose handle is their address, and movable ones by handle.

use super::{
    Family, WinError,
    constants::{GMEM_DDESHARE, GMEM_DISCARDED, GMEM_MODIFY, GMEM_MOVEABLE, GMEM_ZEROINIT},
    heaps::{process_heap, resize},
    slots::Slots,
};
use crate::{
    platform::{
        Caller,
        sized_heap::{Asked, SizedHeap},
    },
    sync::Lock,
};
use core::ptr::NonNull;

/// Memory behind a movable handle. It moves when its size changes, never by itself.
#[derive(Clone, Copy)]
struct Movable {
    /// `None`: discarded.
    block: Option<Block>,
    locks: u8,
    discardable: bool,
    shared: bool,
}

/// The address of a block, which the handle owns.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Block(NonNull<u8>);

// SAFETY: an address; the block behind it may be used and freed by any thread.
unsafe impl Send for Block {}

/// Heap operations are done outside of this lock, as they may report faults to the program.
static MOVABLE: Lock<Slots<Movable>> = Lock::new(Slots::new(8));

/// What a block of the process's heap says of itself when it stands behind a handle; the handle follows by search.
const BEHIND_A_HANDLE: u32 = 1;

/// Whether a handle is a movable one, live or not.
fn is_movable(handle: usize) -> bool {
    MOVABLE.lock().is_kind(handle)
}

fn movable(handle: usize) -> Result<Movable, WinError> {
    MOVABLE.lock().get(handle).copied().ok_or(WinError::INVALID_HANDLE)
}

/// The fixed block that has this handle, which is its address.
fn fixed(handle: usize) -> Result<(&'static SizedHeap, NonNull<u8>, Asked), WinError> {
    let heap = process_heap()?;
    let asked = heap.find(handle).filter(|asked| asked.note == 0).ok_or(WinError::INVALID_HANDLE)?;
    let block = NonNull::new(core::ptr::with_exposed_provenance_mut(handle)).ok_or(WinError::INVALID_HANDLE)?;
    Ok((heap, block, asked))
}

#[track_caller]
fn take(size: usize, zeroed: bool, note: u32) -> Result<NonNull<u8>, WinError> {
    let asked = Asked { size, caller: Caller::here(), note };
    let block = process_heap()?.alloc(zeroed, asked).map_err(|_| WinError::NOT_ENOUGH_MEMORY)?;
    // Handles are numbers: what comes back as one has to find its way to the block.
    let _ = block.as_ptr().expose_provenance();
    Ok(block)
}

/// # Safety
/// Nobody uses the block any more.
#[track_caller]
unsafe fn give(block: NonNull<u8>) -> Result<(), WinError> {
    // SAFETY: the caller's promise.
    unsafe { process_heap()?.free(block, 0) }.map(drop).map_err(|_| WinError::INVALID_HANDLE)
}

/// Memory of `size` bytes. `GMEM_FIXED`: a block at a multiple of 16, whose address is the handle; size 0 gets one of a
/// byte. `GMEM_MOVEABLE`: a handle that is no address, behind which [`global_lock`] finds one; size 0 makes it
/// discarded from the start. `GMEM_ZEROINIT` fills with zeros; the discardable flag of the family and `GMEM_DDESHARE`
/// are remembered; other bits change nothing, as on Windows.
///
/// ```
/// use arenite::platform::windows::{constants::*, *};
/// let handle = global_alloc(Family::Global, GMEM_MOVEABLE | GMEM_ZEROINIT, 100).unwrap();
/// let block = global_lock(handle).unwrap();
/// // SAFETY: 100 bytes of zeros, locked; then nobody uses them any more.
/// unsafe {
///     assert_eq!(block.add(99).read(), 0);
///     assert_eq!(global_unlock(Family::Global, handle), Ok(Unlocked::Free));
///     global_free(handle).unwrap();
/// }
/// assert_eq!(global_size(handle), Err(WinError::INVALID_HANDLE));
/// ```
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`.
#[track_caller]
pub fn global_alloc(family: Family, flags: u32, size: usize) -> Result<usize, WinError> {
    let zeroed = flags & GMEM_ZEROINIT != 0;
    if flags & GMEM_MOVEABLE == 0 {
        return Ok(take(size.max(1), zeroed, 0)?.addr().get());
    }
    let block = if size == 0 { None } else { Some(take(size, zeroed, BEHIND_A_HANDLE)?) };
    let movable = Movable {
        block: block.map(Block),
        locks: 0,
        discardable: flags & family.discardable() != 0,
        shared: flags & GMEM_DDESHARE != 0,
    };
    let handle = MOVABLE.lock().insert(movable);
    handle.ok_or_else(|| {
        if let Some(block) = block {
            // SAFETY: nobody has seen it.
            let _ = unsafe { give(block) };
        }
        WinError::NOT_ENOUGH_MEMORY
    })
}

/// Takes memory back, locked or not.
///
/// # Safety
/// Nobody uses what is behind the handle any more.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`: it names nothing. Nothing has changed.
#[track_caller]
pub unsafe fn global_free(handle: usize) -> Result<(), WinError> {
    if is_movable(handle) {
        let movable = MOVABLE.lock().remove(handle).ok_or(WinError::INVALID_HANDLE)?;
        return match movable.block {
            // SAFETY: the caller's promise, and the handle is gone.
            Some(Block(block)) => unsafe { give(block) },
            None => Ok(()),
        };
    }
    let (_, block, _) = fixed(handle)?;
    // SAFETY: the caller's promise.
    unsafe { give(block) }
}

/// How many bytes were asked for; 0 when discarded.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`.
pub fn global_size(handle: usize) -> Result<usize, WinError> {
    if !is_movable(handle) {
        return Ok(fixed(handle)?.2.size);
    }
    let block = movable(handle)?.block;
    let asked = block.and_then(|Block(block)| process_heap().ok()?.find(block.addr().get()));
    Ok(asked.map_or(0, |asked| asked.size))
}

/// The address of the memory, which stays until it is unlocked as often as it was locked. Fixed memory is its own
/// handle and counts no locks; others count up to 255 and stay there.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`; `ERROR_DISCARDED`.
pub fn global_lock(handle: usize) -> Result<*mut u8, WinError> {
    if !is_movable(handle) {
        return Ok(fixed(handle)?.1.as_ptr());
    }
    let mut table = MOVABLE.lock();
    let movable = table.get(handle).ok_or(WinError::INVALID_HANDLE)?;
    let Block(block) = movable.block.ok_or(WinError::DISCARDED)?;
    movable.locks = movable.locks.saturating_add(1);
    Ok(block.as_ptr())
}

/// What unlocking came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unlocked {
    /// Others still have it locked, or it is fixed.
    Locked,
    /// Nobody has.
    Free,
}

/// Undoes one lock.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`; `ERROR_NOT_LOCKED`, which is also the answer for fixed local memory.
pub fn global_unlock(family: Family, handle: usize) -> Result<Unlocked, WinError> {
    if !is_movable(handle) {
        fixed(handle)?;
        return match family {
            Family::Global => Ok(Unlocked::Locked),
            Family::Local => Err(WinError::NOT_LOCKED),
        };
    }
    let mut table = MOVABLE.lock();
    let movable = table.get(handle).ok_or(WinError::INVALID_HANDLE)?;
    movable.locks = movable.locks.checked_sub(1).ok_or(WinError::NOT_LOCKED)?;
    Ok(if movable.locks == 0 { Unlocked::Free } else { Unlocked::Locked })
}

/// The lock count in the low byte, and whether the memory is discardable, shared, discarded. 0 for fixed memory.
///
/// # Errors
/// `ERROR_INVALID_HANDLE`, for which C gets `GMEM_INVALID_HANDLE`.
pub fn global_flags(family: Family, handle: usize) -> Result<u32, WinError> {
    if !is_movable(handle) {
        return fixed(handle).map(|_| 0);
    }
    let movable = movable(handle)?;
    let set = |yes: bool, flag: u32| if yes { flag } else { 0 };
    Ok(u32::from(movable.locks)
        | set(movable.discardable, family.discardable())
        | set(movable.shared, GMEM_DDESHARE)
        | set(movable.block.is_none(), GMEM_DISCARDED))
}

/// The handle of the memory that starts at `address`. O(1) for fixed memory, O(handles) for movable.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER` for null; `ERROR_INVALID_HANDLE`: nothing of this kind starts there.
pub fn global_handle(address: *const u8) -> Result<usize, WinError> {
    if address.is_null() {
        return Err(WinError::INVALID_PARAMETER);
    }
    let asked = process_heap()?.find(address.addr()).ok_or(WinError::INVALID_HANDLE)?;
    if asked.note != BEHIND_A_HANDLE {
        return Ok(address.addr());
    }
    let is_it = |movable: &Movable| movable.block.is_some_and(|Block(block)| block.as_ptr().cast_const() == address);
    MOVABLE.lock().find(is_it).ok_or(WinError::INVALID_HANDLE)
}

/// Gives memory another size, with its contents up to the smaller one; the handle stays, but for fixed memory that
/// moves.
///
/// `flags` may have `GMEM_ZEROINIT`: what is new reads as zero; and `GMEM_MOVEABLE`: fixed or locked memory may move,
/// and size 0 discards movable memory that nobody has locked. Without it fixed and locked memory changes where it
/// stands or not at all. With `GMEM_MODIFY` the size is not looked at, and movable memory becomes discardable if the
/// family's flag says so.
///
/// # Safety
/// Nobody uses the old address of what moves, nor what is cut off.
///
/// # Errors
/// `ERROR_NOT_ENOUGH_MEMORY`: also when it would have to move and may not. `ERROR_INVALID_HANDLE`.
/// `ERROR_INVALID_PARAMETER`: size 0 for discarded or locked memory, or without `GMEM_MOVEABLE`; fixed memory that was
/// to become movable. Nothing has changed.
#[track_caller]
pub unsafe fn global_realloc(family: Family, handle: usize, size: usize, flags: u32) -> Result<usize, WinError> {
    let (zeroed, may_move) = (flags & GMEM_ZEROINIT != 0, flags & GMEM_MOVEABLE != 0);
    if !is_movable(handle) {
        let (heap, block, _) = fixed(handle)?;
        if flags & GMEM_MODIFY != 0 {
            // Windows has not made fixed memory movable since its 16-bit days.
            return if may_move { Err(WinError::INVALID_PARAMETER) } else { Ok(handle) };
        }
        // SAFETY: the caller's promise.
        let changed = unsafe { resize(heap, block, size.max(1), zeroed, !may_move) }?;
        return Ok(changed.as_ptr().expose_provenance());
    }
    if flags & GMEM_MODIFY != 0 {
        let mut table = MOVABLE.lock();
        let movable = table.get(handle).ok_or(WinError::INVALID_HANDLE)?;
        movable.discardable |= flags & family.discardable() != 0;
        return Ok(handle);
    }
    let movable = movable(handle)?;
    let (old, new) = match movable.block {
        None if size == 0 => return Err(WinError::INVALID_PARAMETER),
        None => (None, Some(take(size, zeroed, BEHIND_A_HANDLE)?)),
        Some(_) if size == 0 && (!may_move || movable.locks > 0) => return Err(WinError::INVALID_PARAMETER),
        Some(Block(block)) if size == 0 => (Some(block), None),
        Some(Block(block)) => {
            let in_place = movable.locks > 0 && !may_move;
            // SAFETY: the caller's promise; the block is the handle's.
            (None, Some(unsafe { resize(process_heap()?, block, size, zeroed, in_place) }?))
        }
    };
    if let Some(movable) = MOVABLE.lock().get(handle) {
        movable.block = new.map(Block);
    }
    if let Some(old) = old {
        // SAFETY: the handle does not name it any more, and the caller says that nobody uses it.
        unsafe { give(old) }?;
    }
    Ok(handle)
}

/// Discards memory that nobody has locked: `GlobalReAlloc(handle, 0, GMEM_MOVEABLE)`, which is what Windows' macro
/// says. What is discarded already stays so.
///
/// # Safety
/// Nobody uses what is behind the handle any more.
///
/// # Errors
/// As [`global_realloc`].
#[track_caller]
pub unsafe fn global_discard(handle: usize) -> Result<usize, WinError> {
    if is_movable(handle) && movable(handle)?.block.is_none() {
        return Ok(handle);
    }
    if !is_movable(handle) {
        return Err(fixed(handle).err().unwrap_or(WinError::INVALID_PARAMETER));
    }
    // SAFETY: the caller's promise.
    unsafe { global_realloc(Family::Global, handle, 0, GMEM_MOVEABLE) }
}
