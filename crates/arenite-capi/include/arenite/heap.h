/* Heaps: blocks of any size that die one by one, or all at once with the heap; any thread allocates and frees. */
#ifndef ARENITE_HEAP_H
#define ARENITE_HEAP_H

#include "base.h"

ARENITE_BEGIN

typedef struct arenite_heap arenite_heap;

/* A heap. NULL when there is no memory for its first 64 KiB. */
arenite_heap *arenite_heap_create_default(void);

/* Gives everything in the heap back at once, and the heap itself. NULL is fine. No other thread may be inside a call on it;
 * later ones are refused. false: it is no heap, or is destroyed already. O(segments). */
arenite_bool arenite_heap_destroy(arenite_heap *heap);

/* A block of size bytes at a multiple of 16, uninitialised, until it is freed. NULL for size 0 or without memory. O(1). */
void *arenite_heap_alloc(arenite_heap *heap, size_t size);

/* Takes a block back, on any thread. NULL is fine. false: no block of this heap starts there, or it is free already, and
 * nothing was done. O(1). */
arenite_bool arenite_heap_free(arenite_heap *heap, void *block);

ARENITE_END

#endif
