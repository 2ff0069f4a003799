//! Reset, clear, and marks to go back to.

use super::{ArenaPtr, find};
use crate::{
    border::{Caller, enter_from},
    error::{Code, Noted, note},
    given::null,
    handle::Handle,
    slots,
};
use arenite_lib::{BareMark, Mark};
use std::ffi::{c_char, c_uint};

const WORDS: usize = 10;
/// Those of the short form, the first ones; the others are 0.
const BARE: usize = 5;

/// `arenite_mark`: a mark's words, and a sum by which one is known that was never taken, or was written over.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct MarkC {
    words: [u64; WORDS],
    sum: u64,
}

impl MarkC {
    /// What a refused `arenite_arena_mark` returns: no mark.
    const NONE: Self = Self { words: [0; WORDS], sum: 0 };

    #[inline(always)]
    fn of(mark: Mark) -> Self {
        let words = mark.to_words();
        Self { words, sum: Self::sum(&words) }
    }

    #[inline(always)]
    fn of_bare(mark: BareMark) -> Self {
        let bare = mark.to_words();
        let mut words = [0; WORDS];
        words[..BARE].copy_from_slice(&bare);
        Self { words, sum: Self::sum(&bare) }
    }

    /// Never 0 for zeros; another when one word is, and for another number of words. Two instructions a word, since a mark is
    /// taken and restored in not many more.
    #[inline(always)]
    fn sum<const N: usize>(words: &[u64; N]) -> u64 {
        let seed = 0x9e37_79b9_7f4a_7c15 ^ (WORDS - N) as u64;
        words.iter().fold(seed, |sum, word| sum.rotate_left(29) ^ word)
    }

    /// A mark of the short form.
    #[inline(always)]
    fn peek_bare(&self) -> Option<BareMark> {
        let &[a, b, c, d, e, ..] = &self.words;
        let words: [u64; BARE] = [a, b, c, d, e];
        // SAFETY: the sum says that `of_bare` made these words.
        if self.sum == Self::sum(&words) { Some(unsafe { BareMark::from_words(words) }) } else { None }
    }

    /// The mark, without a word of why it is none.
    #[inline(always)]
    fn peek(&self) -> Option<Mark> {
        if let Some(bare) = self.peek_bare() {
            return Some(bare.into());
        }
        // SAFETY: the sum says that `of` made these words.
        (self.sum == Self::sum(&self.words)).then(|| unsafe { Mark::from_words(self.words) })
    }

    fn mark(&self) -> Result<Mark, Noted> {
        self.peek().ok_or_else(|| {
            let text = "this is no mark: it was never taken, its taking was refused, or it was written over";
            note(Code::Foreign, format_args!("{text}"))
        })
    }
}

/// # Safety
/// Nothing that the arena handed out is used any more; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_reset_at(arena: ArenaPtr, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise; C has no scopes.
    if slots::mine(Handle::from_c(arena)).is_some_and(|arena| unsafe { arena.reset_at_hand() }) {
        return true;
    }
    // SAFETY: the caller's promise.
    unsafe { reset_cold(arena, file, line) }
}

/// Where something has to be undone, or given back, or the arena is none.
///
/// # Safety
/// As [`arenite_arena_reset_at`].
#[cold]
#[inline(never)]
unsafe extern "C" fn reset_cold(arena: ArenaPtr, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_arena_reset", file, line) }, false, || {
        let arena = find(arena)?;
        // SAFETY: the caller's promise; C has no scopes.
        unsafe { arena.reset_unborrowed() };
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_arena_reset_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_reset(arena: ArenaPtr) -> bool {
    // SAFETY: the caller's promise.
    unsafe { arenite_arena_reset_at(arena, std::ptr::null(), 0) }
}

/// # Safety
/// As [`arenite_arena_reset_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_clear_at(arena: ArenaPtr, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_arena_clear", file, line) }, false, || {
        let arena = find(arena)?;
        // SAFETY: the caller's promise; C has no scopes.
        unsafe { arena.clear_unborrowed() };
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_arena_reset_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_clear(arena: ArenaPtr) -> bool {
    // SAFETY: the caller's promise.
    unsafe { arenite_arena_clear_at(arena, std::ptr::null(), 0) }
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_mark_at(arena: ArenaPtr, file: *const c_char, line: c_uint) -> MarkC {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_arena_mark", file, line) };
    enter_from(caller, MarkC::NONE, || Ok(MarkC::of(find(arena)?.try_checkpoint()?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_mark(arena: ArenaPtr) -> MarkC {
    match slots::mine(Handle::from_c(arena)).and_then(|arena| arena.bare_mark()) {
        Some(mark) => MarkC::of_bare(mark),
        None => mark_elsewhere(arena),
    }
}

/// Where the short form says too little.
#[inline(never)]
extern "C" fn mark_elsewhere(arena: ArenaPtr) -> MarkC {
    match slots::mine(Handle::from_c(arena)).and_then(|arena| arena.checkpoint_at_hand()) {
        Some(mark) => MarkC::of(mark),
        // SAFETY: no file.
        None => unsafe { arenite_arena_mark_at(arena, std::ptr::null(), 0) },
    }
}

/// The common end of a mark: of the short form, with nothing to do but to move the cursor back.
///
/// # Safety
/// `mark` is NULL or readable; nothing that the arena handed out since is used any more.
#[inline(always)]
unsafe fn restored_bare(arena: ArenaPtr, mark: *const MarkC) -> bool {
    // SAFETY: the caller's promise.
    let Some(mark) = (unsafe { mark.as_ref() }).and_then(MarkC::peek_bare) else { return false };
    let Some(arena) = slots::mine(Handle::from_c(arena)) else { return false };
    // SAFETY: the caller's promise; C has no scopes.
    unsafe { arena.restore_bare(&mark) }
}

/// The next one: a good handle and a good mark in the current block.
///
/// # Safety
/// `mark` is NULL or readable; nothing that the arena handed out since is used any more.
#[inline(always)]
unsafe fn restored_at_hand(arena: ArenaPtr, mark: *const MarkC) -> bool {
    // SAFETY: the caller's promise.
    let Some(mark) = (unsafe { mark.as_ref() }).and_then(MarkC::peek) else { return false };
    // SAFETY: the caller's promise; C has no scopes.
    slots::mine(Handle::from_c(arena)).is_some_and(|arena| unsafe { arena.restore_at_hand(&mark) })
}

/// # Safety
/// `mark` is NULL or readable; nothing that the arena handed out since is used any more; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_restore_at(
    arena: ArenaPtr,
    mark: *const MarkC,
    file: *const c_char,
    line: c_uint,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { restored_bare(arena, mark) || restore_elsewhere(arena, mark, file, line) }
}

/// # Safety
/// As [`arenite_arena_restore_at`].
#[inline(never)]
unsafe extern "C" fn restore_elsewhere(arena: ArenaPtr, mark: *const MarkC, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    unsafe { restored_at_hand(arena, mark) || restore_cold(arena, mark, file, line) }
}

/// The rest, apart: the fast path keeps all it has in registers.
///
/// # Safety
/// As [`arenite_arena_restore_at`].
#[cold]
#[inline(never)]
unsafe extern "C" fn restore_cold(arena: ArenaPtr, mark: *const MarkC, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_arena_restore", file, line) }, false, || {
        let arena = find(arena)?;
        // SAFETY: the caller's promise.
        let mark = unsafe { mark.as_ref() }.ok_or_else(|| null("the mark"))?.mark()?;
        // SAFETY: the caller's promise; C has no scopes.
        unsafe { arena.restore_unborrowed(mark) }?;
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_arena_restore_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_restore(arena: ArenaPtr, mark: *const MarkC) -> bool {
    // SAFETY: the caller's promise.
    unsafe { restored_bare(arena, mark) || restore_elsewhere(arena, mark, std::ptr::null(), 0) }
}

/// `arenite_temp`: a mark that ends once.
#[repr(C)]
pub struct TempC {
    arena: ArenaPtr,
    mark: MarkC,
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_temp_begin_at(arena: ArenaPtr, file: *const c_char, line: c_uint) -> TempC {
    let none = TempC { arena: std::ptr::null_mut(), mark: MarkC::NONE };
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_temp_begin", file, line) };
    enter_from(caller, none, || Ok(TempC { arena, mark: MarkC::of(find(arena)?.try_checkpoint()?) }))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_temp_begin(arena: ArenaPtr) -> TempC {
    match slots::mine(Handle::from_c(arena)).and_then(|arena| arena.bare_mark()) {
        Some(mark) => TempC { arena, mark: MarkC::of_bare(mark) },
        None => temp_elsewhere(arena),
    }
}

/// As [`mark_elsewhere`].
#[inline(never)]
extern "C" fn temp_elsewhere(arena: ArenaPtr) -> TempC {
    match slots::mine(Handle::from_c(arena)).and_then(|arena| arena.checkpoint_at_hand()) {
        Some(mark) => TempC { arena, mark: MarkC::of(mark) },
        // SAFETY: no file.
        None => unsafe { arenite_temp_begin_at(arena, std::ptr::null(), 0) },
    }
}

/// # Safety
/// As [`arenite_temp_end_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_temp_end(temp: *mut TempC) -> bool {
    // SAFETY: the caller's promise.
    unsafe { ended_bare(temp) || temp_end_elsewhere(temp, std::ptr::null(), 0) }
}

/// # Safety
/// `temp` is NULL or the caller's; nothing that its arena handed out since it began is used any more; `file` is NULL or a C
/// string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_temp_end_at(temp: *mut TempC, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    unsafe { ended_bare(temp) || temp_end_elsewhere(temp, file, line) }
}

/// The common end of a temp, as that of a mark.
///
/// # Safety
/// As [`arenite_temp_end_at`].
#[inline(always)]
unsafe fn ended_bare(temp: *mut TempC) -> bool {
    // SAFETY: the caller's promise.
    let Some(temp) = (unsafe { temp.as_mut() }) else { return false };
    // SAFETY: the caller's promise. A temp that has ended names no arena.
    let ended = unsafe { restored_bare(temp.arena, &temp.mark) };
    if ended {
        temp.arena = std::ptr::null_mut();
    }
    ended
}

/// # Safety
/// As [`arenite_temp_end_at`].
#[inline(never)]
unsafe extern "C" fn temp_end_elsewhere(temp: *mut TempC, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    if let Some(temp) = unsafe { temp.as_mut() } {
        // SAFETY: as above.
        if unsafe { restored_at_hand(temp.arena, &temp.mark) } {
            temp.arena = std::ptr::null_mut();
            return true;
        }
    }
    // SAFETY: the caller's promise.
    unsafe { temp_end_cold(temp, file, line) }
}

/// The rest, apart, as that of a restore.
///
/// # Safety
/// As [`arenite_temp_end_at`].
#[cold]
#[inline(never)]
unsafe extern "C" fn temp_end_cold(temp: *mut TempC, file: *const c_char, line: c_uint) -> bool {
    // SAFETY: the caller's promise.
    enter_from(unsafe { Caller::at("arenite_temp_end", file, line) }, false, || {
        // SAFETY: the caller's promise.
        let temp = unsafe { temp.as_mut() }.ok_or_else(|| null("the temp"))?;
        if temp.arena.is_null() {
            let text = "this temp has ended already, or its beginning was refused";
            return Err(note(Code::OutOfOrder, format_args!("{text}")));
        }
        let arena = find(temp.arena)?;
        // SAFETY: the caller's promise; C has no scopes.
        unsafe { arena.restore_unborrowed(temp.mark.mark()?) }?;
        temp.arena = std::ptr::null_mut();
        Ok(true)
    })
}
