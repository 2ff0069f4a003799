/* Four threads on one heap, and on one pool of arenas, a hundred times. */
#include "check.h"
#include <pthread.h>

#define THREADS 4
#define RUNS 100
#define BLOCKS 200

static arenite_heap *heap;
static arenite_arena_pool *pool;
static void *handed[THREADS][BLOCKS];
static pthread_barrier_t all_there;

static void *work(void *number) {
    int me = (int)(size_t)number, other = (me + 1) % THREADS, i;
    void *own[BLOCKS];
    arenite_arena *arena = arenite_arena_pool_take(pool);
    int bad = arena == NULL;
    for (i = 0; i < BLOCKS; i++) {
        size_t size = (size_t)(i * 37 + me) % 3000 + 1;
        own[i] = arenite_heap_alloc(heap, size);
        handed[me][i] = arenite_heap_calloc(heap, 1, size);
        if (own[i] == NULL || handed[me][i] == NULL) return (void *)1;
        memset(own[i], me, size);
        bad += arenite_arena_alloc(arena, size) == NULL;
    }
    for (i = 0; i < BLOCKS; i += 2) own[i] = arenite_heap_realloc(heap, own[i], 4000);
    for (i = 0; i < BLOCKS; i++) {
        bad += ((unsigned char *)own[i])[0] != (unsigned char)me;
        bad += !arenite_heap_free(heap, own[i]);
    }
    bad += !arenite_arena_pool_give(pool, arena);
    pthread_barrier_wait(&all_there);
    for (i = 0; i < BLOCKS; i++) bad += !arenite_heap_free(heap, handed[other][i]);
    return (void *)(size_t)bad;
}

static void *destroy_heap(void *unused) {
    (void)unused;
    return (void *)(size_t)!arenite_heap_destroy(heap);
}

static void misuse_of_pools(void) {
    arenite_arena_pool_options options;
    arenite_arena_options arenas;
    arenite_arena_pool_stats stats;
    arenite_arena_pool *one, *gone;
    arenite_arena *arena, *plain = arenite_arena_create_default();
    char name[16];
    memset(&options, 0, sizeof options);
    memset(&arenas, 0, sizeof arenas);
    options.size = sizeof options;
    arenas.size = sizeof arenas;
    options.name = "request";
    options.keep = 1;
    options.at_most = 1;
    options.arenas = &arenas;
    arenas.initial_chunk = 16 << 10;
    one = arenite_arena_pool_create(&options);
    arena = arenite_arena_pool_take(one);
    CHECK(arena != NULL && arenite_arena_allocated(arena) == 16 << 10);
    CHECK(arenite_arena_name(arena, name, sizeof name) == 9 && strcmp(name, "request 1") == 0);
    CHECK_REFUSED(arenite_arena_pool_take(one), ARENITE_ERROR_LIMIT, "all 1 that may be out");
    CHECK_REFUSED(arenite_arena_destroy(arena), ARENITE_ERROR_BAD_ARGUMENT, "arenite_arena_pool_give");
    CHECK_REFUSED(arenite_arena_pool_destroy(one), ARENITE_ERROR_BUSY, "1 of its arenas are out");
    CHECK_REFUSED(arenite_arena_pool_give(one, plain), ARENITE_ERROR_FOREIGN, "not taken from");
    CHECK_REFUSED(arenite_arena_pool_give(pool, arena), ARENITE_ERROR_FOREIGN, "not taken from");
    CHECK_REFUSED(arenite_arena_pool_give(one, NULL), ARENITE_ERROR_NULL, "an arena");
    CHECK_REFUSED(arenite_arena_pool_give(NULL, arena), ARENITE_ERROR_NULL, "a pool of arenas");
    CHECK_REFUSED(arenite_arena_pool_take((arenite_arena_pool *)plain), ARENITE_ERROR_FOREIGN, "the handle of an arena");
    CHECK(arenite_arena_alloc(arena, 100) != NULL);
    CHECK(arenite_arena_pool_give(one, arena));
    CHECK_REFUSED(arenite_arena_pool_give(one, arena), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_arena_alloc(arena, 100), ARENITE_ERROR_DESTROYED, "destroyed");
    arena = arenite_arena_pool_take(one);
    CHECK(arenite_arena_used(arena) == 0 && arenite_arena_pool_give(one, arena));
    CHECK(arenite_arena_pool_get_stats(one, &stats) && stats.made == 1 && stats.taken == 2 && stats.kept == 1);
    CHECK(arenite_arena_pool_clear(one));
    CHECK(arenite_arena_pool_get_stats(one, &stats) && stats.kept == 0 && stats.dropped == 1);
    CHECK_REFUSED(arenite_arena_pool_get_stats(one, NULL), ARENITE_ERROR_NULL, "the stats");
    gone = one;
    CHECK(arenite_arena_pool_destroy(one) && arenite_arena_pool_destroy(NULL));
    CHECK_REFUSED(arenite_arena_pool_take(gone), ARENITE_ERROR_DESTROYED, "pool of arenas");
    CHECK_REFUSED(arenite_arena_pool_destroy(gone), ARENITE_ERROR_DESTROYED, "pool of arenas");
    CHECK_REFUSED(arenite_arena_pool_clear(gone), ARENITE_ERROR_DESTROYED, "pool of arenas");
    options.size = 1;
    CHECK_REFUSED(arenite_arena_pool_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "arenite_arena_pool_options");
    options.size = sizeof options;
    arenas.tag = 77;
    CHECK_REFUSED(arenite_arena_pool_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "no tag");
    /* An arena of a pool that a thread leaves behind can be adopted and given back. */
    CHECK(arenite_arena_destroy(plain));
}

int main(void) {
    int run;
    size_t i;
    pool = arenite_arena_pool_create(NULL);
    CHECK(pthread_barrier_init(&all_there, NULL, THREADS) == 0);
    for (run = 0; run < RUNS; run++) {
        pthread_t threads[THREADS], last;
        arenite_heap_stats stats;
        void *bad;
        heap = arenite_heap_create_default();
        for (i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
        for (i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], &bad) == 0 && bad == NULL);
        CHECK(arenite_heap_get_stats(heap, &stats) && stats.live == 0);
        /* Any thread may destroy it. */
        CHECK(pthread_create(&last, NULL, destroy_heap, NULL) == 0 && pthread_join(last, &bad) == 0 && bad == NULL);
        CHECK_REFUSED(arenite_heap_alloc(heap, 1), ARENITE_ERROR_DESTROYED, "destroyed");
    }
    misuse_of_pools();
    CHECK(arenite_arena_pool_destroy(pool));
    return check_result();
}
