//! The loop itself.

use arenite::{
    MemorySystem,
    system::{Frame, SystemError},
};
use std::hint::black_box;

use super::{
    ai, animation, audio,
    gui::Gui,
    nav_grid::NavGrid,
    particles::Particles,
    physics::CellOrder,
    render::{self, COMMANDS, Draw},
    request_log::{Request, RequestLog},
    step::Step,
    summary::FrameSummary,
    world::World,
};
use crate::roguelike::{Rng, StableHash};

const SEED: u64 = 0x0F4A_3E5D;
/// What a frame may use of each area. It is touched at the start, as a game does while it loads, so that a frame that
/// needs a little more than all before it meets no page that was never used.
const FRAME_BYTES: usize = 1 << 20;
const GUI_BYTES: usize = 128 << 10;
const RENDER_BYTES: usize = 1 << 20;

/// A game that runs frame by frame.
///
/// Its state lives in the permanent area of the system that it is made on, which has two command buffers or more: what
/// one frame records is run by the next.
pub struct FrameLoop<'m> {
    memory: &'m MemorySystem<'static>,
    world: World<'m>,
    grid: NavGrid<'m>,
    particles: Particles<'m>,
    gui: Gui<'m>,
    log: RequestLog<'m>,
    rng: Rng,
    hash: StableHash,
    frames: u64,
}

impl<'m> FrameLoop<'m> {
    /// How many requests [`replay`](Self::replay) makes.
    pub const REPLAYED: usize = 1_000;

    /// Makes the world and touches what a frame may use.
    ///
    /// # Errors
    /// An area is too small, or open.
    pub fn new(memory: &'m MemorySystem<'static>) -> Result<Self, SystemError> {
        let mut rng = Rng::new(SEED);
        let permanent = memory.permanent();
        let frames = Self {
            memory,
            world: World::new(permanent, &mut rng)?,
            grid: NavGrid::new(permanent, &mut rng)?,
            particles: Particles::new(permanent)?,
            gui: Gui::new(permanent)?,
            log: RequestLog::new(permanent)?,
            rng,
            hash: StableHash::new(),
            frames: 0,
        };
        frames.touch()?;
        Ok(frames)
    }

    fn touch(&self) -> Result<(), SystemError> {
        self.memory.begin_frame()?.try_alloc_slice_fill(FRAME_BYTES, 0u8)?;
        self.memory.begin_gui()?.try_alloc_slice_fill(GUI_BYTES, 0u8)?;
        for _buffer in 0..2 {
            let mut commands = self.memory.begin_commands::<Draw>(COMMANDS)?;
            for _ in 0..COMMANDS {
                commands.push(Draw::Clear { color: 0 })?;
            }
            for _ in 0..RENDER_BYTES / 1_024 {
                commands.data(&[0u8; 1_024])?;
            }
            commands.submit();
            render::run(self.memory, &mut StableHash::new())?;
        }
        // Each frame runs what the one before has recorded: nothing, for the first.
        self.memory.begin_commands::<Draw>(0)?.submit();
        Ok(())
    }

    /// Runs one frame.
    ///
    /// # Errors
    /// An area or a tag's budget is too small, or somebody else has an area open.
    pub fn step(&mut self) -> Result<FrameSummary, SystemError> {
        self.frames += 1;
        self.log.start_over();
        let frame = self.memory.begin_frame()?;
        let step = Step { frame: &frame, log: &self.log, number: self.frames };
        let mut summary = FrameSummary { number: self.frames, ..FrameSummary::default() };

        self.world.advance();
        let cells = CellOrder::sort(&step, &self.world)?;
        let contacts = cells.collide(&step, &mut self.world)?;
        summary.contacts = contacts.len();
        summary.paths = ai::think(&step, &mut self.world, &self.grid, &mut self.rng)?;
        self.particles.spawn(&self.world, contacts, &mut self.rng);
        self.particles.advance();
        summary.particles = self.particles.live();
        let sound = audio::mix(&step, contacts)?;
        let posed = animation::pose(&step, &self.world, &cells)?;
        summary.posed = posed.len();

        let mut commands = self.memory.begin_commands::<Draw>(COMMANDS)?;
        render::record(&step, &mut commands, posed, self.particles.corners(&step)?)?;
        summary.measured = self.gui.pass(self.memory, &step, &self.world, &summary, &mut commands)?;
        commands.submit();
        summary.commands = render::run(self.memory, &mut self.hash)?;

        self.hash.word(sound.cast_unsigned());
        self.world.hash(&mut self.hash);
        self.particles.hash(&mut self.hash);
        summary.hash = self.hash.value();
        summary.allocations = self.log.count();
        summary.requested = self.log.bytes();
        summary.frame_used = frame.used();
        Ok(summary)
    }

    /// What the last frame asked for, in order: the first 4,096 of it.
    pub fn requests(&self) -> impl Iterator<Item = Request> {
        self.log.kept().iter().map(std::cell::Cell::get)
    }

    /// Makes the last frame's first [`REPLAYED`](Self::REPLAYED) requests again, as bare pushes into `frame`. Returns how
    /// many there were. Timed from outside, this is what the allocations of a frame cost.
    ///
    /// # Panics
    /// When the frame area is too small.
    #[inline(never)]
    pub fn replay(&self, frame: &Frame<'_>) -> usize {
        let requests = self.log.kept();
        let requests = &requests[..requests.len().min(Self::REPLAYED)];
        for request in requests {
            black_box(frame.alloc_layout(request.get().layout));
        }
        requests.len()
    }

    /// As [`replay`](Self::replay), each request counted under its tag.
    ///
    /// # Errors
    /// A tag's budget or the frame area is too small.
    #[inline(never)]
    pub fn replay_tagged(&self, frame: &Frame<'_>) -> Result<usize, SystemError> {
        let requests = self.log.kept();
        let requests = &requests[..requests.len().min(Self::REPLAYED)];
        for request in requests {
            let Request { layout, tag } = request.get();
            black_box(frame.push_size_tagged(tag, layout)?);
        }
        Ok(requests.len())
    }
}
