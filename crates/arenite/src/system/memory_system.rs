//! The memory of a game.

use super::{
    areas::{Areas, Ground},
    commands::{Buffers, Commands, Payloads},
    error::SystemError,
    frame::Frame,
    layout::{Area, Plan, SystemLayout},
    leaks::SystemLeaks,
    stats::{AreaStats, SystemStats, TagStats},
    tags::TagTable,
    zone::Zone,
};
use crate::{
    ArenaOptions, Node, Ring, Stack, Tag,
    arena::Span,
    lent::Lent,
    pool::BlockPool,
    source::{Reservation, ReservationOptions},
};
use core::{
    cell::{Cell, RefMut},
    fmt,
    mem::MaybeUninit,
    ptr::NonNull,
};
use std::sync::Arc;

/// One reservation for everything a game keeps, divided by lifetime.
///
/// ```
/// use arenite::{MemorySystem, Tag};
/// let memory = MemorySystem::new()?;
/// let level = memory.permanent().alloc_slice_fill(1000, 0u32);
/// for _ in 0..3 {
///     let frame = memory.begin_frame()?; // what the last frame left is gone now
///     let positions = frame.push_array_tagged(Tag::PHYSICS, 10_000, [0.0f32; 3])?;
///     positions[0] = [1.0, 2.0, 3.0];
///     level[0] += 1;
/// }
/// println!("{}", memory.stats());
/// # Ok::<(), arenite::system::SystemError>(())
/// ```
/// It is `Send`, and not `Sync`: one thread at a time owns the frame.
pub struct MemorySystem<'b> {
    permanent: Zone,
    pub(super) frame: Zone,
    pub(super) gui: Zone,
    pub(super) render: Buffers,
    pub(super) areas: Areas<'b>,
    pub(super) tags: Arc<TagTable>,
    node: Node,
    reserved: usize,
    frames: Cell<u64>,
    passes: Cell<u64>,
    _memory: Lent<'b>,
}

impl MemorySystem<'static> {
    /// A system of the default [`SystemLayout`]: 5 GiB of address space, committed as it is used.
    ///
    /// # Errors
    /// The operating system refuses the reservation: [`SystemLayout::at_least`] accepts less.
    pub fn new() -> Result<Self, SystemError> {
        Self::with_layout(SystemLayout::new())
    }

    /// A system of a layout of one's own.
    ///
    /// # Errors
    /// The parts do not fit in the total, or the operating system refuses the reservation.
    pub fn with_layout(layout: SystemLayout) -> Result<Self, SystemError> {
        let asked = layout.plan(layout.total, false)?.size;
        // What the areas' seats and rounding add to the total; parts that are all given may need less than that.
        let extra = asked.saturating_sub(layout.total);
        let least = layout.at_least.map_or(asked, |bytes| bytes.saturating_add(extra));
        let options = ReservationOptions::new(asked).at_least(least);
        let reservation = Reservation::new(options.huge_pages(layout.huge_pages).prefault(layout.prefault))?;
        let plan = layout.plan((reservation.size() - extra).min(layout.total), false)?;
        let reservation = Arc::new(reservation);
        // SAFETY: a reservation for this plan, and this system's alone.
        unsafe { Self::build(layout, &plan, &Ground::Reserved(&reservation)) }
    }
}

impl<'b> MemorySystem<'b> {
    /// A system in memory of the caller's; the layout's total is the buffer's size, of which each area's own state takes
    /// less than 1 KiB.
    ///
    /// # Errors
    /// The parts do not fit in the buffer.
    pub fn in_memory(buffer: &'b mut [MaybeUninit<u8>], layout: SystemLayout) -> Result<Self, SystemError> {
        let skipped = buffer.as_ptr().addr().wrapping_neg() % 16;
        let plan = layout.plan(buffer.len().saturating_sub(skipped), true)?;
        let base = NonNull::from(&mut buffer[skipped..]).cast::<u8>();
        // SAFETY: the plan is one for this buffer, which is borrowed for 'b.
        unsafe { Self::build(layout, &plan, &Ground::Borrowed(base)) }
    }

    /// # Safety
    /// The plan was made for this ground: its spans lie in it and do not overlap. Nobody else uses the ground, and a
    /// borrowed one is valid for `'b`.
    unsafe fn build(layout: SystemLayout, plan: &Plan, ground: &Ground<'_>) -> Result<Self, SystemError> {
        let span = |(offset, size): (usize, usize)| match ground {
            // SAFETY: the caller's promise.
            Ground::Reserved(reservation) => unsafe { Span::reserved(reservation, offset, size) },
            // SAFETY: as above.
            Ground::Borrowed(base) => unsafe { Span::borrowed(base.add(offset), size) },
        };
        let node = Node::new("memory system").build();
        // SAFETY: the caller's promise.
        let areas = unsafe { Areas::new(&layout, plan, ground, &node) }?;
        let tags = Arc::new(TagTable::new(&layout.budgets, layout.on_soft));
        let zone = |name: &'static str, place| -> Result<Zone, SystemError> {
            let options = ArenaOptions::new().name(name).parent(&node).max_request(isize::MAX as usize);
            Ok(Zone::new(options.span(span(place)).try_build()?, &tags))
        };
        let render = plan.render.iter().map(|&place| zone("render", place)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            permanent: zone("permanent", plan.permanent)?,
            frame: zone("frame", plan.frame)?,
            gui: zone("gui", plan.gui)?,
            render: Buffers::new(render.into_iter()),
            areas,
            tags: tags.clone(),
            node: node.clone(),
            reserved: plan.size,
            frames: Cell::new(0),
            passes: Cell::new(0),
            _memory: Lent::new(),
        })
    }

    /// What lives as long as the system.
    #[must_use]
    pub fn permanent(&self) -> &Zone {
        &self.permanent
    }

    /// Begins a frame: clears what the last one left. O(1), plus one step for each value that must be dropped.
    ///
    /// # Errors
    /// The last frame's guard is still there, or was forgotten.
    ///
    /// # Panics
    /// When a value of the last frame panics as it is dropped; the frame has not begun then.
    pub fn begin_frame(&self) -> Result<Frame<'_>, SystemError> {
        begin(&self.frame, &self.frames, Area::Frame)
    }

    /// Begins a GUI pass: clears what the last one left.
    ///
    /// # Errors
    /// The last pass's guard is still there, or was forgotten.
    ///
    /// # Panics
    /// As [`begin_frame`](Self::begin_frame).
    pub fn begin_gui(&self) -> Result<Frame<'_>, SystemError> {
        begin(&self.gui, &self.passes, Area::Gui)
    }

    /// Begins to record commands into the next command buffer, with room for `capacity` (it grows where it can).
    ///
    /// ```
    /// use arenite::{MemorySystem, system::Payload};
    /// #[derive(Clone, Copy)]
    /// enum Draw { Clear, Mesh(Payload<[f32; 3]>) }
    ///
    /// let memory = MemorySystem::new()?;
    /// let mut commands = memory.begin_commands::<Draw>(64)?;
    /// commands.push(Draw::Clear)?;
    /// let vertices = commands.data(&[[0.0; 3]; 3])?;
    /// commands.push(Draw::Mesh(vertices))?;
    /// commands.submit();
    ///
    /// let mut drawn = 0;
    /// memory.run_commands(|command: &Draw, data| {
    ///     if let Draw::Mesh(vertices) = command {
    ///         drawn += data.get(*vertices).map_or(0, <[_]>::len);
    ///     }
    /// })?;
    /// assert_eq!(drawn, 3);
    /// # Ok::<(), arenite::system::SystemError>(())
    /// ```
    ///
    /// # Errors
    /// The buffer in turn holds commands that have not run, one is being recorded, or `capacity` does not fit.
    pub fn begin_commands<C: Copy + 'static>(&self, capacity: usize) -> Result<Commands<'_, C>, SystemError> {
        self.render.begin(capacity)
    }

    /// Runs the commands of the oldest submitted buffer in order, then clears it. Returns how many there were. Also when
    /// `run` panics the buffer is cleared.
    ///
    /// # Errors
    /// Nothing is submitted, or commands of another type come first.
    pub fn run_commands<C: Copy + 'static>(&self, run: impl FnMut(&C, &Payloads<'_>)) -> Result<usize, SystemError> {
        self.render.run(run)
    }

    /// The ring: bytes that live for [`SystemLayout::ring_frames`] frames, or until a fence has passed. Its frames are its
    /// own: they are begun and ended by [`Ring::begin_frame`] and [`Ring::end_frame`].
    ///
    /// ```
    /// let memory = arenite::MemorySystem::new()?;
    /// let mut ring = memory.ring()?;
    /// ring.begin_frame()?;
    /// let vertices = ring.push_slice(&[1.0f32, 2.0, 3.0])?;
    /// ring.end_frame()?;
    /// ring.begin_frame()?;
    /// assert_eq!(ring.get(vertices).unwrap()[2], 3.0, "two frames long");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The layout has no ring, or somebody has it at this moment.
    pub fn ring(&self) -> Result<RefMut<'_, Ring<'b>>, SystemError> {
        self.areas.ring()
    }

    /// The stack: blocks that go last in, first out, in checked order.
    ///
    /// ```
    /// let memory = arenite::MemorySystem::new()?;
    /// let mut stack = memory.stack()?;
    /// let below = stack.push(1u32);
    /// let above = stack.push_slice(&[0u8; 100]);
    /// assert!(stack.try_pop(below).is_err(), "not the top");
    /// stack.pop(above);
    /// stack.pop(below);
    /// # Ok::<(), arenite::system::SystemError>(())
    /// ```
    ///
    /// # Errors
    /// The layout has no stack, or somebody has it at this moment.
    pub fn stack(&self) -> Result<RefMut<'_, Stack<'b>>, SystemError> {
        self.areas.stack()
    }

    /// The pool of 64-byte blocks. Double and foreign frees are found.
    ///
    /// ```
    /// let memory = arenite::MemorySystem::new()?;
    /// let particle = memory.small_pool()?.alloc();
    /// assert_eq!(memory.leaks().small, 1);
    /// // SAFETY: ours, and not used any more.
    /// unsafe { memory.small_pool()?.free(particle) };
    /// assert!(memory.leaks().is_empty());
    /// # Ok::<(), arenite::system::SystemError>(())
    /// ```
    ///
    /// # Errors
    /// The layout has no pools.
    pub fn small_pool(&self) -> Result<&BlockPool<'b>, SystemError> {
        self.areas.pool(0)
    }

    /// The pool of 256-byte blocks.
    ///
    /// # Errors
    /// As [`small_pool`](Self::small_pool).
    pub fn medium_pool(&self) -> Result<&BlockPool<'b>, SystemError> {
        self.areas.pool(1)
    }

    /// The pool of 1,024-byte blocks.
    ///
    /// # Errors
    /// As [`small_pool`](Self::small_pool).
    pub fn large_pool(&self) -> Result<&BlockPool<'b>, SystemError> {
        self.areas.pool(2)
    }

    /// What was not given back: live blocks of the pools and of the stack, temps that have not ended. At the end of a
    /// game there should be none.
    #[must_use]
    pub fn leaks(&self) -> SystemLeaks {
        SystemLeaks { temps: self.zones().filter(|zone| zone.is_claimed()).count(), ..self.areas.leaks() }
    }

    /// Every area that is an arena.
    pub(super) fn zones(&self) -> impl Iterator<Item = &Zone> {
        [&self.permanent, &self.frame, &self.gui].into_iter().chain(self.render.zones())
    }

    /// What is in use under `tag`, in bytes: it falls when a zone is cleared and when a temp ends.
    #[must_use]
    pub fn used_by_tag(&self, tag: Tag) -> usize {
        self.tags.account(tag).charged()
    }

    /// The system's node in the lifetime tree; the areas are below it.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// All figures, as of now.
    #[must_use]
    pub fn stats(&self) -> SystemStats {
        let one = |(area, zone): (Area, &Zone)| {
            let stats = zone.stats();
            AreaStats {
                area,
                used: stats.used,
                high_water: stats.high_water,
                committed: stats.allocated,
                reserved: stats.reserved,
                generation: stats.generation,
            }
        };
        let zones = [(Area::Permanent, &self.permanent), (Area::Frame, &self.frame), (Area::Gui, &self.gui)];
        let render = self.render.zones().map(|zone| (Area::Render, zone));
        let tags = Tag::all().map(|tag| {
            let account = self.tags.account(tag);
            TagStats { tag, used: account.charged(), high_water: account.high_water(), budget: account.budget() }
        });
        SystemStats {
            areas: zones.into_iter().chain(render).map(one).chain(self.areas.stats()).collect(),
            tags: tags.filter(|tag| tag.high_water > 0 || tag.budget != Default::default()).collect(),
            frames: self.frames.get(),
            reserved: self.reserved,
        }
    }

    /// Prints the figures to standard output.
    pub fn print_stats(&self) {
        println!("{}", self.stats());
    }

    /// Prints one area's figures to standard output.
    pub fn print_area(&self, area: Area) {
        for stats in self.stats().areas.iter().filter(|stats| stats.area == area) {
            println!("{stats}, cleared {} times", stats.generation);
        }
    }
}

fn begin<'m>(zone: &'m Zone, count: &Cell<u64>, area: Area) -> Result<Frame<'m>, SystemError> {
    if !zone.reenter() {
        return Err(SystemError::StillOpen(area));
    }
    count.set(count.get() + 1);
    Ok(Frame::new(zone, count.get()))
}

impl fmt::Debug for MemorySystem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySystem").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
