//! What C passes by pointer: options, names, callbacks.

use crate::error::{Code, Noted, note};
use arenite_lib::{Node, Tag, debug::Grade};
use std::{
    alloc::{GlobalAlloc as _, Layout, System},
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    hint::black_box,
    mem::MaybeUninit,
    ptr,
};

/// A struct of options: all zeros mean the defaults, and its first field is its size in the caller's header.
///
/// # Safety
/// `repr(C)`, its first field a `usize`, and any bytes that C can have written are one.
pub(crate) unsafe trait Options: Sized {
    const NAME: &'static str;
}

/// The caller's options. A caller with an older header has fewer of them: the rest are zeros. One with a newer header has
/// more, which have to be zeros.
///
/// # Safety
/// `options` is NULL or points to as many readable bytes as its first field says.
pub(crate) unsafe fn options<O: Options>(options: *const O) -> Result<O, Noted> {
    let mut copy = MaybeUninit::<O>::zeroed();
    let own = size_of::<O>();
    if !options.is_null() {
        // SAFETY: the caller's promise; the first field is the size.
        let given = unsafe { options.cast::<usize>().read() };
        if given < size_of::<usize>() || given > 4096 {
            return Err(note(
                Code::BadArgument,
                format_args!("the size in {0} is {given}; set it to sizeof({0}) and the rest to 0", O::NAME),
            ));
        }
        // SAFETY: the caller's promise.
        unsafe {
            ptr::copy_nonoverlapping(options.cast::<u8>(), copy.as_mut_ptr().cast(), given.min(own));
            let newer = std::slice::from_raw_parts(options.cast::<u8>().add(own.min(given)), given.saturating_sub(own));
            if newer.iter().any(|&byte| byte != 0) {
                return Err(note(
                    Code::Unsupported,
                    format_args!(
                        "{} has options that this library does not know: it is older than the header",
                        O::NAME
                    ),
                ));
            }
        }
    }
    // SAFETY: zeros, and what C wrote.
    Ok(unsafe { copy.assume_init() })
}

/// A name; what is no UTF-8 in it is replaced. `None` for NULL.
///
/// # Safety
/// NULL or a C string.
pub(crate) unsafe fn name(text: *const c_char) -> Result<Option<String>, Noted> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    let mut name = String::new();
    for chunk in text.to_bytes().utf8_chunks() {
        name.try_reserve(chunk.valid().len() + 3).map_err(|_| no_memory("a name"))?;
        name.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            name.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Ok(Some(name))
}

/// A tag: 0 is none, the others are one above the library's.
pub(crate) fn tag(tag: c_uint) -> Result<Option<Tag>, Noted> {
    if tag == 0 {
        return Ok(None);
    }
    let tag_of = u8::try_from(tag - 1).ok().and_then(Tag::new);
    tag_of.map(Some).ok_or_else(|| {
        note(Code::BadArgument, format_args!("{tag} is no tag; they go from 1 to {}, and 0 is none", Tag::COUNT))
    })
}

/// A grade; -1 is that of the name, the tag or the process.
pub(crate) fn grade(grade: c_int) -> Result<Option<Grade>, Noted> {
    if grade == -1 {
        return Ok(None);
    }
    let known = usize::try_from(grade).ok().and_then(|grade| Grade::ALL.get(grade).copied());
    known.map(Some).ok_or_else(|| note(Code::BadArgument, format_args!("{grade} is no arenite_grade")))
}

/// The node of something with a name, a tag or a parent.
pub(crate) fn node(name: Option<&str>, tag: Option<Tag>, parent: Option<&Node>) -> Option<Node> {
    if name.is_none() && tag.is_none() && parent.is_none() {
        return None;
    }
    let node = Node::new(name.unwrap_or("unnamed").to_owned());
    let node = tag.into_iter().fold(node, |node, tag| node.tag(tag));
    Some(parent.into_iter().fold(node, |node, parent| node.parent(parent)).build())
}

/// What a callback of C's is passed back. Which thread that may be is the caller's matter, as the headers say.
#[derive(Clone, Copy)]
pub(crate) struct Context(pub(crate) *mut c_void);

// SAFETY: the library only carries it.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    /// By reference, so that a closure takes the whole.
    pub(crate) fn get(&self) -> *mut c_void {
        self.0
    }
}

#[cold]
pub(crate) fn no_memory(what: &str) -> Noted {
    note(
        Code::OutOfMemory,
        format_args!("the system has no memory for {what}; free some, or raise the process's limit"),
    )
}

/// That the C heap has some memory: asked before the few things are made that Rust would end the process for the want of
/// (a name's node, a callback's box), which are far smaller.
pub(crate) fn small_change() -> Result<(), Noted> {
    const PURSE: Layout = match Layout::from_size_align(16 << 10, 16) {
        Ok(layout) => layout,
        Err(_) => unreachable!(),
    };
    // SAFETY: a layout that is not empty; given back at once.
    unsafe {
        let memory = black_box(System.alloc(PURSE));
        if memory.is_null() {
            return Err(no_memory("what it is to keep in mind"));
        }
        System.dealloc(memory, PURSE);
    }
    Ok(())
}

/// `count * size`, when that is a size.
pub(crate) fn product(count: usize, size: usize) -> Result<usize, Noted> {
    match count.checked_mul(size) {
        Some(0) => Err(zero_size()),
        Some(bytes) if bytes <= isize::MAX as usize => Ok(bytes),
        _ => Err(note(Code::Overflow, format_args!("{count} times {size} bytes is more than any memory has"))),
    }
}

#[cold]
pub(crate) fn zero_size() -> Noted {
    note(Code::ZeroSize, format_args!("0 bytes were asked for; ask for 1 at least"))
}

#[cold]
pub(crate) fn null(what: &str) -> Noted {
    note(Code::Null, format_args!("NULL was passed for {what}"))
}
