/* The context of a thread: what code allocates from without being told.
 *
 *     arenite_scope region = arenite_region_begin();
 *     char *copy = (char *)arenite_malloc(100);      a cursor moves: no list, no lock
 *     parse_document(copy);                          whatever it takes by arenite_malloc goes there too
 *     arenite_free(copy);
 *     arenite_scope_end(region);                     what it left live stays valid
 *
 * Scopes are a thread's own, and end innermost first. A token is good once: an ended, forged or foreign one is refused. One
 * that is left open - a return in the middle, a longjmp - ends with the next end further out, or with its thread.
 * docs/c-context.md says what happens when. */
#ifndef ARENITE_CONTEXT_H
#define ARENITE_CONTEXT_H

#include "allocator.h"
#include "base.h"
#include "debug.h"

ARENITE_BEGIN

/* A scope that is open, or was. Plain data: copy it, keep it. { 0, 0 } is no scope: what a refused begin returns. */
typedef struct arenite_scope {
    unsigned low, high;
} arenite_scope;

/* ---- Scopes ---- */

/* Makes an allocator the current one: arenite_alloc() asks it. It cannot be destroyed meanwhile. */
arenite_scope arenite_allocator_begin(arenite_allocator *allocator);

/* Temp memory of its own: arenite_temp_alloc() takes from it. Gone at the end. */
arenite_scope arenite_temp_scope_begin(void);

/* arenite_malloc() goes to a region: chunks of 32 KiB through which a cursor moves. */
arenite_scope arenite_region_begin(void);

/* A region that may end by arenite_region_end_discard(). It has its chunks to itself. */
arenite_scope arenite_region_begin_discardable(void);

/* Inside a region: arenite_malloc() goes to the heap, for what outlives it - caches, results, whatever is made once. */
arenite_scope arenite_heap_begin(void);

/* Heap blocks of arenite_malloc() are charged to a tag (1 to 32) until they are freed, by whomever. */
arenite_scope arenite_tag_begin(unsigned tag);

#define ARENITE_ABORT 1u

/* arenite_malloc(), arenite_realloc() and arenite_free() are not to reach the heap; they are served all the same, and
 * counted. Blocks of regions, arenas and temps are no matter. ARENITE_ABORT: the first one ends the process, with its stack
 * on stderr, and its line where calls say theirs (ARENITE_CALL_SITES). One that is still open when its thread ends is told as a fault (out of order). */
arenite_scope arenite_deny_begin(unsigned flags);

/* Ends any scope, after all that were opened in it and not ended; from grade sites on these are told as a fault (out of
 * order). false: there is no such scope on this thread (ARENITE_ERROR_NO_SCOPE), or a denial was broken
 * (ARENITE_ERROR_HEAP_CALLED), which has ended. */
arenite_bool arenite_scope_end(arenite_scope scope);

/* What was live when a region ended. */
typedef struct arenite_escapes {
    size_t bytes;  /* with what alignment and headers take */
    size_t chunks; /* they stay until the last block in them is freed */
} arenite_escapes;

/* Ends a region; what is live in it stays valid, and holds its chunks. escapes may be NULL. */
arenite_bool arenite_region_end(arenite_scope region, arenite_escapes *escapes);

/* As arenite_region_end(), and calls back for each place with survivors, the most bytes first, when the region was begun under
 * grade sites or above, of the process or of the name "with_arena" (arenite_set_node_grade); bytes are with headers. The
 * texts are good until the callback returns. */
arenite_bool arenite_region_end_each(arenite_scope region, arenite_escapes *escapes, arenite_leak_callback callback,
                                     void *context);

/* Ends a region of arenite_region_begin_discardable() and everything that this thread has taken in it, freed or not, large
 * blocks of the heap too. Nothing of it may be used, freed or resized after this: nothing can check that in a release run.
 * Under grade sites, of the process or of the name "with_arena", what was live is told as a fault for each place (leak), and
 * its chunks stay, as if the region had ended in the ordinary way. From grade guard on, and in debug builds of the library,
 * its memory is filled with 0xDD and held back a while, and a free in it is refused. */
arenite_bool arenite_region_end_discard(arenite_scope region);

typedef struct arenite_heap_calls {
    ARENITE_U64 allocations;
    ARENITE_U64 reallocations;
    ARENITE_U64 frees;
} arenite_heap_calls;

/* Ends a denial. false with ARENITE_ERROR_HEAP_CALLED when the heap was called; *calls, unless NULL, says how often. */
arenite_bool arenite_deny_end(arenite_scope denial, arenite_heap_calls *calls);

/* The innermost open scope; { 0, 0 }: none is. */
arenite_scope arenite_scope_mark(void);

/* Ends all scopes that were opened after the mark, quietly; { 0, 0 } ends all. For the way back of a longjmp. */
arenite_bool arenite_scope_unwind(arenite_scope mark);

/* ---- Blocks ---- */

/* A block of the current allocator; NULL outside of scopes. So that its free finds its owner, one of an arena has 16 bytes in
 * front; one of a heap nothing. About those of others, of watched arenas, and at multiples of more than 16, the library keeps a
 * note: about 40 bytes of the C heap. */
void *arenite_alloc(size_t size, size_t alignment);

/* The current allocator; NULL outside of scopes. */
arenite_allocator *arenite_current_allocator(void);

/* size bytes of the innermost temp, until that ends. NULL where none is open. */
void *arenite_temp_alloc(size_t size, size_t alignment);

/* size bytes at a multiple of 16: of the innermost region, or of the program's heap. NULL for size 0 or without memory.
 * Requests above 1 MiB are the heap's. */
void *arenite_malloc(size_t size);
void *arenite_calloc(size_t count, size_t size);
void *arenite_aligned_alloc(size_t alignment, size_t size);

/* Another size, with the contents; what is 50 to 100 % of the old one stays where it is. NULL: refused, and the block stays.
 * Blocks of arenite_alloc() stay their allocator's; those of arenite_malloc() go to the region that is open now, or the
 * heap. block NULL: as arenite_malloc(). */
void *arenite_realloc(void *block, size_t size);

/* Takes back a block of arenite_malloc() and its kin or of arenite_alloc(): to its owner, whatever is current now, on any
 * thread that the owner serves. NULL is fine. false: no live block starts there, which is found out without a look at the
 * memory at the address. */
arenite_bool arenite_free(void *block);

/* How many bytes of a live block can be used; 0: none starts there. */
size_t arenite_usable_size(const void *block);

/* ---- Stacks that are switched ---- */

typedef struct arenite_context arenite_context;

/* Takes all open scopes off the thread: before a coroutine is left. O(1). */
arenite_context *arenite_context_take(void);

/* Puts them on a thread that has none. Another thread than before is refused when anything but allocators is open in it. */
arenite_bool arenite_context_put(arenite_context *context);

/* With their place, for the macros below. */
arenite_scope arenite_allocator_begin_at(arenite_allocator *allocator, const char *file, unsigned line);
arenite_scope arenite_temp_scope_begin_at(const char *file, unsigned line);
arenite_scope arenite_region_begin_at(const char *file, unsigned line);
arenite_scope arenite_region_begin_discardable_at(const char *file, unsigned line);
arenite_scope arenite_heap_begin_at(const char *file, unsigned line);
arenite_scope arenite_tag_begin_at(unsigned tag, const char *file, unsigned line);
arenite_scope arenite_deny_begin_at(unsigned flags, const char *file, unsigned line);
arenite_bool arenite_scope_end_at(arenite_scope scope, const char *file, unsigned line);
void *arenite_alloc_at(size_t size, size_t alignment, const char *file, unsigned line);
void *arenite_temp_alloc_at(size_t size, size_t alignment, const char *file, unsigned line);
void *arenite_malloc_at(size_t size, const char *file, unsigned line);
void *arenite_calloc_at(size_t count, size_t size, const char *file, unsigned line);
void *arenite_aligned_alloc_at(size_t alignment, size_t size, const char *file, unsigned line);
void *arenite_realloc_at(void *block, size_t size, const char *file, unsigned line);
arenite_bool arenite_free_at(void *block, const char *file, unsigned line);

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_allocator_begin(allocator) arenite_allocator_begin_at(allocator, __FILE__, __LINE__)
#define arenite_temp_scope_begin() arenite_temp_scope_begin_at(__FILE__, __LINE__)
#define arenite_region_begin() arenite_region_begin_at(__FILE__, __LINE__)
#define arenite_region_begin_discardable() arenite_region_begin_discardable_at(__FILE__, __LINE__)
#define arenite_heap_begin() arenite_heap_begin_at(__FILE__, __LINE__)
#define arenite_tag_begin(tag) arenite_tag_begin_at(tag, __FILE__, __LINE__)
#define arenite_deny_begin(flags) arenite_deny_begin_at(flags, __FILE__, __LINE__)
#define arenite_scope_end(scope) arenite_scope_end_at(scope, __FILE__, __LINE__)
#define arenite_alloc(size, alignment) arenite_alloc_at(size, alignment, __FILE__, __LINE__)
#define arenite_temp_alloc(size, alignment) arenite_temp_alloc_at(size, alignment, __FILE__, __LINE__)
#define arenite_malloc(size) arenite_malloc_at(size, __FILE__, __LINE__)
#define arenite_calloc(count, size) arenite_calloc_at(count, size, __FILE__, __LINE__)
#define arenite_aligned_alloc(alignment, size) arenite_aligned_alloc_at(alignment, size, __FILE__, __LINE__)
#define arenite_realloc(block, size) arenite_realloc_at(block, size, __FILE__, __LINE__)
#define arenite_free(block) arenite_free_at(block, __FILE__, __LINE__)
#endif

ARENITE_END

#endif
