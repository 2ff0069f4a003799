//! Command buffers: recorded, submitted, run in turn.

use super::{
    MemoryPtr,
    system::{System, find},
};
use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, null, zero_size},
    owned::calling_back,
};
use arenite_lib::system::{Area, Commands};
use std::{
    alloc::Layout,
    ffi::{c_uint, c_void},
    ptr::{self, NonNull},
};

/// A recorded command: its bytes, which lie in the same buffer.
#[derive(Clone, Copy)]
pub(super) struct Command {
    bytes: NonNull<u8>,
    size: usize,
}

/// A buffer that is being recorded. It borrows from the memory system beside it.
pub(super) type Recording = Commands<'static, Command>;

/// `arenite_command_fn`.
type OnCommand = unsafe extern "C" fn(*mut c_void, *const c_void, usize);

impl System {
    /// Begins a recording, which borrows from this system.
    ///
    /// # Safety
    /// The system does not move, and drops the recording before its memory.
    unsafe fn begin_commands(&self, capacity: usize) -> Result<(), Noted> {
        let mut recording = self.recording.borrow_mut();
        // SAFETY: the caller's promise.
        let memory: &'static arenite_lib::MemorySystem<'static> = unsafe { &*ptr::from_ref(&self.memory) };
        let begun = memory.begin_commands::<Command>(capacity)?;
        *recording = Some(begun);
        self.forget_render_temps();
        Ok(())
    }

    /// A copy of bytes in the buffer that is being recorded.
    ///
    /// # Safety
    /// `bytes` is readable for `size` bytes.
    unsafe fn record(&self, bytes: *const c_void, size: usize, tag: c_uint) -> Result<NonNull<u8>, Noted> {
        if bytes.is_null() {
            return Err(null("what is to be recorded"));
        }
        if size == 0 {
            return Err(zero_size());
        }
        let zone = self.zone(Area::Render)?;
        let copy = match (given::tag(tag)?, Layout::from_size_align(size, 16)) {
            (Some(tag), Ok(layout)) => zone.push_size_tagged(tag, layout)?,
            _ => zone.try_alloc_aligned(size, 16)?,
        };
        // SAFETY: the caller's promise; fresh memory for as many.
        unsafe { copy.copy_from_nonoverlapping(NonNull::new_unchecked(bytes.cast_mut().cast()), size) };
        Ok(copy)
    }

    fn with_recording<R>(&self, run: impl FnOnce(&mut Recording) -> Result<R, Noted>) -> Result<R, Noted> {
        match &mut *self.recording.borrow_mut() {
            Some(recording) => run(recording),
            None => Err(not_begun()),
        }
    }
}

#[cold]
fn not_begun() -> Noted {
    note(Code::OutOfOrder, format_args!("no commands are being recorded; call arenite_memory_begin_commands first"))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_begin_commands(memory: MemoryPtr, capacity: usize) -> bool {
    enter("arenite_memory_begin_commands", false, || {
        // SAFETY: C's systems lie in an `Arc`, and their recording is the first field.
        unsafe { find(memory)?.begin_commands(capacity) }?;
        Ok(true)
    })
}

/// # Safety
/// `command` is NULL or readable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_push_command(memory: MemoryPtr, command: *const c_void, size: usize) -> bool {
    enter("arenite_memory_push_command", false, || {
        let system = find(memory)?;
        system.with_recording(|recording| {
            // SAFETY: the caller's promise.
            let bytes = unsafe { system.record(command, size, 0) }?;
            recording.push(Command { bytes, size })?;
            Ok(true)
        })
    })
}

/// # Safety
/// `data` is NULL or readable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_command_data(
    memory: MemoryPtr,
    data: *const c_void,
    size: usize,
    tag: c_uint,
) -> *const c_void {
    enter("arenite_memory_command_data", ptr::null(), || {
        let system = find(memory)?;
        // SAFETY: the caller's promise.
        system.with_recording(|_| Ok(unsafe { system.record(data, size, tag) }?.as_ptr().cast_const().cast()))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_submit_commands(memory: MemoryPtr) -> u64 {
    enter("arenite_memory_submit_commands", 0, || {
        let system = find(memory)?;
        let recording = system.recording.borrow_mut().take().ok_or_else(not_begun)?;
        system.forget_render_temps();
        Ok(recording.submit().number())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_memory_discard_commands(memory: MemoryPtr) -> bool {
    enter("arenite_memory_discard_commands", false, || {
        drop(find(memory)?.recording.borrow_mut().take().ok_or_else(not_begun)?);
        Ok(true)
    })
}

/// # Safety
/// `run` may be called with `context`; `count` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_memory_run_commands(
    memory: MemoryPtr,
    run: Option<OnCommand>,
    context: *mut c_void,
    count: *mut usize,
) -> bool {
    enter("arenite_memory_run_commands", false, || {
        let system = find(memory)?;
        let Some(run) = run else { return Err(null("the function that runs commands")) };
        let ran = system.memory.run_commands(|command: &Command, _| {
            // SAFETY: the caller's promise; the bytes stay until all have run.
            calling_back(|| unsafe { run(context, command.bytes.as_ptr().cast(), command.size) });
        })?;
        if !count.is_null() {
            // SAFETY: the caller's promise.
            unsafe { count.write(ran) };
        }
        Ok(true)
    })
}
