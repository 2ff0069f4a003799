/* Arenite: memory for programs that know when it dies.
 *
 * Pick by asking "when does this die?":
 *
 *   a level, a document, a request, all of it at once   arenite/arena.h
 *   one by one, of any size, on any thread              arenite/heap.h
 *   whatever code takes that knows of no allocator      arenite/context.h
 *
 * Allocators as values, and layers over them: arenite/allocator.h. Finding faults and leaks: arenite/debug.h; is an
 * allocator of yours sound? arenite/conformance.h.
 *
 * Every function here may be called with anything: NULL, a handle that was destroyed, one of another thread, a number that
 * never was a handle. The answer is NULL, false or 0, nothing changes, and arenite_last_error() says why; see
 * arenite/base.h.
 *
 * C89 to C23 and C++. Link with -larenite. */
#ifndef ARENITE_H
#define ARENITE_H

#include "arenite/base.h"
#include "arenite/heap.h"
#include "arenite/arena.h"
#include "arenite/allocator.h"
#include "arenite/context.h"
#include "arenite/debug.h"
#include "arenite/conformance.h"

#endif
