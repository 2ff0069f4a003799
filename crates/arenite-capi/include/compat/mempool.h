/* The memory pools of the chunked-arena plan, on Arenite's heaps.
 *
 *     Pool *pool = pool_create();
 *     char *text = pool_strdup(pool, "grains of sand");
 *     pool_free(pool, text);
 *     pool_destroy(pool);                        what was not freed goes too
 *
 * Any thread may use and destroy a pool. What the originals left undefined has an answer: a second free, a free of another
 * pool's block and any use of a destroyed pool are refused, with arenite_last_error() saying why. Pool is opaque.
 *
 * With ARENITE_CALL_SITES or DEBUG the functions that allocate and free are macros too, which pass file and line on. */
#ifndef ARENITE_COMPAT_MEMPOOL_H
#define ARENITE_COMPAT_MEMPOOL_H

#include "../arenite/heap.h"

typedef arenite_heap Pool;

ARENITE_BEGIN

/* What pool_create and mempool_cleanup call. */
arenite_heap *arenite_compat_pool_create(void);
size_t arenite_compat_mempool_cleanup(void);

/* NULL without memory. */
ARENITE_INLINE Pool *pool_create(void) { return arenite_compat_pool_create(); }

/* NULL, and a pool that is destroyed already, are left alone. */
ARENITE_INLINE void pool_destroy(Pool *pool) { (void)arenite_heap_destroy(pool); }

/* size bytes at a multiple of 16; NULL for size 0 or without memory. */
ARENITE_INLINE void *(pool_alloc)(Pool *pool, size_t size) { return (arenite_heap_alloc)(pool, size); }

/* The same, all 0. */
ARENITE_INLINE void *(pool_calloc)(Pool *pool, size_t size) { return (arenite_heap_calloc)(pool, 1, size); }

/* The block with another size and its contents. NULL for block is pool_alloc. */
ARENITE_INLINE void *(pool_realloc)(Pool *pool, void *block, size_t size) {
    return (arenite_heap_realloc)(pool, block, size);
}

/* What is no live block of the pool is left alone. */
ARENITE_INLINE void (pool_free)(Pool *pool, void *block) { (void)(arenite_heap_free)(pool, block); }

ARENITE_INLINE char *(pool_strdup)(Pool *pool, const char *text) { return (arenite_heap_strdup)(pool, text); }

/* Destroys every pool of pool_create that is still there: at the end of a program, when no other thread is inside a call on
 * one. Their handles are refused from then on. Pools may be made afterwards; heaps that were made otherwise stay. */
ARENITE_INLINE void mempool_cleanup(void) { (void)arenite_compat_mempool_cleanup(); }

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define pool_alloc(pool, size) arenite_heap_alloc_at(pool, size, __FILE__, __LINE__)
#define pool_calloc(pool, size) arenite_heap_calloc_at(pool, 1, size, __FILE__, __LINE__)
#define pool_realloc(pool, block, size) arenite_heap_realloc_at(pool, block, size, __FILE__, __LINE__)
#define pool_free(pool, block) ((void)arenite_heap_free_at(pool, block, __FILE__, __LINE__))
#define pool_strdup(pool, text) arenite_heap_strdup_at(pool, text, __FILE__, __LINE__)
#endif

#endif
