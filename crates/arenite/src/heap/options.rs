//! How a heap is made.

use super::{
    buffer_heap::BufferHeap,
    heap::Heap,
    home::{Home, Kind},
    memory::Backing,
};
use crate::{
    error::{AllocError, ErrorKind},
    node::{Node, NodeId, Tag},
    source::SourceRef,
};
use alloc::borrow::Cow;
use core::mem::MaybeUninit;

/// Options of a [`Heap`]. All sizes are bytes.
///
/// ```
/// use arenite::{HeapOptions, Node};
/// let game = Node::new("game").hard_budget(16 << 20).build();
/// let sounds = HeapOptions::new().name("sounds").parent(&game).limit(4 << 20).build();
/// assert_eq!(game.stats().charged, 64 << 10); // its first segment
/// # drop(sounds);
/// ```
#[derive(Clone)]
pub struct HeapOptions {
    name: Option<Cow<'static, str>>,
    tag: Option<Tag>,
    parent: Option<Node>,
    node: Option<Node>,
    source: Option<SourceRef>,
    limit: usize,
    retain: usize,
    pass_through: bool,
    hold: usize,
    report_leaks: bool,
}

impl HeapOptions {
    /// Empty segments that are kept unless set: 1 MiB.
    pub const RETAIN: usize = 1 << 20;

    /// Bytes of freed blocks that are held back under [`Grade::Quarantine`](crate::debug::Grade::Quarantine) unless set:
    /// 1 MiB.
    pub const HOLD: usize = crate::debug::Keeper::HOLD;

    /// Those of [`Heap::new`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            name: None,
            tag: None,
            parent: None,
            node: None,
            source: None,
            limit: usize::MAX,
            retain: Self::RETAIN,
            pass_through: false,
            hold: Self::HOLD,
            report_leaks: false,
        }
    }

    /// Gives the heap a node of its own in the lifetime tree, so that reports and errors can name it.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Labels the heap's own node.
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Puts the heap's own node below `parent`.
    #[must_use]
    pub fn parent(mut self, parent: &Node) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    /// Charges the memory to `node` instead of a node of the heap's own: name, tag, parent and budget are then the node's.
    #[must_use]
    pub fn node(mut self, node: &Node) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// Where memory comes from, instead of [`SegmentCache`](crate::source::SegmentCache): 64 KiB at a time, at multiples of
    /// 64 KiB, and larger blocks by themselves.
    #[must_use]
    pub fn source(mut self, source: impl Into<SourceRef>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Refuses memory that would take what the heap holds past `bytes`.
    #[must_use]
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// How many bytes of empty segments each thread's part of the heap keeps while it runs. Beyond that they go back to the
    /// source, as soon as they are half of the part. `usize::MAX` keeps everything until [`Heap::trim`].
    #[must_use]
    pub const fn retain(mut self, bytes: usize) -> Self {
        self.retain = bytes;
        self
    }

    /// Takes each block from the source by itself, with its exact size: for address sanitizers and valgrind, which then see
    /// every block. The source is [`System`](crate::source::System) unless set. All checks stay; all calls take a lock.
    #[must_use]
    pub const fn pass_through(mut self, yes: bool) -> Self {
        self.pass_through = yes;
        self
    }

    /// How many bytes of freed blocks, fences and all, are held back under
    /// [`Grade::Quarantine`](crate::debug::Grade::Quarantine): the more, the longer ago a free may be that is written to.
    /// Larger blocks are not held.
    #[must_use]
    pub const fn hold(mut self, bytes: usize) -> Self {
        self.hold = bytes;
        self
    }

    /// Reports as [`FaultKind::Leak`](crate::debug::FaultKind::Leak), by place, what is still in the books when the heap is
    /// dropped: blocks made under [`Grade::Sites`](crate::debug::Grade::Sites) and above. For heaps whose blocks are all
    /// to be freed one by one; otherwise dropping the heap is a way to free them.
    #[must_use]
    pub const fn report_leaks(mut self, yes: bool) -> Self {
        self.report_leaks = yes;
        self
    }

    /// Makes the heap, and takes its first segment.
    ///
    /// # Panics
    /// When that is refused.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> Heap {
        match self.try_build() {
            Ok(heap) => heap,
            Err(refused) => refused.panic(),
        }
    }

    /// As [`build`](Self::build).
    ///
    /// # Errors
    /// The reason: source, limit or budget.
    pub fn try_build(self) -> Result<Heap, AllocError> {
        let node = self.node_for_heap();
        let id = node.as_ref().map_or(NodeId::ANONYMOUS, Node::id);
        let (kind, backing) = match (self.pass_through, self.source) {
            (true, source) => {
                (Kind::PassThrough, source.or_else(SourceRef::system).map_or(Backing::Nothing, Backing::Source))
            }
            (false, Some(source)) => (Kind::Segments, Backing::Source(source)),
            (false, None) => (Kind::Segments, Backing::Cache),
        };
        let mut home = Home::create(kind, backing, node, self.limit, self.retain)
            .map_err(|refused| AllocError::new(refused, super::segment::SEGMENT, super::segment::SEGMENT, id))?;
        // SAFETY: just made, and not yet anybody's.
        unsafe { home.as_mut() }.watching.wish(self.hold, self.report_leaks);
        // SAFETY: just made.
        unsafe { home.as_ref() }.report();
        Ok(Heap::over(home))
    }

    /// Makes a heap in memory of the caller's: no system, no growth. From about 4 KiB on; a sixteenth is its table. One lock
    /// serves all threads. Node, source, limit and retention do not apply.
    ///
    /// ```
    /// use arenite::HeapOptions;
    /// use std::{alloc::Layout, mem::MaybeUninit};
    /// let mut memory = [MaybeUninit::uninit(); 8192];
    /// let heap = HeapOptions::new().try_build_in(&mut memory).unwrap();
    /// let block = heap.alloc(Layout::new::<[u64; 20]>());
    /// assert!(heap.try_alloc(Layout::new::<[u64; 1000]>()).is_err());
    /// # let _ = block;
    /// ```
    ///
    /// # Errors
    /// The memory is too small.
    pub fn try_build_in(self, memory: &mut [MaybeUninit<u8>]) -> Result<BufferHeap<'_>, AllocError> {
        BufferHeap::make(memory).ok_or(AllocError::new(
            ErrorKind::ReservationFull { reserved: 0 },
            Home::least(),
            16,
            NodeId::ANONYMOUS,
        ))
    }

    /// The heap of `HeapOptions::new()`, without looking at each of them.
    #[inline(never)]
    pub(super) fn plain() -> Option<Heap> {
        Home::plain(Self::RETAIN).map(Heap::over)
    }

    fn node_for_heap(&self) -> Option<Node> {
        if let Some(node) = &self.node {
            return Some(node.clone());
        }
        if self.name.is_none() && self.tag.is_none() && self.parent.is_none() {
            return None;
        }
        let mut options = Node::new(self.name.clone().unwrap_or(Cow::Borrowed("unnamed")));
        if let Some(tag) = self.tag {
            options = options.tag(tag);
        }
        if let Some(parent) = &self.parent {
            options = options.parent(parent);
        }
        Some(options.build())
    }
}

impl Default for HeapOptions {
    fn default() -> Self {
        Self::new()
    }
}
