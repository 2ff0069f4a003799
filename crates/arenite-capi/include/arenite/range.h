/* What rings and stacks are made in. */
#ifndef ARENITE_RANGE_H
#define ARENITE_RANGE_H

#include "node.h"

/* In structs of options: "none of it", where 0 means the default. */
#define ARENITE_NONE ((size_t)-1)

/* The memory of a ring or a stack: one range that never moves and never grows.
 *
 *     arenite_range_options options = {sizeof(arenite_range_options)};
 *     options.bytes = 1 << 20;
 *
 * All that is not set has to be 0. */
typedef struct arenite_range_options {
    size_t size;                 /* sizeof(arenite_range_options) */
    const char *name;            /* in errors, reports and the lifetime tree; NULL: none. It is copied. */
    arenite_node *parent; /* what is committed is charged to it and all above it; NULL: to nobody */
    void *memory;                /* the caller's memory, of any alignment; NULL: a reservation, committed as it is used */
    size_t bytes;                /* how large it is; a reservation is rounded up to 64 KiB */
} arenite_range_options;

#endif
