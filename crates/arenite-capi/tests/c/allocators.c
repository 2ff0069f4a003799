/* Allocators as values: what each does, how layers compose, and whatever is passed has an answer. */
#include "check.h"

typedef struct counting {
    int live, destroyed, refuse;
} counting;

static void *own_alloc(void *context, size_t size, size_t alignment) {
    counting *own = (counting *)context;
    void *block = own->refuse || alignment > 16 ? NULL : malloc(size);
    own->live += block != NULL;
    return block;
}

static arenite_bool own_free(void *context, void *block, size_t size, size_t alignment) {
    (void)size; (void)alignment;
    ((counting *)context)->live--;
    free(block);
    return 1;
}

static void own_destroy(void *context) { ((counting *)context)->destroyed++; }

static arenite_allocator_vtable own_table(void) {
    arenite_allocator_vtable table;
    memset(&table, 0, sizeof table);
    table.size = sizeof table;
    table.name = "own";
    table.promises = ARENITE_PROMISES_FREE;
    table.alloc = own_alloc;
    table.free = own_free;
    table.destroy = own_destroy;
    return table;
}

static void blocks_come_and_go(arenite_allocator *allocator, size_t size) {
    char *block = (char *)arenite_allocator_alloc(allocator, size, 0);
    CHECK(block != NULL && (size_t)block % 16 == 0);
    if (block == NULL) return;
    memset(block, 7, size);
    block = (char *)arenite_allocator_realloc(allocator, block, size, size / 2 + 1, 0);
    CHECK(block != NULL && block[0] == 7 && block[size / 2] == 7);
    CHECK(arenite_allocator_free(allocator, block, size / 2 + 1, 0));
    CHECK(arenite_allocator_free(allocator, NULL, 1, 0));
    block = (char *)arenite_allocator_realloc(allocator, NULL, 0, size, 0);
    CHECK(block != NULL && arenite_allocator_free(allocator, block, size, 0));
    CHECK_REFUSED(arenite_allocator_alloc(allocator, 0, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_allocator_alloc(allocator, 8, 24), ARENITE_ERROR_BAD_ALIGNMENT, "24");
    CHECK_REFUSED(arenite_allocator_alloc(allocator, (size_t)-1, 0), ARENITE_ERROR_OVERFLOW, "bytes");
}

static void each_allocator_serves_and_refuses(void) {
    static char buffer[8192];
    arenite_arena *arena = arenite_arena_create_default();
    arenite_heap *heap = arenite_heap_create_default();
    arenite_allocator *all[5];
    size_t i;
    all[0] = arenite_allocator_of_arena(arena);
    all[1] = arenite_allocator_of_heap(heap);
    all[2] = arenite_allocator_system();
    all[3] = arenite_allocator_fixed_buffer(buffer, sizeof buffer);
    all[4] = arenite_allocator_pool(100);
    for (i = 0; i < 5; i++) {
        arenite_allocator_stats stats;
        CHECK(all[i] != NULL && arenite_allocator_promises(all[i]) != 0);
        blocks_come_and_go(all[i], 100);
        CHECK(arenite_allocator_stats_get(all[i], &stats));
    }
    /* What an arena serves after it lies at a multiple of 16 as well. */
    blocks_come_and_go(all[0], 8);
    CHECK(arenite_allocator_alloc(all[0], 24, 8) != NULL && (size_t)arenite_arena_alloc(arena, 1) % 16 == 0);
    {
        void *last = arenite_allocator_alloc(all[0], 24, 8);
        size_t used = arenite_arena_used(arena);
        CHECK(arenite_allocator_free(all[0], last, 24, 8) && arenite_arena_used(arena) == used - 32);
    }
    CHECK_REFUSED(arenite_allocator_stats_get(all[0], NULL), ARENITE_ERROR_NULL, "struct");
    CHECK_REFUSED(arenite_allocator_alloc(all[4], 200, 0), arenite_last_error(), "");
    CHECK(arenite_allocator_alloc(all[3], 16384, 0) == NULL);
    CHECK(arenite_allocator_reset(all[0]) && arenite_allocator_reset(all[3]));
    CHECK_REFUSED(arenite_allocator_reset(all[1]), ARENITE_ERROR_UNSUPPORTED, "one by one");
    {
        char *block = (char *)arenite_allocator_alloc(all[0], 16, 0);
        CHECK(arenite_allocator_owns(all[0], block) && !arenite_allocator_owns(all[0], &i));
        CHECK(arenite_allocator_resize(all[0], block, 16, 64, 0));
        CHECK(arenite_allocator_alloc(all[0], 16, 0) == block + 64);
        CHECK_REFUSED(arenite_allocator_resize(all[0], block, 64, 128, 0), ARENITE_ERROR_NOT_LAST, "where it is");
        block = (char *)arenite_allocator_alloc(all[1], 16, 0);
        CHECK(arenite_allocator_free(all[1], block, 16, 0));
        CHECK_REFUSED(arenite_allocator_free(all[1], block, 16, 0), ARENITE_ERROR_DOUBLE_FREE, "free already");
    }
    /* What an allocator names may end before it. */
    CHECK(arenite_arena_destroy(arena) && arenite_heap_destroy(heap));
    CHECK_REFUSED(arenite_allocator_alloc(all[0], 16, 0), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_alloc(all[1], 16, 0), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_reset(all[0]), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_of_arena(arena), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_of_heap(NULL), ARENITE_ERROR_NULL, "a heap");
    for (i = 0; i < 5; i++) CHECK(arenite_allocator_destroy(all[i]));
    CHECK_REFUSED(arenite_allocator_destroy(all[0]), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_alloc(all[0], 16, 0), ARENITE_ERROR_DESTROYED, "an allocator");
    CHECK_REFUSED(arenite_allocator_alloc(NULL, 16, 0), ARENITE_ERROR_NULL, "an allocator");
    CHECK(arenite_allocator_destroy(NULL));
    CHECK_REFUSED(arenite_allocator_fixed_buffer(NULL, 100), ARENITE_ERROR_NULL, "a buffer");
    CHECK(arenite_allocator_fixed_buffer(buffer, 10) == NULL);
    CHECK_REFUSED(arenite_allocator_pool(0), ARENITE_ERROR_BAD_ARGUMENT, "0 bytes");
}

static void the_programs_own_is_called_and_told_of_its_end(void) {
    counting own = {0, 0, 0};
    arenite_allocator_vtable table = own_table(), bad;
    arenite_allocator *allocator = arenite_allocator_create(&table, &own), *limited;
    blocks_come_and_go(allocator, 100);
    CHECK(own.live == 0);
    own.refuse = 1;
    CHECK_REFUSED(arenite_allocator_alloc(allocator, 10, 0), ARENITE_ERROR_OUT_OF_MEMORY, "10 bytes");
    own.refuse = 0;
    CHECK_REFUSED(arenite_allocator_alloc(allocator, 10, 64), ARENITE_ERROR_OUT_OF_MEMORY, "");
    limited = arenite_allocator_limited(allocator, 100);
    CHECK(arenite_allocator_destroy(allocator) && own.destroyed == 0);
    blocks_come_and_go(limited, 60);
    CHECK(arenite_allocator_destroy(limited) && own.destroyed == 1);
    CHECK_REFUSED(arenite_allocator_create(NULL, NULL), ARENITE_ERROR_NULL, "a vtable");
    bad = own_table(); bad.size = 3;
    CHECK_REFUSED(arenite_allocator_create(&bad, NULL), ARENITE_ERROR_BAD_ARGUMENT, "sizeof(arenite_allocator_vtable)");
    bad = own_table(); bad.free = NULL;
    CHECK_REFUSED(arenite_allocator_create(&bad, NULL), ARENITE_ERROR_NULL, "no free");
    bad = own_table(); bad.promises = ARENITE_PROMISES_OWNS;
    CHECK_REFUSED(arenite_allocator_create(&bad, NULL), ARENITE_ERROR_BAD_ARGUMENT, "promises owns");
    bad = own_table(); bad.promises = 1u << 20;
    CHECK_REFUSED(arenite_allocator_create(&bad, NULL), ARENITE_ERROR_BAD_ARGUMENT, "no promise");
}

static void layers_compose(void) {
    counting own = {0, 0, 0};
    arenite_allocator_vtable table = own_table();
    arenite_allocator *bottom = arenite_allocator_create(&table, &own);
    arenite_heap *heap = arenite_heap_create_default();
    arenite_allocator *second = arenite_allocator_of_heap(heap);
    arenite_allocator *limited = arenite_allocator_limited(bottom, 100), *tracked = arenite_allocator_tracked(limited);
    arenite_allocator *fallback = arenite_allocator_fallback(tracked, second);
    arenite_allocator *failing = arenite_allocator_failing_nth(fallback, 3);
    arenite_allocator *after, *random, *shared, *segregated, *pool;
    char *small, *large;
    int refused = 0, i;
    CHECK_REFUSED(arenite_allocator_fallback(bottom, second), ARENITE_ERROR_UNSUPPORTED, "OWNS");
    CHECK_REFUSED(arenite_allocator_fallback(tracked, NULL), ARENITE_ERROR_NULL, "an allocator");
    CHECK_REFUSED(arenite_allocator_limited(NULL, 1), ARENITE_ERROR_NULL, "an allocator");
    small = (char *)arenite_allocator_alloc(failing, 80, 0);
    large = (char *)arenite_allocator_alloc(failing, 80, 0);
    CHECK(small && large && own.live == 1 && arenite_heap_owns(heap, large) && !arenite_heap_owns(heap, small));
    CHECK(arenite_allocator_alloc(failing, 8, 0) == NULL);
    CHECK_REFUSED(arenite_allocator_free(tracked, small, 8, 0), ARENITE_ERROR_WRONG_SIZE, "");
    CHECK(arenite_allocator_free(failing, small, 80, 0) && own.live == 0);
    CHECK_REFUSED(arenite_allocator_free(tracked, small, 80, 0), ARENITE_ERROR_DOUBLE_FREE, "");
    CHECK_REFUSED(arenite_allocator_alloc(limited, 101, 0), ARENITE_ERROR_LIMIT, "100");
    CHECK(arenite_allocator_free(failing, large, 80, 0));
    CHECK_REFUSED(arenite_allocator_failing_nth(bottom, 0), ARENITE_ERROR_BAD_ARGUMENT, "from 1");
    CHECK_REFUSED(arenite_allocator_failing_random(bottom, 1, 0), ARENITE_ERROR_BAD_ARGUMENT, "one request in 0");
    after = arenite_allocator_failing_after(second, 2);
    CHECK(arenite_allocator_alloc(after, 8, 0) && arenite_allocator_alloc(after, 8, 0) && !arenite_allocator_alloc(after, 8, 0));
    random = arenite_allocator_failing_random(second, 42, 4);
    for (i = 0; i < 1000; i++) refused += arenite_allocator_alloc(random, 8, 0) == NULL;
    CHECK(refused > 150 && refused < 350);
    shared = arenite_allocator_shared(bottom);
    CHECK(arenite_allocator_promises(shared) & ARENITE_PROMISES_THREADS);
    pool = arenite_allocator_pool(64);
    segregated = arenite_allocator_segregated(64, pool, second);
    small = (char *)arenite_allocator_alloc(segregated, 64, 0);
    large = (char *)arenite_allocator_alloc(segregated, 65, 0);
    CHECK(arenite_allocator_owns(pool, small) && !arenite_allocator_owns(pool, large) && arenite_heap_owns(heap, large));
    CHECK(arenite_allocator_free(segregated, small, 64, 0) && arenite_allocator_free(segregated, large, 65, 0));
    {
        CHECK(own.destroyed == 0);
        CHECK(arenite_allocator_destroy(bottom) && arenite_allocator_destroy(second) && arenite_allocator_destroy(limited));
        CHECK(arenite_allocator_destroy(tracked) && arenite_allocator_destroy(fallback) && arenite_allocator_destroy(failing));
        CHECK(arenite_allocator_destroy(after) && arenite_allocator_destroy(random) && arenite_allocator_destroy(shared));
        CHECK(arenite_allocator_destroy(segregated) && arenite_allocator_destroy(pool));
    }
    CHECK(own.destroyed == 1 && arenite_heap_destroy(heap));
}

static void a_stack_and_a_pool_are_named_by_their_handles(void) {
    arenite_range_options range;
    arenite_pool_options of_pool;
    arenite_stack *stack;
    arenite_pool *pool;
    arenite_allocator *stacked, *pooled, *either;
    arenite_allocator_stats stats;
    char *one, *two, *moved;
    memset(&range, 0, sizeof range);
    range.size = sizeof range;
    range.bytes = 1 << 20;
    stack = arenite_stack_create(&range);
    memset(&of_pool, 0, sizeof of_pool);
    of_pool.size = sizeof of_pool;
    of_pool.block_size = 64;
    of_pool.capacity = 2;
    pool = arenite_pool_create(&of_pool);
    stacked = arenite_allocator_of_stack(stack);
    pooled = arenite_allocator_of_pool(pool);
    CHECK(stacked != NULL && pooled != NULL);
    blocks_come_and_go(stacked, 200);
    blocks_come_and_go(pooled, 64);

    one = (char *)arenite_allocator_alloc(stacked, 100, 0);
    two = (char *)arenite_allocator_alloc(stacked, 100, 64);
    CHECK(one && two && (size_t)two % 64 == 0 && arenite_stack_owns(stack, two) && arenite_allocator_owns(stacked, one));
    CHECK_REFUSED(arenite_allocator_free(stacked, one, 100, 0), ARENITE_ERROR_OUT_OF_ORDER, "not the top");
    CHECK(!arenite_allocator_resize(stacked, one, 100, 200, 0));
    CHECK_REFUSED(arenite_allocator_free(stacked, two, 50, 64), ARENITE_ERROR_WRONG_SIZE, "");
    CHECK(arenite_allocator_resize(stacked, two, 100, 300, 64));
    CHECK_REFUSED(arenite_allocator_free(stacked, &range, 100, 0), ARENITE_ERROR_NOT_A_BLOCK, "no block of the stack");
    memset(one, 9, 100);
    moved = (char *)arenite_allocator_realloc(stacked, one, 100, 400, 0);
    CHECK(moved > two && moved[99] == 9);
    CHECK(arenite_allocator_stats_get(stacked, &stats) && stats.live == 3 && stats.used >= 800);
    CHECK(arenite_allocator_free(stacked, moved, 400, 0) && arenite_allocator_free(stacked, two, 300, 64));
    CHECK(arenite_allocator_free(stacked, one, 100, 0));
    CHECK_REFUSED(arenite_allocator_free(stacked, one, 100, 0), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK(arenite_stack_push(stack, 10) != NULL && arenite_allocator_reset(stacked) && arenite_stack_push(stack, 10) == one);

    CHECK_REFUSED(arenite_allocator_alloc(pooled, 65, 0), ARENITE_ERROR_TOO_LARGE, "64");
    one = (char *)arenite_allocator_alloc(pooled, 10, 0);
    two = (char *)arenite_pool_alloc(pool);
    CHECK(one && two && arenite_allocator_owns(pooled, two));
    CHECK_REFUSED(arenite_allocator_alloc(pooled, 64, 0), ARENITE_ERROR_FULL, "");
    CHECK(arenite_allocator_free(pooled, two, 64, 0) && arenite_pool_free(pool, one));
    CHECK_REFUSED(arenite_allocator_free(pooled, one, 10, 0), ARENITE_ERROR_DOUBLE_FREE, "");
    either = arenite_allocator_fallback(pooled, stacked);
    one = (char *)arenite_allocator_alloc(either, 64, 0);
    two = (char *)arenite_allocator_alloc(either, 65, 0);
    CHECK(arenite_allocator_owns(pooled, one) && arenite_stack_owns(stack, two));
    CHECK(arenite_allocator_free(either, one, 64, 0) && arenite_allocator_free(either, two, 65, 0));

    CHECK(arenite_pool_destroy(pool) && arenite_stack_destroy(stack));
    CHECK_REFUSED(arenite_allocator_alloc(stacked, 8, 0), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_alloc(pooled, 8, 0), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_of_stack(stack), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_allocator_of_pool(NULL), ARENITE_ERROR_NULL, "NULL");
    CHECK(arenite_allocator_destroy(either) && arenite_allocator_destroy(stacked) && arenite_allocator_destroy(pooled));
}

static int faults;
static char text[2048];
static void on_fault(const arenite_fault *fault, void *context) {
    (void)context;
    faults++;
    sprintf(text, "%.2000s", fault->text);
}

static void a_watched_layer_obeys_the_grade_of_its_name(void) {
    arenite_allocator *system = arenite_allocator_system(), *watched = arenite_allocator_watched(system, "textures");
    static char *block; /* left on purpose, and no news to a tool */
    arenite_on_fault(on_fault, NULL);
    CHECK(arenite_set_node_grade("textures", ARENITE_GRADE_GUARD));
    block = (char *)arenite_allocator_alloc_at(watched, 13, 0, "textures.c", 77);
    CHECK(block != NULL);
    if (!check_below_a_tool()) {
        block[13] = 1;
        CHECK(!arenite_check_integrity(NULL) && faults == 1 && strstr(text, "allocated at textures.c:77") != NULL);
    }
    faults = 0;
    CHECK(arenite_allocator_destroy(watched));
    CHECK(faults == 1 && strstr(text, "leak") != NULL && strstr(text, "textures.c:77") != NULL);
    CHECK(arenite_set_node_grade("textures", ARENITE_GRADE_INHERIT));
    arenite_on_fault(NULL, NULL);
    CHECK(arenite_allocator_destroy(system));
    CHECK_REFUSED(arenite_allocator_watched(NULL, "x"), ARENITE_ERROR_NULL, "an allocator");
}

int main(void) {
    /* Also under a tool, where the grade would be guard: each test says its own. */
    CHECK(arenite_set_grade(ARENITE_GRADE_OFF));
    each_allocator_serves_and_refuses();
    the_programs_own_is_called_and_told_of_its_end();
    layers_compose();
    a_stack_and_a_pool_are_named_by_their_handles();
    a_watched_layer_obeys_the_grade_of_its_name();
    return check_result();
}
