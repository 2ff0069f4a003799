//! A second allocator for what the first refuses.

use super::relay::{Change, Layer, by_layer, carry, nothing, refusal, take};
use crate::{AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, FreeError, ResetError, ResetMode};
use core::{
    alloc::Layout,
    fmt,
    ptr::{self, NonNull},
};

/// Asks the first allocator, and where that refuses the second.
///
/// The usual shape: a small fast memory first - a buffer on the stack, a pool, an arena with a limit - and a heap behind
/// it. A block goes back to whoever handed it out, which is known because the first one
/// [owns](DynAllocator::owns) its blocks; one that cannot tell is refused when the layer is made. A block that cannot grow
/// where it came from moves to the other.
///
/// A free or change asks the first allocator whether the block is its own: that costs what its `owns` costs. So no block of
/// the second one may lie in memory that the first one has lent out, as an arena's in a slice of the first; such a block is
/// refused ([`ErrorKind::OutOfMemory`]). The other way round is no matter.
///
/// ```
/// use allocator_api2::vec::Vec;
/// use std::alloc::System;
/// use arenite::{BufferArena, layer::{Fallback, Plain}};
/// let mut buffer = [const { core::mem::MaybeUninit::uninit() }; 2048];
/// let small = BufferArena::new(&mut buffer)?;
/// let memory = Fallback::new(&small, Plain::new(System));
/// let mut numbers = Vec::new_in(&memory);
/// numbers.extend(0..64u64);
/// assert!(small.owns(numbers.as_ptr()));
/// numbers.extend(64..1000);
/// assert!(!small.owns(numbers.as_ptr()) && numbers[999] == 999);
/// # Ok::<(), arenite::AllocError>(())
/// ```
#[derive(Debug)]
pub struct Fallback<A, B> {
    first: A,
    second: B,
}

/// The first allocator of a [`Fallback`] does not promise [`Capabilities::OWNS`], so that nobody would know where to free
/// a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotAnOwner {
    promises: Capabilities,
}

impl NotAnOwner {
    /// What the allocator does promise.
    #[must_use]
    pub const fn promises(&self) -> Capabilities {
        self.promises
    }
}

impl fmt::Display for NotAnOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the first allocator of a Fallback promises {:?}, but must own its blocks exactly (OWNS), or nobody knows where to free one; put a Tracked layer around it",
            self.promises
        )
    }
}

impl core::error::Error for NotAnOwner {}

impl<A: DynAllocator, B: DynAllocator> Fallback<A, B> {
    /// `first`, and behind it `second`.
    ///
    /// # Panics
    /// With the text of [`NotAnOwner`].
    #[must_use]
    #[track_caller]
    pub fn new(first: A, second: B) -> Self {
        match Self::try_new(first, second) {
            Ok(made) => made,
            Err(refused) => panic!("{refused}"),
        }
    }

    /// As [`new`](Self::new).
    ///
    /// # Errors
    /// `first` does not promise [`Capabilities::OWNS`].
    pub fn try_new(first: A, second: B) -> Result<Self, NotAnOwner> {
        let promises = first.capabilities();
        if promises.contains(Capabilities::OWNS) { Ok(Self { first, second }) } else { Err(NotAnOwner { promises }) }
    }

    /// Whether the first allocator handed the block out: it owns the block, and none of the second one's.
    fn is_first(&self, memory: NonNull<u8>) -> bool {
        self.first.owns(memory.as_ptr())
    }

    /// A block of the second allocator's that the first one does not own. That stays so while it lives: what the first one
    /// takes into its possession later is no live block of anybody's.
    fn take_second(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        let block = take(&self.second, layout, zeroed)?;
        if self.is_first(block.cast()) {
            // SAFETY: just handed out for this layout.
            unsafe { self.second.deallocate(block.cast(), layout) };
            return Err(refusal(ErrorKind::OutOfMemory, layout));
        }
        // For `change_second`.
        block.cast::<u8>().as_ptr().expose_provenance();
        Ok(block)
    }

    /// A change of a block of the first allocator's, which moves to the second where the first refuses.
    ///
    /// # Safety
    /// As [`Layer::change`], of the first allocator.
    unsafe fn change_first(
        &self,
        memory: NonNull<u8>,
        [old, new]: [Layout; 2],
        change: Change,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise; a fresh block.
        unsafe {
            if let Ok(block) = change.ask(&self.first, memory, old, new) {
                return Ok(block);
            }
            let block = self.take_second(new, change.zeroed())?;
            carry(&self.first, memory, old, block);
            Ok(block)
        }
    }

    /// A change of a block of the second allocator's: where it is, or by a move, to the first where the second refuses.
    /// The second one is not asked to move it: the first might own the new place, and then it would be too late to refuse.
    ///
    /// # Safety
    /// As [`Layer::change`], of the second allocator.
    unsafe fn change_second(
        &self,
        memory: NonNull<u8>,
        [old, new]: [Layout; 2],
        change: Change,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise; a fresh block. In place, the address of a block is not null, and was exposed: the
        // caller's pointer may be narrowed to the old size.
        unsafe {
            if old.align() == new.align() && self.second.resize(memory, old, new.size()) {
                let whole = NonNull::new_unchecked(ptr::with_exposed_provenance_mut::<u8>(memory.addr().get()));
                if change.zeroed() {
                    whole.add(old.size()).write_bytes(0, new.size() - old.size());
                }
                return Ok(NonNull::slice_from_raw_parts(whole, new.size()));
            }
            let zeroed = change.zeroed();
            let block = self.take_second(new, zeroed).or_else(|_| take(&self.first, new, zeroed))?;
            carry(&self.second, memory, old, block);
            Ok(block)
        }
    }
}

/// Blocks of no bytes are nobody's: their addresses tell nothing, so they are answered here.
impl<A: DynAllocator, B: DynAllocator> Layer for Fallback<A, B> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        take(&self.first, layout, zeroed).or_else(|_| self.take_second(layout, zeroed))
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe {
            match layout.size() {
                0 => Ok(()),
                _ if self.is_first(memory) => self.first.try_deallocate(memory, layout),
                _ => self.second.try_deallocate(memory, layout),
            }
        }
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        if old.size() == 0 {
            return Ok(self.take(new, change.zeroed())?);
        }
        // SAFETY: the caller's promise, of the allocator that owns the block.
        unsafe {
            if new.size() == 0 {
                self.give(memory, old).unwrap_or_else(|refused| refused.panic());
                return Ok(nothing(new));
            }
            Ok(if self.is_first(memory) {
                self.change_first(memory, [old, new], change)?
            } else {
                self.change_second(memory, [old, new], change)?
            })
        }
    }
}

by_layer!([A: DynAllocator, B: DynAllocator] Fallback<A, B>);

// SAFETY: all answers are those of the allocator that owns the block.
unsafe impl<A: DynAllocator, B: DynAllocator> DynAllocator for Fallback<A, B> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match old.size() {
                0 => false,
                _ if self.is_first(memory) => self.first.resize(memory, old, new_size),
                _ => self.second.resize(memory, old, new_size),
            }
        }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe {
            match layout.size() {
                0 => 0,
                _ if self.is_first(memory) => self.first.usable_size(memory, layout),
                _ => self.second.usable_size(memory, layout),
            }
        }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.first.owns(address) || self.second.owns(address)
    }

    /// What both promise. A block that the second one finds freed may be followed by one of the first, so the order of
    /// frees says nothing; and a free that is not the first one's reaches the second, which must find it foreign.
    fn capabilities(&self) -> Capabilities {
        let (first, second) = (self.first.capabilities(), self.second.capabilities());
        let mut both = (first & second).without(Capabilities::LIFO);
        if !second.contains(Capabilities::FINDS_FOREIGN_FREE) {
            both = both.without(Capabilities::FINDS_DOUBLE_FREE);
        }
        both
    }

    /// Resets both, the second one first. When the first one refuses after that, the second is empty all the same.
    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        if !self.capabilities().contains(Capabilities::RESET) {
            return Err(ResetError::Unsupported);
        }
        // SAFETY: the caller's promise.
        unsafe {
            self.second.reset(mode)?;
            self.first.reset(mode)
        }
    }

    fn stats(&self) -> AllocatorStats {
        self.first.stats().plus(self.second.stats())
    }
}
