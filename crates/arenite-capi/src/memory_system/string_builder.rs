//! Text built piece by piece in an area.

use super::zone::{ZonePtr, zone_of};
use crate::{
    arena::Arguments,
    border::{Caller, enter, enter_from},
    error::{Code, Noted, note},
    given::null,
};
use allocator_api2::alloc::Allocator as _;
use arenite_lib::Arena;
use std::{
    alloc::Layout,
    ffi::{CStr, c_char, c_uint, c_void},
    mem::MaybeUninit,
    ptr::{NonNull, null_mut},
    slice,
};

/// What `arenite_string *` points to: it lies in its area, and dies with what else lies there. The first word tells whether
/// it is one, as far as the memory has not been used for something else since.
pub struct StringBuilder {
    mark: usize,
    zone: ZonePtr,
    /// That of the area when the builder was made.
    generation: u64,
    text: NonNull<u8>,
    /// Bytes, without the 0 behind them.
    len: usize,
    capacity: usize,
    grows: bool,
}

type StringPtr = *mut StringBuilder;

const MARK: usize = 0x5354_5249_4e47_u64 as usize;

fn room(capacity: usize) -> Result<Layout, Noted> {
    let size = capacity.checked_add(1).filter(|&size| size <= isize::MAX as usize / 2);
    size.and_then(|size| Layout::from_size_align(size, 16).ok())
        .ok_or_else(|| note(Code::Overflow, format_args!("no text has {capacity} bytes")))
}

impl StringBuilder {
    fn make(zone_ptr: ZonePtr, capacity: usize, grows: bool) -> Result<StringPtr, Noted> {
        let zone = zone_of(zone_ptr)?;
        let text_layout = room(capacity)?;
        let memory = if grows {
            zone.try_alloc_aligned(size_of::<Self>(), 16)?
        } else {
            zone.try_alloc_aligned(size_of::<Self>().next_multiple_of(16) + text_layout.size(), 16)?
        };
        let text = if grows {
            zone.try_alloc_layout(text_layout)?
        } else {
            // SAFETY: behind the builder, in the same block.
            unsafe { memory.add(size_of::<Self>().next_multiple_of(16)) }
        };
        let builder = memory.cast::<Self>();
        let generation = zone.stats().generation;
        // SAFETY: fresh memory for both.
        unsafe {
            text.write(0);
            let mark = MARK ^ builder.addr().get();
            builder.write(Self { mark, zone: zone_ptr, generation, text, len: 0, capacity, grows });
        }
        Ok(builder.as_ptr())
    }

    /// The builder at an address, when it is one and its area has not been cleared.
    ///
    /// # Safety
    /// NULL, or what a create function returned, whose memory system is not destroyed; nobody else uses it meanwhile.
    unsafe fn find<'a>(builder: StringPtr) -> Result<(&'a mut Self, &'static Arena), Noted> {
        if builder.is_null() {
            return Err(null("a string builder"));
        }
        // SAFETY: the caller's promise: memory of an area, which stays readable until the system is destroyed.
        let (mark, zone, generation) = unsafe {
            let field = &raw const (*builder).mark;
            (field.read(), (&raw const (*builder).zone).read(), (&raw const (*builder).generation).read())
        };
        if mark != MARK ^ builder.addr() {
            return Err(gone());
        }
        let arena: &Arena = zone_of(zone)?;
        if arena.stats().generation != generation {
            return Err(gone());
        }
        // SAFETY: a builder, by its mark, in an area that was not cleared since.
        Ok((unsafe { &mut *builder }, arena))
    }

    /// Room for `more` bytes behind the text, or why not. Nothing changes in the text.
    fn reserve(&mut self, arena: &Arena, more: usize) -> Result<(), Noted> {
        if more <= self.capacity - self.len {
            return Ok(());
        }
        let wanted = self.len.saturating_add(more);
        if !self.grows {
            return Err(note(
                Code::Full,
                format_args!(
                    "{more} bytes do not fit behind {} of {}; make the builder larger, or a growing one",
                    self.len, self.capacity
                ),
            ));
        }
        let (old, new) = (room(self.capacity)?, room(wanted.max(self.capacity.saturating_mul(2)))?);
        // SAFETY: the text's own block, of this layout; given up when the larger one is there.
        let text = unsafe { arena.grow(self.text, old, new) };
        let text = text.map_err(|_| {
            // The interface has no reasons; the same request says it.
            arena.try_alloc_layout(new).map_or_else(Noted::from, |_| note(Code::OutOfMemory, format_args!("no memory")))
        })?;
        self.text = text.cast();
        self.capacity = new.size() - 1;
        Ok(())
    }

    /// # Safety
    /// `piece` does not lie behind the end of this text.
    unsafe fn append(&mut self, arena: &Arena, piece: &[u8]) -> Result<(), Noted> {
        // A piece of this very text moves with it.
        let inside = (self.text.addr().get()..=self.text.addr().get() + self.len).contains(&piece.as_ptr().addr());
        let offset = piece.as_ptr().addr().wrapping_sub(self.text.addr().get());
        let (from, len) = (piece.as_ptr(), piece.len());
        self.reserve(arena, len)?;
        // SAFETY: room for so many and a 0; what is copied lies apart from it.
        unsafe {
            let from = if inside { self.text.add(offset).as_ptr().cast_const() } else { from };
            self.text.add(self.len).as_ptr().copy_from(from, len);
            self.len += len;
            self.text.add(self.len).write(0);
        }
        Ok(())
    }
}

#[cold]
fn gone() -> Noted {
    note(
        Code::StaleMark,
        format_args!("this is no string builder any more: its area was cleared, or its temp ended, since it was made"),
    )
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_string_create_at(
    zone: ZonePtr,
    capacity: usize,
    grows: u8,
    file: *const c_char,
    line: c_uint,
) -> StringPtr {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_string_create", file, line) };
    enter_from(caller, null_mut(), || StringBuilder::make(zone, capacity, grows != 0))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_string_create(zone: ZonePtr, capacity: usize, grows: u8) -> StringPtr {
    // SAFETY: no file.
    unsafe { arenite_string_create_at(zone, capacity, grows, std::ptr::null(), 0) }
}

/// # Safety
/// As [`StringBuilder::find`]; `text` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_string_append(builder: StringPtr, text: *const c_char) -> bool {
    enter("arenite_string_append", false, || {
        // SAFETY: the caller's promise.
        let (builder, arena) = unsafe { StringBuilder::find(builder) }?;
        if text.is_null() {
            return Err(null("the text"));
        }
        // SAFETY: the caller's promise.
        unsafe { builder.append(arena, CStr::from_ptr(text).to_bytes()) }?;
        Ok(true)
    })
}

/// # Safety
/// As [`StringBuilder::find`]; `bytes` is NULL or readable for `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_string_append_bytes(builder: StringPtr, bytes: *const c_void, length: usize) -> bool {
    enter("arenite_string_append_bytes", false, || {
        // SAFETY: the caller's promise.
        let (builder, arena) = unsafe { StringBuilder::find(builder) }?;
        if length == 0 {
            return Ok(true);
        }
        if bytes.is_null() {
            return Err(null("the bytes"));
        }
        if length > isize::MAX as usize {
            return Err(note(Code::Overflow, format_args!("no text has {length} bytes")));
        }
        // SAFETY: the caller's promise.
        unsafe { builder.append(arena, slice::from_raw_parts(bytes.cast(), length)) }?;
        Ok(true)
    })
}

/// # Safety
/// As [`StringBuilder::find`]; `format` is NULL or a C string that goes with `arguments`, a `va_list`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_string_vappendf(
    builder: StringPtr,
    format: *const c_char,
    arguments: *mut c_void,
) -> bool {
    enter("arenite_string_appendf", false, || {
        // SAFETY: the caller's promise.
        let (builder, arena) = unsafe { StringBuilder::find(builder) }?;
        if format.is_null() {
            return Err(null("the format"));
        }
        let arguments = Arguments(arguments);
        // SAFETY: the caller's promise; nothing is written.
        let length = unsafe { arguments.format(&mut [], format) };
        let Ok(length) = usize::try_from(length) else {
            return Err(note(Code::BadFormat, format_args!("printf refused the format, or an argument of it")));
        };
        builder.reserve(arena, length)?;
        // SAFETY: room for the text and its 0; the caller's promise.
        unsafe {
            let end = builder.text.add(builder.len).cast::<MaybeUninit<u8>>();
            arguments.format(slice::from_raw_parts_mut(end.as_ptr(), length + 1), format);
        }
        builder.len += length;
        Ok(true)
    })
}

/// # Safety
/// As [`StringBuilder::find`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_string_text(builder: StringPtr) -> *const c_char {
    // SAFETY: the caller's promise.
    enter("arenite_string_text", c"".as_ptr(), || Ok(unsafe { StringBuilder::find(builder) }?.0.text.as_ptr().cast()))
}

/// # Safety
/// As [`StringBuilder::find`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_string_length(builder: StringPtr) -> usize {
    // SAFETY: the caller's promise.
    enter("arenite_string_length", 0, || Ok(unsafe { StringBuilder::find(builder) }?.0.len))
}

/// # Safety
/// As [`StringBuilder::find`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_string_truncate(builder: StringPtr, length: usize) -> bool {
    enter("arenite_string_truncate", false, || {
        // SAFETY: the caller's promise.
        let (builder, _) = unsafe { StringBuilder::find(builder) }?;
        if length > builder.len {
            return Err(note(Code::BadArgument, format_args!("the text has {} bytes, not {length}", builder.len)));
        }
        builder.len = length;
        // SAFETY: within the text.
        unsafe { builder.text.add(length).write(0) };
        Ok(true)
    })
}
