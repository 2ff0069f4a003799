/* Heaps: blocks of any size that die one by one, or all at once with their heap.
 *
 *     arenite_heap *sounds = arenite_heap_create_default();
 *     short *wave = (short *)arenite_heap_alloc(sounds, 44100 * sizeof *wave);
 *     arenite_heap_free(sounds, wave);
 *     arenite_heap_destroy(sounds);              whatever was not freed goes too
 *
 * Any thread may allocate, free and destroy; the thread that made a block frees it without a lock. Blocks have no header.
 * A second free, a free of what another allocator made, or of an address inside a block is refused and changes nothing.
 * Two calls have to be kept apart by the program: destroying a heap while another thread is inside a call on it, and
 * freeing one block twice at the same moment. */
#ifndef ARENITE_HEAP_H
#define ARENITE_HEAP_H

#include "base.h"
#include "node.h"

ARENITE_BEGIN

typedef struct arenite_heap arenite_heap;

/* All zeros but `size` are the defaults. */
typedef struct arenite_heap_options {
    size_t size;               /* sizeof(arenite_heap_options) */
    const char *name;          /* none; reports and grades know it by that. Copied */
    unsigned tag;              /* ARENITE_TAG_NONE */
    arenite_node *parent;      /* the node that pays; none */
    size_t limit;              /* bytes that it may hold; 0 is none */
    size_t retain;             /* bytes of empty memory that each thread's part keeps; 0 is 1 MiB */
    size_t hold;               /* bytes of freed blocks held back under the grade quarantine; 0 is 1 MiB */
    unsigned char pass_through; /* each block from malloc by itself, for sanitizers and valgrind */
    unsigned char report_leaks; /* under a grade: blocks that are live when it is destroyed are leaks */
} arenite_heap_options;

/* Counted when asked for. Bytes but where not said. */
typedef struct arenite_heap_stats {
    size_t live;            /* blocks handed out and not freed */
    size_t live_bytes;      /* their usable bytes */
    size_t held;            /* taken from the system */
    size_t high_water;      /* the most that was ever held */
    size_t blocks_taken;    /* pieces taken from the system so far */
    size_t blocks_returned;
    size_t segments;        /* of 64 KiB, now */
    size_t large;           /* live blocks above 32 KiB, which have memory of their own */
    size_t shards;          /* threads that it has a part for */
} arenite_heap_stats;

/* A heap. NULL when there is no memory for its first 64 KiB, or 65,536 exist already (4,096 where pointers have 32 bits). */
arenite_heap *arenite_heap_create_default(void);
arenite_heap *arenite_heap_create(const arenite_heap_options *options);

/* Everything in it goes, and the heap. An arena that was made on the heap keeps it until that arena is destroyed too. NULL
 * is fine. false: no heap, destroyed already, or a callback is running. O(segments). */
arenite_bool arenite_heap_destroy(arenite_heap *heap);

/* size bytes at a multiple of 16, uninitialised, until freed. NULL for size 0 and without memory. O(1), but for a new
 * segment once in a while. */
void *arenite_heap_alloc(arenite_heap *heap, size_t size);

/* The same at a multiple of alignment, a power of two up to 2 MiB. */
void *arenite_heap_alloc_aligned(arenite_heap *heap, size_t size, size_t alignment);

/* count times size bytes, all 0. The product is checked. */
void *arenite_heap_calloc(arenite_heap *heap, size_t count, size_t size);

/* The block with size bytes: where it is, if that is possible, or another with its contents. NULL for block is alloc. NULL
 * is returned for size 0 and without memory; the block is then as it was. */
void *arenite_heap_realloc(arenite_heap *heap, void *block, size_t size);

/* Takes a block back. NULL is fine. false: no live block of this heap starts there. O(1). */
arenite_bool arenite_heap_free(arenite_heap *heap, void *block);

/* A copy of the text. */
char *arenite_heap_strdup(arenite_heap *heap, const char *text);

/* Bytes of a live block that can be used: at least what was asked for. 0: no live block starts there. O(1). */
size_t arenite_heap_usable_size(arenite_heap *heap, const void *block);

/* Whether the address lies in a live block. */
arenite_bool arenite_heap_owns(arenite_heap *heap, const void *address);

/* O(memory held). */
arenite_bool arenite_heap_get_stats(arenite_heap *heap, arenite_heap_stats *stats);

/* Gives empty memory back to the system; how many bytes. O(memory held). */
size_t arenite_heap_trim(arenite_heap *heap);

/* The debug grade of this heap alone; ARENITE_GRADE_INHERIT: that of its name, its tag or the process. Any thread; in force
 * from each thread's next request on. false: no such heap or grade, and nothing changes. */
arenite_bool arenite_heap_set_grade(arenite_heap *heap, arenite_grade grade);

/* The grade in force; off (0) for what is no heap. */
arenite_grade arenite_heap_grade(arenite_heap *heap);

/* Under a grade from guard on: checks the fences of all live blocks and reports what is broken; how many. */
size_t arenite_heap_check(arenite_heap *heap);

/* What the macros call. file is kept as a copy; NULL is fine. */
void *arenite_heap_alloc_at(arenite_heap *heap, size_t size, const char *file, unsigned line);
void *arenite_heap_alloc_aligned_at(arenite_heap *heap, size_t size, size_t alignment, const char *file, unsigned line);
void *arenite_heap_calloc_at(arenite_heap *heap, size_t count, size_t size, const char *file, unsigned line);
void *arenite_heap_realloc_at(arenite_heap *heap, void *block, size_t size, const char *file, unsigned line);
arenite_bool arenite_heap_free_at(arenite_heap *heap, void *block, const char *file, unsigned line);
char *arenite_heap_strdup_at(arenite_heap *heap, const char *text, const char *file, unsigned line);

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_heap_alloc(heap, size) arenite_heap_alloc_at(heap, size, __FILE__, __LINE__)
#define arenite_heap_alloc_aligned(heap, size, alignment) \
    arenite_heap_alloc_aligned_at(heap, size, alignment, __FILE__, __LINE__)
#define arenite_heap_calloc(heap, count, size) arenite_heap_calloc_at(heap, count, size, __FILE__, __LINE__)
#define arenite_heap_realloc(heap, block, size) arenite_heap_realloc_at(heap, block, size, __FILE__, __LINE__)
#define arenite_heap_free(heap, block) arenite_heap_free_at(heap, block, __FILE__, __LINE__)
#define arenite_heap_strdup(heap, text) arenite_heap_strdup_at(heap, text, __FILE__, __LINE__)
#endif

#endif
