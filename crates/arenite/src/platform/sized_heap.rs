//! A heap that remembers what was asked for.
//!
//! `Heap` knows which addresses are live blocks and how many bytes each can use. C programs are promised more: exact
//! counts of the bytes that they asked for, in every profile, and the line that asked. That stands in tables beside the
//! heap, sharded by address so that threads seldom meet, and is looked at before the heap is: an address that is in no
//! table is refused without being read.

use super::{Caller, MemError};
use crate::{
    AllocError, ErrorKind, FreeError, FreeErrorKind, Heap,
    debug::{Fault, FaultDetail, FaultKind, Grade, Owner},
    sync::{AtomicUsize, Lock, Ordering},
    table::Table,
};
use core::{alloc::Layout, ptr::NonNull};
use std::alloc::System;

/// What is known of a live block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// Bytes that were asked for.
    pub(super) size: usize,
    /// Who asked first.
    pub(super) caller: Caller,
    /// What the owner of the heap says of the block.
    pub(super) note: u32,
}

/// Blocks start at multiples of this.
pub(super) const ALIGN: usize = 16;
const SHARDS: usize = 16;
/// What a block of a limited heap is charged beyond its size.
const COST: usize = 16;

pub(super) struct SizedHeap {
    heap: Heap,
    shards: [Lock<Table<Asked, System>>; SHARDS],
    // Figures that order nothing, so relaxed throughout. Each sum is exact: whoever changes a table changes it once.
    bytes: AtomicUsize,
    count: AtomicUsize,
    peak: AtomicUsize,
    /// The most that may be charged, and what is: with each block, [`COST`] more than its size rounded up to 16.
    limit: usize,
    charged: AtomicUsize,
    largest: usize,
}

impl SizedHeap {
    pub(super) fn over(heap: Heap) -> Self {
        Self::with_limit(heap, usize::MAX, usize::MAX)
    }

    /// One whose blocks have no more than `limit` bytes in all, nor `largest` one by one.
    pub(super) fn with_limit(heap: Heap, limit: usize, largest: usize) -> Self {
        Self {
            limit,
            charged: AtomicUsize::new(0),
            largest,
            heap,
            shards: [const { Lock::new(Table::new(System)) }; SHARDS],
            bytes: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        }
    }

    pub(super) fn heap(&self) -> &Heap {
        &self.heap
    }

    /// Bytes that were asked for and not given back.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The most that [`bytes`](Self::bytes) ever was.
    pub(super) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// Live blocks.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Neighbours go to different shards; the low bits of a block's address are 0.
    fn shard(&self, address: usize) -> &Lock<Table<Asked, System>> {
        &self.shards[(address >> 4 ^ address >> 12) % SHARDS]
    }

    fn add(&self, bytes: usize) {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.peak.fetch_max(before + bytes, Ordering::Relaxed);
    }

    /// A block of `size` bytes at a multiple of 16; size 0 gets one of its own too.
    #[track_caller]
    pub(super) fn alloc(&self, zeroed: bool, asked: Asked) -> Result<NonNull<u8>, AllocError> {
        let block = self.place(zeroed, asked)?;
        self.count.fetch_add(1, Ordering::Relaxed);
        self.add(asked.size);
        Ok(block)
    }

    /// As [`alloc`](Self::alloc), not counted yet.
    #[track_caller]
    fn place(&self, zeroed: bool, asked: Asked) -> Result<NonNull<u8>, AllocError> {
        let refused = |kind| AllocError::new(kind, asked.size, ALIGN, self.heap.node_id());
        let layout = Layout::from_size_align(asked.size, ALIGN).map_err(|_| refused(ErrorKind::CapacityOverflow))?;
        self.charge(asked.size)?;
        let block = if zeroed { self.heap.try_alloc_zeroed(layout) } else { self.heap.try_alloc(layout) };
        let block = block.inspect_err(|_| self.discharge(asked.size))?;
        let address = block.addr().get();
        let mut table = self.shard(address).lock();
        if !table.reserve() {
            drop(table);
            self.discharge(asked.size);
            // SAFETY: just allocated, and nobody else's.
            unsafe { self.heap.free(block) };
            return Err(refused(ErrorKind::OutOfMemory));
        }
        table.insert(address, asked);
        Ok(block)
    }

    /// What is known of the live block that starts at `address`. For any address. O(1).
    pub(super) fn find(&self, address: usize) -> Option<Asked> {
        self.shard(address).lock().get(address).copied()
    }

    /// Takes a block back. A `believed` other than 0 is the size that the caller believes it to have; another one is
    /// told and changes nothing about the free.
    ///
    /// # Safety
    /// If a live block starts at `block`, nobody uses it any more.
    #[track_caller]
    pub(super) unsafe fn free(&self, block: NonNull<u8>, believed: usize) -> Result<Asked, FreeError> {
        // SAFETY: the caller's promise.
        let asked = unsafe { self.release(block) }?;
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(asked.size, Ordering::Relaxed);
        self.compare(block.addr().get(), asked, believed);
        Ok(asked)
    }

    /// As [`free`](Self::free), still counted.
    ///
    /// # Safety
    /// As [`free`](Self::free).
    #[track_caller]
    unsafe fn release(&self, block: NonNull<u8>) -> Result<Asked, FreeError> {
        let address = block.addr().get();
        let taken = self.shard(address).lock().remove(address);
        let Some(asked) = taken else { return Err(self.refuse(block)) };
        // SAFETY: it was in the table, so it is a live block, and who took it out of there is the only one to free it.
        unsafe { self.heap.free(block) };
        self.discharge(asked.size);
        Ok(asked)
    }

    /// What a block of this size is charged. Sizes are layouts', so this cannot overflow.
    const fn cost(size: usize) -> usize {
        size.next_multiple_of(ALIGN) + COST
    }

    fn charge(&self, size: usize) -> Result<(), AllocError> {
        self.charge_more(Self::cost(size), size)
    }

    /// Charges `cost` more bytes for a block of `size`.
    fn charge_more(&self, cost: usize, size: usize) -> Result<(), AllocError> {
        if self.limit == usize::MAX {
            return Ok(());
        }
        let refused = |kind| Err(AllocError::new(kind, size, ALIGN, self.heap.node_id()));
        if size > self.largest {
            return refused(ErrorKind::RequestTooLarge { max: self.largest });
        }
        let before = self.charged.fetch_add(cost, Ordering::Relaxed);
        if before.saturating_add(cost) > self.limit {
            self.charged.fetch_sub(cost, Ordering::Relaxed);
            return refused(ErrorKind::LimitExceeded { limit: self.limit, allocated: before });
        }
        Ok(())
    }

    fn discharge(&self, size: usize) {
        self.charge_less(Self::cost(size));
    }

    fn charge_less(&self, cost: usize) {
        if self.limit != usize::MAX {
            self.charged.fetch_sub(cost, Ordering::Relaxed);
        }
    }

    /// Tells that somebody believes a block to have another size than it has.
    #[track_caller]
    fn compare(&self, address: usize, asked: Asked, given: usize) {
        if given == 0 || given == asked.size || self.heap.grade() < Grade::Sites {
            return;
        }
        Fault::new(FaultKind::WrongSize, self.owner())
            .with_address(address)
            .with_request(asked.size, ALIGN)
            .with_detail(FaultDetail::Sizes { given, asked: asked.size })
            .with_second(crate::debug::Site::here())
            .report();
    }

    fn owner(&self) -> Owner {
        let mut owner = Owner::new("platform memory", None);
        owner.node = self.heap.node_id();
        owner
    }

    /// Why nothing starts at this address.
    #[cold]
    #[track_caller]
    fn refuse(&self, block: NonNull<u8>) -> FreeError {
        if self.heap.usable_size(block).is_none() {
            // The heap refuses it with its own reason and, while it is watched, tells the places.
            // SAFETY: no live block starts there.
            if let Err(refused) = unsafe { self.heap.try_free(block) } {
                return refused;
            }
        }
        // Another thread freed it and has it on the way back to the heap, or has just been given it again.
        FreeError::new(FreeErrorKind::DoubleFree, block.addr().get(), "a heap", self.heap.node_id())
    }

    /// Gives a block another size: where it stands if that is possible and leaves no more than half of it idle, else
    /// elsewhere, with its contents up to the smaller size. With `zeroed` what is new reads as zero. Getting smaller is
    /// never refused.
    ///
    /// # Safety
    /// If a live block starts at `block`, it is the caller's; its old address is not used any more, unless it is the
    /// result.
    #[track_caller]
    pub(super) unsafe fn realloc(
        &self,
        block: NonNull<u8>,
        believed: usize,
        size: usize,
        zeroed: bool,
    ) -> Result<NonNull<u8>, MemError> {
        let address = block.addr().get();
        let Some(asked) = self.find(address) else { return Err(self.refuse(block).into()) };
        let idle = size < asked.size && self.heap.usable_size(block).is_some_and(|usable| usable / 2 > size);
        // SAFETY: the caller's promise.
        let changed = if !idle && unsafe { self.resize(block, size, zeroed) } {
            block
        } else {
            match self.place(false, Asked { size, ..asked }) {
                Ok(new) => {
                    // SAFETY: two live blocks of at least so many bytes, and the new one is nobody else's; then the old
                    // one, which the caller does not use any more.
                    unsafe {
                        new.copy_from_nonoverlapping(block, asked.size.min(size));
                        if zeroed && size > asked.size {
                            new.add(asked.size).write_bytes(0, size - asked.size);
                        }
                        self.release(block)?;
                    }
                    self.recount(asked.size, size);
                    new
                }
                // SAFETY: the caller's promise. There is no smaller block to be had: this one is called smaller.
                Err(_) if size <= asked.size && unsafe { self.resize(block, size, false) } => block,
                Err(refused) => return Err(refused.into()),
            }
        };
        self.compare(address, asked, believed);
        Ok(changed)
    }

    /// Gives a block another size where it stands, if that is possible.
    ///
    /// # Safety
    /// If a live block starts at `block`, it is the caller's.
    #[track_caller]
    pub(super) unsafe fn resize(&self, block: NonNull<u8>, size: usize, zeroed: bool) -> bool {
        let address = block.addr().get();
        let Some(asked) = self.find(address) else { return false };
        if Layout::from_size_align(size, ALIGN).is_err() {
            return false;
        }
        let more = Self::cost(size).saturating_sub(Self::cost(asked.size));
        if more > 0 && self.charge_more(more, size).is_err() {
            return false;
        }
        // SAFETY: the caller's promise. A watched heap does not change blocks in place; one that is called smaller is.
        if !unsafe { self.heap.resize(block, size) } && size > asked.size {
            self.charge_less(more);
            return false;
        }
        self.charge_less(Self::cost(asked.size).saturating_sub(Self::cost(size)));
        if zeroed && size > asked.size {
            // SAFETY: the block has `size` bytes now.
            unsafe { block.add(asked.size).write_bytes(0, size - asked.size) };
        }
        self.note_size(address, asked.size, size);
        true
    }

    fn note_size(&self, address: usize, old: usize, new: usize) {
        if let Some(asked) = self.shard(address).lock().get_mut(address) {
            asked.size = new;
        }
        self.recount(old, new);
    }

    fn recount(&self, old: usize, new: usize) {
        if new > old {
            self.add(new - old);
        } else {
            self.bytes.fetch_sub(old - new, Ordering::Relaxed);
        }
    }

    /// Every live block, in no order, a shard at a time: what others do meanwhile may be seen or not.
    pub(super) fn for_each(&self, mut visit: impl FnMut(usize, Asked)) {
        for shard in &self.shards {
            let blocks: std::vec::Vec<_> = shard.lock().iter().map(|(address, asked)| (address, *asked)).collect();
            blocks.into_iter().for_each(|(address, asked)| visit(address, asked));
        }
    }
}
