//! What AddressSanitizer, MemorySanitizer and valgrind are told of an allocator's memory.
//!
//! To them an arena is one block. Told what is in use they report a use after reset, rewind or free, and an overrun, at
//! the line, with their own report. Nothing is linked: the sanitizers' functions are weak symbols that are there or not,
//! and memcheck reads requests out of instructions that do nothing elsewhere. Without a tool each call is one load and
//! one branch.
//!
//! AddressSanitizer keeps books of 8 bytes: ranges that start and end at multiples of 8 are closed whole, of others the
//! bytes at the edges may stay open. Memory goes back to its source opened ([`undefined`]).

#[cfg(feature = "debug")]
mod sanitizer;
#[cfg(feature = "debug")]
mod valgrind;

#[cfg(feature = "debug")]
mod present {
    use super::{sanitizer, valgrind};
    use crate::sync::{AtomicUsize, Ordering};

    /// 0: not asked yet. Otherwise 1, and a bit for each tool. Whoever asks finds the same, so relaxed.
    static TOOLS: AtomicUsize = AtomicUsize::new(0);
    pub(super) const SANITIZER: usize = 2;
    pub(super) const VALGRIND: usize = 4;

    #[inline]
    pub(super) fn tools() -> usize {
        match TOOLS.load(Ordering::Relaxed) {
            0 => find(),
            tools => tools,
        }
    }

    #[cold]
    fn find() -> usize {
        let bit = |present: bool, bit| if present { bit } else { 0 };
        let tools = 1 | bit(sanitizer::present(), SANITIZER) | bit(valgrind::memcheck(), VALGRIND);
        TOOLS.store(tools, Ordering::Relaxed);
        tools
    }
}

/// One function of this room: what it tells which tool. Without the feature `debug` it tells nobody.
macro_rules! told {
    ($(#[$doc:meta])* $name:ident($($argument:ident),*) { valgrind $request:ident($($v:ident),*) $(, sanitizer $sanitizer:ident($($s:ident),*))? }) => {
        $(#[$doc])*
        #[inline]
        pub(crate) fn $name($($argument: usize),*) {
            #[cfg(feature = "debug")]
            {
                let tools = present::tools();
                if tools != 1 {
                    #[cold]
                    fn tell(tools: usize, $($argument: usize),*) {
                        $(if tools & present::SANITIZER != 0 {
                            sanitizer::$sanitizer($($s),*);
                        })?
                        if tools & present::VALGRIND != 0 {
                            valgrind::tell(valgrind::Request::$request, [$($v),*]);
                        }
                    }
                    tell(tools, $($argument),*);
                }
            }
            #[cfg(not(feature = "debug"))]
            let _ = ($($argument,)*);
        }
    };
}

/// Whether a tool listens: for what need not be computed when none does.
#[inline]
pub(crate) fn active() -> bool {
    #[cfg(feature = "debug")]
    return present::tools() != 1;
    #[cfg(not(feature = "debug"))]
    false
}

/// A block of the C heap is held by memory in which a leak checker does not look for pointers.
#[cfg(feature = "debug")]
pub(crate) fn held(start: usize) {
    if present::tools() & present::SANITIZER != 0 {
        sanitizer::held(start);
    }
}

/// A range of pages of the program's own begins, in what of which can be read a leak checker looks for pointers: blocks of the
/// C heap that only those point to are no leaks.
#[cfg(feature = "std")]
pub(crate) fn root(start: usize, size: usize) {
    #[cfg(feature = "debug")]
    sanitizer::root(start, size);
    #[cfg(not(feature = "debug"))]
    let _ = (start, size);
}

/// A range that was a [`root`], with the same start and size, ends.
#[cfg(feature = "std")]
pub(crate) fn no_root(start: usize, size: usize) {
    #[cfg(feature = "debug")]
    sanitizer::no_root(start, size);
    #[cfg(not(feature = "debug"))]
    let _ = (start, size);
}

told! {
    /// Nobody may read or write `size` bytes at `start`: what a reset, rewind or free leaves, fences, untouched memory.
    no_access(start, size) { valgrind NoAccess(start, size), sanitizer no_access(start, size) }
}
told! {
    /// `size` bytes at `start` may be written, and not read before: handed out, or about to go back to their source.
    undefined(start, size) { valgrind Undefined(start, size), sanitizer undefined(start, size) }
}
told! {
    /// `size` bytes at `start` may be read and written: zeroed memory, and what the allocator itself looks at.
    defined(start, size) { valgrind Defined(start, size), sanitizer defined(start, size) }
}
told! {
    /// There is a pool: an arena, heap or pool, named by any address of its own (its anchor). To valgrind blocks belong
    /// to pools, which is how its report names where a block was taken and where it died. On either side of a block
    /// `red_zone` bytes are nobody's: an access to them is told with the block.
    pool_create(anchor, red_zone) { valgrind CreatePool(anchor, red_zone, NOT_ZEROED) }
}
told! {
    /// A pool ends, and its blocks with it.
    pool_destroy(anchor) { valgrind DestroyPool(anchor) }
}
told! {
    /// A block of a pool is handed out, unwritten.
    pool_alloc(anchor, start, size) { valgrind PoolAlloc(anchor, start, size), sanitizer undefined(start, size) }
}
told! {
    /// A block of a pool is taken back.
    pool_free(anchor, start, size) { valgrind PoolFree(anchor, start), sanitizer no_access(start, size) }
}

#[cfg(feature = "debug")]
const NOT_ZEROED: usize = 0;

#[cfg(all(test, feature = "debug", feature = "std"))]
mod tests;
