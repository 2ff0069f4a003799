/* Arenas: memory that dies all at once.
 *
 *     arenite_arena *arena = arenite_arena_create_default();
 *     struct token *token = (struct token *)arenite_arena_alloc(arena, sizeof *token);
 *     ...
 *     arenite_arena_reset(arena);                everything dies; the memory is kept for the next document
 *     arenite_arena_destroy(arena);
 *
 * Allocating moves a cursor: nothing is written beside an object, and nothing is freed by itself. Sizes are rounded up to
 * multiples of 16, and every block starts at one.
 *
 * An arena belongs to the thread that made it; another one is refused, with ARENITE_ERROR_WRONG_THREAD, until the first
 * gives it up and the second adopts it. A handle is a number, not an address: one of a destroyed arena is refused, also
 * when another arena has taken its place. Numbers end, those of scratches among them: after 17,000,000,000 (67,000,000 where
 * pointers have 32 bits) the oldest ones are given out again. */
#ifndef ARENITE_ARENA_H
#define ARENITE_ARENA_H

#include "base.h"
#include "heap.h"
#include "node.h"

ARENITE_BEGIN

typedef struct arenite_arena arenite_arena;

/* ---- Making one ---- */

#define ARENITE_INITIAL_CHUNK 4096
#define ARENITE_MAX_CHUNK 65536
#define ARENITE_ALIGNMENT 16
#define ARENITE_MAX_ALIGNMENT (2ul << 20)
#define ARENITE_MAX_REQUEST (1ul << 30)

/* What a reset keeps. The first chunk always stays. */
typedef enum arenite_retention {
    ARENITE_KEEP_ALL = 0,        /* everything: a reset of any arena takes a moment */
    ARENITE_KEEP_BYTES = 1,      /* at most `retained` bytes */
    ARENITE_KEEP_HIGH_WATER = 2, /* what any of the last `retained` cycles needed, 1 to 16: a spike is forgotten */
    ARENITE_KEEP_FIRST = 3       /* nothing but the first chunk */
} arenite_retention;

/* What happened off the fast path. */
typedef enum arenite_event_kind {
    ARENITE_EVENT_BLOCK_TAKEN = 1,     /* size: of a chunk */
    ARENITE_EVENT_BLOCKS_RETURNED = 2, /* size: of them together */
    ARENITE_EVENT_GROWTH = 3,          /* the next chunk is larger: from, size */
    ARENITE_EVENT_LIMIT_REACHED = 4    /* a request of size was refused by the arena's limit */
} arenite_event_kind;

typedef struct arenite_arena_event {
    arenite_event_kind kind;
    size_t size;
    size_t from;
    size_t limit;
} arenite_arena_event;

/* Called on the arena's thread, after the call that caused it has done its work. It may use the arena, but not destroy it:
 * within this and the other callbacks of nodes, arenas and faults no arena, heap, node or pool of arenas can be destroyed, and
 * no arena released or given back (ARENITE_ERROR_BUSY). It may not throw or longjmp. */
typedef void (*arenite_arena_event_fn)(void *context, const arenite_arena_event *event);

/* All zeros but `size` are the defaults. Sizes are bytes. */
typedef struct arenite_arena_options {
    size_t size;                     /* sizeof(arenite_arena_options) */
    const char *name;                /* none: errors, reports and grades know it by that. Copied */
    unsigned tag;                    /* ARENITE_TAG_NONE */
    arenite_retention retention;     /* ARENITE_KEEP_ALL */
    size_t retained;                 /* the number that goes with it */
    size_t initial_chunk;            /* 0 is 4096 */
    size_t max_chunk;                /* chunks double up to it; 0 is 65536, or what fits a segment of the heap */
    size_t limit;                    /* of all chunks together; 0 is none */
    size_t max_request;              /* the largest single request; 0 is 1 GiB */
    size_t reserve;                  /* not 0: one range of so many bytes, committed as it is used, instead of chunks */
    arenite_heap *heap;              /* where chunks come from; NULL is malloc */
    arenite_node *parent;            /* who pays; NULL is nobody */
    arenite_arena_event_fn on_event; /* none */
    void *context;
    unsigned char counting;          /* 1: asked bytes and requests are counted, which makes each call slower */
    unsigned char huge_pages;        /* 1, with reserve: pages of 2 MiB. Their first touch is cheap on a machine of one's own,
                                      * and may be five times that of small pages on one that is rented: measure */
    unsigned char prefault;          /* 1, with reserve: pages are there before they are touched */
} arenite_arena_options;

/* An arena that grows by chunks: 4 KiB, doubling to 64 KiB. A request that is larger than the next chunk gets one of its
 * own, which does not change the growth. NULL when the first chunk is refused, or 262,144 arenas exist already (16,384 where
 * pointers have 32 bits). */
arenite_arena *arenite_arena_create_default(void);

/*     arenite_arena_options options = {0};
 *     options.size = sizeof options;
 *     options.name = "level";
 *     options.limit = 8u << 20;
 *     level = arenite_arena_create(&options);
 *
 * NULL for options means the defaults. */
arenite_arena *arenite_arena_create(const arenite_arena_options *options);

/* Everything in the arena goes, and the arena. NULL is fine. false: no arena of the calling thread's, destroyed already, or
 * one of a pool of arenas, which is to be given back, or a callback is running. O(chunks). */
arenite_bool arenite_arena_destroy(arenite_arena *arena);

/* The calling thread gives the arena up, to nobody. A thread that ends does that with all that it has. */
arenite_bool arenite_arena_release(arenite_arena *arena);

/* The calling thread takes over an arena that nobody has. true also when it has it already. */
arenite_bool arenite_arena_adopt(arenite_arena *arena);

/* Whether this is an arena that the calling thread may use. No error is set. */
arenite_bool arenite_arena_is_valid(arenite_arena *arena);

/* ---- Allocating ----
 * What is returned lives until the arena is reset, cleared or destroyed, or goes back to a mark from before. NULL for size
 * 0 (ARENITE_ERROR_ZERO_SIZE), above 1 GiB, beyond a limit, without memory. O(1), but for a chunk once in a while, and for
 * what is copied or filled. */

/* size bytes at a multiple of 16, uninitialised. */
void *arenite_arena_alloc(arenite_arena *arena, size_t size);

/* The same at a multiple of alignment, a power of two up to 2 MiB. */
void *arenite_arena_alloc_aligned(arenite_arena *arena, size_t size, size_t alignment);

/* count times size bytes, uninitialised, or all 0. The product is checked. */
void *arenite_arena_array(arenite_arena *arena, size_t count, size_t size);
void *arenite_arena_calloc(arenite_arena *arena, size_t count, size_t size);

/* Copies: of a text, of a text or its first `most` bytes, of bytes. NULL is refused. Texts get a 0 at their end. */
char *arenite_arena_strdup(arenite_arena *arena, const char *text);
char *arenite_arena_strndup(arenite_arena *arena, const char *text, size_t most);
void *arenite_arena_memdup(arenite_arena *arena, const void *bytes, size_t size);

/* The text that printf would write: arenite_arena_sprintf(arena, "%s: %d", name, count), declared below. */
char *arenite_arena_vsprintf(arenite_arena *arena, const char *format, va_list arguments) ARENITE_PRINTF(2, 0);

/* A block with another size, where it is: the last one, if there is room behind it, and any that becomes smaller. false: not
 * possible, ARENITE_ERROR_NOT_LAST, and nothing has changed. old_size is what the block was asked with. O(chunks). */
arenite_bool arenite_arena_resize(arenite_arena *arena, void *block, size_t old_size, size_t new_size);

/* The same, or else a new block with the old contents; the old one is left behind. NULL for block is alloc. NULL is returned
 * for new_size 0 and without memory; the block is then as it was. */
void *arenite_arena_realloc(arenite_arena *arena, void *block, size_t old_size, size_t new_size);

/* ---- Going back ---- */

/* Everything in the arena dies. Its chunks are kept (see arenite_retention) and used again in the same order, so that the
 * same work takes no new chunk. O(1) when all are kept. */
arenite_bool arenite_arena_reset(arenite_arena *arena);

/* Everything dies, and all chunks but the first are given back; growth starts over. O(chunks). */
arenite_bool arenite_arena_clear(arenite_arena *arena);

/* A place in an arena. Plain data: copy it, forget it. (In C89, without <stdint.h>, unsigned long pairs of its size.) */
typedef struct arenite_mark {
#if defined(ARENITE_CPP) || defined(ARENITE_C99)
    uint64_t opaque[11];
#elif defined(__LP64__) || defined(_LP64)
    unsigned long opaque[11];
#else
    double opaque[11];
#endif
} arenite_mark;

/* The place where the arena stands. When it is refused, restoring it is too. */
arenite_mark arenite_arena_mark(arenite_arena *arena);

/* Everything since the mark dies. A mark may be restored again and again; restoring an outer one ends those inside it. Never
 * moves forward. false, and nothing has changed: ARENITE_ERROR_STALE_MARK after a reset or clear, ..._OUT_OF_ORDER for a
 * mark inside one that was restored, ..._FOREIGN for one of another arena, or none.
 *
 *     arenite_mark mark = arenite_arena_mark(arena);
 *     ... what is only needed for a while ...
 *     arenite_arena_restore(arena, &mark); */
arenite_bool arenite_arena_restore(arenite_arena *arena, const arenite_mark *mark);

/* A mark that is restored once. Ending it again is refused. */
typedef struct arenite_temp {
    arenite_arena *arena;
    arenite_mark mark;
} arenite_temp;

arenite_temp arenite_temp_begin(arenite_arena *arena);
arenite_bool arenite_temp_end(arenite_temp *temp);

/* ---- Windows ----
 * For who wants to move the cursor by itself, inline: the class `arena` of arenite.hpp, an interpreter, a parser. A window is
 * memory of the arena, from cursor to limit; the program hands out what it likes of it and moves the cursor behind that.
 * When the window has no room it asks the arena, which takes back what is left, serves, and opens the next.
 *
 *     char *start = window.cursor;                            size at most limit - cursor: see arenite/arena.hpp
 *     if ((size_t)(window.limit - start) >= size) window.cursor += size;
 *     else start = (char *)arenite_arena_window_alloc(arena, &window, size, 16);
 *
 * No window is open (all NULL) at first, and where each request is to be seen: the arena counts, or a grade is on. So a
 * grade works as ever, from the next window on. All of an open window counts as used. Before a mark is taken the window is
 * closed; after a reset, clear or restore it is gone: set it to zeros. One window an arena: of a second one the rest is not
 * taken back before the next reset. */

typedef struct arenite_window {
    char *base;   /* the library's: where it began */
    char *cursor; /* the program moves it, up to the limit */
    char *limit;
} arenite_window;

/* As arenite_arena_alloc_aligned. Refused: NULL, and what was open is, but for up to 15 bytes. */
void *arenite_arena_window_alloc(arenite_arena *arena, arenite_window *window, size_t size, size_t alignment);

/* The same in a chunk of its own, which is not the one that smaller requests go on in. In a reserved range, and where an
 * arena counts or is watched, it lies among the others. */
void *arenite_arena_window_alloc_own(arenite_arena *arena, arenite_window *window, size_t size, size_t alignment);

/* Gives back what is left, if nothing was allocated from the arena beside the window, and closes it. Nothing open is fine. */
arenite_bool arenite_arena_window_close(arenite_arena *arena, arenite_window *window);

/* ---- Figures ---- */

typedef struct arenite_arena_stats {
    size_t used;            /* bytes in use, in grains of 16: 100 asked are 112. Always exact */
    size_t requested;       /* bytes asked for since the last reset, where they are counted */
    size_t allocations;     /* requests since then, where they are counted */
    size_t allocated;       /* bytes of all chunks */
    size_t waste;           /* allocated - used */
    size_t chunks;
    size_t high_water;      /* the most that was ever in use, as seen off the fast path */
    size_t reserved;        /* address space of a reserved range; else as allocated */
    size_t blocks_taken;    /* chunks taken so far, and given back: its churn */
    size_t blocks_returned;
    size_t generation;      /* resets and clears so far */
    arenite_bool counting;  /* whether requested and allocations are counted */
} arenite_arena_stats;

/* All figures. false: no arena of the calling thread's; *stats is as it was. O(1). */
arenite_bool arenite_arena_get_stats(arenite_arena *arena, arenite_arena_stats *stats);

/* One of them; 0 when refused. requested is 0 too where nothing is counted. */
size_t arenite_arena_used(arenite_arena *arena);
size_t arenite_arena_requested(arenite_arena *arena);
size_t arenite_arena_allocated(arenite_arena *arena);
size_t arenite_arena_waste(arenite_arena *arena);
size_t arenite_arena_chunk_count(arenite_arena *arena);

/* Whether the address lies in one of its chunks. O(chunks). */
arenite_bool arenite_arena_owns(arenite_arena *arena, const void *address);

/* The length of its name, which is copied to `name` as far as it has room, and ended by 0. NULL for name only asks. */
size_t arenite_arena_name(arenite_arena *arena, char *name, size_t room);

/* ---- Settings ---- */

/* Another limit from now on; 0 is none. What is held already stays. */
arenite_bool arenite_arena_set_limit(arenite_arena *arena, size_t bytes);
arenite_bool arenite_arena_set_retention(arenite_arena *arena, arenite_retention retention, size_t retained);

/* Whether asked bytes and requests are counted; from 0. */
arenite_bool arenite_arena_set_counting(arenite_arena *arena, arenite_bool yes);

/* How closely this arena is watched; ARENITE_GRADE_INHERIT: as its name, its tag or the process. In force at once. */
arenite_bool arenite_arena_set_grade(arenite_arena *arena, arenite_grade grade);

/* The grade in force; taken up now, if it was changed elsewhere. */
arenite_grade arenite_arena_grade(arenite_arena *arena);

/* Under a grade from guard on: checks all fences, and memory that was filled as dead, and reports what is broken; how many. */
size_t arenite_arena_check(arenite_arena *arena);

/* ---- With file and line ----
 * What the macros call. file is kept as a copy; NULL is fine. */
void *arenite_arena_alloc_at(arenite_arena *arena, size_t size, const char *file, unsigned line);
void *arenite_arena_alloc_aligned_at(arenite_arena *arena, size_t size, size_t alignment, const char *file, unsigned line);
void *arenite_arena_array_at(arenite_arena *arena, size_t count, size_t size, const char *file, unsigned line);
void *arenite_arena_calloc_at(arenite_arena *arena, size_t count, size_t size, const char *file, unsigned line);
char *arenite_arena_strdup_at(arenite_arena *arena, const char *text, const char *file, unsigned line);
char *arenite_arena_strndup_at(arenite_arena *arena, const char *text, size_t most, const char *file, unsigned line);
void *arenite_arena_memdup_at(arenite_arena *arena, const void *bytes, size_t size, const char *file, unsigned line);
char *arenite_arena_vsprintf_at(arenite_arena *arena, const char *file, unsigned line, const char *format, va_list arguments)
    ARENITE_PRINTF(4, 0);
void *arenite_arena_realloc_at(arenite_arena *arena, void *block, size_t old_size, size_t new_size, const char *file,
                               unsigned line);
arenite_bool arenite_arena_reset_at(arenite_arena *arena, const char *file, unsigned line);
arenite_bool arenite_arena_clear_at(arenite_arena *arena, const char *file, unsigned line);
arenite_mark arenite_arena_mark_at(arenite_arena *arena, const char *file, unsigned line);
arenite_bool arenite_arena_restore_at(arenite_arena *arena, const arenite_mark *mark, const char *file, unsigned line);
arenite_temp arenite_temp_begin_at(arenite_arena *arena, const char *file, unsigned line);
arenite_bool arenite_temp_end_at(arenite_temp *temp, const char *file, unsigned line);

/* ---- printf ----
 * In the header, since a function with ... cannot be handed on; vsprintf is in the library. */
ARENITE_INLINE char *arenite_arena_sprintf(arenite_arena *arena, const char *format, ...) ARENITE_PRINTF(2, 3);

ARENITE_INLINE char *arenite_arena_sprintf(arenite_arena *arena, const char *format, ...) {
    va_list arguments;
    char *text;
    va_start(arguments, format);
    text = arenite_arena_vsprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

ARENITE_INLINE char *arenite_arena_sprintf_at(arenite_arena *arena, const char *file, unsigned line, const char *format, ...)
    ARENITE_PRINTF(4, 5);

ARENITE_INLINE char *arenite_arena_sprintf_at(arenite_arena *arena, const char *file, unsigned line, const char *format,
                                              ...) {
    va_list arguments;
    char *text;
    va_start(arguments, format);
    text = arenite_arena_vsprintf_at(arena, file, line, format, arguments);
    va_end(arguments);
    return text;
}

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_arena_alloc(arena, size) arenite_arena_alloc_at(arena, size, __FILE__, __LINE__)
#define arenite_arena_alloc_aligned(arena, size, alignment) \
    arenite_arena_alloc_aligned_at(arena, size, alignment, __FILE__, __LINE__)
#define arenite_arena_array(arena, count, size) arenite_arena_array_at(arena, count, size, __FILE__, __LINE__)
#define arenite_arena_calloc(arena, count, size) arenite_arena_calloc_at(arena, count, size, __FILE__, __LINE__)
#define arenite_arena_strdup(arena, text) arenite_arena_strdup_at(arena, text, __FILE__, __LINE__)
#define arenite_arena_strndup(arena, text, most) arenite_arena_strndup_at(arena, text, most, __FILE__, __LINE__)
#define arenite_arena_memdup(arena, bytes, size) arenite_arena_memdup_at(arena, bytes, size, __FILE__, __LINE__)
#define arenite_arena_vsprintf(arena, format, arguments) \
    arenite_arena_vsprintf_at(arena, __FILE__, __LINE__, format, arguments)
#define arenite_arena_sprintf(arena, ...) arenite_arena_sprintf_at(arena, __FILE__, __LINE__, __VA_ARGS__)
#define arenite_arena_realloc(arena, block, old_size, new_size) \
    arenite_arena_realloc_at(arena, block, old_size, new_size, __FILE__, __LINE__)
#define arenite_arena_reset(arena) arenite_arena_reset_at(arena, __FILE__, __LINE__)
#define arenite_arena_clear(arena) arenite_arena_clear_at(arena, __FILE__, __LINE__)
#define arenite_arena_mark(arena) arenite_arena_mark_at(arena, __FILE__, __LINE__)
#define arenite_arena_restore(arena, mark) arenite_arena_restore_at(arena, mark, __FILE__, __LINE__)
#define arenite_temp_begin(arena) arenite_temp_begin_at(arena, __FILE__, __LINE__)
#define arenite_temp_end(temp) arenite_temp_end_at(temp, __FILE__, __LINE__)
#endif

#endif
