/* Rings: bytes that die N frames later, or when a fence has passed.
 *
 *     arenite_ring *ring = arenite_ring_create(&options, 2);
 *     arenite_ring_begin_frame(ring);
 *     float *vertices = (float *)arenite_ring_push(ring, 300 * sizeof(float));
 *     arenite_ring_end_frame_with_fence(ring, 7);      submitted: the GPU signals 7 when it has read them
 *     ...
 *     arenite_ring_retire(ring, 7, NULL);              it has: the frame's memory is used again
 *
 * What is promised is never overtaken: a push or a frame that would is refused, and the error says which frame and which
 * fence are in the way. A frame that ends without a fence is retired when the frame N later begins: with 2 frames what was
 * pushed in the last one can still be read in this one.
 *
 * A ring belongs to the thread that made it; see arenite_ring_release. */
#ifndef ARENITE_RING_H
#define ARENITE_RING_H

#include "range.h"

ARENITE_BEGIN

typedef struct arenite_ring arenite_ring;

/* Bytes, where nothing else is said. */
typedef struct arenite_ring_stats {
    size_t used;                  /* by frames in flight, padding for alignment and wraps included */
    size_t high_water;            /* the most that was used */
    size_t wrap_padding;          /* what of `used` lies unused at the end, since what came next had to begin at the start */
    size_t capacity;              /* the most that can be used */
    size_t committed;             /* backed by memory, and charged */
    arenite_u64 wraps;            /* how often it went back to its start */
    arenite_u64 frames;           /* frames begun */
    arenite_u64 frames_in_flight; /* of them not retired, the open one included */
    arenite_u64 oldest_frame;     /* the number of the oldest of those; 0: there is none */
    arenite_u64 oldest_fence;     /* its fence; 0: it has none */
    arenite_u64 completed;        /* the last fence that arenite_ring_retire was told of */
} arenite_ring_stats;

/* A ring of `frames` frames, which is 1 at least; of each it keeps 40 bytes in its range. NULL: the range cannot be had, or
 * is too small. */
arenite_ring *arenite_ring_create(const arenite_range_options *options, unsigned frames);

/* Gives the ring's memory back. NULL is fine. false: it is no ring of the calling thread's, belongs to a memory system, or
 * a callback is running. */
arenite_bool arenite_ring_destroy(arenite_ring *ring);

/* The calling thread gives the ring up, to nobody (a thread that ends does that with all that it has), or takes over one
 * that nobody has. */
arenite_bool arenite_ring_release(arenite_ring *ring);
arenite_bool arenite_ring_adopt(arenite_ring *ring);

/* Begins the next frame: its number, from 1. 0: a frame is open (ARENITE_ERROR_OUT_OF_ORDER), or N frames are in flight and
 * the oldest waits for its fence (ARENITE_ERROR_BUSY). O(1), plus one step for each frame retired. */
arenite_u64 arenite_ring_begin_frame(arenite_ring *ring);

/* Ends the open frame. Fences never fall: a lower one than the last is refused. */
arenite_bool arenite_ring_end_frame(arenite_ring *ring);
arenite_bool arenite_ring_end_frame_with_fence(arenite_ring *ring, arenite_u64 fence);

/* Says that every fence up to `completed` has passed, and retires the frames that waited for them, oldest first. How many
 * were retired is written to `retired`, which may be NULL. */
arenite_bool arenite_ring_retire(arenite_ring *ring, arenite_u64 completed, arenite_u64 *retired);

/* Retires every frame: for a level's end or a lost device. false: a frame is open, or waits for a fence. */
arenite_bool arenite_ring_reset(arenite_ring *ring);

/* size bytes in one piece at a multiple of 16 (of `align`, a power of two up to 2 MiB), uninitialised, until the open frame is
 * retired. NULL: no frame is open, frames in flight hold the room (ARENITE_ERROR_BUSY), the open frame itself does, or the
 * ring is smaller (ARENITE_ERROR_FULL). O(1). */
void *arenite_ring_push(arenite_ring *ring, size_t size);
void *arenite_ring_push_aligned(arenite_ring *ring, size_t size, size_t align);
void *arenite_ring_push_at(arenite_ring *ring, size_t size, size_t align, const char *file, unsigned line);

/* Whether the pointer points into the ring's memory, in use or not. */
arenite_bool arenite_ring_owns(arenite_ring *ring, const void *pointer);

/* Looks for damage, under grade guard and above, and reports each; how many. */
size_t arenite_ring_check(arenite_ring *ring);

arenite_bool arenite_ring_get_stats(arenite_ring *ring, arenite_ring_stats *stats);

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_ring_push(ring, size) arenite_ring_push_at(ring, size, 16, __FILE__, __LINE__)
#define arenite_ring_push_aligned(ring, size, align) arenite_ring_push_at(ring, size, align, __FILE__, __LINE__)
#endif

#endif
