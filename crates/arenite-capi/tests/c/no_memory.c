/* When the system has no memory, calls are refused, and the program goes on. */
#include "check.h"
#include <sys/resource.h>

static void take_it_all(void) {
    size_t size;
    for (size = 1 << 20; size >= 32; size /= 2)
        while (malloc(size) != NULL) {}
}

int main(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_heap *heap = arenite_heap_create_default();
    arenite_arena_options options;
    arenite_node_options node_options;
    arenite_heap_options heap_options;
    struct rlimit limit;
    size_t used;
    char *text;
    memset(&options, 0, sizeof options);
    memset(&node_options, 0, sizeof node_options);
    memset(&heap_options, 0, sizeof heap_options);
    options.size = sizeof options;
    options.name = "named";
    node_options.size = sizeof node_options;
    node_options.name = "named";
    heap_options.size = sizeof heap_options;
    heap_options.name = "named";
    text = arenite_arena_strdup(arena, "kept");
    limit.rlim_cur = limit.rlim_max = 256ul << 20;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    take_it_all();
    /* What is at hand is served; then there is a refusal, and nothing is lost. */
    while (arenite_arena_alloc(arena, 1000) != NULL) {}
    used = arenite_arena_used(arena);
    CHECK_REFUSED(arenite_arena_alloc(arena, 100000), ARENITE_ERROR_OUT_OF_MEMORY, "no memory");
    CHECK_REFUSED(arenite_arena_calloc(arena, 100, 1000), ARENITE_ERROR_OUT_OF_MEMORY, "no memory");
    CHECK_REFUSED(arenite_arena_create(&options), ARENITE_ERROR_OUT_OF_MEMORY, "memory");
    CHECK_REFUSED(arenite_node_create(&node_options), ARENITE_ERROR_OUT_OF_MEMORY, "memory");
    CHECK_REFUSED(arenite_heap_create(&heap_options), ARENITE_ERROR_OUT_OF_MEMORY, "memory");
    CHECK_REFUSED(arenite_heap_alloc(heap, 10000000), ARENITE_ERROR_OUT_OF_MEMORY, "no memory");
    CHECK_REFUSED(arenite_arena_pool_create(NULL), ARENITE_ERROR_OUT_OF_MEMORY, "memory");
    CHECK(arenite_arena_used(arena) == used && strcmp(text, "kept") == 0);
    CHECK(arenite_arena_reset(arena) && arenite_arena_alloc(arena, 1000) != NULL);
    CHECK(arenite_heap_destroy(heap) && arenite_arena_destroy(arena));
    return check_result();
}
