/* The lifetime tree, copied out: every node with its tag, budget and figures, from any thread, while others work.
 *
 *     size_t length = arenite_tree_json(NULL, NULL, 0);
 *     char *json = (char *)malloc(length + 1);
 *     arenite_tree_json(NULL, json, length + 1);
 *
 * As with snprintf, the text is cut to what fits with the 0 at its end, and the answer is the whole length; 0 when it was
 * refused. Between two calls the tree may have changed. */
#ifndef ARENITE_TREE_H
#define ARENITE_TREE_H

#include "node.h"

ARENITE_BEGIN

/* The node `root` and all below it, as a table with a line for each; NULL: all of the process. */
size_t arenite_tree_text(arenite_node *root, char *text, size_t room);

/* The same as a JSON array of objects, in the order of the tree: id, parent, depth, name, tag, charged, high_water, own,
 * used, soft_budget, hard_budget, blocks_taken, blocks_returned, arenas. Sizes are bytes; what is absent is null. Stable:
 * fields are added, not renamed. */
size_t arenite_tree_json(arenite_node *root, char *text, size_t room);

/* Prints the table to stdout. */
arenite_bool arenite_tree_print(arenite_node *root);

ARENITE_END

#endif
