/* The arenas of the chunked-arena plan.
 *
 *     Pool *pool = pool_create();
 *     Arena *arena = arena_create_default(pool);
 *     char *line = arena_sprintf(arena, "%s:%d", file, number);
 *     arena_reset(arena);                        everything dies; all chunks stay, and are used again
 *     arena_destroy(arena);
 *     pool_destroy(pool);
 *
 * Where the plan is silent or wrong: a reset makes all chunks usable again, in their order; a request that is larger than
 * the next chunk gets one of its own, which does not change the growth; arena_clear starts the growth over; a mark replaces
 * the snapshot of fields. Arena and ArenaChunk are opaque, and one thread's: arenite/arena.h. NULL, a destroyed arena, size
 * 0 and sizes above 1 GiB are answered with NULL or 0, and arenite_last_error() says why. */
#ifndef ARENITE_COMPAT_ARENA_H
#define ARENITE_COMPAT_ARENA_H

#include "../arenite/arena.h"
#include "mempool.h"

typedef arenite_arena Arena;
typedef struct ArenaChunk ArenaChunk;
typedef arenite_mark ArenaMark;

#define ARENA_INITIAL_CHUNK_SIZE 4096
#define ARENA_MAX_CHUNK_SIZE 65536
#define ARENA_DEFAULT_ALIGNMENT 16
/* Arenas are known by their handles; the number is the plan's. */
#define ARENA_VALID_MARKER 0xABCD4321u

ARENITE_BEGIN

/* What arena_create calls. */
arenite_arena *arenite_compat_arena_create(arenite_heap *pool, size_t initial_chunk_size, size_t max_chunk_size);

/* Chunks come from the pool: the first of initial_chunk_size bytes, doubling up to max_chunk_size, which the header of each but
 * the first is a part of: a chunk of 65536 takes 65536 bytes of the pool. 0 is 4096 and 65536. NULL
 * for what is no pool. The pool's memory stays until the arena is destroyed, even if the pool is destroyed first. */
ARENITE_INLINE Arena *arena_create(Pool *pool, size_t initial_chunk_size, size_t max_chunk_size) {
    return arenite_compat_arena_create(pool, initial_chunk_size, max_chunk_size);
}

ARENITE_INLINE Arena *arena_create_default(Pool *pool) {
    return arenite_compat_arena_create(pool, ARENA_INITIAL_CHUNK_SIZE, ARENA_MAX_CHUNK_SIZE);
}

ARENITE_INLINE void arena_destroy(Arena *arena) { (void)arenite_arena_destroy(arena); }

ARENITE_INLINE void *(arena_alloc)(Arena *arena, size_t size) { return (arenite_arena_alloc)(arena, size); }

ARENITE_INLINE void *(arena_alloc_aligned)(Arena *arena, size_t size, size_t alignment) {
    return (arenite_arena_alloc_aligned)(arena, size, alignment);
}

ARENITE_INLINE void *(arena_calloc)(Arena *arena, size_t size) { return (arenite_arena_calloc)(arena, 1, size); }

ARENITE_INLINE char *(arena_strdup)(Arena *arena, const char *text) { return (arenite_arena_strdup)(arena, text); }

ARENITE_INLINE char *(arena_strndup)(Arena *arena, const char *text, size_t most) {
    return (arenite_arena_strndup)(arena, text, most);
}

ARENITE_INLINE char *(arena_sprintf)(Arena *arena, const char *format, ...) ARENITE_PRINTF(2, 3);

ARENITE_INLINE char *(arena_sprintf)(Arena *arena, const char *format, ...) {
    va_list arguments;
    char *text;
    va_start(arguments, format);
    text = (arenite_arena_vsprintf)(arena, format, arguments);
    va_end(arguments);
    return text;
}

ARENITE_INLINE void (arena_reset)(Arena *arena) { (void)(arenite_arena_reset)(arena); }
ARENITE_INLINE void (arena_clear)(Arena *arena) { (void)(arenite_arena_clear)(arena); }

/* Back to where the arena stood. false: the arena was reset since, or marks were restored out of order. */
ARENITE_INLINE ArenaMark arena_snapshot(Arena *arena) { return arenite_arena_mark(arena); }
ARENITE_INLINE arenite_bool (arena_restore)(Arena *arena, ArenaMark mark) { return (arenite_arena_restore)(arena, &mark); }

/* Bytes of all chunks; bytes in use in grains of 16; their difference; chunks. */
ARENITE_INLINE size_t arena_total_allocated(Arena *arena) { return arenite_arena_allocated(arena); }
ARENITE_INLINE size_t arena_total_used(Arena *arena) { return arenite_arena_used(arena); }
ARENITE_INLINE size_t arena_waste(Arena *arena) { return arenite_arena_waste(arena); }
ARENITE_INLINE size_t arena_chunk_count(Arena *arena) { return arenite_arena_chunk_count(arena); }

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define arena_alloc(arena, size) arenite_arena_alloc_at(arena, size, __FILE__, __LINE__)
#define arena_alloc_aligned(arena, size, alignment) arenite_arena_alloc_aligned_at(arena, size, alignment, __FILE__, __LINE__)
#define arena_calloc(arena, size) arenite_arena_calloc_at(arena, 1, size, __FILE__, __LINE__)
#define arena_strdup(arena, text) arenite_arena_strdup_at(arena, text, __FILE__, __LINE__)
#define arena_strndup(arena, text, most) arenite_arena_strndup_at(arena, text, most, __FILE__, __LINE__)
#define arena_sprintf(arena, ...) arenite_arena_sprintf_at(arena, __FILE__, __LINE__, __VA_ARGS__)
#define arena_reset(arena) ((void)arenite_arena_reset_at(arena, __FILE__, __LINE__))
#define arena_clear(arena) ((void)arenite_arena_clear_at(arena, __FILE__, __LINE__))
#endif

#endif
