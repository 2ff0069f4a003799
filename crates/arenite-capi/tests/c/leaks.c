/* Below LeakSanitizer: a block of malloc that only our memory points to is no leak. With an argument one is leaked. */
#include "check.h"

static void *volatile hidden;

/* In a frame of its own, whose remains the call after it writes over. */
static void fill(arenite_arena *arena, arenite_heap *heap, arenite_zone *zone) {
    *(void **)arenite_arena_alloc(arena, sizeof(void *)) = malloc(101);
    *(void **)arenite_heap_alloc(heap, 64) = malloc(102);
    *(void **)arenite_zone_push(zone, sizeof(void *)) = malloc(103);
}

static void leak(void) {
    hidden = malloc(104);
    hidden = NULL;
}

static void forget(void) {
    volatile char remains[8192];
    size_t i;
    for (i = 0; i < sizeof remains; i++) remains[i] = 0;
}

int main(int count, char **words) {
    static arenite_arena_options options;
    static arenite_areas areas;
    arenite_arena *arena;
    (void)words;
    options.size = sizeof options;
    options.reserve = 1 << 20;
    arena = arenite_arena_create(&options);
    CHECK(arenite_memory_get_areas(arenite_memory_create(NULL, 0, NULL), &areas));
    fill(arena, arenite_heap_create_default(), areas.permanent_arena);
    /* A range that went back is none to look in, and the sanitizer does not end the program for it. */
    CHECK(arenite_arena_destroy(arenite_arena_create(&options)));
    if (count > 1) leak();
    forget();
    return check_result();
}
