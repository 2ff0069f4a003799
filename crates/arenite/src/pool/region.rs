//! Blocks of one size side by side, and the list that knows which of them are live.
//!
//! One piece of memory: this header, a table of 32-bit links, the blocks. A live block's link says so; a free block's
//! link is the number of the next free one. Nothing is ever read from or written to a block, so a program that writes to
//! freed memory cannot lead the pool astray, and a block handed out holds what it held when it was given back.
//!
//! Blocks that were never handed out are in no list: they follow in order when the list is empty. So the high-water mark
//! is exact without being counted, and memory is touched only when it is needed.

use super::{holdings::Holdings, index::Stride, region_memory::RegionMemory};
use crate::{bump::round_up, debug::SlotWatch, free_error::FreeErrorKind};
use core::{cell::Cell, ptr::NonNull};

/// The link of a live block.
const LIVE: u32 = u32::MAX;
/// The link of a block that is taken and lies idle: the program has an object in its place.
const IDLE: u32 = u32::MAX - 1;
/// The link of the last free block.
const NONE: u32 = u32::MAX - 2;
/// The most blocks of a region: numbers below all marks.
pub(super) const MOST: usize = (u32::MAX - 3) as usize;

/// Where the table begins, counted from the header.
pub(super) const TABLE: usize = size_of::<Region>();

pub(super) struct Region {
    /// The number of the first free block, or `NONE`.
    head: Cell<u32>,
    /// Blocks handed out at least once since the start or the last clear: they have a link.
    carved: Cell<usize>,
    base: NonNull<u8>,
    stride: Stride,
    /// Blocks that have memory, with their links.
    pub(super) ready: Cell<usize>,
    /// Blocks that there may ever be.
    pub(super) blocks: usize,
    high_water: Cell<usize>,
    /// Of a sealed region, what `head` and `carved` would be.
    hidden: Cell<Option<(u32, usize)>>,
    /// That of the pool whose only region this is: here, so that the pool itself has nothing that changes.
    pub(super) watch: SlotWatch,
    pub(super) memory: RegionMemory,
    /// What pays for the region, where it is a pool's only one.
    pub(super) holdings: Option<Holdings>,
    /// The next region of the pool.
    pub(super) next: Cell<Option<RegionRef>>,
}

impl Region {
    pub(super) fn new(
        base: NonNull<u8>,
        stride: Stride,
        ready: usize,
        blocks: usize,
        memory: RegionMemory,
        holdings: Option<Holdings>,
    ) -> Self {
        Self {
            head: Cell::new(NONE),
            carved: Cell::new(0),
            base,
            stride,
            ready: Cell::new(ready),
            blocks,
            high_water: Cell::new(0),
            hidden: Cell::new(None),
            watch: SlotWatch::new(),
            memory,
            holdings,
            next: Cell::new(None),
        }
    }

    pub(super) fn carved(&self) -> usize {
        self.hidden.get().map_or(self.carved.get(), |(_, carved)| carved)
    }

    pub(super) fn high_water(&self) -> usize {
        self.high_water.get()
    }

    pub(super) fn has_listed(&self) -> bool {
        self.hidden.get().map_or(self.head.get(), |(head, _)| head) != NONE
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.hidden.get().is_some()
    }

    /// Hides what the fast paths look for, or shows it again.
    pub(super) fn seal(&self, sealed: bool) {
        match (sealed, self.hidden.get()) {
            (true, None) => {
                self.hidden.set(Some((self.head.replace(NONE), self.carved.replace(0))));
            }
            (false, Some((head, carved))) => {
                self.hidden.set(None);
                self.head.set(head);
                self.carved.set(carved);
            }
            _ => {}
        }
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    pub(super) fn stride(&self) -> usize {
        self.stride.size()
    }

    /// Forgets every block. O(1): links count below `carved` only.
    pub(super) fn clear(&self) {
        self.head.set(NONE);
        self.carved.set(0);
        self.hidden.set(self.hidden.get().map(|_| (NONE, 0)));
    }

    /// Whether the address lies in a block that was handed out since the start or the last clear.
    pub(super) fn covers(&self, address: usize) -> bool {
        self.spans(address, self.carved())
    }

    /// The same, of a region that is not sealed; no address lies in one that is.
    pub(super) fn covers_unsealed(&self, address: usize) -> bool {
        self.spans(address, self.carved.get())
    }

    fn spans(&self, address: usize, blocks: usize) -> bool {
        address.wrapping_sub(self.base.addr().get()) < blocks * self.stride.size()
    }
}

/// Offsets of the table's end and of the blocks for so many blocks, and the size of it all.
pub(super) fn plan(stride: usize, align: usize, blocks: usize) -> Option<(usize, usize)> {
    let table = blocks.checked_mul(size_of::<u32>())?.checked_add(TABLE)?;
    let data = table.checked_add(align - 1)? & !(align - 1);
    let size = blocks.checked_mul(stride)?.checked_add(data)?;
    (size <= isize::MAX as usize && blocks <= MOST).then_some((data, size))
}

/// The most blocks for which a plan has no more than `bytes`.
pub(super) fn fit(stride: usize, align: usize, bytes: usize) -> usize {
    let fits = |blocks: usize| plan(stride, align, blocks).is_some_and(|(_, size)| size <= bytes);
    // Larger plans need more, so the last that fits is found by halving what lies between one that does and one that
    // does not.
    let (mut most, mut too_many) = (0, (bytes / (stride + size_of::<u32>())).min(MOST) + 1);
    while too_many - most > 1 {
        let middle = most + (too_many - most) / 2;
        if fits(middle) { most = middle } else { too_many = middle }
    }
    most
}

/// A region that is alive, with access to all of its memory: a pool has it until it is dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct RegionRef(NonNull<Region>);

impl RegionRef {
    /// # Safety
    /// `header` is a valid region at the start of its memory and has that memory's provenance: behind it `ready` links,
    /// and `ready` blocks at its base, both the region's alone. It stays until the last copy of this reference is gone.
    pub(super) unsafe fn new(header: NonNull<Region>) -> Self {
        Self(header)
    }

    pub(super) fn header(self) -> NonNull<Region> {
        self.0
    }

    #[inline(always)]
    fn link(self, index: usize) -> *mut u32 {
        // `wrapping_add` for want of a bound here; callers stay below `ready`.
        self.0.as_ptr().cast::<u8>().wrapping_add(TABLE).cast::<u32>().wrapping_add(index)
    }

    #[inline(always)]
    fn block(self, index: usize) -> NonNull<u8> {
        // SAFETY: callers stay below `ready`, so the block lies in the region's memory.
        unsafe { self.base.add(index * self.stride.size()) }
    }

    /// Takes the block that was given back last.
    #[inline(always)]
    pub(super) fn pop(self) -> Option<NonNull<u8>> {
        let head = self.head.get();
        if head == NONE {
            return None;
        }
        let link = self.link(head as usize);
        // SAFETY: a number in the list is one of a carved block, whose link is ours and initialised. Only this module
        // writes links, so the next one is in the list, too.
        unsafe {
            self.head.set(link.read());
            link.write(LIVE);
        }
        Some(self.block(head as usize))
    }

    /// Does something as if the region were not sealed. Nothing of the program's runs in it.
    fn unsealed<R>(self, run: impl FnOnce(Self) -> R) -> R {
        let sealed = self.is_sealed();
        self.seal(false);
        let result = run(self);
        self.seal(sealed);
        result
    }

    /// As [`pop`](Self::pop), sealed or not.
    pub(super) fn take(self) -> Option<NonNull<u8>> {
        self.unsealed(Self::pop)
    }

    /// As [`push`](Self::push), sealed or not.
    pub(super) fn give(self, address: usize) -> bool {
        self.unsealed(|region| region.push(address))
    }

    /// Takes a block that was never handed out, when the list is empty.
    pub(super) fn carve(self) -> Option<NonNull<u8>> {
        self.unsealed(Self::carve_unsealed)
    }

    fn carve_unsealed(self) -> Option<NonNull<u8>> {
        let index = self.carved.get();
        if index >= self.ready.get() {
            return None;
        }
        // SAFETY: below `ready`, so there is memory for the link.
        unsafe { self.link(index).write(LIVE) };
        self.carved.set(index + 1);
        self.high_water.set(self.high_water.get().max(index + 1));
        Some(self.block(index))
    }

    /// Puts a live block on the list; `false`, and nothing done, when the address is not that of one.
    #[inline(always)]
    pub(super) fn push(self, address: usize) -> bool {
        let index = self.stride.index(address.wrapping_sub(self.base.addr().get()));
        if index >= self.carved.get() {
            return false;
        }
        let link = self.link(index);
        // SAFETY: below `carved`, so the link is ours and initialised.
        unsafe {
            if link.read() != LIVE {
                return false;
            }
            link.write(self.head.get());
        }
        self.head.set(index as u32);
        true
    }

    fn is_live(self, index: usize) -> bool {
        // SAFETY: below `carved`, so the link is ours and initialised.
        index < self.carved() && unsafe { self.link(index).read() } == LIVE
    }

    /// Lets a live block lie idle, which refuses to be given back, or live again.
    pub(super) fn set_idle(self, address: usize, idle: bool) {
        let index = self.stride.index(address.wrapping_sub(self.base.addr().get()));
        if index < self.carved() {
            // SAFETY: below `carved`, so the link is ours. Its block is taken, and so in no list.
            unsafe { self.link(index).write(if idle { IDLE } else { LIVE }) };
        }
    }

    /// Whether the address is that of a live block.
    pub(super) fn holds(self, address: usize) -> bool {
        self.is_live(self.stride.index(address.wrapping_sub(self.base.addr().get())))
    }

    /// The first block at or behind a number that is live or idle, with its number.
    pub(super) fn next_taken(self, from: usize) -> Option<(usize, NonNull<u8>)> {
        // SAFETY: below `carved`, so the links are ours and initialised.
        let index = (from..self.carved()).find(|&index| unsafe { self.link(index).read() } >= IDLE)?;
        Some((index, self.block(index)))
    }

    /// Number of blocks that are live or idle. O(blocks carved): what counts nothing on the fast path counts here.
    pub(super) fn live(self) -> usize {
        // SAFETY: below `carved`, so the links are ours and initialised; nobody writes to them meanwhile.
        let links = unsafe { core::slice::from_raw_parts(self.link(0), self.carved()) };
        links.iter().filter(|&&link| link >= IDLE).count()
    }

    /// Why [`push`](Self::push) refused an address.
    pub(super) fn diagnose(self, address: usize) -> FreeErrorKind {
        if !self.covers(address) {
            return FreeErrorKind::Foreign;
        }
        match (address - self.base.addr().get()) % self.stride.size() {
            0 => FreeErrorKind::DoubleFree,
            offset => FreeErrorKind::Misaligned { offset },
        }
    }
}

impl core::ops::Deref for RegionRef {
    type Target = Region;

    #[inline(always)]
    fn deref(&self) -> &Region {
        // SAFETY: by the promise of `new`; all that changes in a header is in cells.
        unsafe { self.0.as_ref() }
    }
}

/// The alignment of a header.
pub(super) const HEADER_ALIGN: usize = 16;

const _: () = assert!(TABLE % align_of::<u32>() == 0 && align_of::<Region>() <= HEADER_ALIGN);

/// Sizes of blocks: up to 1 GiB.
pub(super) const MAX_BLOCK: usize = 1 << 30;

/// The distance between blocks of `size` bytes at multiples of `align`.
pub(super) const fn stride_of(size: usize, align: usize) -> usize {
    round_up(size, align)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_to_a_large_alignment_does_not_cost_more_blocks_than_it_must() {
        let blocks = fit(96, 1 << 16, 1_633_892);
        assert!(plan(96, 1 << 16, blocks).unwrap().1 <= 1_633_892);
        assert!(plan(96, 1 << 16, blocks + 1).unwrap().1 > 1_633_892);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn what_fits_is_planned_within_the_bytes_and_one_more_is_not(
            size in 1usize..5000, shift in 3u32..22, bytes in 0usize..1 << 24,
        ) {
            let align = 1 << shift;
            let stride = stride_of(size, 8);
            let blocks = fit(stride, align, bytes);
            if blocks > 0 {
                prop_assert!(plan(stride, align, blocks).unwrap().1 <= bytes);
            }
            prop_assert!(plan(stride, align, blocks + 1).unwrap().1 > bytes);
        }
    }
}
