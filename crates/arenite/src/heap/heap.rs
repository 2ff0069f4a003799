//! The heap itself.

mod at_hand;
mod free;

use super::{
    class::{GRAIN, LOOKUP, plain_of},
    home::{Home, Kind},
    options::HeapOptions,
    segment::SEGMENT,
    stats::HeapStats,
    table::at,
};
use crate::{
    debug::{Counts, Grade, Place, Refused},
    error::{AllocError, ErrorKind},
    node::NodeId,
};
use core::{alloc::Layout, fmt, ptr::NonNull};

/// Memory in blocks of any size, that die one by one or all together with the heap.
///
/// Any thread may allocate, and any may free what another allocated. The thread that made the heap uses no lock and no
/// locked instruction for its own blocks, and neither does any other for its own: each has a *shard*, segments of 64 KiB
/// that it alone allocates from. A block freed by another thread goes back to its shard on a list. A thread may end while
/// its blocks live on; the next new one takes its shard over.
///
/// Blocks start at multiples of 16 and have no header. Up to 32 KiB they are rounded up to one of 59 sizes, 25 % apart at
/// the most; larger ones have memory of their own. Dropping the heap gives all of it back in O(segments), whatever is
/// still live; values in it are not dropped. To make, use for ten blocks and destroy a heap takes less time than ten calls
/// of `malloc` and `free`.
///
/// A heap remembers which of its addresses are live blocks. A second free, a free of what it never handed out, of an
/// address inside of a block, or of a block of a destroyed heap is refused, changes nothing and reads no foreign memory. It
/// is not noticed when the address has become a live block again, nor when two threads free one block at the same moment
/// and one of them is the one that allocated it. And it is the caller's to see that the second free of another thread's
/// block does not run at the very moment at which that thread gives the empty segment back, while it frees, allocates or
/// trims: it could look into memory that has just gone. To refuse that too, each free of another thread's block would have
/// to take the lock.
///
/// It obeys the [`debug`](crate::debug) grades of its node's name or tag, or of the process. A change of them is seen by
/// the next request of every thread; blocks from before stay valid and are unchecked. Under a grade each request takes a
/// lock; without one nothing is paid. Blocks that it serves as a [`Source`](crate::source::Source) are never watched.
///
/// ```
/// use arenite::Heap;
/// use std::alloc::Layout;
///
/// let heap = Heap::new();
/// let block = heap.alloc(Layout::from_size_align(100, 8).unwrap());
/// assert_eq!(heap.usable_size(block), Some(112));
/// // SAFETY: a live block of this heap that nobody uses any more.
/// unsafe { heap.free(block) };
/// // SAFETY: not a live block: refused.
/// let refused = unsafe { heap.try_free(block) }.unwrap_err();
/// assert!(refused.to_string().contains("free already"), "{refused}");
///
/// let words = heap.alloc(Layout::array::<u64>(1_000_000).unwrap());
/// assert_eq!(heap.stats().live, 1);
/// drop(heap); // everything in it goes
/// # let _ = words;
/// ```
/// As the allocator of collections:
/// ```
/// use allocator_api2::vec::Vec;
/// let heap = arenite::Heap::new();
/// let mut numbers = Vec::new_in(&heap);
/// numbers.extend(0..1000);
/// assert_eq!(heap.stats().live, 1);
/// drop(numbers);
/// assert_eq!(heap.stats().live, 0);
/// ```
pub struct Heap {
    home: NonNull<Home>,
}

// SAFETY: a shard is used by its thread alone, or by who holds the lock after that thread has ended; the rest is atomic,
// constant, or under the lock. Whoever drops the heap is the last to use it.
unsafe impl Send for Heap {}
// SAFETY: as above.
unsafe impl Sync for Heap {}

impl Heap {
    /// A heap over [`SegmentCache`](crate::source::SegmentCache), without name or limit.
    ///
    /// # Panics
    /// When there is no memory for its first segment.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        HeapOptions::plain()
            .unwrap_or_else(|| AllocError::new(ErrorKind::OutOfMemory, SEGMENT, SEGMENT, NodeId::ANONYMOUS).panic())
    }

    pub(super) const fn over(home: NonNull<Home>) -> Self {
        Self { home }
    }

    #[inline(always)]
    fn home(&self) -> &Home {
        // SAFETY: the home lives until the heap is dropped.
        unsafe { self.home.as_ref() }
    }

    /// A block of at least `layout.size()` bytes at a multiple of `layout.align()`, a power of two up to 2 MiB. Size 0 gets
    /// a block of its own too.
    ///
    /// # Panics
    /// When it is refused: see [`try_alloc`](Self::try_alloc).
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn alloc(&self, layout: Layout) -> NonNull<u8> {
        match self.try_alloc(layout) {
            Ok(block) => block,
            Err(refused) => refused.panic(),
        }
    }

    /// As [`alloc`](Self::alloc). O(1) but for a new segment, and for a walk over this thread's segments that the frees
    /// since the last one have paid for.
    ///
    /// # Errors
    /// The source has no memory; the heap's limit or a hard budget would be passed; the alignment is above 2 MiB. The heap
    /// is as it was before.
    #[inline]
    #[track_caller]
    pub fn try_alloc(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        match self.alloc_at_hand(layout) {
            Some(block) => Ok(block),
            None => self.place(layout, false, Place::here()),
        }
    }

    /// A block, when the thread's own part of the heap has one: the fast path, which never unwinds.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    pub fn alloc_at_hand(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.size() > LOOKUP || layout.align() > GRAIN {
            return None;
        }
        let shard = self.home().shard()?;
        // SAFETY: this thread's shard, and a class.
        unsafe {
            let plain = plain_of(layout.size());
            shard.pop(plain).or_else(|| shard.cut_small(plain))
        }
    }

    #[cold]
    #[inline(never)]
    fn place(&self, layout: Layout, zeroed: bool, place: Place) -> Result<NonNull<u8>, AllocError> {
        let home = self.home();
        let block = match home.place_unless_watched(layout) {
            Some(placed) => home.finish(placed, layout, zeroed)?,
            None => home.place_watched(layout, zeroed, place)?,
        };
        home.report();
        Ok(block)
    }

    /// A block that no grade is asked about, leaving the callbacks of budgets to the next call: whoever asks may be in the
    /// middle of something.
    pub(super) fn place_quietly(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.home().place_raw(layout, false)
    }

    /// Takes back what [`place_quietly`](Self::place_quietly) gave.
    ///
    /// # Safety
    /// A live block from there, which nobody uses any more.
    pub(super) unsafe fn free_quietly(&self, block: NonNull<u8>) {
        // SAFETY: the caller's promise, by which nothing is refused.
        let _ = unsafe { self.home().release(block.addr().get()) };
    }

    /// As [`alloc`](Self::alloc), with `layout.size()` zeros. Memory that came zeroed and was never used is not written.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn alloc_zeroed(&self, layout: Layout) -> NonNull<u8> {
        self.try_alloc_zeroed(layout).unwrap_or_else(|refused| refused.panic())
    }

    /// As [`alloc_zeroed`](Self::alloc_zeroed).
    ///
    /// # Errors
    /// As [`try_alloc`](Self::try_alloc).
    #[inline]
    #[track_caller]
    pub fn try_alloc_zeroed(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        if layout.size() <= LOOKUP && layout.align() <= GRAIN {
            // SAFETY: this thread's shard, and a class; then a block of at least this size, the caller's alone.
            unsafe {
                if let Some(block) = self.home().shard().and_then(|shard| shard.pop(plain_of(layout.size()))) {
                    block.write_bytes(0, layout.size());
                    return Ok(block);
                }
            }
        }
        self.place(layout, true, Place::here())
    }

    /// How many bytes of the live block that starts here can be used; `None` when none does. O(1), for any address; a block
    /// of another thread's, or a large one, takes the lock.
    #[must_use]
    pub fn usable_size(&self, block: NonNull<u8>) -> Option<usize> {
        let live = self.home().live(block.addr().get()).map(super::home::Live::size);
        live.or_else(|| self.home().covered_size(block))
    }

    /// Whether `address` lies in a live block of this heap. For any address. O(1) at the start of a block, O(size) inside a
    /// small one, O(large blocks) elsewhere.
    #[must_use]
    pub fn owns(&self, address: *const u8) -> bool {
        self.home().owns(address.addr())
    }

    /// Whether the address lies in memory that the heap has small blocks in, in a live block, or in one that its books
    /// remember: so that who is not sure whose a block is need not read it.
    #[doc(hidden)]
    #[must_use]
    pub fn holds_address(&self, address: usize) -> bool {
        self.home().holds_address(address)
    }

    /// Calls `visit` with each live block and its usable size. O(memory held).
    ///
    /// ```
    /// # use arenite::Heap;
    /// # use std::alloc::Layout;
    /// let mut heap = Heap::new();
    /// let _ = heap.alloc(Layout::new::<[u64; 4]>());
    /// let mut sizes = Vec::new();
    /// heap.for_each(|_, size| sizes.push(size));
    /// assert_eq!(sizes, [32]);
    /// ```
    pub fn for_each(&mut self, mut visit: impl FnMut(NonNull<u8>, usize)) {
        let home = self.home();
        let mut visit = |block| {
            if let Some((start, size)) = home.seen_as(block) {
                // SAFETY: addresses of blocks are not 0.
                visit(unsafe { NonNull::new_unchecked(at(start)) }, size);
            }
        };
        let state = home.state.lock();
        // SAFETY: the lock is held.
        unsafe { home.for_each_small(|start, size| visit((start, size))) };
        state.large.live().for_each(|(block, _)| visit(block));
    }

    /// Gives all segments without a live block back to the source: those of this thread's shard and of threads that have
    /// ended now, those of others when they come by. Returns how many bytes went back now. O(memory held).
    ///
    /// What comes from the default source stays there, warm, up to its retention; see
    /// [`SegmentCache::trim`](crate::source::SegmentCache::trim).
    pub fn trim(&self) -> usize {
        self.home().trim()
    }

    /// The figures, counted now. O(memory held): nothing is counted while blocks come and go. What is held back in
    /// quarantine is not live.
    #[must_use]
    pub fn stats(&self) -> HeapStats {
        self.home().stats()
    }

    /// What was counted while a grade was in force ([`Grade::Count`](crate::debug::Grade::Count) and above). A heap of which
    /// nobody changes the grade counts nothing. O(blocks held back).
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.home().counts()
    }

    /// Checks the fences of every live block, and what is held back, and reports each fault; how many. What was broken is
    /// mended, so that it is told once. O(bytes held back and blocks). See [`debug`](crate::debug).
    ///
    /// ```
    /// use arenite::{HeapOptions, debug::{self, FaultKind, Grade, Policy}};
    /// use std::alloc::Layout;
    /// let heap = HeapOptions::new().name("sounds").build();
    /// debug::set_node_grade("sounds", Grade::Guard);
    /// let block = heap.alloc(Layout::new::<[u8; 13]>());
    /// assert_eq!(heap.check(), 0);
    /// # #[cfg(not(feature = "debug"))] return;
    /// // SAFETY: none: one byte behind the end, which is a fence.
    /// unsafe { block.add(13).write(1) };
    /// debug::on_fault(|fault| assert_eq!(fault.kind, FaultKind::Overrun));
    /// assert_eq!(heap.check(), 1);
    /// ```
    ///
    /// # Panics
    /// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&self) -> usize {
        self.home().check(Place::here())
    }

    /// Sets the debug grade of this heap alone; `None`: that of its node's name, its tag, or the process. In force from each
    /// thread's next request on. Any thread; every allocator of the process looks its grade up once more after it. Without
    /// the feature `debug` nothing happens.
    ///
    /// ```
    /// use arenite::{Heap, debug::Grade};
    /// use std::alloc::Layout;
    /// let (watched, other) = (Heap::new(), Heap::new());
    /// watched.set_grade(Grade::Sites);
    /// watched.alloc(Layout::new::<[u64; 4]>());
    /// other.alloc(Layout::new::<[u64; 4]>());
    /// # #[cfg(not(feature = "debug"))] return;
    /// assert_eq!((watched.counts().live, other.counts().live), (1, 0));
    /// assert_eq!(watched.grade(), Grade::Sites);
    /// ```
    pub fn set_grade(&self, grade: impl Into<Option<Grade>>) {
        self.home().set_grade(grade.into());
    }

    /// The debug grade in force for it.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.home().grade()
    }

    pub(super) fn passes_through(&self) -> bool {
        self.home().kind == Kind::PassThrough
    }

    /// The node that pays for the heap; [`NodeId::ANONYMOUS`] when none does.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.home().node_id()
    }
}

impl Default for Heap {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap").field("node", &self.node_id()).field("stats", &self.stats()).finish()
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        if self.home().has_keeper() {
            return drop_watched(self.home);
        }
        // SAFETY: the last use; blocks that are still live must not be used any more, which is what their owners, who hold
        // bare pointers or borrow the heap, have to see to.
        unsafe { Home::destroy(self.home) }
    }
}

/// The end of a heap whose blocks may be in the books.
#[cold]
#[inline(never)]
fn drop_watched(home: NonNull<Home>) {
    /// Gives the memory back, also when a report panics.
    struct End(NonNull<Home>);

    impl Drop for End {
        fn drop(&mut self) {
            // SAFETY: as in `Heap::drop`, which is where this is done.
            unsafe { Home::destroy(self.0) }
        }
    }

    let end = End(home);
    // SAFETY: alive until `end` is dropped.
    unsafe { end.0.as_ref() }.end_watching();
}

/// The program goes on after a fault that was told.
#[cold]
#[track_caller]
fn unless_told(refused: Refused) {
    if let Refused::Below(refused) = refused {
        refused.panic();
    }
}
