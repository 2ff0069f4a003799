//! Refusals on purpose.

use super::relay::{Change, Layer, by_layer, refusal, resized, take};
use crate::{
    AllocError, AllocatorStats, Capabilities, DynAllocator, ErrorKind, FreeError, ResetError, ResetMode, Tag,
    sync::{AtomicU64, AtomicUsize, Ordering},
};
use core::{alloc::Layout, ptr::NonNull};

/// Refuses some requests on purpose, to test what happens then.
///
/// A request is anything that asks for memory: a block, zeroed or not, a growth, a resize to more. Frees and shrinks are
/// always served. The layer counts requests from 1, and refuses by one rule; several rules are several layers.
///
/// ```
/// use allocator_api2::vec::Vec;
/// use arenite::{Arena, layer::Failing};
///
/// // Fails each allocation of a job in turn, until the job needs no more of them.
/// let arena = Arena::new();
/// for n in 1.. {
///     let memory = Failing::new(&arena).nth(n);
///     let mut words: Vec<&str, _> = Vec::new_in(&memory);
///     let served = ["a", "b", "c", "d", "e"].iter().all(|word| words.try_reserve(1).map(|()| words.push(word)).is_ok());
///     assert!(served || memory.refused() == 1);
///     if memory.refused() == 0 {
///         assert_eq!(memory.requests(), 2);
///         break;
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Failing<A> {
    inner: A,
    rule: Rule,
    requests: AtomicU64,
    refused: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Never,
    Nth(u64),
    After(u64),
    Random { seed: u64, one_in: u64 },
    When(fn(Layout) -> bool),
    Tagged(Tag),
}

/// The tags whose layers refuse, one bit for each.
static FAILING_TAGS: AtomicUsize = AtomicUsize::new(0);

const _: () = assert!(Tag::COUNT <= usize::BITS as usize);

/// Switches the refusals of every [`Failing::tagged`] layer of this tag on or off, in the whole process. Off at first.
pub fn fail_tag(tag: Tag, on: bool) {
    let bit = 1 << tag.number();
    // Relaxed: the switch guards nothing; whoever must see it at once synchronises with who set it anyway.
    if on {
        FAILING_TAGS.fetch_or(bit, Ordering::Relaxed);
    } else {
        FAILING_TAGS.fetch_and(!bit, Ordering::Relaxed);
    }
}

impl<A> Failing<A> {
    /// `inner`, with every request counted and none refused yet.
    pub fn new(inner: A) -> Self {
        Self { inner, rule: Rule::Never, requests: AtomicU64::new(0), refused: AtomicU64::new(0) }
    }

    /// Refuses the `n`-th request, from 1, and no other.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        Self { rule: Rule::Nth(n), ..self }
    }

    /// Serves `n` requests and refuses all others.
    #[must_use]
    pub fn after(self, n: u64) -> Self {
        Self { rule: Rule::After(n), ..self }
    }

    /// Refuses one request in `one_in` on average. Which ones depends on their numbers and the seed alone. 0 is taken as 1:
    /// all of them.
    #[must_use]
    pub fn random(self, seed: u64, one_in: u64) -> Self {
        Self { rule: Rule::Random { seed, one_in: one_in.max(1) }, ..self }
    }

    /// Refuses the layouts for which `unwanted` answers true.
    #[must_use]
    pub fn when(self, unwanted: fn(Layout) -> bool) -> Self {
        Self { rule: Rule::When(unwanted), ..self }
    }

    /// Refuses everything while [`fail_tag`] has switched `tag` on: one switch for all the memory of a subsystem.
    ///
    /// ```
    /// use arenite::{Arena, DynAllocator, Tag, layer::{Failing, fail_tag}};
    /// let arena = Arena::new();
    /// let sounds = Failing::new(&arena).tagged(Tag::AUDIO);
    /// let layout = std::alloc::Layout::new::<u64>();
    /// fail_tag(Tag::AUDIO, true);
    /// assert!(sounds.try_allocate(layout).is_err());
    /// fail_tag(Tag::AUDIO, false);
    /// assert!(sounds.try_allocate(layout).is_ok());
    /// ```
    #[must_use]
    pub fn tagged(self, tag: Tag) -> Self {
        Self { rule: Rule::Tagged(tag), ..self }
    }

    /// Requests so far, the refused ones among them.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Requests that this layer refused. Those refused further below are not among them.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Counts a request and decides over it. Relaxed: each request gets a number of its own, and nothing hangs on it.
    fn pass(&self, layout: Layout) -> Result<(), AllocError> {
        let request = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let refuse = match self.rule {
            Rule::Never => false,
            Rule::Nth(n) => request == n,
            Rule::After(n) => request > n,
            Rule::Random { seed, one_in } => mix(seed ^ request) % one_in == 0,
            Rule::When(unwanted) => unwanted(layout),
            Rule::Tagged(tag) => FAILING_TAGS.load(Ordering::Relaxed) & (1 << tag.number()) != 0,
        };
        if !refuse {
            return Ok(());
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        Err(refusal(ErrorKind::Injected { request }, layout))
    }
}

/// SplitMix64's mixing of a number.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

impl<A: DynAllocator> Layer for Failing<A> {
    fn take(&self, layout: Layout, zeroed: bool) -> Result<NonNull<[u8]>, AllocError> {
        self.pass(layout)?;
        take(&self.inner, layout, zeroed)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.try_deallocate(memory, layout) }
    }

    unsafe fn change(
        &self,
        memory: NonNull<u8>,
        old: Layout,
        new: Layout,
        change: Change,
    ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
        if change != Change::Shrink {
            self.pass(new)?;
        }
        // SAFETY: the caller's promise.
        unsafe { change.ask(&self.inner, memory, old, new) }
    }
}

by_layer!([A: DynAllocator] Failing<A>);

// SAFETY: all answers are those of the allocator below, or refusals.
unsafe impl<A: DynAllocator> DynAllocator for Failing<A> {
    fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.take(layout, false)
    }

    unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
        // SAFETY: the caller's promise.
        unsafe { self.give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
        let served = new_size <= old.size() || self.pass(resized(old, new_size)).is_ok();
        // SAFETY: the caller's promise.
        served && unsafe { self.inner.resize(memory, old, new_size) }
    }

    unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.inner.usable_size(memory, layout) }
    }

    fn owns(&self, address: *const u8) -> bool {
        self.inner.owns(address)
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
        // SAFETY: the caller's promise.
        unsafe { self.inner.reset(mode) }
    }

    fn stats(&self) -> AllocatorStats {
        self.inner.stats()
    }
}
