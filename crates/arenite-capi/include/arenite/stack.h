/* Stacks: blocks that die in the reverse order of their pushes. The order is checked.
 *
 *     void *below = arenite_stack_push(stack, 100);
 *     void *above = arenite_stack_push(stack, 100);
 *     arenite_stack_pop(stack, below);                  false: not the top, and the error says what is
 *     arenite_stack_pop(stack, above);
 *     arenite_stack_pop(stack, below);
 *
 * Blocks grow up from the range's start, the list of them (32 bytes each on 64 bits) down from its end: a block that is
 * written past its end cannot harm the list. A stack belongs to the thread that made it; see arenite_stack_release. */
#ifndef ARENITE_STACK_H
#define ARENITE_STACK_H

#include "range.h"

ARENITE_BEGIN

typedef struct arenite_stack arenite_stack;

typedef struct arenite_stack_stats {
    size_t used;       /* bytes in use by blocks, with the padding that their alignment took */
    size_t high_water; /* the most that was used, in bytes */
    size_t capacity;   /* the size of the range, in bytes */
    size_t committed;  /* bytes backed by memory, and charged */
    size_t depth;      /* blocks */
    size_t resets;     /* how often it was reset */
} arenite_stack_stats;

/* A stack. NULL: the range cannot be had, or is too small for the list's first 48 bytes. */
arenite_stack *arenite_stack_create(const arenite_range_options *options);

/* Gives the stack's memory back. NULL is fine. false: it is no stack of the calling thread's, belongs to a memory system,
 * or a callback is running. */
arenite_bool arenite_stack_destroy(arenite_stack *stack);

/* The calling thread gives the stack up, to nobody (a thread that ends does that with all that it has), or takes over one
 * that nobody has. */
arenite_bool arenite_stack_release(arenite_stack *stack);
arenite_bool arenite_stack_adopt(arenite_stack *stack);

/* size bytes at a multiple of 16 (of `align`, a power of two up to 2 MiB), uninitialised, until they are popped. NULL for size
 * 0, or when the range is full. O(1), no system call once the range is committed. */
void *arenite_stack_push(arenite_stack *stack, size_t size);
void *arenite_stack_push_aligned(arenite_stack *stack, size_t size, size_t align);
void *arenite_stack_push_at(arenite_stack *stack, size_t size, size_t align, const char *file, unsigned line);

/* Pops the block, which has to be the top. false: it is not (ARENITE_ERROR_OUT_OF_ORDER), no block starts there, as after
 * a pop (ARENITE_ERROR_NOT_A_BLOCK), or it is NULL. The pointer is looked at, never followed. O(1). */
arenite_bool arenite_stack_pop(arenite_stack *stack, void *block);
arenite_bool arenite_stack_pop_at(arenite_stack *stack, void *block, const char *file, unsigned line);

/* Makes the top block size bytes long, where it is. */
arenite_bool arenite_stack_resize(arenite_stack *stack, void *block, size_t size);

/* Pops every block. O(1). */
arenite_bool arenite_stack_reset(arenite_stack *stack);

/* Whether the pointer points into memory that is in use. */
arenite_bool arenite_stack_owns(arenite_stack *stack, const void *pointer);

/* Looks for damage, under grade guard and above, and reports each; how many. */
size_t arenite_stack_check(arenite_stack *stack);

arenite_bool arenite_stack_get_stats(arenite_stack *stack, arenite_stack_stats *stats);

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_stack_push(stack, size) arenite_stack_push_at(stack, size, 16, __FILE__, __LINE__)
#define arenite_stack_push_aligned(stack, size, align) arenite_stack_push_at(stack, size, align, __FILE__, __LINE__)
#define arenite_stack_pop(stack, block) arenite_stack_pop_at(stack, block, __FILE__, __LINE__)
#endif

#endif
