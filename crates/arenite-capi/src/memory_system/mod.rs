//! The memory system of a game: `arenite/memory_system.h`.

mod commands;
mod game;
mod reports;
mod string_builder;
mod system;
mod zone;

use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, Context, Options, null},
    handle::Handle,
    owned::{Owned, calling_back},
    pool::PoolOf,
    registry,
    ring::RingOf,
    stack::StackOf,
};
use arenite_lib::{
    Budget, MemorySystem, Tag,
    system::{Area, SystemLayout},
};
use std::{
    ffi::{c_uint, c_void},
    mem::MaybeUninit,
    ptr::null_mut,
    slice,
    sync::Arc,
};
use system::{AreasC, System, find};
pub(crate) use system::{NAME, Shared};
use zone::ZoneOf;

/// `arenite_memory *`: a handle in the shape of a pointer.
type MemoryPtr = *mut c_void;

/// `arenite_budget_fn`.
type OnBudget = unsafe extern "C" fn(*mut c_void, c_uint, usize, usize);

/// `ARENITE_NONE`.
const NONE: usize = usize::MAX;

/// `arenite_memory_options`.
#[repr(C)]
pub struct MemoryOptionsC {
    size: usize,
    permanent: usize,
    frame: usize,
    render: usize,
    gui: usize,
    ring: usize,
    stack: usize,
    pools: usize,
    at_least: usize,
    ring_frames: c_uint,
    render_buffers: c_uint,
    on_budget: Option<OnBudget>,
    context: *mut c_void,
    huge_pages: u8,
    prefault: u8,
}

// SAFETY: numbers, pointers and an optional function of C, whose first field is the size.
unsafe impl Options for MemoryOptionsC {
    const NAME: &'static str = "arenite_memory_options";
}

impl MemoryOptionsC {
    fn layout(&self, total: usize) -> SystemLayout {
        type Set = fn(SystemLayout, usize) -> SystemLayout;
        let areas: [(usize, Set); 7] = [
            (self.permanent, SystemLayout::permanent),
            (self.frame, SystemLayout::frame),
            (self.render, SystemLayout::render),
            (self.gui, SystemLayout::gui),
            (self.ring, SystemLayout::ring),
            (self.stack, SystemLayout::stack),
            (self.pools, SystemLayout::pools),
        ];
        let mut layout = if total == 0 { SystemLayout::new() } else { SystemLayout::scaled(total) };
        for (bytes, set) in areas.into_iter().filter(|(bytes, _)| *bytes > 0) {
            layout = set(layout, if bytes == NONE { 0 } else { bytes });
        }
        if self.at_least > 0 {
            layout = layout.at_least(self.at_least);
        }
        if self.ring_frames > 0 {
            layout = layout.ring_frames(self.ring_frames);
        }
        if self.render_buffers > 0 {
            layout = layout.render_buffers(self.render_buffers as usize);
        }
        if let Some(call) = self.on_budget {
            let context = Context(self.context);
            layout = layout.on_soft(move |crossing| {
                let tag = c_uint::from(crossing.tag.number()) + 1;
                // SAFETY: the caller's callback, by its documentation.
                calling_back(|| unsafe { call(context.get(), tag, crossing.budget, crossing.used) });
            });
        }
        layout.huge_pages(self.huge_pages != 0).prefault(self.prefault != 0)
    }
}

/// Makes a system and the handles of its areas.
///
/// # Safety
/// `base` is NULL, or is valid for `size` bytes that nobody else uses as long as the system lives.
unsafe fn create(base: *mut c_void, size: usize, options: &MemoryOptionsC) -> Result<Handle, Noted> {
    given::small_change()?;
    let memory = if base.is_null() {
        MemorySystem::with_layout(options.layout(size))?
    } else if size > isize::MAX as usize || base.addr().checked_add(size).is_none() {
        return Err(note(Code::Overflow, format_args!("{size} bytes from {base:p} on are more than any memory has")));
    } else {
        // SAFETY: the caller's promise.
        let buffer = unsafe { slice::from_raw_parts_mut(base.cast::<MaybeUninit<u8>>(), size) };
        // The least that is a size, so that the layout is in proportion to it.
        MemorySystem::in_memory(buffer, options.layout(size.max(1)))?
    };
    let has = (memory.ring().is_ok(), memory.stack().is_ok(), memory.small_pool().is_ok());
    let shared: Shared = Arc::new(Owned::new(System::new(memory)));
    let handle = registry::insert(shared.clone())?;
    match handles(&shared, has) {
        Ok(()) => Ok(handle),
        Err(noted) => {
            end(handle, &shared);
            Err(noted)
        }
    }
}

/// Gives every area a handle.
fn handles(shared: &Shared, (ring, stack, pools): (bool, bool, bool)) -> Result<(), Noted> {
    let system = shared.get(NAME)?;
    let mut areas = AreasC::NONE;
    let made = (|| {
        for (place, area) in [
            (&mut areas.permanent, Area::Permanent),
            (&mut areas.frame, Area::Frame),
            (&mut areas.render, Area::Render),
            (&mut areas.gui, Area::Gui),
        ] {
            *place = registry::insert(ZoneOf { memory: shared.clone(), area })?.to_c();
        }
        if ring {
            areas.ring = registry::insert(RingOf::Memory(shared.clone()))?.to_c();
        }
        if stack {
            areas.stack = registry::insert(StackOf::Memory(shared.clone()))?.to_c();
        }
        for number in 0..if pools { 3 } else { 0 } {
            areas.pools[usize::from(number)] = registry::insert(PoolOf::Memory(shared.clone(), number))?.to_c();
        }
        Ok(())
    })();
    system.areas.set(areas);
    made
}

/// Ends a system that the calling thread has, with the handles of its areas.
fn end(handle: Handle, shared: &Shared) {
    let Ok(system) = shared.get(NAME) else { return };
    let areas = system.areas.get();
    let of = |pointer: *mut c_void| Some(Handle::from_c(pointer)).filter(|_| !pointer.is_null());
    for zone in [areas.permanent, areas.frame, areas.render, areas.gui].into_iter().filter_map(of) {
        let _ = registry::remove::<ZoneOf>(zone, |_| Ok(()));
    }
    let _ = of(areas.ring).map(|ring| registry::remove::<RingOf>(ring, |_| Ok(())));
    let _ = of(areas.stack).map(|stack| registry::remove::<StackOf>(stack, |_| Ok(())));
    for pool in areas.pools.into_iter().filter_map(of) {
        let _ = registry::remove::<PoolOf>(pool, |_| Ok(()));
    }
    system.forget_grade();
    let _ = registry::remove::<Shared>(handle, |_| Ok(()));
}

/// # Safety
/// `base` is NULL, or is valid for `size` bytes that nobody else uses as long as the system lives; `options` is NULL or
/// what `arenite/memory_system.h` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_create(
    base: *mut c_void,
    size: usize,
    options: *const MemoryOptionsC,
) -> MemoryPtr {
    enter("arenite_memory_create", null_mut(), || {
        // SAFETY: the caller's promise.
        unsafe { Ok(create(base, size, &given::options(options)?)?.to_c()) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_destroy(memory: MemoryPtr) -> bool {
    enter("arenite_memory_destroy", false, || {
        if memory.is_null() {
            return Ok(true);
        }
        let handle = Handle::from_c(memory);
        let shared = registry::find::<Shared>(handle)?.clone();
        shared.may_end(NAME)?;
        end(handle, &shared);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_release(memory: MemoryPtr) -> bool {
    enter("arenite_memory_release", false, || {
        registry::find::<Shared>(Handle::from_c(memory))?.release(NAME).map(|()| true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_adopt(memory: MemoryPtr) -> bool {
    enter("arenite_memory_adopt", false, || {
        registry::find::<Shared>(Handle::from_c(memory))?.adopt(NAME).map(|()| true)
    })
}

/// # Safety
/// `areas` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_get_areas(memory: MemoryPtr, areas: *mut AreasC) -> bool {
    enter("arenite_memory_get_areas", false, || {
        let system = find(memory)?;
        if areas.is_null() {
            return Err(null("the areas"));
        }
        // SAFETY: the caller's promise.
        unsafe { areas.write(system.areas.get()) };
        Ok(true)
    })
}

/// # Safety
/// Nothing that the frame area handed out is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_begin_frame(memory: MemoryPtr) -> u64 {
    enter("arenite_memory_begin_frame", 0, || {
        let system = find(memory)?;
        if system.in_frame.get() {
            return Err(note(
                Code::OutOfOrder,
                format_args!("the last frame has not ended; call arenite_memory_end_frame first"),
            ));
        }
        // First what may be refused: the ring, by a fence that has not passed.
        if let Ok(mut ring) = system.memory.ring() {
            ring.begin_frame()?;
        }
        // SAFETY: the caller's promise.
        let number = unsafe { system.begin_frame() }?;
        system.in_frame.set(true);
        Ok(number)
    })
}

fn end_frame(memory: MemoryPtr, fence: Option<u64>) -> Result<bool, Noted> {
    let system = find(memory)?;
    if !system.in_frame.get() {
        return Err(note(Code::OutOfOrder, format_args!("no frame has begun; call arenite_memory_begin_frame first")));
    }
    if let Ok(mut ring) = system.memory.ring() {
        match fence {
            Some(fence) => ring.end_frame_with_fence(fence)?,
            None => ring.end_frame()?,
        }
    }
    system.in_frame.set(false);
    Ok(true)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_end_frame(memory: MemoryPtr) -> bool {
    enter("arenite_memory_end_frame", false, || end_frame(memory, None))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_end_frame_with_fence(memory: MemoryPtr, fence: u64) -> bool {
    enter("arenite_memory_end_frame_with_fence", false, || end_frame(memory, Some(fence)))
}

/// A tag that is one.
fn tag_of(tag: c_uint) -> Result<Tag, Noted> {
    given::tag(tag)?
        .ok_or_else(|| note(Code::BadArgument, format_args!("0 is no tag; they go from 1 to {}", Tag::COUNT)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_used_by_tag(memory: MemoryPtr, tag: c_uint) -> usize {
    enter("arenite_memory_used_by_tag", 0, || Ok(find(memory)?.memory.used_by_tag(tag_of(tag)?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_set_budget(memory: MemoryPtr, tag: c_uint, soft: usize, hard: usize) -> bool {
    enter("arenite_memory_set_budget", false, || {
        let given = |bytes: usize| (bytes > 0).then_some(bytes);
        find(memory)?.memory.set_budget(tag_of(tag)?, Budget { soft: given(soft), hard: given(hard) });
        Ok(true)
    })
}

/// # Safety
/// `soft` and `hard` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_get_budget(
    memory: MemoryPtr,
    tag: c_uint,
    soft: *mut usize,
    hard: *mut usize,
) -> bool {
    enter("arenite_memory_get_budget", false, || {
        let budget = find(memory)?.memory.budget(tag_of(tag)?);
        for (place, bytes) in [(soft, budget.soft), (hard, budget.hard)] {
            if !place.is_null() {
                // SAFETY: the caller's promise.
                unsafe { place.write(bytes.unwrap_or(0)) };
            }
        }
        Ok(true)
    })
}
