/* Every function of heaps and nodes: what it does, and what it refuses. */
#include "check.h"

static void blocks_grow_shrink_and_keep_their_contents(arenite_heap *heap) {
    size_t size = 1, i;
    unsigned char *block = (unsigned char *)arenite_heap_realloc(heap, NULL, size);
    unsigned char *zeros;
    block[0] = 0;
    while (size < 500000) {
        size_t larger = size * 2 + 3;
        block = (unsigned char *)arenite_heap_realloc(heap, block, larger);
        CHECK(block != NULL && arenite_heap_usable_size(heap, block) >= larger);
        for (i = size; i < larger; i++) block[i] = (unsigned char)(i * 11);
        size = larger;
    }
    block = (unsigned char *)arenite_heap_realloc(heap, block, 100);
    for (i = 1; i < 100; i++) CHECK(block[i] == (unsigned char)(i * 11));
    CHECK_REFUSED(arenite_heap_realloc(heap, block, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_heap_realloc(heap, block, (size_t)-1), ARENITE_ERROR_OVERFLOW, "bytes");
    /* 32 bits have no size that is possible and certain not to be there. */
    if (sizeof(size_t) > 4) {
        CHECK_REFUSED(arenite_heap_realloc(heap, block, (size_t)-1 / 4), ARENITE_ERROR_OUT_OF_MEMORY, "no memory");
    }
    CHECK(block[99] == (unsigned char)(99 * 11) && arenite_heap_owns(heap, block + 50));
    CHECK(arenite_heap_free(heap, block));
    CHECK_REFUSED(arenite_heap_realloc(heap, block, 10), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK_REFUSED(arenite_heap_usable_size(heap, block), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK_REFUSED(arenite_heap_usable_size(heap, NULL), ARENITE_ERROR_NULL, "the block");
    CHECK_REFUSED(arenite_heap_realloc(heap, &size, 10), ARENITE_ERROR_NOT_A_BLOCK, "never handed");
    zeros = (unsigned char *)arenite_heap_calloc(heap, 1000, 3);
    for (i = 0; i < 3000; i++) CHECK(zeros[i] == 0);
    memset(zeros, 1, 3000);
    CHECK(arenite_heap_free(heap, zeros));
    zeros = (unsigned char *)arenite_heap_calloc(heap, 3000, 1);
    for (i = 0; i < 3000; i++) CHECK(zeros[i] == 0);
    CHECK(arenite_heap_free(heap, zeros));
    CHECK_REFUSED(arenite_heap_calloc(heap, (size_t)-1 / 2, 3), ARENITE_ERROR_OVERFLOW, "times");
    CHECK_REFUSED(arenite_heap_calloc(heap, 0, 3), ARENITE_ERROR_ZERO_SIZE, "arenite_heap_calloc");
}

static void aligned_blocks_and_texts(arenite_heap *heap) {
    size_t alignment;
    char *text;
    for (alignment = 1; alignment <= 2ul << 20; alignment *= 2) {
        void *block = arenite_heap_alloc_aligned(heap, 100, alignment);
        CHECK(block != NULL && (size_t)block % alignment == 0 && (size_t)block % 16 == 0);
        CHECK(arenite_heap_free(heap, block));
    }
    CHECK_REFUSED(arenite_heap_alloc_aligned(heap, 16, 0), ARENITE_ERROR_BAD_ALIGNMENT, "powers of two");
    CHECK_REFUSED(arenite_heap_alloc_aligned(heap, 16, 24), ARENITE_ERROR_BAD_ALIGNMENT, "powers of two");
    CHECK_REFUSED(arenite_heap_alloc_aligned(heap, 16, 4ul << 20), ARENITE_ERROR_BAD_ALIGNMENT, "2 MiB");
    CHECK_REFUSED(arenite_heap_alloc_aligned(heap, 0, 16), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    text = arenite_heap_strdup(heap, "sand");
    CHECK(text != NULL && strcmp(text, "sand") == 0 && arenite_heap_free(heap, text));
    CHECK_REFUSED(arenite_heap_strdup(heap, NULL), ARENITE_ERROR_NULL, "the text");
}

static void figures_tell_what_is_live(void) {
    arenite_heap *heap = arenite_heap_create(NULL);
    arenite_heap_stats stats;
    void *blocks[100];
    int i;
    for (i = 0; i < 100; i++) blocks[i] = arenite_heap_alloc(heap, 1000);
    CHECK(arenite_heap_get_stats(heap, &stats) && stats.live == 100 && stats.live_bytes >= 100000);
    CHECK(stats.held >= stats.live_bytes && stats.shards == 1 && stats.large == 0);
    for (i = 0; i < 100; i++) CHECK(arenite_heap_free(heap, blocks[i]));
    CHECK(arenite_heap_get_stats(heap, &stats) && stats.live == 0);
    arenite_heap_trim(heap);
    CHECK(arenite_heap_check(heap) == 0);
    CHECK_REFUSED(arenite_heap_get_stats(heap, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK(arenite_heap_destroy(heap));
    CHECK_REFUSED(arenite_heap_get_stats(heap, &stats), ARENITE_ERROR_DESTROYED, "arenite_heap_get_stats");
    CHECK_REFUSED(arenite_heap_trim(heap), ARENITE_ERROR_DESTROYED, "arenite_heap_trim");
    CHECK_REFUSED(arenite_heap_check(heap), ARENITE_ERROR_DESTROYED, "arenite_heap_check");
    CHECK_REFUSED(arenite_heap_owns(heap, &stats), ARENITE_ERROR_DESTROYED, "arenite_heap_owns");
    CHECK_REFUSED(arenite_heap_usable_size(heap, &stats), ARENITE_ERROR_DESTROYED, "arenite_heap_usable_size");
    CHECK_REFUSED(arenite_heap_calloc(heap, 1, 1), ARENITE_ERROR_DESTROYED, "arenite_heap_calloc");
    CHECK_REFUSED(arenite_heap_realloc(heap, NULL, 1), ARENITE_ERROR_DESTROYED, "arenite_heap_realloc");
    CHECK_REFUSED(arenite_heap_strdup(heap, "x"), ARENITE_ERROR_DESTROYED, "arenite_heap_strdup");
    CHECK_REFUSED(arenite_heap_alloc_aligned(heap, 1, 16), ARENITE_ERROR_DESTROYED, "arenite_heap_alloc_aligned");
}

static int crossings = 0;

static void on_soft(void *context, size_t budget, size_t charged) {
    crossings++;
    CHECK(context == &crossings && budget == 100000 && charged > budget);
}

static void nodes_charge_all_the_way_up_and_refuse_beyond_a_hard_budget(void) {
    arenite_node_options options;
    arenite_heap_options heap_options;
    arenite_arena_options arena_options;
    arenite_node_stats stats;
    arenite_node *game, *level;
    arenite_heap *heap;
    arenite_arena *arena;
    memset(&options, 0, sizeof options);
    memset(&heap_options, 0, sizeof heap_options);
    memset(&arena_options, 0, sizeof arena_options);
    options.size = sizeof options;
    heap_options.size = sizeof heap_options;
    arena_options.size = sizeof arena_options;
    options.name = "game";
    options.soft_budget = 100000;
    options.hard_budget = 200000;
    options.on_soft = on_soft;
    options.context = &crossings;
    game = arenite_node_create(&options);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.name = "level";
    options.parent = game;
    options.tag = ARENITE_TAG_SCENE;
    level = arenite_node_create(&options);
    heap_options.parent = level;
    heap_options.name = "sounds";
    heap = arenite_heap_create(&heap_options);
    arena_options.parent = level;
    arena_options.name = "terrain";
    arena = arenite_arena_create(&arena_options);
    CHECK(arenite_node_get_stats(game, &stats) && stats.charged == 65536 + 4096);
    CHECK(crossings == 0 && arenite_arena_alloc(arena, 50000) != NULL && crossings == 1);
    CHECK_REFUSED(arenite_arena_alloc(arena, 100000), ARENITE_ERROR_BUDGET, "\"game\"");
    CHECK_REFUSED(arenite_heap_alloc(heap, 100000), ARENITE_ERROR_BUDGET, "\"game\"");
    CHECK(arenite_node_set_budget(game, 0, 0) && arenite_arena_alloc(arena, 100000) != NULL);
    /* Nodes live as long as something is charged to them. */
    CHECK(arenite_node_destroy(level));
    CHECK_REFUSED(arenite_node_destroy(level), ARENITE_ERROR_DESTROYED, "a node");
    CHECK_REFUSED(arenite_heap_create(&heap_options), ARENITE_ERROR_DESTROYED, "a node");
    CHECK(arenite_node_get_stats(game, &stats) && stats.charged > 200000);
    CHECK(arenite_heap_destroy(heap) && arenite_arena_destroy(arena));
    CHECK(arenite_node_get_stats(game, &stats) && stats.charged == 0 && stats.high_water > 200000);
    CHECK_REFUSED(arenite_node_get_stats(game, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK_REFUSED(arenite_node_set_budget(NULL, 1, 1), ARENITE_ERROR_NULL, "a node");
    CHECK(arenite_node_destroy(game) && arenite_node_destroy(NULL));
}

static void a_limited_heap_refuses_and_says_who(void) {
    arenite_heap_options options;
    arenite_heap *heap;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.name = "tiny";
    options.limit = 1;
    CHECK_REFUSED(arenite_heap_create(&options), ARENITE_ERROR_LIMIT, "\"tiny\"");
    options.limit = 256 << 10;
    heap = arenite_heap_create(&options);
    arenite_clear_error();
    while (arenite_heap_alloc(heap, 5000) != NULL) {}
    CHECK(arenite_last_error() == ARENITE_ERROR_LIMIT && strstr(arenite_last_error_text(), "\"tiny\"") != NULL);
    CHECK_REFUSED(arenite_heap_calloc(heap, 1000, 1000), ARENITE_ERROR_LIMIT, "limit");
    CHECK(arenite_heap_destroy(heap));
    options.size = 3;
    CHECK_REFUSED(arenite_heap_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "sizeof(arenite_heap_options)");
    options.size = sizeof options;
    options.tag = 99;
    CHECK_REFUSED(arenite_heap_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "no tag");
}

int main(void) {
    arenite_heap *heap = arenite_heap_create_default();
    blocks_grow_shrink_and_keep_their_contents(heap);
    aligned_blocks_and_texts(heap);
    CHECK(arenite_heap_destroy(heap));
    figures_tell_what_is_live();
    nodes_charge_all_the_way_up_and_refuse_beyond_a_hard_budget();
    a_limited_heap_refuses_and_says_who();
    return check_result();
}
