/* Sized blocks: freed one by one, by whoever says how large they are.
 *
 * A program that knows the size of what it frees saves the allocator the looking up. Blocks up to 4 KiB come from lists of 32
 * sizes, which each thread has for itself; larger ones from the system. A Lua state, whose allocator is told the old size:
 *
 *     static void *hook(void *blocks, void *block, size_t old_size, size_t new_size) {
 *         if (block == NULL) return new_size ? arenite_blocks_alloc((arenite_blocks *)blocks, new_size) : NULL;
 *         if (new_size != 0) return arenite_blocks_realloc((arenite_blocks *)blocks, block, old_size, new_size);
 *         arenite_blocks_free((arenite_blocks *)blocks, block, old_size);
 *         return NULL;
 *     }
 *     lua_State *state = lua_newstate(hook, blocks);
 *     ...
 *     arenite_blocks_destroy(blocks);            no lua_close, when nothing in the state has to be closed
 *
 * Handles are checked, blocks are not: a wrong block or size is the caller's fault, as with C's own free. Who wants that
 * checked takes a heap (arenite/heap.h). */
#ifndef ARENITE_BLOCKS_H
#define ARENITE_BLOCKS_H

#include "base.h"

ARENITE_BEGIN

typedef struct arenite_blocks arenite_blocks;

/* Blocks for any thread. Takes memory with the first block. NULL without memory for itself, or when 65,536 exist already
 * (4,096 where pointers have 32 bits). */
arenite_blocks *arenite_blocks_create(void);

/* All blocks go, and the allocator. NULL is fine. No other thread may be inside a call on it. O(chunks of 64 KiB). */
arenite_bool arenite_blocks_destroy(arenite_blocks *blocks);

/* size bytes at a multiple of 16, uninitialised, until freed. NULL for size 0 and without memory. O(1). */
void *arenite_blocks_alloc(arenite_blocks *blocks, size_t size);

/* Takes a block of that size back, on any thread. NULL for block is fine. O(1). */
arenite_bool arenite_blocks_free(arenite_blocks *blocks, void *block, size_t size);

/* The block with another size, or a new one with its contents. NULL for block is alloc. NULL: refused (for size 0 too), and
 * the block is as it was. */
void *arenite_blocks_realloc(arenite_blocks *blocks, void *block, size_t old_size, size_t new_size);

typedef struct arenite_blocks_stats {
    size_t live;       /* blocks handed out and not freed */
    size_t live_bytes; /* of their size classes */
    size_t held;       /* taken from the system */
} arenite_blocks_stats;

/* The figures. No other thread may be inside a call. O(free blocks). */
arenite_bool arenite_blocks_get_stats(arenite_blocks *blocks, arenite_blocks_stats *stats);

ARENITE_END

#endif
