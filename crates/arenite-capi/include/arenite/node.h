/* Nodes: who memory belongs to, and how much it may be.
 *
 * Nodes make a tree. The memory of an arena or heap is charged to its node, and to every node above that: a budget of
 * "game" covers "level" and "sounds" below it. Blocks are charged, not objects, so nothing is counted on the fast path.
 *
 *     arenite_node_options options = {0};
 *     options.size = sizeof options;
 *     options.name = "game";
 *     options.hard_budget = 512u << 20;
 *     arenite_node *game = arenite_node_create(&options);
 */
#ifndef ARENITE_NODE_H
#define ARENITE_NODE_H

#include "base.h"

ARENITE_BEGIN

typedef struct arenite_node arenite_node;

/* Called once each time a node's memory passes its soft budget from below: on the thread that did it, after its request.
 * It may allocate; it may not throw or longjmp, and is refused to destroy anything (ARENITE_ERROR_BUSY). Bytes. */
typedef void (*arenite_soft_fn)(void *context, size_t budget, size_t charged);

/* All zeros but `size` are the defaults. */
typedef struct arenite_node_options {
    size_t size;             /* sizeof(arenite_node_options) */
    const char *name;        /* "unnamed"; copied */
    unsigned tag;            /* ARENITE_TAG_NONE */
    arenite_node *parent;    /* none */
    size_t soft_budget;      /* bytes; 0 is none: on_soft is called beyond it */
    size_t hard_budget;      /* bytes; 0 is none: memory beyond it is refused */
    arenite_soft_fn on_soft; /* none; may come on any thread that uses the node */
    void *context;
} arenite_node_options;

/* Bytes but where not said. Charges include all nodes below. */
typedef struct arenite_node_stats {
    size_t charged;
    size_t high_water;
    size_t own;             /* charged to this node itself */
    size_t used;            /* in use in its arenas, as far as their cold paths have told */
    size_t blocks_taken;    /* numbers, so far */
    size_t blocks_returned;
    size_t arenas;          /* that charge it now; heaps are not among them */
} arenite_node_stats;

/* A node. options may be NULL. Any thread may use it. O(log n) in the number of nodes. */
arenite_node *arenite_node_create(const arenite_node_options *options);

/* The handle is gone; the node itself goes when nothing below it or charged to it is left. NULL is fine.
 * false: no node, or a callback is running. */
arenite_bool arenite_node_destroy(arenite_node *node);

/* Other budgets from now on; 0 is none. What is held already stays. */
arenite_bool arenite_node_set_budget(arenite_node *node, size_t soft, size_t hard);

arenite_bool arenite_node_get_stats(arenite_node *node, arenite_node_stats *stats);

ARENITE_END

#endif
