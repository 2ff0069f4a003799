/* Pools: blocks of one size that die one by one, in any order.
 *
 *     arenite_pool_options options = {sizeof(arenite_pool_options)};
 *     options.block_size = sizeof(Particle);
 *     options.bytes = 32 << 20;
 *     pool = arenite_pool_create(&options);
 *     particle = (Particle *)arenite_pool_alloc(pool);
 *     arenite_pool_free(pool, particle);
 *     arenite_pool_free(pool, particle);                false, ARENITE_ERROR_DOUBLE_FREE, and nothing happens
 *
 * Every free is checked, in every build, by a table beside the blocks. A pool belongs to the thread that made it; see
 * arenite_pool_release. */
#ifndef ARENITE_POOL_H
#define ARENITE_POOL_H

#include "range.h"

ARENITE_BEGIN

typedef struct arenite_pool arenite_pool;

/* How a pool is made. All that is not set has to be 0. */
typedef struct arenite_pool_options {
    size_t size;                 /* sizeof(arenite_pool_options) */
    const char *name;            /* in errors, reports and the lifetime tree; NULL: none. It is copied. */
    arenite_node *parent; /* what is committed is charged to it and all above it; NULL: to nobody */
    void *memory;                /* the caller's memory, `bytes` of it */
    size_t bytes;                /* of blocks, in a reservation that is committed as it is used, unless there is `memory` */
    size_t block_size;           /* bytes of a block, up to 1 GiB */
    size_t align;                /* 0: the largest power of two up to 64 that divides the size, and 8 at least */
    size_t capacity;             /* the most blocks; 0: what the range holds, without one 1,024, chunked any number */
    arenite_bool chunked;        /* grows by chunks of the C heap, each as large as all before it; no `memory`, no `bytes` */
} arenite_pool_options;

typedef struct arenite_pool_stats {
    size_t live;       /* blocks that are not free */
    size_t high_water; /* the most blocks that were ever handed out at once */
    size_t capacity;   /* blocks there can be; in a chunked pool: that there are now */
    size_t block_size; /* bytes of each */
    size_t allocated;  /* bytes taken, the pool's own included; 0 in the caller's memory */
} arenite_pool_stats;

/* A pool. NULL: no such size or alignment, or its memory cannot be had or is too small. */
arenite_pool *arenite_pool_create(const arenite_pool_options *options);

/* Gives all blocks back, and the pool itself. NULL is fine. false: it is no pool of the calling thread's, belongs to a memory
 * system, or a callback is running. */
arenite_bool arenite_pool_destroy(arenite_pool *pool);

/* The calling thread gives the pool up, to nobody (a thread that ends does that with all that it has), or takes over one
 * that nobody has. */
arenite_bool arenite_pool_release(arenite_pool *pool);
arenite_bool arenite_pool_adopt(arenite_pool *pool);

/* A block, uninitialised; the one that was freed last. NULL: the pool is full, or there is no memory. O(1). */
void *arenite_pool_alloc(arenite_pool *pool);
void *arenite_pool_alloc_at(arenite_pool *pool, const char *file, unsigned line);

/* Takes a block back. NULL is fine. false: it is free already (ARENITE_ERROR_DOUBLE_FREE), or no block of this pool starts
 * there (ARENITE_ERROR_NOT_A_BLOCK), and nothing was done. The pointer is looked at, never followed. O(1). */
arenite_bool arenite_pool_free(arenite_pool *pool, void *block);
arenite_bool arenite_pool_free_at(arenite_pool *pool, void *block, const char *file, unsigned line);

/* Takes every block back. O(1), chunked O(log n). */
arenite_bool arenite_pool_clear(arenite_pool *pool);

/* Whether a live block of this pool starts there, and whether the pointer points into a block that was handed out since
 * the pool was made or cleared. O(1), chunked O(log n). */
arenite_bool arenite_pool_is_live(arenite_pool *pool, const void *block);
arenite_bool arenite_pool_owns(arenite_pool *pool, const void *pointer);

/* Looks for damage, under grade guard and above, and reports each; how many. */
size_t arenite_pool_check(arenite_pool *pool);

/* O(high water), since nothing is counted on the fast path. */
arenite_bool arenite_pool_get_stats(arenite_pool *pool, arenite_pool_stats *stats);

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_pool_alloc(pool) arenite_pool_alloc_at(pool, __FILE__, __LINE__)
#define arenite_pool_free(pool, block) arenite_pool_free_at(pool, block, __FILE__, __LINE__)
#endif

#endif
