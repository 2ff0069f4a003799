/* Arenas: memory that dies all at once.
 *
 *     arenite_arena *arena = arenite_arena_create_default();
 *     char *name = (char *)arenite_arena_alloc(arena, 100);
 *     ...
 *     arenite_arena_destroy(arena);
 *
 * An arena belongs to the thread that made it; another is refused, with ARENITE_ERROR_WRONG_THREAD. A handle is a number,
 * not an address: a destroyed one is refused too, also after another arena has taken its place. */
#ifndef ARENITE_ARENA_H
#define ARENITE_ARENA_H

#include "base.h"

ARENITE_BEGIN

typedef struct arenite_arena arenite_arena;

/* An arena that grows by chunks: 4 KiB, doubling to 64 KiB. NULL when its first chunk is refused, or when the process has
 * 262,144 arenas already (16,384 where pointers have 32 bits). */
arenite_arena *arenite_arena_create_default(void);

/* Gives everything in the arena back, and the arena itself. NULL is fine. false: it is no arena of the calling thread's,
 * or is destroyed already, and nothing was done. O(chunks). */
arenite_bool arenite_arena_destroy(arenite_arena *arena);

/* size bytes at a multiple of 16, rounded up to a multiple of 16, uninitialised. They live until the arena is reset,
 * cleared, destroyed, or goes back to a mark from before. NULL for size 0, above 1 GiB, or when there is no memory. O(1):
 * the cursor moves, and once in a while a chunk is taken. */
void *arenite_arena_alloc(arenite_arena *arena, size_t size);

/* The calling thread gives the arena up, to nobody. A thread that ends does that with all that it has. */
arenite_bool arenite_arena_release(arenite_arena *arena);

/* The calling thread takes over an arena that nobody has. true also when it has it already. */
arenite_bool arenite_arena_adopt(arenite_arena *arena);

ARENITE_END

#endif
