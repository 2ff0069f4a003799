/* Scratch: memory that a function uses and loses.
 *
 *     const char *title(arenite_arena *results, ...) {
 *         arenite_arena *scratch = arenite_scratch_begin();
 *         char *draft = (char *)arenite_arena_alloc(scratch, 10000);
 *         ...
 *         arenite_scratch_end(scratch);
 *     }
 *
 * An open scratch is an arena of the calling thread's that nobody else has: one inside another gets a second arena, so that
 * results may be put into any outer one, and none has to be named as a conflict. They may end in any order. */
#ifndef ARENITE_SCRATCH_H
#define ARENITE_SCRATCH_H

#include "arena.h"

ARENITE_BEGIN

/* An empty arena, until arenite_scratch_end. NULL: there is no memory for its first 64 KiB. */
arenite_arena *arenite_scratch_begin(void);

/* Takes everything in it back, and the arena, whose handle is refused from then on (ARENITE_ERROR_DESTROYED). false: this
 * is no scratch of the calling thread's, or has ended, or a callback is running and it began outside of that. */
arenite_bool arenite_scratch_end(arenite_arena *scratch);

/* How many of the calling thread's have not ended. */
size_t arenite_scratch_open(void);

/* Gives back what this thread keeps for the next: up to 8 arenas, as large as they have grown. It does so at its end, too. */
arenite_bool arenite_scratch_clear(void);

/* Bytes that scratch holds, of all threads: the node "scratch" of the lifetime tree. */
size_t arenite_scratch_charged(void);

ARENITE_END

#endif
