/* A suite of checks for anybody's allocator, the one that Arenite's own pass.
 *
 * It asks what the promises of the vtable say: sizes and alignments, blocks that are disjoint and keep their contents,
 * growing and shrinking, impossible sizes, reuse, resets, ownership, double and foreign frees, threads. What is not promised
 * is skipped. The first broken promise ends it. */
#ifndef ARENITE_CONFORMANCE_H
#define ARENITE_CONFORMANCE_H

#include "allocator.h"
#include "base.h"

ARENITE_BEGIN

typedef enum arenite_check_result { ARENITE_PASSED = 0, ARENITE_SKIPPED = 1, ARENITE_FAILED = 2 } arenite_check_result;

/* What came of one check. The texts are good until the callback returns. */
typedef struct arenite_check {
    const char *name; /* "random operations" */
    int result;       /* an arenite_check_result */
    const char *why;  /* why it failed or was skipped; NULL when it passed */
    unsigned seed;    /* of a failed one: the sizes and orders come again with it */
} arenite_check;

typedef void (*arenite_check_callback)(const arenite_check *check, void *context);

typedef struct arenite_conformance_options {
    size_t size; /* sizeof(arenite_conformance_options) */
    /* Each check asks a fresh allocator: `make` returns what its functions get for `context`, or NULL when it cannot, which
     * fails the check; `unmake` ends that. Without them every check gets `context`, which is right for one that frees. */
    void *(*make)(void *context);
    void (*unmake)(void *context, void *made);
    void *context;
    unsigned seed; /* 0: that of the suite */
} arenite_conformance_options;

/* Puts an allocator through every check, from some hundred to some hundred thousand calls each. options may be NULL: zeros.
 * callback may be NULL; it is called after the last check. false: a promise is broken, which the last error says too
 * (ARENITE_ERROR_BROKEN_PROMISE); or the vtable is no whole one. `destroy` of the vtable is not called. */
arenite_bool arenite_conformance_run(const arenite_allocator_vtable *table, const arenite_conformance_options *options,
                                     arenite_check_callback callback, void *context);

/* The suite on allocators of this library as it was built for this machine. true: they keep their promises. */
arenite_bool arenite_self_test(arenite_check_callback callback, void *context);

ARENITE_END

#endif
