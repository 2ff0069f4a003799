/* Arenite: memory for programs that know when it dies.
 *
 * Pick by asking "when does this die?"
 *
 *   a level, a document, a request: all of it at once     an arena: arenite/arena.h
 *   a part of that                                        a mark to go back to, or a temp: arenite/arena.h
 *   a request, on whichever thread serves it              an arena of a pool: arenite/arena_pool.h
 *   a document that a C library makes with malloc          a document: arenite/document.h
 *   one by one, by whoever knows the size                sized blocks: arenite/blocks.h
 *   one by one, or all at once, of any size, any thread   a heap: arenite/heap.h
 *   what a ported program asks of its platform           arenite/platform.h
 *   one by one, all of a size                             a pool: arenite/pool.h
 *   the last that was pushed                              a stack: arenite/stack.h
 *   N frames later, or after a fence                      a ring: arenite/ring.h
 *   a function                                            a scratch: arenite/scratch.h
 *   a frame, a level, the game: all of a game's memory    a memory system: arenite/memory_system.h
 *   whatever code takes that knows of no allocator        a region or a scope: arenite/context.h
 *
 * Whose memory is it, and how much may it be? A node of the lifetime tree: arenite/node.h.
 * The tree as text and JSON: arenite/tree.h. Any allocator as a value, and layers over it: arenite/allocator.h. Faults,
 * leaks and reports: arenite/debug.h. Is an allocator of yours sound? arenite/conformance.h.
 *
 *     arenite_arena *arena = arenite_arena_create_default();
 *     for (i = 0; i < count; i++) {
 *         char *title = arenite_arena_sprintf(arena, "document %d", i);
 *         puts(title);
 *         arenite_arena_reset(arena);            everything since the last reset dies; its memory is used again
 *     }
 *     arenite_arena_destroy(arena);
 *
 * Every function may be called with anything: NULL, a handle that was destroyed, one of another thread, a number that never
 * was a handle, any size. The answer is NULL, false or 0, nothing has changed, and arenite_last_error() says why:
 * arenite/base.h.
 *
 * C89 to C23, and C++ from C++11 on. Link with -larenite; `pkg-config --cflags --libs arenite` says how. */
#ifndef ARENITE_H
#define ARENITE_H

#include "arenite/base.h"
#include "arenite/node.h"
#include "arenite/heap.h"
#include "arenite/arena.h"
#include "arenite/arena_pool.h"
#include "arenite/platform.h"
#include "arenite/pool.h"
#include "arenite/stack.h"
#include "arenite/ring.h"
#include "arenite/scratch.h"
#include "arenite/memory_system.h"
#include "arenite/tree.h"
#include "arenite/document.h"
#include "arenite/blocks.h"
#include "arenite/allocator.h"
#include "arenite/context.h"
#include "arenite/debug.h"
#include "arenite/conformance.h"

#endif
