//! Pools of arenas that threads take and give back.

use super::{ArenaOptionsC, ArenaPtr};
use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, Options, null},
    handle::Handle,
    kind::Kind,
    owned::not_in_a_callback,
    registry::{self, held},
    slots,
};
use arenite_lib::{ArenaPool, ArenaPoolError, ArenaPoolOptions, ArenaPoolStats};
use std::{
    ffi::{c_char, c_void},
    ptr::null_mut,
    sync::Arc,
};

held!(Arc<ArenaPool>, ArenaPool);

/// `arenite_arena_pool *`.
type PoolPtr = *mut c_void;

/// `arenite_arena_pool_options`.
#[repr(C)]
pub struct ArenaPoolOptionsC {
    size: usize,
    name: *const c_char,
    keep: usize,
    at_most: usize,
    arenas: *const ArenaOptionsC,
}

// SAFETY: numbers and pointers, whose first field is the size.
unsafe impl Options for ArenaPoolOptionsC {
    const NAME: &'static str = "arenite_arena_pool_options";
}

/// `arenite_arena_pool_stats`.
#[repr(C)]
pub struct ArenaPoolStatsC {
    taken: usize,
    returned: usize,
    made: usize,
    dropped: usize,
    kept: usize,
    out: usize,
    most_out: usize,
}

fn find(pool: PoolPtr) -> Result<&'static Arc<ArenaPool>, Noted> {
    registry::find(Handle::from_c(pool))
}

/// By what an arena of the pool is known: its place in the table, and 1.
fn mark_of(pool: PoolPtr) -> u32 {
    Handle::from_c(pool).place() as u32 + 1
}

/// # Safety
/// `options` is NULL or what `arenite/arena_pool.h` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_pool_create(options: *const ArenaPoolOptionsC) -> PoolPtr {
    enter("arenite_arena_pool_create", null_mut(), || {
        // SAFETY: the caller's promise.
        let (given, plan) = unsafe {
            let given = given::options(options)?;
            let plan = given::options(given.arenas)?.plan()?;
            (given, plan)
        };
        given::small_change()?;
        let mut pool = ArenaPoolOptions::new();
        // SAFETY: the caller's promise.
        if let Some(name) = unsafe { given::name(given.name) }? {
            pool = pool.name(name);
        }
        if given.keep > 0 {
            pool = pool.keep(given.keep);
        }
        if given.at_most > 0 {
            pool = pool.at_most(given.at_most);
        }
        let pool = pool.arenas(move || plan.options()).build();
        Ok(registry::insert(Arc::new(pool))?.to_c())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_pool_destroy(pool: PoolPtr) -> bool {
    enter("arenite_arena_pool_destroy", false, || {
        if pool.is_null() {
            return Ok(true);
        }
        let none_out = |pool: &Arc<ArenaPool>| match pool.stats().out {
            0 => not_in_a_callback(Kind::ArenaPool.name()),
            out => Err(note(Code::Busy, format_args!("{out} of its arenas are out; give them back first"))),
        };
        drop(registry::remove(Handle::from_c(pool), none_out)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_pool_take(pool: PoolPtr) -> ArenaPtr {
    enter("arenite_arena_pool_take", null_mut(), || {
        let arena = find(pool)?.try_take_owned().map_err(|refused| match refused {
            ArenaPoolError::Refused(error) => Noted::from(error),
            refused => note(Code::Limit, format_args!("{refused}")),
        })?;
        slots::try_insert(arena, mark_of(pool)).map(Handle::to_c).map_err(|(noted, arena)| {
            if let Ok(pool) = find(pool) {
                pool.give_owned(arena);
            }
            noted
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_pool_give(pool: PoolPtr, arena: ArenaPtr) -> bool {
    enter("arenite_arena_pool_give", false, || {
        let from = find(pool)?;
        let handle = Handle::from_c(arena);
        slots::find(handle)?;
        if slots::mark_of(handle) != mark_of(pool) {
            return Err(note(
                Code::Foreign,
                format_args!(
                    "the arena {arena:p} was not taken from {}; give it where it came from",
                    Kind::ArenaPool.name()
                ),
            ));
        }
        not_in_a_callback("an arena")?;
        from.give_owned(slots::remove(handle)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_arena_pool_clear(pool: PoolPtr) -> bool {
    enter("arenite_arena_pool_clear", false, || {
        find(pool)?.clear();
        Ok(true)
    })
}

/// # Safety
/// `stats` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_arena_pool_get_stats(pool: PoolPtr, stats: *mut ArenaPoolStatsC) -> bool {
    enter("arenite_arena_pool_get_stats", false, || {
        let ArenaPoolStats { taken, returned, made, dropped, kept, out, most_out } = find(pool)?.stats();
        if stats.is_null() {
            return Err(null("the stats"));
        }
        let [taken, returned, made, dropped] = [taken, returned, made, dropped].map(|count| count as usize);
        // SAFETY: the caller's promise.
        unsafe { stats.write(ArenaPoolStatsC { taken, returned, made, dropped, kept, out, most_out }) };
        Ok(true)
    })
}
