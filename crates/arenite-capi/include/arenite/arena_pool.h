/* Pools of arenas: one for each request, on whichever thread serves it.
 *
 *     arenite_arena *arena = arenite_arena_pool_take(pool);
 *     ... serve the request ...
 *     arenite_arena_pool_give(pool, arena);      everything in it dies; its chunks stay warm for the next one
 *
 * Any thread takes and gives, under a lock. What is taken is an arena of the taking thread's, as fast as any. */
#ifndef ARENITE_ARENA_POOL_H
#define ARENITE_ARENA_POOL_H

#include "arena.h"
#include "base.h"

ARENITE_BEGIN

typedef struct arenite_arena_pool arenite_arena_pool;

/* All zeros but `size` are the defaults. */
typedef struct arenite_arena_pool_options {
    size_t size;                         /* sizeof(arenite_arena_pool_options) */
    const char *name;                    /* none; its arenas are called by it and a number. Copied */
    size_t keep;                         /* arenas kept when nobody has them; 0 is 16 */
    size_t at_most;                      /* arenas that may be out at once; 0 is any number */
    const arenite_arena_options *arenas; /* how each is made; NULL: the defaults. on_event may come on any thread */
} arenite_arena_pool_options;

/* Numbers of arenas: so far, and now. */
typedef struct arenite_arena_pool_stats {
    size_t taken;
    size_t returned;
    size_t made;
    size_t dropped;
    size_t kept;
    size_t out;
    size_t most_out;
} arenite_arena_pool_stats;

/* A pool. It makes no arena yet. */
arenite_arena_pool *arenite_arena_pool_create(const arenite_arena_pool_options *options);

/* The pool goes, and the arenas that it keeps. NULL is fine. false, ARENITE_ERROR_BUSY: some are out, or a
 * callback is running. */
arenite_bool arenite_arena_pool_destroy(arenite_arena_pool *pool);

/* An empty arena, of the calling thread's. NULL: as many as may be are out, or there is no memory. */
arenite_arena *arenite_arena_pool_take(arenite_arena_pool *pool);

/* Gives an arena of the calling thread's back. Its handle is dead. false: it was not taken from this pool,
 * or a callback is running. */
arenite_bool arenite_arena_pool_give(arenite_arena_pool *pool, arenite_arena *arena);

/* Destroys the arenas that are kept. */
arenite_bool arenite_arena_pool_clear(arenite_arena_pool *pool);

arenite_bool arenite_arena_pool_get_stats(arenite_arena_pool *pool, arenite_arena_pool_stats *stats);

ARENITE_END

#endif
