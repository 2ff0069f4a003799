//! A memory system that C holds.

use super::commands::Recording;
use crate::{
    error::{Code, Noted, note},
    given,
    handle::Handle,
    owned::Owned,
    registry::{self, held},
};
use arenite_lib::{
    MemorySystem, Tag,
    debug::{self, Grade},
    system::{Area, SystemLeaks, ZoneMark},
};
use std::{
    cell::{Cell, RefCell},
    ffi::c_void,
    ptr::null_mut,
    sync::Arc,
};

/// What a memory system is called in messages.
pub(crate) const NAME: &str = "a memory system";

/// Shared by the system's own handle and those of its areas.
pub(crate) type Shared = Arc<Owned<System>>;

held!(Shared, Memory);

/// A memory system, and what C has open in it.
pub(crate) struct System {
    /// Borrows `memory`, and goes before it.
    pub(super) recording: RefCell<Option<Recording>>,
    temps: [RefCell<OpenTemps>; 4],
    temps_begun: Cell<usize>,
    /// Whether C is between the begin and the end of a frame.
    pub(super) in_frame: Cell<bool>,
    /// The areas' grade that C set, and whether it wants every allocation noted.
    grade: Cell<Option<Grade>>,
    tracking: Cell<bool>,
    pub(super) areas: Cell<AreasC>,
    pub(crate) memory: MemorySystem<'static>,
}

// SAFETY: `recording` borrows from the memory system beside it, which is `Send`, and goes where that goes; the rest is plain.
unsafe impl Send for System {}

/// A temp that has not ended.
struct OpenTemp {
    number: usize,
    mark: ZoneMark,
}

/// Those of an area, the newest last, and what each of them found counted under tags.
struct OpenTemps {
    list: Vec<OpenTemp>,
    counts: Vec<usize>,
}

impl OpenTemps {
    /// How many may be open before the lists grow.
    const ROOM: usize = 32;

    fn new() -> Self {
        Self { list: Vec::with_capacity(Self::ROOM), counts: Vec::with_capacity(Self::ROOM * 4 + Tag::COUNT) }
    }

    /// Whether the temp that was begun as the `depth`-th open one, with this number, is the newest.
    #[inline(always)]
    fn is_newest(&self, depth: usize, number: usize) -> bool {
        depth == self.list.len() && self.list.last().is_some_and(|temp| temp.number == number)
    }

    fn clear(&mut self) {
        self.list.clear();
        self.counts.clear();
    }
}

impl System {
    pub(super) fn new(memory: MemorySystem<'static>) -> Self {
        Self {
            recording: RefCell::new(None),
            temps: std::array::from_fn(|_| RefCell::new(OpenTemps::new())),
            temps_begun: Cell::new(0),
            in_frame: Cell::new(false),
            grade: Cell::new(None),
            tracking: Cell::new(false),
            areas: Cell::new(AreasC::NONE),
            memory,
        }
    }

    /// An area that is an arena.
    pub(super) fn zone(&self, area: Area) -> Result<&arenite_lib::system::Zone, Noted> {
        // SAFETY: C's memory ends as the headers say; no reference is made to what it hands out.
        let zone = unsafe { self.memory.zone(area) };
        zone.ok_or_else(|| note(Code::BadArgument, format_args!("the {area} area is no arena")))
    }

    #[inline]
    fn temps(&self, area: Area) -> &RefCell<OpenTemps> {
        &self.temps[match area {
            Area::Permanent => 0,
            Area::Frame => 1,
            Area::Gui => 2,
            _ => 3,
        }]
    }

    /// Opens a temp: how many are open now, and its number.
    pub(super) fn begin_temp(&self, area: Area) -> Result<(usize, usize), Noted> {
        if area == Area::Render {
            // Its end would take commands away that were recorded since.
            self.not_recording()?;
        }
        let zone = self.zone(area)?;
        let mut open = self.temps(area).borrow_mut();
        let OpenTemps { list, counts } = &mut *open;
        let room = list.try_reserve(1).and_then(|()| counts.try_reserve(Tag::COUNT));
        room.map_err(|_| given::no_memory("another open temp"))?;
        let mark = zone.mark(counts)?;
        let number = self.temps_begun.get() + 1;
        list.push(OpenTemp { number, mark });
        self.temps_begun.set(number);
        Ok((list.len(), number))
    }

    /// The same where nothing stands in the way: it never unwinds.
    #[inline(always)]
    pub(super) fn begin_temp_at_hand(&self, area: Area) -> Option<(usize, usize)> {
        if area == Area::Render {
            return None;
        }
        // SAFETY: as in `zone`.
        let zone = unsafe { self.memory.zone(area) }?;
        let mut open = self.temps(area).try_borrow_mut().ok()?;
        let OpenTemps { list, counts } = &mut *open;
        if list.len() == list.capacity() {
            return None;
        }
        let mark = zone.mark_at_hand(counts)?;
        let number = self.temps_begun.get() + 1;
        list.push(OpenTemp { number, mark });
        self.temps_begun.set(number);
        Some((list.len(), number))
    }

    /// Ends the newest temp where nothing but the cursor goes back; `false`: it is not so, and nothing has changed. It never
    /// unwinds.
    ///
    /// # Safety
    /// As [`end_temp`](Self::end_temp).
    #[inline(always)]
    pub(super) unsafe fn end_temp_at_hand(&self, area: Area, depth: usize, number: usize) -> bool {
        // SAFETY: as in `zone`.
        let Some(zone) = (unsafe { self.memory.zone(area) }) else { return false };
        let Ok(mut open) = self.temps(area).try_borrow_mut() else { return false };
        if !open.is_newest(depth, number) {
            return false;
        }
        let OpenTemps { list, counts } = &mut *open;
        // SAFETY: the caller's promise; C has no scopes.
        let ended = list.last().is_some_and(|temp| unsafe { zone.rewind_at_hand(&temp.mark, counts) });
        if ended {
            list.pop();
        }
        ended
    }

    /// Ends the temp that was begun as the `depth`-th open one, with this number.
    ///
    /// # Safety
    /// Nothing that was pushed since is used any more.
    pub(super) unsafe fn end_temp(&self, area: Area, depth: usize, number: usize) -> Result<(), Noted> {
        let mut open = self.temps(area).borrow_mut();
        let OpenTemps { list, counts } = &mut *open;
        let Some(temp) = depth.checked_sub(1).and_then(|at| list.get(at)).filter(|temp| temp.number == number) else {
            return Err(note(
                Code::StaleMark,
                format_args!("this temp of the {area} area has ended, or the area was cleared since it began"),
            ));
        };
        if depth < list.len() {
            let inside = list.len() - depth;
            return Err(note(
                Code::OutOfOrder,
                format_args!("{inside} temps of the {area} area that began later are still open; end the newest first"),
            ));
        }
        // SAFETY: the caller's promise; C has no scopes.
        unsafe { self.zone(area)?.rewind_unborrowed(&temp.mark, counts) }?;
        list.pop();
        Ok(())
    }

    /// Clears the frame area for the next frame; its number.
    ///
    /// # Safety
    /// As [`clear`](Self::clear).
    pub(super) unsafe fn begin_frame(&self) -> Result<u64, Noted> {
        let number = self.memory.begin_frame()?.number();
        self.temps(Area::Frame).borrow_mut().clear();
        Ok(number)
    }

    /// Clears an area, for what comes next in it.
    ///
    /// # Safety
    /// Nothing that it handed out is used any more.
    pub(super) unsafe fn clear(&self, area: Area) -> Result<(), Noted> {
        match area {
            // SAFETY: the caller's promise.
            Area::Frame => return unsafe { self.begin_frame() }.map(drop),
            // The guard only says until when results may be used, which is C's matter.
            Area::Gui => drop(self.memory.begin_gui()?),
            Area::Render => {
                self.not_recording()?;
                // SAFETY: the caller's promise; nothing is being recorded, so that nobody has the buffer.
                unsafe { self.memory.clear_render() }?;
            }
            // SAFETY: the caller's promise; C has no scopes.
            _ => unsafe { self.zone(area)?.reset_unborrowed() },
        }
        self.temps(area).borrow_mut().clear();
        Ok(())
    }

    fn not_recording(&self) -> Result<(), Noted> {
        if self.recording.try_borrow().is_ok_and(|recording| recording.is_none()) {
            return Ok(());
        }
        Err(note(
            Code::Busy,
            format_args!("commands are being recorded into the render area; submit or discard them first"),
        ))
    }

    /// The render area's buffer in turn is another now.
    pub(super) fn forget_render_temps(&self) {
        self.temps(Area::Render).borrow_mut().clear();
    }

    pub(super) fn set_grade(&self, grade: Option<Grade>) {
        self.grade.set(grade);
        self.apply_grade();
    }

    pub(super) fn set_tracking(&self, yes: bool) {
        self.tracking.set(yes);
        self.apply_grade();
    }

    /// Tracking raises the grade, and takes nothing away from a higher one.
    fn apply_grade(&self) {
        let grade = self.grade.get();
        let tracked = grade.unwrap_or_else(debug::grade).max(Grade::Sites);
        self.memory.set_grade(if self.tracking.get() { Some(tracked) } else { grade });
    }

    /// Leaves nothing behind in the process's settings.
    pub(super) fn forget_grade(&self) {
        if self.grade.get().is_some() || self.tracking.get() {
            self.memory.set_grade(None);
        }
    }

    /// What only its owner can end and did not.
    pub(super) fn leaks(&self) -> SystemLeaks {
        let open: usize = self.temps.iter().map(|temps| temps.borrow().list.len()).sum();
        let leaks = self.memory.leaks();
        SystemLeaks { temps: leaks.temps + open, ..leaks }
    }
}

/// `arenite_areas`: the handles of a system's areas; NULL for one that it has not.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct AreasC {
    pub(super) permanent: *mut c_void,
    pub(super) frame: *mut c_void,
    pub(super) render: *mut c_void,
    pub(super) gui: *mut c_void,
    pub(super) ring: *mut c_void,
    pub(super) stack: *mut c_void,
    pub(super) pools: [*mut c_void; 3],
}

impl AreasC {
    pub(super) const NONE: Self = Self {
        permanent: null_mut(),
        frame: null_mut(),
        render: null_mut(),
        gui: null_mut(),
        ring: null_mut(),
        stack: null_mut(),
        pools: [null_mut(); 3],
    };
}

/// The system of a handle, when it is the calling thread's.
pub(super) fn find(memory: *mut c_void) -> Result<&'static System, Noted> {
    registry::find::<Shared>(Handle::from_c(memory))?.get(NAME)
}
