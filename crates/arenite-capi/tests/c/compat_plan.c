/* The programs of the chunked-arena plan, under its names. */
#include <compat/arena.h>
#include <compat/mempool.h>
#include "check.h"

/* Pattern 1, before: a pool for what is temporary. */
static void formatter_with_a_pool(void) {
    Pool *temp_pool = pool_create();
    char *buffer = (char *)pool_alloc(temp_pool, 100);
    char *text = pool_strdup(temp_pool, "sand");
    CHECK(buffer != NULL && strcmp(text, "sand") == 0);
    buffer = (char *)pool_realloc(temp_pool, buffer, 10000);
    CHECK(buffer != NULL);
    pool_free(temp_pool, buffer);
    buffer = (char *)pool_calloc(temp_pool, 100);
    CHECK(buffer != NULL && buffer[0] == 0 && buffer[99] == 0);
    pool_destroy(temp_pool);
}

/* Pattern 1, after: an arena on a pool. */
static void formatter_with_an_arena(void) {
    Pool *pool = pool_create();
    Arena *arena = arena_create_default(pool); /* 4KB initial, grows to 64KB */
    char *text = arena_sprintf(arena, "<%s>%d</%s>", "n", 42, "n");
    CHECK(text != NULL && strcmp(text, "<n>42</n>") == 0);
    arena_destroy(arena); /* destroys arena */
    pool_destroy(pool);   /* destroys underlying pool */
}

/* Pattern 2: one arena over many files. */
static void one_arena_for_many_files(void) {
    Pool *pool = pool_create();
    Arena *arena = arena_create_default(pool); /* Adaptive sizing */
    size_t chunks = 0, allocated = 0;
    int file, i;
    for (file = 0; file < 1000; file++) {
        arena_reset(arena); /* reuse memory, keeps grown chunk size */
        for (i = 0; i < 200; i++) CHECK(arena_alloc(arena, (size_t)i * 7 + 1) != NULL);
        if (file == 0) chunks = arena_chunk_count(arena), allocated = arena_total_allocated(arena);
        CHECK(arena_chunk_count(arena) == chunks && arena_total_allocated(arena) == allocated);
    }
    CHECK(chunks > 1);
    arena_destroy(arena);
    pool_destroy(pool);
}

/* Pattern 3: scopes. The plan's snapshot of fields is a mark. */
static void scopes(void) {
    Pool *main_pool = pool_create(), *outer_pool = pool_create();
    Arena *outer = arena_create_default(main_pool);
    Arena *inner;
    ArenaMark snapshot;
    size_t used;
    char *kept = arena_strdup(outer, "kept");
    used = arena_total_used(outer);
    snapshot = arena_snapshot(outer);
    CHECK(arena_alloc(outer, 100000) != NULL);
    CHECK(arena_restore(outer, snapshot) && arena_total_used(outer) == used);
    CHECK(strcmp(kept, "kept") == 0);
    inner = arena_create(outer_pool, 4096, 4096); /* small chunks */
    CHECK(arena_alloc(inner, 5000) != NULL && arena_alloc(inner, 3000) != NULL && arena_alloc(inner, 3000) != NULL);
    arena_destroy(inner); /* inner arena gone */
    arena_destroy(outer);
    pool_destroy(main_pool);
    pool_destroy(outer_pool);
}

static void process_document(Arena *arena) {
    int i;
    for (i = 0; i < 3000; i++) CHECK(arena_alloc(arena, 40) != NULL);
}

/* Reset behaviour. */
static void second_iteration_needs_no_growth(void) {
    Pool *pool = pool_create();
    Arena *arena = arena_create_default(pool);
    size_t allocated;
    process_document(arena); /* Heavy allocation */
    allocated = arena_total_allocated(arena);
    arena_reset(arena); /* Keep 64KB chunks */
    process_document(arena); /* Fast! No chunk allocation */
    CHECK(arena_total_allocated(arena) == allocated);
    arena_reset(arena);
    arena_clear(arena);
    CHECK(arena_total_allocated(arena) == ARENA_INITIAL_CHUNK_SIZE && arena_chunk_count(arena) == 1);
    arena_destroy(arena);
    pool_destroy(pool);
}

/* So many bytes, but for the headers of so many chunks. */
static int about(size_t bytes, size_t planned, size_t headers) {
    return bytes < planned && bytes >= planned - headers * 128;
}

/* The plan's scenarios, with the right numbers. */
static void scenarios(void) {
    Pool *pool = pool_create();
    Arena *arena = arena_create_default(pool);
    arenite_heap_stats stats;
    size_t i;
    for (i = 0; i < 50; i++) CHECK(arena_alloc(arena, 40) != NULL);
    CHECK(arena_total_allocated(arena) == 4096 && arena_total_used(arena) == 50 * 48);
    CHECK(arena_waste(arena) == 4096 - 50 * 48);
    arena_reset(arena);
    for (i = 0; i < 1600; i++) CHECK(arena_alloc(arena, 64) != NULL);
    CHECK(about(arena_total_allocated(arena), 124 * 1024, 4) && arena_chunk_count(arena) == 5);
    /* With its header the last is one segment of the pool, not two, and those before it share two. */
    CHECK(arenite_heap_get_stats(pool, &stats) && stats.held < 193 * 1024);
    arena_clear(arena);
    CHECK(arena_alloc(arena, 50 * 1024) != NULL);
    CHECK(arena_total_allocated(arena) == 54 * 1024 && arena_chunk_count(arena) == 2);
    for (i = 0; i < 65; i++) CHECK(arena_alloc(arena, 64) != NULL);
    CHECK(about(arena_total_allocated(arena), (54 + 8) * 1024, 1));
    arena_destroy(arena);
    pool_destroy(pool);
}

static void safety_and_constants(void) {
    Pool *pool = pool_create();
    Arena *arena = arena_create(pool, 0, 0);
    char *block;
    CHECK(ARENA_INITIAL_CHUNK_SIZE == 4096 && ARENA_MAX_CHUNK_SIZE == 65536 && ARENA_DEFAULT_ALIGNMENT == 16);
    CHECK(ARENA_VALID_MARKER == 0xABCD4321ul);
    CHECK(arena_alloc(NULL, 1) == NULL && arena_alloc(arena, 0) == NULL && arena_alloc(arena, (1ul << 30) + 1) == NULL);
    CHECK(arena_calloc(NULL, 1) == NULL && arena_strdup(NULL, "x") == NULL && arena_strndup(NULL, "x", 1) == NULL);
    CHECK(arena_sprintf(NULL, "%d", 1) == NULL && arena_total_used(NULL) == 0 && arena_chunk_count(NULL) == 0);
    CHECK(arena_alloc_aligned(arena, 10, 0) == NULL && arena_alloc_aligned(arena, 10, 24) == NULL);
    block = (char *)arena_alloc_aligned(arena, 10, 256);
    CHECK((size_t)block % 256 == 0);
    block = (char *)arena_calloc(arena, 100);
    CHECK(block != NULL && block[99] == 0);
    CHECK(strcmp(arena_strndup(arena, "grains", 5), "grain") == 0);
    arena_reset(NULL);
    arena_clear(NULL);
    arena_destroy(NULL);
    arena_destroy(arena);
    arena_destroy(arena);
    CHECK(arena_alloc(arena, 1) == NULL && arenite_last_error() == ARENITE_ERROR_DESTROYED);
    CHECK_REFUSED(arena_create(NULL, 4096, 65536), ARENITE_ERROR_NULL, "arena_create: NULL was passed for a heap");
    CHECK_REFUSED(arena_create_default(NULL), ARENITE_ERROR_NULL, "a heap");
    block = (char *)pool_alloc(pool, 10);
    pool_free(pool, block);
    arenite_clear_error();
    pool_free(pool, block);
    CHECK(arenite_last_error() == ARENITE_ERROR_DOUBLE_FREE);
    pool_destroy(pool);
    pool_destroy(pool);
    pool_destroy(NULL);
    CHECK(pool_alloc(pool, 1) == NULL && pool_alloc(NULL, 1) == NULL && pool_strdup(NULL, "x") == NULL);
}

static void cleanup_destroys_the_pools_and_nothing_else(void) {
    Pool *one = pool_create(), *two = pool_create();
    arenite_heap *other;
    pool_destroy(one);
    other = arenite_heap_create_default(); /* Takes the first one's place. */
    mempool_cleanup();
    CHECK_REFUSED(pool_alloc(two, 1), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK(arenite_heap_alloc(other, 1) != NULL);
    mempool_cleanup();
    one = pool_create();
    CHECK(pool_alloc(one, 1) != NULL);
    mempool_cleanup();
    CHECK(pool_alloc(one, 1) == NULL && arenite_heap_destroy(other));
}

int main(void) {
    formatter_with_a_pool();
    formatter_with_an_arena();
    one_arena_for_many_files();
    scopes();
    second_iteration_needs_no_growth();
    scenarios();
    safety_and_constants();
    cleanup_destroys_the_pools_and_nothing_else();
    return check_result();
}
