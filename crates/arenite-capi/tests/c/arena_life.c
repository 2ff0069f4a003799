/* Chunks, resets, marks, limits, figures, callbacks. */
#include "check.h"

#define KIB 1024

static arenite_arena_options options_of(const char *name) {
    arenite_arena_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.name = name;
    return options;
}

static void used_counts_grains_and_requested_counts_bytes(void) {
    arenite_arena_options options = options_of("counted");
    arenite_arena_stats stats;
    arenite_arena *arena;
    void *block;
    options.counting = 1;
    arena = arenite_arena_create(&options);
    block = arenite_arena_alloc(arena, 100);
    CHECK(arenite_arena_used(arena) == 112 && arenite_arena_requested(arena) == 100);
    CHECK(arenite_arena_alloc(arena, 50 * KIB) != NULL);
    CHECK(arenite_arena_alloc(arena, 1) != NULL);
    CHECK(arenite_arena_get_stats(arena, &stats) && stats.counting);
    CHECK(stats.used == 112 + 50 * KIB + 16 && stats.requested == 101 + 50 * KIB && stats.allocations == 3);
    CHECK(stats.allocated == 54 * KIB && stats.waste == stats.allocated - stats.used && stats.chunks == 2);
    CHECK(arenite_arena_waste(arena) == stats.waste && arenite_arena_allocated(arena) == stats.allocated);
    CHECK(arenite_arena_reset(arena));
    CHECK(arenite_arena_used(arena) == 0 && arenite_arena_requested(arena) == 0);
    block = arenite_arena_alloc(arena, 100);
    CHECK(arenite_arena_resize(arena, block, 100, 150));
    CHECK(arenite_arena_used(arena) == 160 && arenite_arena_requested(arena) == 150);
    CHECK(arenite_arena_set_counting(arena, 0) && arenite_arena_requested(arena) == 0);
    CHECK(arenite_arena_alloc(arena, 100) != NULL && arenite_arena_used(arena) == 160 + 112);
    CHECK((size_t)arenite_arena_alloc(arena, 100) % 16 == 0);
    CHECK(arenite_arena_destroy(arena));
}

static void chunks_double_up_to_the_largest_and_a_large_request_leaves_the_growth_alone(void) {
    arenite_arena *arena = arenite_arena_create_default();
    size_t i, expected[] = {4, 12, 28, 60, 124, 188};
    CHECK(arenite_arena_allocated(arena) == 4 * KIB && arenite_arena_chunk_count(arena) == 1);
    CHECK(arenite_arena_alloc(arena, 50 * KIB) != NULL);
    CHECK(arenite_arena_chunk_count(arena) == 2 && arenite_arena_allocated(arena) == 54 * KIB);
    CHECK(arenite_arena_clear(arena) && arenite_arena_chunk_count(arena) == 1);
    for (i = 0; i < sizeof expected / sizeof *expected; i++) {
        while (arenite_arena_allocated(arena) < expected[i] * KIB) CHECK(arenite_arena_alloc(arena, 64) != NULL);
        CHECK(arenite_arena_allocated(arena) == expected[i] * KIB && arenite_arena_chunk_count(arena) == i + 1);
    }
    CHECK(arenite_arena_clear(arena));
    for (i = 0; i < 100 * KIB; i += 64) CHECK(arenite_arena_alloc(arena, 64) != NULL);
    CHECK(arenite_arena_allocated(arena) == 124 * KIB && arenite_arena_chunk_count(arena) == 5);
    CHECK(arenite_arena_used(arena) == 100 * KIB);
    CHECK(arenite_arena_destroy(arena));
}

static void the_same_work_after_a_reset_takes_no_new_chunk_for_a_thousand_cycles(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_arena_stats first, stats;
    int cycle;
    unsigned i;
    for (cycle = 0; cycle < 1000; cycle++) {
        for (i = 1; i < 400; i++) CHECK(arenite_arena_alloc(arena, i * 37 % 1000 + 1) != NULL);
        CHECK(arenite_arena_alloc(arena, 100 * KIB) != NULL && arenite_arena_alloc_aligned(arena, 100, 4096) != NULL);
        CHECK(arenite_arena_get_stats(arena, &stats));
        if (cycle == 0) first = stats;
        CHECK(stats.chunks == first.chunks && stats.allocated == first.allocated && stats.used == first.used);
        CHECK(stats.blocks_taken == first.blocks_taken && stats.blocks_returned == 0);
        CHECK(arenite_arena_reset(arena));
    }
    CHECK(arenite_arena_get_stats(arena, &stats) && stats.generation == 1000 && stats.used == 0);
    CHECK(arenite_arena_destroy(arena));
}

static void marks_go_back_in_order_and_never_forward(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_arena *other = arenite_arena_create_default();
    arenite_mark outer, inner, none;
    arenite_temp temp;
    size_t used;
    CHECK(arenite_arena_alloc(arena, 100) != NULL);
    outer = arenite_arena_mark(arena);
    used = arenite_arena_used(arena);
    CHECK(arenite_arena_alloc(arena, 10 * KIB) != NULL);
    inner = arenite_arena_mark(arena);
    CHECK(arenite_arena_alloc(arena, 100 * KIB) != NULL);
    CHECK(arenite_arena_restore(arena, &inner));
    CHECK(arenite_arena_restore(arena, &inner));
    CHECK(arenite_arena_restore(arena, &outer) && arenite_arena_used(arena) == used);
    CHECK_REFUSED(arenite_arena_restore(arena, &inner), ARENITE_ERROR_OUT_OF_ORDER, "inner marks before outer");
    CHECK_REFUSED(arenite_arena_restore(other, &outer), ARENITE_ERROR_FOREIGN, "another arena");
    CHECK(arenite_arena_used(arena) == used);
    CHECK((size_t)arenite_arena_alloc(arena, 8) % 16 == 0);
    CHECK(arenite_arena_reset(arena));
    CHECK_REFUSED(arenite_arena_restore(arena, &outer), ARENITE_ERROR_STALE_MARK, "reset");
    memset(&none, 0, sizeof none);
    CHECK_REFUSED(arenite_arena_restore(arena, &none), ARENITE_ERROR_FOREIGN, "no mark");
    outer = arenite_arena_mark(arena);
    ((char *)&outer)[17] ^= 4;
    CHECK_REFUSED(arenite_arena_restore(arena, &outer), ARENITE_ERROR_FOREIGN, "written over");
    CHECK_REFUSED(arenite_arena_restore(arena, NULL), ARENITE_ERROR_NULL, "the mark");
    CHECK_REFUSED(arenite_arena_restore(NULL, &inner), ARENITE_ERROR_NULL, "an arena");
    arenite_clear_error();
    outer = arenite_arena_mark(NULL);
    CHECK(arenite_last_error() == ARENITE_ERROR_NULL);
    CHECK_REFUSED(arenite_arena_restore(arena, &outer), ARENITE_ERROR_FOREIGN, "taking was refused");

    temp = arenite_temp_begin(arena);
    CHECK(arenite_arena_alloc(arena, 10 * KIB) != NULL);
    CHECK(arenite_temp_end(&temp) && arenite_arena_used(arena) == 0);
    CHECK_REFUSED(arenite_temp_end(&temp), ARENITE_ERROR_OUT_OF_ORDER, "ended already");
    CHECK_REFUSED(arenite_temp_end(NULL), ARENITE_ERROR_NULL, "the temp");
    temp = arenite_temp_begin(NULL);
    CHECK_REFUSED(arenite_temp_end(&temp), ARENITE_ERROR_OUT_OF_ORDER, "refused");
    temp = arenite_temp_begin(other);
    CHECK(arenite_arena_destroy(other));
    CHECK_REFUSED(arenite_temp_end(&temp), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK(arenite_arena_destroy(arena));
}

struct seen {
    int taken, returned, growth, limit;
    size_t bytes;
    arenite_arena *use;
    int used;
};

static void on_event(void *context, const arenite_arena_event *event) {
    struct seen *seen = (struct seen *)context;
    if (event->kind == ARENITE_EVENT_BLOCK_TAKEN) seen->taken++, seen->bytes += event->size;
    if (event->kind == ARENITE_EVENT_BLOCKS_RETURNED) seen->returned++, seen->bytes -= event->size;
    if (event->kind == ARENITE_EVENT_GROWTH && event->size > event->from) seen->growth++;
    if (event->kind == ARENITE_EVENT_LIMIT_REACHED && event->limit == 64 * KIB) seen->limit++;
    if (seen->use != NULL && seen->used < 3) {
        seen->used++;
        CHECK((size_t)arenite_arena_alloc(seen->use, 24) % 16 == 0);
        CHECK(arenite_arena_set_limit(seen->use, 64 * KIB));
    }
}

static void callbacks_tell_of_chunks_growth_and_limits_and_may_use_the_arena(void) {
    struct seen seen;
    arenite_arena_options options = options_of("watched");
    arenite_arena *arena;
    char name[4];
    int i;
    memset(&seen, 0, sizeof seen);
    options.on_event = on_event;
    options.context = &seen;
    options.limit = 64 * KIB;
    arena = arenite_arena_create(&options);
    CHECK(seen.taken == 1 && seen.bytes == 4 * KIB);
    seen.use = arena;
    for (i = 0; i < 100; i++) CHECK(arenite_arena_alloc(arena, 200) != NULL);
    CHECK(seen.used == 3 && seen.growth >= 2 && seen.bytes == arenite_arena_allocated(arena));
    CHECK_REFUSED(arenite_arena_alloc(arena, 60 * KIB), ARENITE_ERROR_LIMIT, "\"watched\"");
    CHECK(seen.limit == 1);
    CHECK(arenite_arena_set_limit(arena, 0) && arenite_arena_alloc(arena, 60 * KIB) != NULL);
    CHECK(arenite_arena_clear(arena) && seen.returned > 0 && seen.bytes == arenite_arena_allocated(arena));
    CHECK(arenite_arena_name(arena, NULL, 0) == 7);
    CHECK(arenite_arena_name(arena, name, sizeof name) == 7 && strcmp(name, "wat") == 0);
    CHECK(arenite_arena_destroy(arena));
}

static void options_out_of_range_are_refused_and_small_structs_are_understood(void) {
    arenite_arena_options options = options_of(NULL);
    struct { arenite_arena_options known; char newer[16]; } later;
    arenite_arena *arena;
    options.size = 0;
    CHECK_REFUSED(arenite_arena_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "sizeof(arenite_arena_options)");
    options = options_of(NULL);
    options.tag = 33;
    CHECK_REFUSED(arenite_arena_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "33 is no tag");
    options = options_of(NULL);
    options.retention = (arenite_retention)2;
    options.retained = 17;
    CHECK_REFUSED(arenite_arena_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "1 to 16");
    options = options_of(NULL);
    options.parent = (arenite_node *)&options;
    CHECK_REFUSED(arenite_arena_create(&options), ARENITE_ERROR_FOREIGN, "a node");
    options = options_of("never used");
    options.size = sizeof(size_t);
    arena = arenite_arena_create(&options);
    CHECK(arena != NULL && arenite_arena_name(arena, NULL, 0) == 0);
    CHECK(arenite_arena_destroy(arena));
    memset(&later, 0, sizeof later);
    later.known.size = sizeof later;
    arena = arenite_arena_create(&later.known);
    CHECK(arenite_arena_destroy(arena));
    later.newer[3] = 1;
    CHECK_REFUSED(arenite_arena_create(&later.known), ARENITE_ERROR_UNSUPPORTED, "older than the header");
    options = options_of(NULL);
    options.limit = 64;
    options.initial_chunk = 64 * KIB;
    arena = arenite_arena_create(&options);
    CHECK(arena != NULL && arenite_arena_allocated(arena) <= 64);
    CHECK_REFUSED(arenite_arena_alloc(arena, 100), ARENITE_ERROR_LIMIT, "limit is 64 bytes");
    CHECK(arenite_arena_destroy(arena));
}

static void a_range_is_contiguous_and_full_when_it_is_full(void) {
    arenite_arena_options options = options_of("range");
    arenite_arena_stats stats;
    arenite_arena *arena;
    char *block, *last = NULL;
    options.reserve = 1024 * KIB;
    arena = arenite_arena_create(&options);
    arenite_clear_error();
    while ((block = (char *)arenite_arena_alloc(arena, 1000)) != NULL) {
        CHECK(last == NULL || block == last + 1008);
        last = block;
    }
    CHECK(arenite_last_error() == ARENITE_ERROR_FULL);
    CHECK(arenite_arena_get_stats(arena, &stats) && stats.reserved >= 1000 * KIB && stats.chunks == 1);
    CHECK(arenite_arena_destroy(arena));
    options.heap = arenite_heap_create_default();
    CHECK_REFUSED(arenite_arena_create(&options), ARENITE_ERROR_BAD_ARGUMENT, "one of them");
    CHECK(arenite_heap_destroy(options.heap));
}

static void an_arena_on_a_heap_takes_from_it_and_gives_back(void) {
    arenite_heap_options small;
    arenite_arena_options options = options_of("above");
    arenite_heap_stats stats;
    arenite_arena *arena;
    char *block;
    memset(&small, 0, sizeof small);
    small.size = sizeof small;
    small.name = "below";
    small.limit = 256 * KIB;
    options.heap = arenite_heap_create(&small);
    arena = arenite_arena_create(&options);
    CHECK(arena != NULL);
    arenite_clear_error();
    while (arenite_arena_alloc(arena, 1000) != NULL) {}
    CHECK(arenite_last_error() == ARENITE_ERROR_OUT_OF_MEMORY);
    CHECK(strstr(arenite_last_error_text(), "\"above\"") != NULL);
    CHECK(arenite_heap_get_stats(options.heap, &stats) && stats.live > 3);
    CHECK(arenite_arena_destroy(arena));
    CHECK(arenite_heap_get_stats(options.heap, &stats) && stats.live == 0);
    /* The heap's memory outlives its handle as long as an arena stands on it. */
    arena = arenite_arena_create(&options);
    block = (char *)arenite_arena_alloc(arena, 2000);
    CHECK(arenite_heap_destroy(options.heap));
    memset(block, 7, 2000);
    CHECK(arenite_arena_alloc(arena, 5000) != NULL);
    CHECK(arenite_arena_destroy(arena));
    CHECK_REFUSED(arenite_arena_create(&options), ARENITE_ERROR_DESTROYED, "a heap");
}

static void retention_decides_what_a_reset_keeps(void) {
    arenite_arena *arena = arenite_arena_create_default();
    CHECK(arenite_arena_set_retention(arena, ARENITE_KEEP_FIRST, 0));
    CHECK(arenite_arena_alloc(arena, 3000) != NULL && arenite_arena_alloc(arena, 3000) != NULL);
    CHECK(arenite_arena_chunk_count(arena) == 2 && arenite_arena_reset(arena) && arenite_arena_chunk_count(arena) == 1);
    CHECK(arenite_arena_set_retention(arena, ARENITE_KEEP_ALL, 0));
    CHECK(arenite_arena_alloc(arena, 3000) != NULL && arenite_arena_alloc(arena, 3000) != NULL);
    CHECK(arenite_arena_reset(arena) && arenite_arena_chunk_count(arena) == 2);
    CHECK_REFUSED(arenite_arena_set_retention(arena, (arenite_retention)9, 0), ARENITE_ERROR_BAD_ARGUMENT, "retention");
    CHECK(arenite_arena_destroy(arena));
}

static void grades_find_an_overrun_and_writes_after_reset(void) {
    arenite_arena *arena = arenite_arena_create_default();
    char *block;
    CHECK(arenite_arena_grade(arena) == ARENITE_GRADE_OFF);
    CHECK(arenite_arena_set_grade(arena, ARENITE_GRADE_QUARANTINE));
    CHECK(arenite_arena_grade(arena) == ARENITE_GRADE_QUARANTINE);
    block = (char *)arenite_arena_alloc(arena, 13);
    CHECK(arenite_arena_check(arena) == 0);
    block[13] = 1;
    CHECK(arenite_arena_check(arena) == 1);
    CHECK(arenite_arena_reset(arena) && block[0] == (char)0xdd);
    block[0] = 1;
    CHECK(arenite_arena_check(arena) == 1);
    CHECK(arenite_arena_set_grade(arena, ARENITE_GRADE_OFF));
    CHECK((size_t)arenite_arena_alloc(arena, 8) % 16 == 0 && (size_t)arenite_arena_alloc(arena, 8) % 16 == 0);
    CHECK(arenite_arena_set_grade(arena, ARENITE_GRADE_INHERIT));
    CHECK_REFUSED(arenite_arena_set_grade(arena, (arenite_grade)6), ARENITE_ERROR_BAD_ARGUMENT, "arenite_grade");
    CHECK(arenite_arena_destroy(arena));
}

static void every_figure_and_setting_refuses_what_is_no_arena(void) {
    arenite_arena *gone = arenite_arena_create_default();
    arenite_arena_stats stats;
    CHECK(arenite_arena_is_valid(gone));
    CHECK(arenite_arena_owns(gone, arenite_arena_alloc(gone, 1)) && !arenite_arena_owns(gone, &stats));
    CHECK(arenite_arena_destroy(gone));
    CHECK(!arenite_arena_is_valid(gone) && !arenite_arena_is_valid(NULL));
    CHECK_REFUSED(arenite_arena_used(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_used");
    CHECK_REFUSED(arenite_arena_requested(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_requested");
    CHECK_REFUSED(arenite_arena_allocated(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_allocated");
    CHECK_REFUSED(arenite_arena_waste(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_waste");
    CHECK_REFUSED(arenite_arena_chunk_count(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_chunk_count");
    CHECK_REFUSED(arenite_arena_owns(gone, &stats), ARENITE_ERROR_DESTROYED, "arenite_arena_owns");
    CHECK_REFUSED(arenite_arena_name(gone, NULL, 0), ARENITE_ERROR_DESTROYED, "arenite_arena_name");
    CHECK_REFUSED(arenite_arena_get_stats(gone, &stats), ARENITE_ERROR_DESTROYED, "arenite_arena_get_stats");
    CHECK_REFUSED(arenite_arena_get_stats(NULL, NULL), ARENITE_ERROR_NULL, "arenite_arena_get_stats");
    CHECK_REFUSED(arenite_arena_reset(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_reset");
    CHECK_REFUSED(arenite_arena_reset(NULL), ARENITE_ERROR_NULL, "arenite_arena_reset");
    CHECK_REFUSED(arenite_arena_clear(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_clear");
    CHECK_REFUSED(arenite_arena_set_limit(gone, 1), ARENITE_ERROR_DESTROYED, "arenite_arena_set_limit");
    CHECK_REFUSED(arenite_arena_set_counting(gone, 1), ARENITE_ERROR_DESTROYED, "arenite_arena_set_counting");
    CHECK_REFUSED(arenite_arena_set_retention(gone, ARENITE_KEEP_ALL, 0), ARENITE_ERROR_DESTROYED, "set_retention");
    CHECK_REFUSED(arenite_arena_set_grade(gone, ARENITE_GRADE_OFF), ARENITE_ERROR_DESTROYED, "set_grade");
    CHECK_REFUSED(arenite_arena_grade(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_grade");
    CHECK_REFUSED(arenite_arena_check(gone), ARENITE_ERROR_DESTROYED, "arenite_arena_check");
}

int main(void) {
    used_counts_grains_and_requested_counts_bytes();
    chunks_double_up_to_the_largest_and_a_large_request_leaves_the_growth_alone();
    the_same_work_after_a_reset_takes_no_new_chunk_for_a_thousand_cycles();
    marks_go_back_in_order_and_never_forward();
    callbacks_tell_of_chunks_growth_and_limits_and_may_use_the_arena();
    options_out_of_range_are_refused_and_small_structs_are_understood();
    a_range_is_contiguous_and_full_when_it_is_full();
    an_arena_on_a_heap_takes_from_it_and_gives_back();
    retention_decides_what_a_reset_keeps();
    /* A tool would end the program at the writes. */
    if (getenv("ARENITE_C_FLAGS") == NULL && getenv("ARENITE_C_RUN") == NULL)
        grades_find_an_overrun_and_writes_after_reset();
    every_figure_and_setting_refuses_what_is_no_arena();
    return check_result();
}
