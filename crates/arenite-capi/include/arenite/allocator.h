/* Allocators as values: any allocator by one type, and layers over it.
 *
 *     arenite_allocator *heap = arenite_allocator_of_heap(arenite_heap_create_default());
 *     arenite_allocator *small = arenite_allocator_limited(heap, 1 << 20);
 *     void *block = arenite_allocator_alloc(small, 100, 0);
 *     arenite_allocator_free(small, block, 100, 0);
 *
 * A layer keeps what it is made of alive, also when the handle of that was destroyed: only the arena, heap or buffer itself
 * has to outlive what names it. Alignment 0 is 16 in all functions. Any thread may use an allocator whose promises have
 * ARENITE_PROMISES_THREADS; one of an arena refuses other threads than the arena's. */
#ifndef ARENITE_ALLOCATOR_H
#define ARENITE_ALLOCATOR_H

#include "arena.h"
#include "base.h"
#include "heap.h"
#include "pool.h"
#include "stack.h"

ARENITE_BEGIN

typedef struct arenite_allocator arenite_allocator;

/* What an allocator promises: bits. */
enum {
    ARENITE_PROMISES_FREE = 1 << 0,               /* freed memory is used again */
    ARENITE_PROMISES_FREE_LAST = 1 << 1,          /* that of the block handed out last is */
    ARENITE_PROMISES_RESIZE = 1 << 2,             /* resize may succeed in growing */
    ARENITE_PROMISES_OWNS = 1 << 3,               /* owns answers exactly */
    ARENITE_PROMISES_RESET = 1 << 4,              /* reset works */
    ARENITE_PROMISES_FINDS_DOUBLE_FREE = 1 << 5,  /* a second free is refused while nobody has the memory again */
    ARENITE_PROMISES_FINDS_FOREIGN_FREE = 1 << 6, /* a free of what is no block is refused */
    ARENITE_PROMISES_FINDS_WRONG_SIZE = 1 << 7,   /* a free with another size is refused */
    ARENITE_PROMISES_THREADS = 1 << 8,            /* any thread, also each other's blocks */
    ARENITE_PROMISES_BOUNDED = 1 << 9,            /* it has so much and no more */
    ARENITE_PROMISES_COUNTS = 1 << 10,            /* `live` is exact */
    ARENITE_PROMISES_ONE_SIZE = 1 << 11,          /* all blocks have one size */
    ARENITE_PROMISES_LIFO = 1 << 12               /* a freed block is the next of its size */
};

/* An allocator of the program's own: functions, all called with `context`. Sizes are never 0, alignments powers of two.
 * They must return: a longjmp out of one is undefined. */
typedef struct arenite_allocator_vtable {
    size_t size;       /* sizeof(arenite_allocator_vtable) */
    const char *name;  /* for reports; may be NULL */
    unsigned promises; /* what it keeps, of the bits above; no COUNTS */
    /* size bytes at a multiple of alignment, nobody else's until freed; NULL when it has none. */
    void *(*alloc)(void *context, size_t size, size_t alignment);
    /* Takes a block back; false when it finds that it is none. One that never frees returns true. */
    arenite_bool (*free)(void *context, void *block, size_t size, size_t alignment);
    /* Changes a block's size where it is; false: not possible, and nothing changed. NULL: never. */
    arenite_bool (*resize)(void *context, void *block, size_t old_size, size_t size, size_t alignment);
    /* Whether an address lies in a block of its own. NULL: nobody knows. */
    arenite_bool (*owns)(void *context, const void *address);
    /* Takes everything back. NULL: it cannot. */
    arenite_bool (*reset)(void *context);
    /* Called once, when neither the handle nor a layer names it any more. NULL: nothing to do. */
    void (*destroy)(void *context);
} arenite_allocator_vtable;

/* The program's own. The table is copied. NULL: no table, no alloc or free, or a promise without its function. */
arenite_allocator *arenite_allocator_create(const arenite_allocator_vtable *table, void *context);

/* Names an arena, by its handle: destroyed, it refuses. */
arenite_allocator *arenite_allocator_of_arena(arenite_arena *arena);

/* Names a heap, in the same way. */
arenite_allocator *arenite_allocator_of_heap(arenite_heap *heap);

/* Names a stack: what is freed or resized has to be its top (ARENITE_ERROR_OUT_OF_ORDER). A realloc that moves leaves the old
 * block below. */
arenite_allocator *arenite_allocator_of_stack(arenite_stack *stack);

/* Names a pool of blocks, which serves requests up to its block size. */
arenite_allocator *arenite_allocator_of_pool(arenite_pool *pool);

/* The C heap: malloc and free. */
arenite_allocator *arenite_allocator_system(void);

/* An arena in a buffer of the caller's, which stays until the allocator and all layers over it are destroyed. Its own state
 * takes about 1.3 KiB of it. */
arenite_allocator *arenite_allocator_fixed_buffer(void *buffer, size_t size);

/* Blocks of one size, 1 byte to 1 MiB, freed one by one. */
arenite_allocator *arenite_allocator_pool(size_t block_size);

/* Refuses what would bring the bytes in use above a limit. */
arenite_allocator *arenite_allocator_limited(arenite_allocator *inner, size_t bytes);

/* Asks the second where the first refuses. The first must promise OWNS. */
arenite_allocator *arenite_allocator_fallback(arenite_allocator *first, arenite_allocator *second);

/* Requests of up to so many bytes to one, larger ones to the other. */
arenite_allocator *arenite_allocator_segregated(size_t small_up_to, arenite_allocator *small, arenite_allocator *large);

/* Knows every live block, and refuses double, foreign and wrong-sized frees in every build. It notes no places: for whose
 * line a block is, see arenite_allocator_watched. */
arenite_allocator *arenite_allocator_tracked(arenite_allocator *inner);

/* Obeys the grade of this name (arenite/debug.h): places, fences, quarantine; reports what is left at its end. */
arenite_allocator *arenite_allocator_watched(arenite_allocator *inner, const char *name);

/* A lock around it, for what promises no threads. An arena stays its thread's. */
arenite_allocator *arenite_allocator_shared(arenite_allocator *inner);

/* Refuses on purpose: the n-th request, from 1; all after n; one in so many, by a seed. */
arenite_allocator *arenite_allocator_failing_nth(arenite_allocator *inner, ARENITE_U64 n);
arenite_allocator *arenite_allocator_failing_after(arenite_allocator *inner, ARENITE_U64 n);
arenite_allocator *arenite_allocator_failing_random(arenite_allocator *inner, ARENITE_U64 seed, ARENITE_U64 one_in);

/* Gives up the handle, and the allocator unless a layer has it. NULL is fine. false: ARENITE_ERROR_BUSY while it is current
 * in an open scope of any thread. */
arenite_bool arenite_allocator_destroy(arenite_allocator *allocator);

/* size bytes at a multiple of alignment (up to 2 MiB). NULL: size 0, or refused. */
void *arenite_allocator_alloc(arenite_allocator *allocator, size_t size, size_t alignment);

/* Takes a block back, with the size and alignment that it was asked for with. NULL is fine. false: the allocator has
 * found that it is no such block. */
arenite_bool arenite_allocator_free(arenite_allocator *allocator, void *block, size_t size, size_t alignment);

/* Another size, in place or moved, with the contents. NULL: refused, and the block stays. block NULL: as alloc. */
void *arenite_allocator_realloc(arenite_allocator *allocator, void *block, size_t old_size, size_t size, size_t alignment);

/* Another size where it is; false: not possible, and nothing changed. */
arenite_bool arenite_allocator_resize(arenite_allocator *allocator, void *block, size_t old_size, size_t size, size_t alignment);

/* Whether an address lies in a live block. Without ARENITE_PROMISES_OWNS, false means nothing. */
arenite_bool arenite_allocator_owns(arenite_allocator *allocator, const void *address);

/* Takes everything back at once. Nothing of it is used any more. false: it cannot. */
arenite_bool arenite_allocator_reset(arenite_allocator *allocator);

/* The bits of its promises. */
unsigned arenite_allocator_promises(arenite_allocator *allocator);

/* In bytes, and live blocks; what the allocator does not know is (size_t)-1. */
typedef struct arenite_allocator_stats {
    size_t used;
    size_t held;
    size_t live;
} arenite_allocator_stats;

arenite_bool arenite_allocator_stats_get(arenite_allocator *allocator, arenite_allocator_stats *stats);

/* With their place, for the macros below. */
void *arenite_allocator_alloc_at(arenite_allocator *allocator, size_t size, size_t alignment, const char *file, unsigned line);
arenite_bool arenite_allocator_free_at(arenite_allocator *allocator, void *block, size_t size, size_t alignment,
                                       const char *file, unsigned line);

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_allocator_alloc(allocator, size, alignment) \
    arenite_allocator_alloc_at(allocator, size, alignment, __FILE__, __LINE__)
#define arenite_allocator_free(allocator, block, size, alignment) \
    arenite_allocator_free_at(allocator, block, size, alignment, __FILE__, __LINE__)
#endif

ARENITE_END

#endif
