/* Rings, stacks, pools, scratch and the tree: each function, and whatever may be passed to it. */
#include "check.h"
#include <pthread.h>

static arenite_range_options range_of(const char *name, size_t bytes) {
    arenite_range_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.name = name;
    options.bytes = bytes;
    return options;
}

static void run(void *(*body)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void a_ring_keeps_what_it_promised(void) {
    arenite_range_options options = range_of("uploads", 64 << 10);
    arenite_ring *ring = arenite_ring_create(&options, 2);
    arenite_ring_stats stats;
    arenite_u64 retired;
    int *values[4];
    CHECK_REFUSED(arenite_ring_push(ring, 8), ARENITE_ERROR_OUT_OF_ORDER, "\"uploads\" has no open frame");
    CHECK_REFUSED(arenite_ring_end_frame(ring), ARENITE_ERROR_OUT_OF_ORDER, "no open frame");
    CHECK(arenite_ring_begin_frame(ring) == 1);
    CHECK_REFUSED(arenite_ring_begin_frame(ring), ARENITE_ERROR_OUT_OF_ORDER, "still has frame 1 open");
    CHECK_REFUSED(arenite_ring_reset(ring), ARENITE_ERROR_OUT_OF_ORDER, "open");
    values[0] = (int *)arenite_ring_push(ring, sizeof(int));
    *values[0] = 1;
    CHECK((size_t)arenite_ring_push(ring, 1) % 16 == 0 && (size_t)arenite_ring_push_aligned(ring, 1, 256) % 256 == 0);
    CHECK_REFUSED(arenite_ring_push(ring, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_ring_push_aligned(ring, 8, 3), ARENITE_ERROR_BAD_ALIGNMENT, "3 is no alignment");
    CHECK_REFUSED(arenite_ring_push_aligned(ring, 8, 4 << 20), ARENITE_ERROR_BAD_ALIGNMENT, "no alignment");
    CHECK_REFUSED(arenite_ring_push(ring, (size_t)-1), ARENITE_ERROR_OVERFLOW, "no memory has");
    CHECK_REFUSED(arenite_ring_push(ring, 1 << 20), ARENITE_ERROR_FULL, "1048576 bytes");
    CHECK(arenite_ring_end_frame_with_fence(ring, 7));
    CHECK(arenite_ring_begin_frame(ring) == 2 && *values[0] == 1);
    CHECK(arenite_ring_get_stats(ring, &stats));
    CHECK_REFUSED(arenite_ring_push(ring, stats.capacity - 64), ARENITE_ERROR_BUSY, "fence 7");
    CHECK_REFUSED(arenite_ring_end_frame_with_fence(ring, 6), ARENITE_ERROR_BAD_ARGUMENT, "fence 6 after fence 7");
    CHECK(arenite_ring_end_frame_with_fence(ring, 8));
    CHECK_REFUSED(arenite_ring_begin_frame(ring), ARENITE_ERROR_BUSY, "promised until fence 7");
    CHECK_REFUSED(arenite_ring_reset(ring), ARENITE_ERROR_BUSY, "fence 7");
    CHECK(arenite_ring_retire(ring, 6, &retired) && retired == 0);
    CHECK_REFUSED(arenite_ring_retire(ring, 5, NULL), ARENITE_ERROR_BAD_ARGUMENT, "fence 5");
    CHECK(arenite_ring_get_stats(ring, &stats) && stats.oldest_frame == 1 && stats.oldest_fence == 7);
    CHECK(stats.frames_in_flight == 2 && stats.completed == 6);
    CHECK(arenite_ring_retire(ring, 8, &retired) && retired == 2);
    CHECK(arenite_ring_begin_frame(ring) == 3 && arenite_ring_end_frame(ring) && arenite_ring_reset(ring));
    CHECK(arenite_ring_owns(ring, values[0]) && !arenite_ring_owns(ring, &stats));
    CHECK(arenite_ring_check(ring) == 0);
    CHECK_REFUSED(arenite_ring_get_stats(ring, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK_REFUSED(arenite_ring_create(&options, 0), ARENITE_ERROR_BAD_ARGUMENT, "0 frames");
    CHECK_REFUSED(arenite_ring_create(NULL, 2), ARENITE_ERROR_BAD_ARGUMENT, "a ring of 0 bytes");
    CHECK_REFUSED(arenite_ring_begin_frame(NULL), ARENITE_ERROR_NULL, "a ring");
    CHECK(arenite_ring_destroy(ring) && arenite_ring_destroy(NULL));
    CHECK_REFUSED(arenite_ring_destroy(ring), ARENITE_ERROR_DESTROYED, "a ring");
    CHECK_REFUSED(arenite_ring_push(ring, 8), ARENITE_ERROR_DESTROYED, "a ring");
}

static void a_ring_by_count_runs_for_ever_in_the_same_memory(void) {
    static char memory[8 << 10];
    arenite_range_options options = range_of(NULL, sizeof memory - 3);
    arenite_ring *ring;
    arenite_ring_stats stats;
    int i, *before = NULL;
    options.memory = memory + 3;
    ring = arenite_ring_create(&options, 2);
    for (i = 0; i < 10000; i++) {
        int *now;
        CHECK(arenite_ring_begin_frame(ring) == (arenite_u64)i + 1);
        now = (int *)arenite_ring_push(ring, 1000 + (size_t)i % 500);
        CHECK((char *)now > memory && (char *)now + 1000 + i % 500 <= memory + sizeof memory);
        *now = i;
        CHECK(before == NULL || *before == i - 1);
        before = now;
        CHECK(arenite_ring_end_frame(ring));
    }
    CHECK(arenite_ring_get_stats(ring, &stats) && stats.frames == 10000 && stats.high_water <= sizeof memory);
    CHECK(arenite_ring_destroy(ring));
    options.bytes = 40;
    CHECK_REFUSED(arenite_ring_create(&options, 2), ARENITE_ERROR_FULL, "");
    options.bytes = (size_t)-1;
    CHECK_REFUSED(arenite_ring_create(&options, 2), ARENITE_ERROR_OVERFLOW, "more than any memory");
}

static void a_stack_pops_in_order_only(void) {
    arenite_range_options options = range_of("paths", 1 << 20);
    arenite_stack *stack = arenite_stack_create(&options), *other = arenite_stack_create(&options);
    arenite_stack_stats stats;
    char *below = (char *)arenite_stack_push(stack, 100), *above = (char *)arenite_stack_push(stack, 50);
    char *foreign = (char *)arenite_stack_push(other, 8);
    int i;
    CHECK((size_t)below % 16 == 0 && (size_t)above % 16 == 0);
    CHECK_REFUSED(arenite_stack_pop(stack, below), ARENITE_ERROR_OUT_OF_ORDER, "block 1 (50 bytes at offset 112) is the top");
    CHECK_REFUSED(arenite_stack_pop(stack, above + 1), ARENITE_ERROR_NOT_A_BLOCK, "middle of a block");
    CHECK_REFUSED(arenite_stack_pop(stack, foreign), ARENITE_ERROR_NOT_A_BLOCK, "foreign pointer");
    CHECK_REFUSED(arenite_stack_pop(stack, NULL), ARENITE_ERROR_NULL, "the block");
    CHECK_REFUSED(arenite_stack_resize(stack, below, 8), ARENITE_ERROR_OUT_OF_ORDER, "top");
    CHECK_REFUSED(arenite_stack_resize(stack, above, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_stack_resize(stack, above, (size_t)-1), ARENITE_ERROR_OVERFLOW, "");
    CHECK_REFUSED(arenite_stack_resize(stack, NULL, 8), ARENITE_ERROR_NULL, "the block");
    memset(above, 5, 50);
    CHECK(arenite_stack_resize(stack, above, 5000) && above[49] == 5);
    CHECK(arenite_stack_get_stats(stack, &stats) && stats.depth == 2 && stats.used == 5112);
    CHECK(arenite_stack_pop(stack, above));
    CHECK_REFUSED(arenite_stack_pop(stack, above), ARENITE_ERROR_NOT_A_BLOCK, "it was popped");
    CHECK(arenite_stack_owns(stack, below) && !arenite_stack_owns(stack, above));
    CHECK(arenite_stack_pop(stack, below));
    CHECK_REFUSED(arenite_stack_pop(stack, below), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK_REFUSED(arenite_stack_push(stack, 0), ARENITE_ERROR_ZERO_SIZE, "");
    CHECK_REFUSED(arenite_stack_push(stack, 2 << 20), ARENITE_ERROR_FULL, "\"paths\"");
    CHECK((size_t)arenite_stack_push_aligned(stack, 1, 4096) % 4096 == 0);
    CHECK_REFUSED(arenite_stack_push_aligned(stack, 1, 5), ARENITE_ERROR_BAD_ALIGNMENT, "5");
    for (i = 0; i < 1000; i++) CHECK(arenite_stack_push(stack, 16) != NULL);
    CHECK(arenite_stack_reset(stack) && arenite_stack_get_stats(stack, &stats) && stats.depth == 0 && stats.resets == 1);
    CHECK(arenite_stack_check(stack) == 0);
    CHECK_REFUSED(arenite_stack_get_stats(stack, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK_REFUSED(arenite_stack_push(NULL, 8), ARENITE_ERROR_NULL, "a stack");
    CHECK_REFUSED(arenite_stack_push((arenite_stack *)below, 8), ARENITE_ERROR_FOREIGN, "handle");
    CHECK_REFUSED(arenite_stack_create(NULL), ARENITE_ERROR_BAD_ARGUMENT, "a stack of 0 bytes");
    CHECK(arenite_stack_destroy(stack) && arenite_stack_destroy(other) && arenite_stack_destroy(NULL));
    CHECK_REFUSED(arenite_stack_destroy(stack), ARENITE_ERROR_DESTROYED, "a stack");
}

static void a_watched_stack_pops_by_address_too(void) {
    arenite_memory *memory = arenite_memory_create(NULL, 64 << 20, NULL);
    arenite_areas areas;
    void *below, *above;
    CHECK(arenite_memory_get_areas(memory, &areas) && arenite_memory_set_grade(memory, ARENITE_GRADE_GUARD));
    below = arenite_stack_push(areas.stack, 33);
    above = arenite_stack_push(areas.stack, 7);
    CHECK_REFUSED(arenite_stack_pop(areas.stack, below), ARENITE_ERROR_OUT_OF_ORDER, "top");
    CHECK(arenite_stack_pop(areas.stack, above) && arenite_stack_pop(areas.stack, below));
    CHECK_REFUSED(arenite_stack_destroy(areas.stack), ARENITE_ERROR_BAD_ARGUMENT, "goes with arenite_memory_destroy");
    CHECK_REFUSED(arenite_ring_destroy(areas.frame_ring), ARENITE_ERROR_BAD_ARGUMENT, "goes with");
    CHECK_REFUSED(arenite_pool_destroy(areas.small_pool), ARENITE_ERROR_BAD_ARGUMENT, "goes with");
    CHECK_REFUSED(arenite_pool_release(areas.small_pool), ARENITE_ERROR_BAD_ARGUMENT, "goes with");
    CHECK(arenite_memory_set_grade(memory, ARENITE_GRADE_INHERIT) && arenite_memory_destroy(memory));
}

static void pools_find_double_and_foreign_frees(int chunked) {
    arenite_pool_options options;
    arenite_pool *pool, *other;
    arenite_pool_stats stats;
    char *blocks[3000], *foreign;
    int i;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.name = "particles";
    options.block_size = 48;
    options.chunked = chunked != 0;
    if (!chunked) options.bytes = 1 << 20;
    pool = arenite_pool_create(&options);
    other = arenite_pool_create(&options);
    foreign = (char *)arenite_pool_alloc(other);
    for (i = 0; i < 3000; i++) {
        blocks[i] = (char *)arenite_pool_alloc(pool);
        CHECK(blocks[i] != NULL && (size_t)blocks[i] % 16 == 0);
        memset(blocks[i], i, 48);
    }
    for (i = 0; i < 3000; i++) CHECK(blocks[i][0] == (char)i && blocks[i][47] == (char)i);
    CHECK(arenite_pool_get_stats(pool, &stats) && stats.live == 3000 && stats.block_size == 48 && stats.allocated > 0);
    CHECK(arenite_pool_is_live(pool, blocks[7]) && !arenite_pool_is_live(pool, blocks[7] + 16));
    CHECK(!arenite_pool_is_live(pool, NULL) && !arenite_pool_owns(pool, NULL));
    CHECK(arenite_pool_owns(pool, blocks[7] + 16) && !arenite_pool_owns(pool, foreign));
    CHECK(arenite_pool_free(pool, blocks[7]) && !arenite_pool_is_live(pool, blocks[7]));
    CHECK_REFUSED(arenite_pool_free(pool, blocks[7]), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK_REFUSED(arenite_pool_free(pool, blocks[8] + 16), ARENITE_ERROR_NOT_A_BLOCK, "inside a block");
    CHECK_REFUSED(arenite_pool_free(pool, foreign), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK_REFUSED(arenite_pool_free(pool, &options), ARENITE_ERROR_NOT_A_BLOCK, "\"particles\"");
    CHECK(arenite_pool_free(pool, NULL));
    CHECK(arenite_pool_alloc(pool) == blocks[7]);
    CHECK(arenite_pool_check(pool) == 0);
    CHECK(arenite_pool_clear(pool) && arenite_pool_get_stats(pool, &stats) && stats.live == 0);
    CHECK_REFUSED(arenite_pool_get_stats(pool, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK_REFUSED(arenite_pool_alloc(NULL), ARENITE_ERROR_NULL, "a pool of blocks");
    CHECK(arenite_pool_destroy(pool) && arenite_pool_destroy(other) && arenite_pool_destroy(NULL));
    CHECK_REFUSED(arenite_pool_free(pool, blocks[7]), ARENITE_ERROR_DESTROYED, "a pool of blocks");
}

static void pools_end_where_they_are_told_to(void) {
    static double memory[1024];
    arenite_pool_options options;
    arenite_pool *pool;
    int blocks = 0;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    CHECK_REFUSED(arenite_pool_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "");
    options.block_size = 100;
    options.align = 3;
    CHECK_REFUSED(arenite_pool_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "");
    options.align = 64;
    options.capacity = 10;
    pool = arenite_pool_create(&options);
    while (arenite_pool_alloc(pool) != NULL) blocks++;
    CHECK(blocks == 10 && arenite_last_error() == ARENITE_ERROR_FULL);
    CHECK(arenite_pool_destroy(pool));
    options.capacity = 0;
    options.memory = memory;
    options.bytes = sizeof memory;
    pool = arenite_pool_create(&options);
    for (blocks = 0;; blocks++) {
        char *block = (char *)arenite_pool_alloc(pool);
        if (block == NULL) break;
        CHECK((size_t)block % 64 == 0 && block > (char *)memory && block + 128 <= (char *)(memory + 1024));
    }
    CHECK(blocks > 40);
    CHECK(arenite_pool_destroy(pool));
    options.chunked = 1;
    CHECK_REFUSED(arenite_pool_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "a chunked pool has no range");
    options.chunked = 0;
    options.bytes = 8;
    CHECK_REFUSED(arenite_pool_create(&options), ARENITE_ERROR_FULL, "");
}

static void what_is_committed_is_charged_to_its_parent(void) {
    arenite_node_options node;
    arenite_range_options options = range_of("ring", 1 << 20);
    arenite_node *game;
    arenite_node_stats stats;
    arenite_ring *ring;
    char text[2000];
    size_t length;
    memset(&node, 0, sizeof node);
    node.size = sizeof node;
    node.name = "game of \"sand\"";
    node.hard_budget = 128 << 10;
    game = arenite_node_create(&node);
    options.parent = game;
    ring = arenite_ring_create(&options, 1);
    CHECK(arenite_ring_begin_frame(ring) && arenite_ring_push(ring, 100) != NULL);
    CHECK(arenite_node_get_stats(game, &stats) && stats.charged == 64 << 10);
    CHECK_REFUSED(arenite_ring_push(ring, 500000), ARENITE_ERROR_BUDGET, "game of");
    length = arenite_tree_text(game, text, sizeof text);
    CHECK(length == strlen(text) && strstr(text, "\n  ring") != NULL);
    CHECK(arenite_tree_json(game, text, sizeof text) == strlen(text));
    CHECK(strstr(text, "\"name\":\"game of \\\"sand\\\"\"") != NULL && strstr(text, "\"hard_budget\":131072") != NULL);
    CHECK(arenite_tree_text(NULL, NULL, 0) >= length);
    CHECK(arenite_tree_json(game, text, 3) > 3 && strlen(text) == 2);
    CHECK(arenite_tree_print(game));
    CHECK_REFUSED(arenite_tree_text((arenite_node *)ring, NULL, 0), ARENITE_ERROR_FOREIGN, "a ring");
    CHECK(arenite_ring_destroy(ring) && arenite_node_destroy(game));
    CHECK_REFUSED(arenite_tree_json(game, NULL, 0), ARENITE_ERROR_DESTROYED, "a node");
    CHECK_REFUSED(arenite_ring_create(&options, 1), ARENITE_ERROR_DESTROYED, "a node");
}

static void *scratch_of_a_thread(void *outer) {
    arenite_arena *scratch = arenite_scratch_begin();
    CHECK(scratch != NULL && arenite_arena_alloc(scratch, 100000) != NULL);
    CHECK_REFUSED(arenite_scratch_end((arenite_arena *)outer), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK(arenite_scratch_open() == 1);
    CHECK(arenite_scratch_end(scratch));
    scratch = arenite_scratch_begin();
    return NULL; /* with one open */
}

static void each_open_scratch_has_an_arena_to_itself(void) {
    arenite_arena *outer = arenite_scratch_begin(), *inner = arenite_scratch_begin(), *ordinary;
    char *mine, *theirs;
    size_t charged;
    int i;
    CHECK(outer != NULL && inner != NULL && outer != inner && arenite_scratch_open() == 2);
    mine = (char *)arenite_arena_alloc(outer, 1000);
    theirs = (char *)arenite_arena_alloc(inner, 1000);
    memset(mine, 1, 1000);
    memset(theirs, 2, 1000);
    CHECK(arenite_scratch_end(outer));
    CHECK(theirs[0] == 2 && theirs[999] == 2);
    CHECK_REFUSED(arenite_arena_alloc(outer, 8), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_scratch_end(outer), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK(arenite_scratch_end(inner) && arenite_scratch_open() == 0);
    ordinary = arenite_arena_create_default();
    CHECK_REFUSED(arenite_scratch_end(ordinary), ARENITE_ERROR_BAD_ARGUMENT, "no scratch");
    CHECK(arenite_arena_destroy(ordinary));
    CHECK_REFUSED(arenite_scratch_end(NULL), ARENITE_ERROR_NULL, "an arena");
    charged = arenite_scratch_charged();
    for (i = 0; i < 10000; i++) {
        arenite_arena *scratch = arenite_scratch_begin();
        CHECK(arenite_arena_alloc(scratch, 5000) != NULL);
        CHECK(arenite_scratch_end(scratch));
    }
    /* Pointers of 32 bits have 4,095 handles for an arena, which ends with the last of them. */
    CHECK(sizeof(void *) < 8 ? arenite_scratch_charged() <= charged : arenite_scratch_charged() == charged);
    outer = arenite_scratch_begin();
    run(scratch_of_a_thread, outer);
    CHECK(arenite_scratch_end(outer) && arenite_scratch_clear());
    /* What another thread had went with it, what was open too. */
    CHECK(arenite_scratch_charged() == 0);
    outer = arenite_scratch_begin();
    CHECK(arenite_arena_destroy(outer));
    CHECK_REFUSED(arenite_scratch_end(outer), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK(arenite_scratch_open() == 0);
}

static void *others(void *argument) {
    void **all = (void **)argument;
    CHECK_REFUSED(arenite_ring_begin_frame((arenite_ring *)all[0]), ARENITE_ERROR_WRONG_THREAD, "a ring of another thread");
    CHECK_REFUSED(arenite_stack_push((arenite_stack *)all[1], 8), ARENITE_ERROR_WRONG_THREAD, "a stack of another thread");
    CHECK_REFUSED(arenite_pool_alloc((arenite_pool *)all[2]), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_ring_destroy((arenite_ring *)all[0]), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_pool_adopt((arenite_pool *)all[2]), ARENITE_ERROR_WRONG_THREAD, "another thread");
    return NULL;
}

static void *heirs(void *argument) {
    void **all = (void **)argument;
    CHECK(arenite_ring_adopt((arenite_ring *)all[0]) && arenite_ring_begin_frame((arenite_ring *)all[0]));
    CHECK(arenite_stack_adopt((arenite_stack *)all[1]) && arenite_stack_push((arenite_stack *)all[1], 8) != NULL);
    CHECK(arenite_pool_adopt((arenite_pool *)all[2]) && arenite_pool_alloc((arenite_pool *)all[2]) != NULL);
    CHECK(arenite_pool_destroy((arenite_pool *)all[2]) && arenite_stack_release((arenite_stack *)all[1]));
    return NULL;
}

static void each_belongs_to_one_thread_at_a_time(void) {
    arenite_range_options options = range_of(NULL, 1 << 20);
    arenite_pool_options pool;
    void *all[3];
    memset(&pool, 0, sizeof pool);
    pool.size = sizeof pool;
    pool.block_size = 64;
    all[0] = arenite_ring_create(&options, 2);
    all[1] = arenite_stack_create(&options);
    all[2] = arenite_pool_create(&pool);
    run(others, all);
    CHECK(arenite_ring_release((arenite_ring *)all[0]) && arenite_stack_release((arenite_stack *)all[1]));
    CHECK(arenite_pool_release((arenite_pool *)all[2]));
    CHECK_REFUSED(arenite_pool_alloc((arenite_pool *)all[2]), ARENITE_ERROR_WRONG_THREAD, "adopt it first");
    run(heirs, all);
    CHECK(arenite_ring_adopt((arenite_ring *)all[0]) && arenite_stack_adopt((arenite_stack *)all[1]));
    CHECK(arenite_ring_destroy((arenite_ring *)all[0]) && arenite_stack_destroy((arenite_stack *)all[1]));
    CHECK_REFUSED(arenite_pool_adopt((arenite_pool *)all[2]), ARENITE_ERROR_DESTROYED, "a pool of blocks");
}

int main(void) {
    a_ring_keeps_what_it_promised();
    a_ring_by_count_runs_for_ever_in_the_same_memory();
    a_stack_pops_in_order_only();
    a_watched_stack_pops_by_address_too();
    pools_find_double_and_foreign_frees(0);
    pools_find_double_and_foreign_frees(1);
    pools_end_where_they_are_told_to();
    what_is_committed_is_charged_to_its_parent();
    each_open_scratch_has_an_arena_to_itself();
    each_belongs_to_one_thread_at_a_time();
    return check_result();
}
