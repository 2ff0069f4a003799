//! Pools of blocks of one size: `arenite/pool.h`.

use crate::{
    border::{Caller, enter, enter_from},
    error::{Code, Noted, note},
    given::{self, Options, null},
    handle::Handle,
    memory_system::{self, Shared},
    owned::Owned,
    range::{buffer, node, of_a_system},
    registry::{self, held},
};
use arenite_lib::{
    DynAllocator, ResetMode,
    pool::{BlockPool, BlockPoolOptions, ChunkedBlockPool},
};
use std::{
    ffi::{c_char, c_uint, c_void},
    ptr::{NonNull, null_mut},
};

/// `arenite_pool *`: a handle in the shape of a pointer.
type PoolPtr = *mut c_void;

/// A pool of its own, or one of a memory system's three.
pub(crate) enum PoolOf {
    Own(Box<Owned<BlockPool<'static>>>),
    Chunked(Box<Owned<ChunkedBlockPool>>),
    Memory(Shared, u8),
}

held!(PoolOf, Pool);

const NAME: &str = "a pool of blocks";

/// Either kind.
#[derive(Clone, Copy)]
enum Pool {
    Fixed(&'static BlockPool<'static>),
    Chunked(&'static ChunkedBlockPool),
}

/// Asks either kind the same.
macro_rules! both {
    ($pool:expr, $it:ident => $answer:expr) => {
        match $pool {
            Pool::Fixed($it) => $answer,
            Pool::Chunked($it) => $answer,
        }
    };
}

/// The pool of a handle, when it is the calling thread's.
fn find(pool: PoolPtr) -> Result<Pool, Noted> {
    Ok(match registry::find::<PoolOf>(Handle::from_c(pool))? {
        PoolOf::Own(pool) => Pool::Fixed(pool.get(NAME)?),
        PoolOf::Chunked(pool) => Pool::Chunked(pool.get(NAME)?),
        PoolOf::Memory(system, number) => {
            let memory = &system.get(memory_system::NAME)?.memory;
            Pool::Fixed(match number {
                0 => memory.small_pool()?,
                1 => memory.medium_pool()?,
                _ => memory.large_pool()?,
            })
        }
    })
}

/// Runs `run` with the pool of a handle, as an allocator, when it is the calling thread's.
pub(crate) fn as_allocator<T>(pool: PoolPtr, run: impl FnOnce(&dyn DynAllocator) -> T) -> Result<T, Noted> {
    Ok(both!(find(pool)?, pool => run(&pool)))
}

/// The same for a fast path: `None` for a chunked pool, too.
#[inline(always)]
fn at_hand(pool: PoolPtr) -> Option<&'static BlockPool<'static>> {
    match registry::peek::<PoolOf>(Handle::from_c(pool))? {
        PoolOf::Own(pool) => pool.peek(),
        PoolOf::Chunked(_) => None,
        PoolOf::Memory(system, 0) => system.peek()?.memory.small_pool().ok(),
        PoolOf::Memory(system, 1) => system.peek()?.memory.medium_pool().ok(),
        PoolOf::Memory(system, _) => system.peek()?.memory.large_pool().ok(),
    }
}

/// `arenite_pool_options`.
#[repr(C)]
pub struct PoolOptionsC {
    size: usize,
    name: *const c_char,
    parent: *mut c_void,
    memory: *mut c_void,
    bytes: usize,
    block_size: usize,
    align: usize,
    capacity: usize,
    chunked: u8,
}

// SAFETY: numbers and pointers, whose first field is the size.
unsafe impl Options for PoolOptionsC {
    const NAME: &'static str = "arenite_pool_options";
}

/// # Safety
/// `options` is NULL or what `arenite/pool.h` says; its memory is nobody else's as long as the pool lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_pool_create(options: *const PoolOptionsC) -> PoolPtr {
    enter("arenite_pool_create", null_mut(), || {
        // SAFETY: the caller's promise.
        let given = unsafe { given::options(options) }?;
        given::small_change()?;
        let mut options = BlockPoolOptions::new(given.block_size);
        if given.align > 0 {
            options = options.align(given.align);
        }
        if given.capacity > 0 {
            options = options.capacity(given.capacity);
        }
        // SAFETY: the caller's promise.
        if let Some(node) = unsafe { node(given.name, given.parent, NAME) }? {
            options = options.node(&node);
        }
        let pool = match (given.memory.is_null(), given.chunked != 0) {
            (false, false) => {
                // SAFETY: the caller's promise.
                let buffer = unsafe { buffer(given.memory, given.bytes) }?;
                PoolOf::Own(Box::new(Owned::new(options.try_build_in(buffer)?)))
            }
            (true, true) if given.bytes == 0 => PoolOf::Chunked(Box::new(Owned::new(options.try_build_chunked()?))),
            (_, true) => {
                return Err(note(
                    Code::BadArgument,
                    format_args!("a chunked pool has no range: leave memory and bytes 0, or chunked"),
                ));
            }
            (true, false) => {
                let options = if given.bytes > 0 { options.reserve(given.bytes) } else { options };
                PoolOf::Own(Box::new(Owned::new(options.try_build()?)))
            }
        };
        Ok(registry::insert(pool)?.to_c())
    })
}

/// What asks the owner of a pool that has one of its own.
fn owner(
    pool: PoolPtr,
    fixed: impl FnOnce(&Owned<BlockPool<'static>>) -> Result<(), Noted>,
    chunked: impl FnOnce(&Owned<ChunkedBlockPool>) -> Result<(), Noted>,
) -> Result<bool, Noted> {
    match registry::find::<PoolOf>(Handle::from_c(pool))? {
        PoolOf::Own(pool) => fixed(pool)?,
        PoolOf::Chunked(pool) => chunked(pool)?,
        PoolOf::Memory(..) => return Err(of_a_system(NAME)),
    }
    Ok(true)
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_pool_destroy(pool: PoolPtr) -> bool {
    enter("arenite_pool_destroy", false, || {
        if !pool.is_null() {
            owner(pool, |pool| pool.may_end(NAME), |pool| pool.may_end(NAME))?;
            drop(registry::remove::<PoolOf>(Handle::from_c(pool), |_| Ok(()))?);
        }
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_pool_release(pool: PoolPtr) -> bool {
    enter("arenite_pool_release", false, || owner(pool, |pool| pool.release(NAME), |pool| pool.release(NAME)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_pool_adopt(pool: PoolPtr) -> bool {
    enter("arenite_pool_adopt", false, || owner(pool, |pool| pool.adopt(NAME), |pool| pool.adopt(NAME)))
}

/// # Safety
/// `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_pool_alloc_at(pool: PoolPtr, file: *const c_char, line: c_uint) -> *mut c_void {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_pool_alloc", file, line) };
    enter_from(caller, null_mut(), || Ok(both!(find(pool)?, pool => pool.try_alloc()?).as_ptr().cast()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_pool_alloc(pool: PoolPtr) -> *mut c_void {
    match at_hand(pool).and_then(BlockPool::alloc_at_hand) {
        Some(block) => block.as_ptr().cast(),
        // SAFETY: no file.
        None => unsafe { arenite_pool_alloc_at(pool, std::ptr::null(), 0) },
    }
}

/// # Safety
/// If `block` is a live block of the pool, nobody uses it any more; `file` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_pool_free_at(
    pool: PoolPtr,
    block: *mut c_void,
    file: *const c_char,
    line: c_uint,
) -> bool {
    // SAFETY: the caller's promise.
    let caller = unsafe { Caller::at("arenite_pool_free", file, line) };
    enter_from(caller, false, || {
        let pool = find(pool)?;
        let Some(block) = NonNull::new(block.cast()) else { return Ok(true) };
        // SAFETY: the caller's promise.
        both!(pool, pool => unsafe { pool.try_free(block) })?;
        Ok(true)
    })
}

/// # Safety
/// As [`arenite_pool_free_at`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_pool_free(pool: PoolPtr, block: *mut c_void) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match (at_hand(pool), NonNull::new(block.cast())) {
            (Some(pool), Some(block)) if pool.free_at_hand(block) => true,
            _ => arenite_pool_free_at(pool, block, std::ptr::null(), 0),
        }
    }
}

/// # Safety
/// Nobody uses a block of the pool any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_pool_clear(pool: PoolPtr) -> bool {
    enter("arenite_pool_clear", false, || {
        // SAFETY: the caller's promise.
        let cleared = both!(find(pool)?, pool => unsafe { (&pool).reset(ResetMode::Keep) });
        cleared.map(|()| true).map_err(|refused| note(Code::Busy, format_args!("{refused}")))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_pool_is_live(pool: PoolPtr, block: *const c_void) -> bool {
    enter("arenite_pool_is_live", false, || {
        let pool = find(pool)?;
        Ok(NonNull::new(block.cast_mut().cast()).is_some_and(|block| both!(pool, pool => pool.is_live(block))))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_pool_owns(pool: PoolPtr, pointer: *const c_void) -> bool {
    enter("arenite_pool_owns", false, || {
        let pool = find(pool)?;
        Ok(NonNull::new(pointer.cast_mut().cast()).is_some_and(|pointer| both!(pool, pool => pool.owns(pointer))))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_pool_check(pool: PoolPtr) -> usize {
    enter("arenite_pool_check", 0, || Ok(both!(find(pool)?, pool => pool.check())))
}

/// `arenite_pool_stats`.
#[repr(C)]
pub struct PoolStatsC {
    live: usize,
    high_water: usize,
    capacity: usize,
    block_size: usize,
    allocated: usize,
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_pool_get_stats(pool: PoolPtr, stats: *mut PoolStatsC) -> bool {
    enter("arenite_pool_get_stats", false, || {
        let now = both!(find(pool)?, pool => pool.stats());
        if stats.is_null() {
            return Err(null("the stats"));
        }
        let now = PoolStatsC {
            live: now.live,
            high_water: now.high_water,
            capacity: now.capacity,
            block_size: now.block_size,
            allocated: now.allocated,
        };
        // SAFETY: the caller's promise.
        unsafe { stats.write(now) };
        Ok(true)
    })
}
