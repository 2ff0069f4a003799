//! How an arena is made.

use super::{
    Arena,
    core::{Core, OnEvent},
    event::ArenaEvent,
    groundwork::Groundwork,
    handle::Handle,
    retention::Retention,
    space::{Space, Span},
};
use crate::{
    bump::round_up,
    error::{AllocError, ErrorKind},
    node::{Node, NodeId, Tag},
    source::SourceRef,
};
use alloc::{borrow::Cow, boxed::Box};

/// Options of an [`Arena`]. All sizes are bytes.
///
/// ```
/// use arenite::{ArenaOptions, Retention};
/// let arena = ArenaOptions::new()
///     .name("level")
///     .initial(16 << 10)
///     .max(1 << 20)
///     .limit(8 << 20)
///     .retention(Retention::HighWater(4))
///     .build();
/// assert_eq!(arena.stats().allocated, 16 << 10);
/// ```
pub struct ArenaOptions {
    name: Option<Cow<'static, str>>,
    tag: Option<Tag>,
    parent: Option<Node>,
    node: Option<Node>,
    initial: usize,
    max: Option<usize>,
    source: Option<SourceRef>,
    #[cfg(feature = "std")]
    reserve: Option<crate::source::ReservationOptions>,
    span: Option<Span>,
    limit: Option<usize>,
    max_request: usize,
    retention: Retention,
    counting: bool,
    grain: usize,
    whole: bool,
    on_event: Option<OnEvent>,
}

impl ArenaOptions {
    /// The size of a first block unless set: 4 KiB.
    pub const INITIAL: usize = 4096;
    /// The size up to which blocks double unless set: 64 KiB, and from a [`Heap`](crate::Heap) what fits one of its segments
    /// of that size together with the block's header.
    pub const MAX: usize = 64 << 10;
    /// The largest single request unless set: 1 GiB.
    pub const MAX_REQUEST: usize = 1 << 30;

    /// Those of [`Arena::new`]: blocks from the system heap, 4 KiB doubling to 64 KiB, no name, no limit.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            name: None,
            tag: None,
            parent: None,
            node: None,
            initial: Self::INITIAL,
            max: None,
            source: None,
            #[cfg(feature = "std")]
            reserve: None,
            span: None,
            limit: None,
            max_request: Self::MAX_REQUEST,
            retention: Retention::KeepAll,
            counting: false,
            grain: crate::bump::MIN_ALIGN,
            whole: false,
            on_event: None,
        }
    }

    /// Gives the arena a node of its own in the lifetime tree, so that reports and errors can name it.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Labels the arena's own node.
    #[must_use]
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
        self
    }

    /// Puts the arena's own node below `parent`.
    #[must_use]
    pub fn parent(mut self, parent: &Node) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    /// Charges the blocks to `node` instead of a node of the arena's own: name, tag and parent are then the node's.
    #[must_use]
    pub fn node(mut self, node: &Node) -> Self {
        self.node = Some(node.clone());
        self
    }

    /// The capacity of the first block.
    #[must_use]
    pub const fn initial(mut self, bytes: usize) -> Self {
        self.initial = bytes;
        self
    }

    /// The capacity up to which blocks double.
    #[must_use]
    pub const fn max(mut self, bytes: usize) -> Self {
        self.max = Some(bytes);
        self
    }

    /// Where blocks come from.
    #[must_use]
    pub fn source(mut self, source: impl Into<SourceRef>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// One reserved range of `bytes` instead of blocks: committed as it is used, never moved, never longer.
    /// Addresses stay contiguous, so that a last vector grows in place for ever.
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn reserve(mut self, bytes: usize) -> Self {
        self.reserve = Some(crate::source::ReservationOptions::new(bytes));
        self
    }

    /// Lets [`reserve`](Self::reserve) accept less, down to `bytes`, where the system refuses the whole.
    /// [`ArenaStats::reserved`](super::ArenaStats::reserved) says what it became.
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn reserve_at_least(mut self, bytes: usize) -> Self {
        if let Some(reserve) = self.reserve {
            self.reserve = Some(reserve.at_least(bytes));
        }
        self
    }

    /// Asks for 2 MiB pages in the range of [`reserve`](Self::reserve), of which 2 MiB are resident at the least. What first
    /// touch then costs depends on the machine: see [`ReservationOptions::huge_pages`](crate::source::ReservationOptions::huge_pages).
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn huge_pages(mut self, yes: bool) -> Self {
        if let Some(reserve) = self.reserve {
            self.reserve = Some(reserve.huge_pages(yes));
        }
        self
    }

    /// Faults pages of [`reserve`](Self::reserve) in as they are committed, not as they are touched.
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn prefault(mut self, yes: bool) -> Self {
        if let Some(reserve) = self.reserve {
            self.reserve = Some(reserve.prefault(yes));
        }
        self
    }

    /// Refuses blocks that would take the arena past `bytes`. 0 refuses every one.
    #[must_use]
    pub const fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// The largest single request that is served.
    #[must_use]
    pub const fn max_request(mut self, bytes: usize) -> Self {
        self.max_request = bytes;
        self
    }

    /// What a reset keeps.
    #[must_use]
    pub const fn retention(mut self, policy: Retention) -> Self {
        self.retention = policy;
        self
    }

    /// Counts requested bytes and allocations. Every allocation then takes the cold path.
    #[must_use]
    pub const fn counting(mut self, yes: bool) -> Self {
        self.counting = yes;
        self
    }

    /// Calls `call` for what happens on cold paths: after the allocation or reset that caused it, on its thread. It may
    /// use this arena.
    #[must_use]
    pub fn on_event(mut self, call: impl Fn(ArenaEvent) + Send + 'static) -> Self {
        self.on_event = Some(Box::new(call));
        self
    }

    /// Cold paths move the cursor by multiples of 16. For the C library, whose fast path is
    /// [`Handle::take_grains`](super::Handle): whoever makes such an arena asks it for blocks by that and
    /// `try_alloc_grains` only, or some of them lie at multiples of 8. Sizes are multiples of 16 then, as `used` says;
    /// `requested` is what was asked for.
    #[doc(hidden)]
    #[must_use]
    pub const fn grains(mut self) -> Self {
        self.grain = super::handle::GRAIN;
        self
    }

    /// Cold paths move the cursor by multiples of 8, as if [`grains`](Self::grains) had never been called.
    #[doc(hidden)]
    #[must_use]
    pub const fn words(mut self) -> Self {
        self.grain = crate::bump::MIN_ALIGN;
        self
    }

    /// The sizes of all blocks but the first are with their headers, so that a source of sizes in powers of two has no waste.
    #[doc(hidden)]
    #[must_use]
    pub const fn whole_blocks(mut self) -> Self {
        self.whole = true;
        self
    }

    pub(crate) fn span(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Makes the arena and takes its first block (or reserves its range).
    ///
    /// # Panics
    /// When that is refused.
    #[must_use]
    #[track_caller]
    pub fn build(self) -> Arena {
        super::handle::granted(self.try_build())
    }

    /// As [`build`](Self::build).
    ///
    /// # Errors
    /// The reason: source, system, budget or limit.
    pub fn try_build(self) -> Result<Arena, AllocError> {
        let node = self.node.as_ref().map_or(NodeId::ANONYMOUS, Node::id);
        let initial = self.initial;
        let core = self.groundwork().and_then(Core::create).map_err(|kind| AllocError::new(kind, initial, 16, node))?;
        // SAFETY: just created, alive.
        unsafe { core.as_ref() }.fire();
        Ok(Arena::over(Handle::over(core), core))
    }

    fn groundwork(mut self) -> Result<Groundwork, ErrorKind> {
        let space = self.space()?;
        Ok(Groundwork {
            space,
            node: self.node_for_arena(),
            limit: self.limit,
            max_request: self.max_request,
            retention: self.retention,
            counting: self.counting,
            grain: self.grain,
            on_event: self.on_event,
        })
    }

    fn node_for_arena(&self) -> Option<Node> {
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

    /// The room that was asked for. Taken out of the options.
    fn space(&mut self) -> Result<Space, ErrorKind> {
        if let Some(span) = self.span.take() {
            return Ok(Space::Range(span));
        }
        #[cfg(feature = "std")]
        if let Some(reserve) = self.reserve {
            use alloc::sync::Arc;
            let reservation = crate::source::Reservation::new(reserve.with_front(Span::FRONT))
                .map_err(|refused| ErrorKind::ReserveRefused { code: refused.code })?;
            let size = reservation
                .size()
                .min(round_up(reserve.size().min(isize::MAX as usize), 8).saturating_add(Span::FRONT));
            // SAFETY: the reservation is the span's alone.
            return Ok(Space::Range(unsafe { Span::reserved(&Arc::new(reservation), 0, size) }));
        }
        Space::chained(self.source.take(), self.initial, self.max, self.limit, self.whole)
    }
}

impl Default for ArenaOptions {
    fn default() -> Self {
        Self::new()
    }
}
