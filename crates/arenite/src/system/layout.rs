//! How the memory is divided.

use super::{error::SystemError, tags::OnTag};
use crate::{
    Budget, Tag,
    arena::Span,
    bump::{MAX_ALIGN, round_down, round_up},
    pool::BlockPoolOptions,
    ring::Ring,
    system::TagCrossing,
};
use core::fmt;

/// The areas of a memory system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Area {
    /// Lives as long as the system.
    Permanent,
    /// Lives until the next frame.
    Frame,
    /// Command buffers; each lives until its commands ran.
    Render,
    /// Lives until the next GUI pass.
    Gui,
    /// Lives N frames, or until a fence has passed.
    Ring,
    /// Goes last in, first out.
    Stack,
    /// Blocks of 64 bytes, freed one by one.
    SmallPool,
    /// Blocks of 256 bytes.
    MediumPool,
    /// Blocks of 1,024 bytes.
    LargePool,
}

impl Area {
    pub(super) const POOLS: [Self; 3] = [Self::SmallPool, Self::MediumPool, Self::LargePool];
}

/// The sizes of the pools' blocks, in bytes.
pub(super) const POOL_BLOCKS: [usize; 3] = [64, 256, 1024];

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Permanent => "permanent",
            Self::Frame => "frame",
            Self::Render => "render",
            Self::Gui => "gui",
            Self::Ring => "ring",
            Self::Stack => "stack",
            Self::SmallPool => "pool 64",
            Self::MediumPool => "pool 256",
            Self::LargePool => "pool 1024",
        })
    }
}

/// A named part of the whole, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Its size.
    pub size: usize,
}

const MIB: usize = 1 << 20;

/// How a memory system is laid out, checked when it is made. All sizes are bytes.
///
/// By default 5 GiB of address space: frame 512 MiB, render 256 MiB in two buffers, GUI 64 MiB, ring 128 MiB for two
/// frames, stack 128 MiB, three pools of 32 MiB, and the remainder permanent. On 32-bit targets a tenth of that. Budgets of the eight named tags: renderer 256 MiB, GUI 64, physics 128,
/// audio 32, animation 64, particles 32, AI 32; the scene has none.
///
/// ```
/// use arenite::{MemorySystem, Tag, system::SystemLayout};
/// let layout = SystemLayout::new().total(64 << 20).frame(8 << 20).render(8 << 20).gui(1 << 20);
/// let layout = layout.ring(4 << 20).stack(4 << 20).pools(1 << 20);
/// let memory = MemorySystem::with_layout(layout)?;
/// assert_eq!(memory.permanent().stats().reserved, (64 - 8 - 8 - 1 - 4 - 4 - 3) << 20);
///
/// let too_much = SystemLayout::scaled(64 << 20).frame(65 << 20);
/// let refused = MemorySystem::with_layout(too_much).unwrap_err();
/// assert!(refused.to_string().contains("frame 68157440"), "{refused}");
/// # Ok::<(), arenite::system::SystemError>(())
/// ```
pub struct SystemLayout {
    pub(super) total: usize,
    pub(super) at_least: Option<usize>,
    permanent: Option<usize>,
    frame: usize,
    render: usize,
    pub(super) render_buffers: usize,
    gui: usize,
    ring: usize,
    pub(super) ring_frames: u32,
    stack: usize,
    pub(super) pool: usize,
    pub(super) huge_pages: bool,
    pub(super) prefault: bool,
    pub(super) budgets: [Budget; Tag::COUNT],
    pub(super) on_soft: Option<OnTag>,
}

/// Where each area lies: offset and size of its span, seat included.
pub(super) struct Plan {
    pub(super) permanent: (usize, usize),
    pub(super) frame: (usize, usize),
    pub(super) render: Vec<(usize, usize)>,
    pub(super) gui: (usize, usize),
    pub(super) ring: Option<(usize, usize)>,
    pub(super) stack: Option<(usize, usize)>,
    pub(super) pools: [Option<(usize, usize)>; 3],
    pub(super) size: usize,
}

/// What an area needs beside its own size: its seat, and the rounding of its span.
const GRANULE: usize = 64 << 10;

impl SystemLayout {
    /// The default sizes are multiples of this: 32 bits have no room for 5 GiB.
    const UNIT: usize = if usize::BITS == 64 { MIB } else { MIB / 10 };

    /// The default layout.
    #[must_use]
    pub fn new() -> Self {
        let unit = Self::UNIT;
        let mut budgets = [Budget::default(); Tag::COUNT];
        for (tag, size) in [
            (Tag::RENDERER, 256),
            (Tag::GUI, 64),
            (Tag::PHYSICS, 128),
            (Tag::AUDIO, 32),
            (Tag::ANIMATION, 64),
            (Tag::PARTICLES, 32),
            (Tag::AI, 32),
        ] {
            budgets[usize::from(tag.number())].hard = Some(size * unit);
        }
        Self {
            total: 5120 * unit,
            at_least: None,
            permanent: None,
            frame: 512 * unit,
            render: 256 * unit,
            render_buffers: 2,
            gui: 64 * unit,
            ring: 128 * unit,
            ring_frames: 2,
            stack: 128 * unit,
            pool: 32 * unit,
            huge_pages: false,
            prefault: false,
            budgets,
            on_soft: None,
        }
    }

    /// The default layout's shares of another total; budgets are in proportion too. Areas are whole multiples of 4 KiB.
    ///
    /// ```
    /// use arenite::{MemorySystem, system::SystemLayout};
    /// let memory = MemorySystem::with_layout(SystemLayout::scaled(100 << 20))?;
    /// assert_eq!(memory.begin_frame()?.stats().reserved, 10 << 20);
    /// # Ok::<(), arenite::system::SystemError>(())
    /// ```
    #[must_use]
    pub fn scaled(total: usize) -> Self {
        let mut layout = Self::new();
        let whole = layout.total;
        let share = |bytes: usize| {
            let share = (bytes as u128 * total as u128 / whole as u128).min(usize::MAX as u128) as usize;
            round_down(share, 4096)
        };
        for part in [
            &mut layout.frame,
            &mut layout.render,
            &mut layout.gui,
            &mut layout.ring,
            &mut layout.stack,
            &mut layout.pool,
        ] {
            *part = share(*part);
        }
        for budget in &mut layout.budgets {
            budget.hard = budget.hard.map(share);
        }
        layout.total(total)
    }

    /// The whole: what all areas share.
    #[must_use]
    pub fn total(mut self, bytes: usize) -> Self {
        self.total = bytes;
        self
    }

    /// Accepts a smaller reservation, down to `bytes`, where the system refuses the whole (a limit on address space,
    /// strict overcommit, valgrind). The permanent area is what becomes smaller.
    #[must_use]
    pub fn at_least(mut self, bytes: usize) -> Self {
        self.at_least = Some(bytes);
        self
    }

    /// The permanent area. Unless set, what the others leave.
    #[must_use]
    pub fn permanent(mut self, bytes: usize) -> Self {
        self.permanent = Some(bytes);
        self
    }

    /// The frame area.
    #[must_use]
    pub fn frame(mut self, bytes: usize) -> Self {
        self.frame = bytes;
        self
    }

    /// The render area: all of its command buffers together.
    #[must_use]
    pub fn render(mut self, bytes: usize) -> Self {
        self.render = bytes;
        self
    }

    /// Into how many command buffers the render area is divided; at least 1. With 2, one is recorded while the other's
    /// commands run.
    #[must_use]
    pub fn render_buffers(mut self, count: usize) -> Self {
        self.render_buffers = count.max(1);
        self
    }

    /// The GUI area.
    #[must_use]
    pub fn gui(mut self, bytes: usize) -> Self {
        self.gui = bytes;
        self
    }

    /// The ring. 0 for none.
    #[must_use]
    pub fn ring(mut self, bytes: usize) -> Self {
        self.ring = bytes;
        self
    }

    /// How many frames the ring keeps; at least 1, and 2 unless set.
    #[must_use]
    pub fn ring_frames(mut self, frames: u32) -> Self {
        self.ring_frames = frames.max(1);
        self
    }

    /// The stack. 0 for none.
    #[must_use]
    pub fn stack(mut self, bytes: usize) -> Self {
        self.stack = bytes;
        self
    }

    /// The blocks of each of the three pools. 0 for none.
    #[must_use]
    pub fn pools(mut self, bytes: usize) -> Self {
        self.pool = bytes;
        self
    }

    /// Asks for 2 MiB pages.
    #[must_use]
    pub fn huge_pages(mut self, yes: bool) -> Self {
        self.huge_pages = yes;
        self
    }

    /// Faults pages in as they are committed, not as they are touched.
    #[must_use]
    pub fn prefault(mut self, yes: bool) -> Self {
        self.prefault = yes;
        self
    }

    /// What may be in use under `tag` at once. A hard budget of 0 refuses every tagged push.
    #[must_use]
    pub fn budget(mut self, tag: Tag, budget: Budget) -> Self {
        self.budgets[usize::from(tag.number())] = budget;
        self
    }

    /// What to call when a tag passes its soft budget from below: once per crossing, after the push.
    #[must_use]
    pub fn on_soft(mut self, call: impl Fn(TagCrossing) + Send + Sync + 'static) -> Self {
        self.on_soft = Some(Box::new(call));
        self
    }

    /// Divides `total` bytes. In the caller's memory the areas' own state lies inside the total, and areas are rounded
    /// down to 16 bytes; a reservation of our own has both on top.
    pub(super) fn plan(&self, total: usize, seats_inside: bool) -> Result<Plan, SystemError> {
        let others = [
            Part { name: "frame", size: self.frame },
            Part { name: "render", size: self.render },
            Part { name: "gui", size: self.gui },
            Part { name: "ring", size: self.ring },
            Part { name: "stack", size: self.stack },
            Part { name: "pool 64", size: self.pool },
            Part { name: "pool 256", size: self.pool },
            Part { name: "pool 1024", size: self.pool },
        ];
        let areas = 3 + self.render_buffers;
        let front = if seats_inside { Span::SEAT } else { Span::FRONT };
        let seats = if seats_inside { areas * front } else { 0 };
        let sum = others.iter().try_fold(seats, |sum, part| sum.checked_add(part.size));
        let permanent = self.permanent.or_else(|| total.checked_sub(sum?)).filter(|&size| size > 0);
        let whole = sum.zip(self.permanent.or(permanent).or(Some(0))).and_then(|(sum, size)| sum.checked_add(size));
        let (Some(permanent), Some(_)) = (permanent, whole.filter(|&whole| whole <= total)) else {
            let mut parts = Vec::from(others);
            if let Some(size) = self.permanent {
                parts.insert(0, Part { name: "permanent", size });
            }
            if seats > 0 {
                parts.push(Part { name: "arenas' own state", size: seats });
            }
            return Err(SystemError::Layout { total, sum: whole.unwrap_or(usize::MAX), parts });
        };
        let granule = if self.huge_pages { MAX_ALIGN } else { GRANULE };
        let mut next = 0;
        let mut place = |size: usize| {
            let start = next;
            next += if seats_inside { round_down(size, 16) } else { round_up(size, granule) };
            (start, next.min(start + size) - start)
        };
        let (permanent, frame) = (place(front + permanent), place(front + self.frame));
        let buffer = self.render / self.render_buffers;
        let render = (0..self.render_buffers).map(|_| place(front + buffer)).collect();
        let gui = place(front + self.gui);
        // Those that commit their part themselves get whole granules; their records and tables lie on top of their size,
        // in the caller's memory inside it.
        let mut whole = |size: usize, more: Option<usize>| -> Option<(usize, usize)> {
            let size = if seats_inside { size } else { round_up(size.checked_add(more?)?, granule) };
            Some(place(size))
        };
        let ring = if self.ring > 0 { whole(self.ring, Ring::front(self.ring_frames)) } else { None };
        let stack = if self.stack > 0 { whole(self.stack, Some(0)) } else { None };
        let pools = POOL_BLOCKS.map(|block| {
            let table = BlockPoolOptions::new(block).extent_size(self.pool)?.checked_sub(self.pool);
            if self.pool > 0 { whole(self.pool, table) } else { None }
        });
        Ok(Plan { permanent, frame, render, gui, ring, stack, pools, size: next })
    }
}

impl Default for SystemLayout {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the default layout counts in: the documents' figures are so many of these.
    const UNIT: usize = SystemLayout::UNIT;

    #[test]
    fn the_documents_parts_are_refused_with_their_sum_when_permanent_is_fixed() {
        let layout = SystemLayout::new().permanent(4096 * UNIT).frame(1024 * UNIT);
        let Err(SystemError::Layout { total, sum, parts }) = layout.plan(5120 * UNIT, false) else { panic!("fits") };
        assert_eq!((total, sum), (5120 * UNIT, (4096 + 1024 + 256 + 64 + 128 + 128 + 96) * UNIT));
        assert_eq!(parts.len(), 9);
    }

    #[test]
    fn permanent_is_the_remainder_and_areas_do_not_overlap() {
        let plan = SystemLayout::new().plan(5120 * UNIT, false).unwrap();
        assert_eq!(plan.permanent.1, Span::FRONT + (5120 - 512 - 256 - 64 - 128 - 128 - 96) * UNIT);
        let mut spans = vec![plan.permanent, plan.frame, plan.gui];
        spans.extend(plan.render);
        spans.extend(plan.ring.into_iter().chain(plan.stack).chain(plan.pools.into_iter().flatten()));
        assert_eq!(spans.len(), 10);
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
        assert!(spans.iter().all(|span| span.0 % GRANULE == 0 && span.0 + span.1 <= plan.size));
    }

    #[test]
    fn sizes_whose_sum_overflows_are_refused() {
        let layout = SystemLayout::new().frame(usize::MAX).render(usize::MAX);
        assert!(matches!(layout.plan(5120 * UNIT, false), Err(SystemError::Layout { sum: usize::MAX, .. })));
        let none = SystemLayout::new().frame(0).render(0).gui(0).ring(0).stack(0).pools(0);
        assert!(none.plan(0, false).is_err(), "nothing is left for permanent");
    }
}
