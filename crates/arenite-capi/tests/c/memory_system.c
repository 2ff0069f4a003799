/* The memory system of a game does what its documentation says, and answers whatever is passed to it. */
#include "check.h"
#include <pthread.h>

#define MIB ((size_t)1 << 20)

static arenite_memory *small_system(void) {
    arenite_memory *memory = arenite_memory_create(NULL, 64 * MIB, NULL);
    CHECK(memory != NULL);
    return memory;
}

static arenite_areas areas_of(arenite_memory *memory) {
    arenite_areas areas;
    memset(&areas, 0, sizeof areas);
    CHECK(arenite_memory_get_areas(memory, &areas));
    return areas;
}

static void by_default_it_reserves_five_gibibytes_as_the_document_divides_them(void) {
    arenite_memory *memory = arenite_memory_create(NULL, 0, NULL);
    arenite_areas areas;
    arenite_zone_stats stats;
    arenite_pool_stats pool;
    arenite_ring_stats ring;
    if (sizeof(void *) < 8) {
        CHECK(arenite_memory_destroy(memory));
        return;
    }
    areas = areas_of(memory);
    CHECK(arenite_zone_get_stats(areas.frame_arena, &stats) && stats.reserved == 512 * MIB);
    CHECK(arenite_zone_get_stats(areas.gui_arena, &stats) && stats.reserved == 64 * MIB);
    CHECK(arenite_zone_get_stats(areas.render_arena, &stats) && stats.reserved == 128 * MIB);
    CHECK(arenite_zone_get_stats(areas.permanent_arena, &stats) && stats.reserved == (5120 - 1184) * MIB);
    CHECK(arenite_ring_get_stats(areas.frame_ring, &ring) && ring.capacity >= 128 * MIB - 128);
    CHECK(arenite_pool_get_stats(areas.small_pool, &pool) && pool.block_size == 64 && pool.capacity == 32 * MIB / 64);
    CHECK(arenite_pool_get_stats(areas.medium_pool, &pool) && pool.block_size == 256);
    CHECK(arenite_pool_get_stats(areas.large_pool, &pool) && pool.block_size == 1024);
    CHECK(arenite_memory_destroy(memory));
    CHECK_REFUSED(arenite_memory_destroy(memory), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_zone_push(areas.frame_arena, 16), ARENITE_ERROR_DESTROYED, "an area of a memory system");
    CHECK_REFUSED(arenite_ring_begin_frame(areas.frame_ring), ARENITE_ERROR_DESTROYED, "a ring");
    CHECK_REFUSED(arenite_stack_push(areas.stack, 16), ARENITE_ERROR_DESTROYED, "a stack");
    CHECK_REFUSED(arenite_pool_alloc(areas.small_pool), ARENITE_ERROR_DESTROYED, "a pool");
    CHECK(arenite_memory_destroy(NULL));
}

static void parts_that_do_not_fit_are_refused_with_their_sum(void) {
    arenite_memory_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.permanent = 40 * MIB;
    options.frame = 30 * MIB;
    CHECK_REFUSED(arenite_memory_create(NULL, 64 * MIB, &options), ARENITE_ERROR_BAD_ARGUMENT, "permanent 41943040 + frame");
    CHECK(strstr(arenite_last_error_text(), " = ") != NULL);
    options.frame = (size_t)-2;
    CHECK_REFUSED(arenite_memory_create(NULL, 64 * MIB, &options), ARENITE_ERROR_BAD_ARGUMENT, "frame");
    options.size = sizeof(size_t) / 2;
    CHECK_REFUSED(arenite_memory_create(NULL, 0, &options), ARENITE_ERROR_BAD_ARGUMENT, "sizeof(arenite_memory_options)");
}

static void areas_can_be_left_out_and_made_to_measure(void) {
    arenite_memory_options options;
    arenite_areas areas;
    arenite_zone_stats stats;
    arenite_memory *memory;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.frame = 2 * MIB;
    options.ring = options.stack = options.pools = ARENITE_NONE;
    options.render_buffers = 4;
    options.render = 4 * MIB;
    memory = arenite_memory_create(NULL, 64 * MIB, &options);
    areas = areas_of(memory);
    CHECK(areas.frame_ring == NULL && areas.stack == NULL && areas.small_pool == NULL && areas.large_pool == NULL);
    CHECK(arenite_zone_get_stats(areas.frame_arena, &stats) && stats.reserved == 2 * MIB);
    CHECK(arenite_zone_get_stats(areas.render_arena, &stats) && stats.reserved == MIB);
    CHECK(arenite_memory_begin_frame(memory) == 1);
    CHECK(arenite_memory_end_frame(memory));
    CHECK_REFUSED(arenite_zone_push(areas.frame_arena, 2 * MIB + 16), ARENITE_ERROR_FULL, "\"frame\" refused");
    CHECK(arenite_zone_push(areas.frame_arena, 2 * MIB) != NULL);
    CHECK(arenite_memory_destroy(memory));
}

static void it_stands_on_the_callers_memory_of_any_alignment(void) {
    char *base = (char *)malloc(32 * MIB + 64);
    size_t offset;
    CHECK(base != NULL);
    for (offset = 0; offset < 20; offset += 3) {
        arenite_memory *memory = arenite_memory_create(base + offset, 32 * MIB, NULL);
        arenite_areas areas = areas_of(memory);
        char *bytes = (char *)arenite_zone_push(areas.permanent_arena, 1000);
        char *block = (char *)arenite_pool_alloc(areas.large_pool);
        char *pushed = (char *)arenite_stack_push(areas.stack, 100);
        CHECK((size_t)bytes % 16 == 0 && (size_t)block % 16 == 0 && (size_t)pushed % 16 == 0);
        CHECK(bytes > base && bytes + 1000 < base + 32 * MIB + 64);
        CHECK(block > base && block + 1024 < base + 32 * MIB + 64);
        CHECK(arenite_zone_owns(areas.permanent_arena, bytes) && !arenite_zone_owns(areas.permanent_arena, block));
        memset(bytes, 1, 1000);
        memset(block, 2, 1024);
        memset(pushed, 3, 100);
        CHECK(arenite_memory_destroy(memory));
    }
    CHECK_REFUSED(arenite_memory_create(base, 1000, NULL), ARENITE_ERROR_BAD_ARGUMENT, "1000 bytes");
    CHECK_REFUSED(arenite_memory_create(base, 0, NULL), ARENITE_ERROR_BAD_ARGUMENT, "bytes");
    CHECK_REFUSED(arenite_memory_create(base, (size_t)-1, NULL), ARENITE_ERROR_OVERFLOW, "more than any memory");
    free(base);
}

static void pushes_are_aligned_and_their_sizes_checked(void) {
    arenite_memory *memory = small_system();
    arenite_zone *zone = areas_of(memory).permanent_arena;
    char *one = (char *)arenite_zone_push(zone, 1), *two = (char *)arenite_zone_push(zone, 17), *zeros;
    size_t i;
    int local = 0;
    CHECK((size_t)one % 16 == 0 && (size_t)two % 16 == 0 && two > one);
    CHECK((size_t)arenite_zone_push_array(zone, 3, 100, 4096, 0) % 4096 == 0);
    CHECK((size_t)arenite_zone_push_array(zone, 3, 1, 1, 0) % 16 == 0);
    zeros = (char *)arenite_zone_push_zeroed(zone, 1000, 0);
    for (i = 0; i < 1000; i++) CHECK(zeros[i] == 0);
    CHECK(strcmp(arenite_zone_strdup(zone, "door"), "door") == 0);
    CHECK_REFUSED(arenite_zone_push(zone, 0), ARENITE_ERROR_ZERO_SIZE, "arenite_zone_push: 0 bytes");
    CHECK_REFUSED(arenite_zone_push(zone, (size_t)-1), ARENITE_ERROR_OVERFLOW, "size");
    CHECK_REFUSED(arenite_zone_push_tagged(zone, (size_t)-1, ARENITE_TAG_AI), ARENITE_ERROR_OVERFLOW, "size");
    CHECK_REFUSED(arenite_zone_push_array(zone, 0, 8, 8, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_zone_push_array(zone, (size_t)-1 / 2, 3, 8, 0), ARENITE_ERROR_OVERFLOW, "times 3");
    CHECK_REFUSED(arenite_zone_push_array(zone, 1, 8, 3, 0), ARENITE_ERROR_BAD_ALIGNMENT, "3");
    CHECK_REFUSED(arenite_zone_push_array(zone, 1, 8, 0, 0), ARENITE_ERROR_BAD_ALIGNMENT, "0");
    CHECK_REFUSED(arenite_zone_push_array(zone, 1, 8, 4 * MIB, 0), ARENITE_ERROR_BAD_ALIGNMENT, "");
    CHECK_REFUSED(arenite_zone_push_tagged(zone, 8, 33), ARENITE_ERROR_BAD_ARGUMENT, "33 is no tag");
    CHECK_REFUSED(arenite_zone_push(zone, 64 * MIB), ARENITE_ERROR_FULL, "\"permanent\" refused 67108864 bytes");
    CHECK_REFUSED(arenite_zone_strdup(zone, NULL), ARENITE_ERROR_NULL, "the text");
    CHECK_REFUSED(arenite_zone_push(NULL, 8), ARENITE_ERROR_NULL, "an area of a memory system");
    CHECK_REFUSED(arenite_zone_push((arenite_zone *)&local, 8), ARENITE_ERROR_FOREIGN, "handle");
    CHECK_REFUSED(arenite_zone_push((arenite_zone *)memory, 8), ARENITE_ERROR_FOREIGN, "the handle of a memory system");
    CHECK_REFUSED(arenite_zone_push_array(NULL, 0, 0, 0, 99), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_zone_used(NULL), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_zone_clear(NULL), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_zone_check(NULL), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_zone_owns(NULL, one), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_zone_get_stats(zone, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK_REFUSED(arenite_zone_text(NULL, NULL, 0), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_zone_print(NULL), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_memory_get_areas(memory, NULL), ARENITE_ERROR_NULL, "the areas");
    CHECK(arenite_memory_destroy(memory));
}

static void temps_give_back_what_was_pushed_and_counted_in_order(void) {
    arenite_memory *memory = small_system();
    arenite_zone *zone = areas_of(memory).frame_arena;
    arenite_zone_temp outer, inner, cleared, none;
    size_t before, i;
    arenite_zone_push_tagged(zone, 64, ARENITE_TAG_AI);
    before = arenite_zone_used(zone);
    outer = arenite_zone_begin_temp(zone);
    CHECK(outer.zone == zone);
    arenite_zone_push_tagged(zone, 100, ARENITE_TAG_AI);
    inner = arenite_zone_begin_temp(zone);
    arenite_zone_push_tagged(zone, 1000, ARENITE_TAG_AUDIO);
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_AI) == 168);
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_AUDIO) == 1000);
    CHECK_REFUSED(arenite_zone_end_temp(outer), ARENITE_ERROR_OUT_OF_ORDER, "1 temps of the frame area");
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_AUDIO) == 1000);
    CHECK(arenite_zone_end_temp(inner));
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_AUDIO) == 0);
    CHECK_REFUSED(arenite_zone_end_temp(inner), ARENITE_ERROR_STALE_MARK, "has ended");
    inner = arenite_zone_begin_temp(zone);
    CHECK(arenite_zone_end_temp(inner) && arenite_zone_end_temp(outer));
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_AI) == 64 && arenite_zone_used(zone) == before);

    cleared = arenite_zone_begin_temp(zone);
    CHECK(arenite_zone_clear(zone));
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_AI) == 0 && arenite_zone_used(zone) == 0);
    CHECK_REFUSED(arenite_zone_end_temp(cleared), ARENITE_ERROR_STALE_MARK, "cleared");
    memset(&none, 0, sizeof none);
    CHECK_REFUSED(arenite_zone_end_temp(none), ARENITE_ERROR_NULL, "an area");
    none = arenite_zone_begin_temp(NULL);
    CHECK(none.zone == NULL);
    none.zone = zone;
    none.depth = none.number = (size_t)-1;
    CHECK_REFUSED(arenite_zone_end_temp(none), ARENITE_ERROR_STALE_MARK, "has ended");
    for (i = 0; i < 100; i++) outer = arenite_zone_begin_temp(zone);
    CHECK(outer.depth == 100 && arenite_zone_end_temp(outer));
    CHECK(arenite_memory_destroy(memory));
}

struct crossings {
    unsigned calls, tag;
    size_t budget, used;
    arenite_memory *memory;
    int destroyed;
};

static void crossed(void *context, unsigned tag, size_t budget, size_t used) {
    struct crossings *seen = (struct crossings *)context;
    seen->calls++;
    seen->tag = tag;
    seen->budget = budget;
    seen->used = used;
    if (seen->memory != NULL) seen->destroyed = arenite_memory_destroy(seen->memory);
}

static void budgets_call_softly_and_refuse_hard(void) {
    arenite_memory_options options;
    struct crossings seen;
    arenite_memory *memory;
    arenite_zone *zone;
    size_t soft, hard;
    memset(&seen, 0, sizeof seen);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.on_budget = crossed;
    options.context = &seen;
    memory = arenite_memory_create(NULL, 64 * MIB, &options);
    zone = areas_of(memory).permanent_arena;
    CHECK(arenite_memory_set_budget(memory, ARENITE_TAG_AI, 100, 200));
    CHECK(arenite_memory_get_budget(memory, ARENITE_TAG_AI, &soft, &hard) && soft == 100 && hard == 200);
    CHECK(arenite_memory_get_budget(memory, ARENITE_TAG_SCENE, &soft, NULL) && soft == 0);
    CHECK(arenite_zone_push_tagged(zone, 100, ARENITE_TAG_AI) != NULL);
    CHECK(seen.calls == 1 && seen.tag == ARENITE_TAG_AI && seen.budget == 100 && seen.used == 104);
    CHECK(arenite_zone_push_tagged(zone, 96, ARENITE_TAG_AI) != NULL);
    CHECK(seen.calls == 1);
    CHECK_REFUSED(arenite_zone_push_tagged(zone, 1, ARENITE_TAG_AI), ARENITE_ERROR_BUDGET, "ai would pass its budget of 200");
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_AI) == 200);
    CHECK(arenite_zone_clear(zone));
    /* From below again; and the system stays although the callback would end it. */
    seen.memory = memory;
    seen.destroyed = 1;
    CHECK(arenite_zone_push_tagged(zone, 101, ARENITE_TAG_AI) != NULL);
    CHECK(seen.calls == 2 && !seen.destroyed && arenite_last_error() == ARENITE_ERROR_BUSY);
    CHECK_REFUSED(arenite_memory_set_budget(memory, 0, 1, 1), ARENITE_ERROR_BAD_ARGUMENT, "0 is no tag");
    CHECK_REFUSED(arenite_memory_used_by_tag(memory, 33), ARENITE_ERROR_BAD_ARGUMENT, "33 is no tag");
    CHECK_REFUSED(arenite_memory_get_budget(NULL, 1, NULL, NULL), ARENITE_ERROR_NULL, "a memory system");
    CHECK(arenite_memory_destroy(memory));
}

static void frames_clear_their_area_and_carry_the_ring(void) {
    arenite_memory *memory = small_system();
    arenite_areas areas = areas_of(memory);
    int *last;
    arenite_u64 retired;
    CHECK_REFUSED(arenite_memory_end_frame(memory), ARENITE_ERROR_OUT_OF_ORDER, "no frame has begun");
    CHECK(arenite_memory_begin_frame(memory) == 1);
    CHECK_REFUSED(arenite_memory_begin_frame(memory), ARENITE_ERROR_OUT_OF_ORDER, "has not ended");
    last = (int *)arenite_ring_push(areas.frame_ring, sizeof *last);
    *last = 41;
    CHECK(arenite_zone_push_tagged(areas.frame_arena, 1000, ARENITE_TAG_GUI) != NULL);
    CHECK(arenite_memory_end_frame(memory));
    CHECK(arenite_zone_used(areas.frame_arena) >= 1000);
    CHECK(arenite_memory_begin_frame(memory) == 2);
    CHECK(arenite_zone_used(areas.frame_arena) == 0 && arenite_memory_used_by_tag(memory, ARENITE_TAG_GUI) == 0);
    CHECK(*last == 41);
    CHECK(arenite_memory_end_frame_with_fence(memory, 7));
    CHECK(arenite_memory_begin_frame(memory) == 3 && arenite_memory_end_frame_with_fence(memory, 8));
    CHECK(arenite_zone_push(areas.frame_arena, 64) != NULL);
    CHECK_REFUSED(arenite_memory_begin_frame(memory), ARENITE_ERROR_BUSY, "fence 7");
    CHECK(arenite_zone_used(areas.frame_arena) == 64);
    CHECK(arenite_ring_retire(areas.frame_ring, 7, &retired) && retired == 1);
    CHECK(arenite_memory_begin_frame(memory) == 4);
    CHECK_REFUSED(arenite_memory_end_frame_with_fence(memory, 6), ARENITE_ERROR_BAD_ARGUMENT, "fence 6 after fence 8");
    CHECK(arenite_memory_end_frame(memory));
    CHECK_REFUSED(arenite_memory_begin_frame(NULL), ARENITE_ERROR_NULL, "a memory system");
    CHECK(arenite_zone_push(areas.gui_arena, 64) != NULL && arenite_zone_clear(areas.gui_arena));
    CHECK(arenite_zone_used(areas.gui_arena) == 0);
    CHECK(arenite_memory_destroy(memory));
}

struct drawn {
    size_t count, bytes;
    const char *last;
    arenite_memory *memory;
};

struct draw {
    int kind;
    const char *text;
};

static void draw(void *context, const void *command, size_t size) {
    struct drawn *drawn = (struct drawn *)context;
    CHECK((size_t)command % 16 == 0);
    drawn->count++;
    drawn->bytes += size;
    drawn->last = ((const struct draw *)command)->text;
    CHECK_REFUSED(arenite_memory_destroy(drawn->memory), ARENITE_ERROR_BUSY, "within a callback");
    CHECK_REFUSED(arenite_memory_release(drawn->memory), ARENITE_ERROR_BUSY, "within a callback");
}

static void commands_are_recorded_and_run_in_turn(void) {
    arenite_memory *memory = small_system();
    arenite_zone *render = areas_of(memory).render_arena;
    struct drawn drawn;
    struct draw command;
    size_t count = 99;
    int i;
    memset(&drawn, 0, sizeof drawn);
    drawn.memory = memory;
    CHECK_REFUSED(arenite_memory_push_command(memory, &command, 1), ARENITE_ERROR_OUT_OF_ORDER, "begin_commands first");
    CHECK_REFUSED(arenite_memory_submit_commands(memory), ARENITE_ERROR_OUT_OF_ORDER, "begin_commands first");
    CHECK_REFUSED(arenite_memory_discard_commands(memory), ARENITE_ERROR_OUT_OF_ORDER, "begin_commands first");
    CHECK_REFUSED(arenite_memory_run_commands(memory, draw, &drawn, NULL), ARENITE_ERROR_OUT_OF_ORDER, "submitted");
    CHECK(arenite_memory_begin_commands(memory, 4));
    CHECK_REFUSED(arenite_memory_begin_commands(memory, 4), ARENITE_ERROR_BUSY, "still open");
    CHECK_REFUSED(arenite_zone_clear(render), ARENITE_ERROR_BUSY, "being recorded");
    CHECK(arenite_zone_begin_temp(render).zone == NULL);
    command.kind = 1;
    for (i = 0; i < 100; i++) {
        char text[16];
        sprintf(text, "mesh %d", i);
        command.text = (const char *)arenite_memory_command_data(memory, text, strlen(text) + 1, ARENITE_TAG_RENDERER);
        CHECK(arenite_memory_push_command(memory, &command, sizeof command));
    }
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_RENDERER) == 10 * 8 + 90 * 8);
    CHECK_REFUSED(arenite_memory_push_command(memory, NULL, 8), ARENITE_ERROR_NULL, "recorded");
    CHECK_REFUSED(arenite_memory_push_command(memory, &command, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_memory_push_command(memory, &command, (size_t)-1), ARENITE_ERROR_OVERFLOW, "");
    CHECK(arenite_memory_submit_commands(memory) == 1);
    CHECK(arenite_memory_begin_commands(memory, 0) && arenite_memory_submit_commands(memory) == 2);
    CHECK_REFUSED(arenite_memory_begin_commands(memory, 4), ARENITE_ERROR_BUSY, "have not run");
    CHECK_REFUSED(arenite_memory_run_commands(memory, NULL, NULL, NULL), ARENITE_ERROR_NULL, "the function");
    CHECK(arenite_memory_run_commands(memory, draw, &drawn, &count) && count == 100);
    CHECK(drawn.count == 100 && drawn.bytes == 100 * sizeof command && strcmp(drawn.last, "mesh 99") == 0);
    CHECK(arenite_memory_used_by_tag(memory, ARENITE_TAG_RENDERER) == 0);
    CHECK(arenite_memory_run_commands(memory, draw, &drawn, &count) && count == 0);
    CHECK(arenite_memory_begin_commands(memory, 4) && arenite_memory_discard_commands(memory));
    for (i = 0; i < 50; i++) {
        CHECK(arenite_memory_begin_commands(memory, 4) && arenite_memory_push_command(memory, &command, sizeof command));
        CHECK(arenite_memory_submit_commands(memory) && arenite_memory_run_commands(memory, draw, &drawn, NULL));
    }
    CHECK(arenite_zone_push(render, 100) != NULL && arenite_zone_used(render) >= 100);
    CHECK(arenite_zone_clear(render) && arenite_zone_used(render) == 0);
    CHECK_REFUSED(arenite_memory_begin_commands(memory, (size_t)-1), ARENITE_ERROR_OVERFLOW, "");
    CHECK(arenite_memory_begin_commands(memory, 4));
    CHECK(arenite_memory_destroy(memory));
}

static void texts_are_built_within_their_room_or_grow(void) {
    arenite_memory *memory = small_system();
    arenite_zone *zone = areas_of(memory).frame_arena;
    arenite_string *fixed = arenite_string_create(zone, 16, 0), *grows = arenite_string_create(zone, 1, 1), *other;
    int i;
    CHECK(arenite_string_append(fixed, "FPS: ") && arenite_string_appendf(fixed, "%.1f", 59.94));
    CHECK(strcmp(arenite_string_text(fixed), "FPS: 59.9") == 0 && arenite_string_length(fixed) == 9);
    CHECK_REFUSED(arenite_string_append(fixed, "12345678"), ARENITE_ERROR_FULL, "8 bytes do not fit behind 9 of 16");
    CHECK_REFUSED(arenite_string_appendf(fixed, "%d", 12345678), ARENITE_ERROR_FULL, "8 bytes do not fit");
    CHECK(strcmp(arenite_string_text(fixed), "FPS: 59.9") == 0);
    CHECK(arenite_string_append(fixed, "1234567") && arenite_string_length(fixed) == 16);
    CHECK(arenite_string_append(fixed, "") && arenite_string_append_bytes(fixed, NULL, 0));
    CHECK_REFUSED(arenite_string_append_bytes(fixed, NULL, 1), ARENITE_ERROR_NULL, "the bytes");
    CHECK_REFUSED(arenite_string_append(fixed, NULL), ARENITE_ERROR_NULL, "the text");
    CHECK(arenite_string_truncate(fixed, 3) && strcmp(arenite_string_text(fixed), "FPS") == 0);
    CHECK_REFUSED(arenite_string_truncate(fixed, 4), ARENITE_ERROR_BAD_ARGUMENT, "3 bytes, not 4");
    CHECK(arenite_string_append_bytes(fixed, "abc", 2) && strcmp(arenite_string_text(fixed), "FPSab") == 0);

    other = arenite_string_create(zone, 1, 1);
    for (i = 0; i < 1000; i++) CHECK(arenite_string_appendf(grows, "%03d", i) && arenite_string_append(other, "xyz"));
    CHECK(arenite_string_length(grows) == 3000 && strncmp(arenite_string_text(grows) + 2997, "999", 4) == 0);
    CHECK(strncmp(arenite_string_text(grows), "000001002", 9) == 0);
    for (i = 0; i < 3; i++) CHECK(arenite_string_append(grows, arenite_string_text(grows)));
    CHECK(arenite_string_length(grows) == 24000 && strlen(arenite_string_text(grows)) == 24000);
    CHECK_REFUSED(arenite_string_append_bytes(grows, arenite_string_text(grows), (size_t)-1), ARENITE_ERROR_OVERFLOW, "");

    CHECK_REFUSED(arenite_string_create(zone, (size_t)-1, 0), ARENITE_ERROR_OVERFLOW, "no text has");
    CHECK_REFUSED(arenite_string_create(zone, 64 * MIB, 1), ARENITE_ERROR_FULL, "\"frame\"");
    CHECK_REFUSED(arenite_string_create(NULL, 8, 0), ARENITE_ERROR_NULL, "an area");
    CHECK_REFUSED(arenite_string_append(NULL, "x"), ARENITE_ERROR_NULL, "a string builder");
    CHECK_REFUSED(arenite_string_length(NULL), ARENITE_ERROR_NULL, "a string builder");
    arenite_clear_error();
    CHECK(strcmp(arenite_string_text(NULL), "") == 0 && arenite_last_error() == ARENITE_ERROR_NULL);
    CHECK(arenite_zone_clear(zone));
    CHECK_REFUSED(arenite_string_append(fixed, "x"), ARENITE_ERROR_STALE_MARK, "its area was cleared");
    CHECK(arenite_memory_destroy(memory));
}

static void leaks_are_what_only_their_owner_can_end(void) {
    arenite_memory *memory = small_system();
    arenite_areas areas = areas_of(memory);
    arenite_memory_leaks leaks;
    arenite_zone_temp temp;
    char text[4096];
    void *block, *top;
    CHECK(arenite_zone_push(areas.permanent_arena, 1000) != NULL);
    CHECK(arenite_memory_get_leaks(memory, &leaks));
    CHECK(leaks.small_blocks + leaks.medium_blocks + leaks.large_blocks + leaks.stack_blocks + leaks.temps == 0);
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_LEAKS, text, sizeof text) > 0 && strcmp(text, "no leaks") == 0);
    CHECK(arenite_memory_set_tracking(memory, 1));
    block = arenite_pool_alloc_at(areas.medium_pool, "door.c", 12);
    top = arenite_stack_push(areas.stack, 10);
    temp = arenite_zone_begin_temp(areas.frame_arena);
    CHECK(arenite_memory_get_leaks(memory, &leaks));
    CHECK(leaks.medium_blocks == 1 && leaks.stack_blocks == 1 && leaks.temps == 1);
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_LEAKS, text, sizeof text) < sizeof text);
    CHECK(strstr(text, "1 live blocks of the medium pool, 1 blocks on the stack, 1 temps that have not ended") != NULL);
    CHECK(strstr(text, "door.c:12") != NULL);
    CHECK(arenite_pool_free(areas.medium_pool, block) && arenite_stack_pop(areas.stack, top));
    CHECK(arenite_zone_end_temp(temp));
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_LEAKS, text, sizeof text) && strcmp(text, "no leaks") == 0);
    CHECK_REFUSED(arenite_memory_get_leaks(memory, NULL), ARENITE_ERROR_NULL, "the leaks");
    CHECK(arenite_memory_set_tracking(memory, 0));
    CHECK(arenite_memory_destroy(memory));
}

static void reports_say_what_there_is(void) {
    arenite_memory *memory = small_system();
    arenite_areas areas = areas_of(memory);
    char text[16384];
    size_t length;
    CHECK(arenite_memory_set_tracking(memory, 1));
    CHECK(arenite_zone_push_tagged_at(areas.permanent_arena, 100, ARENITE_TAG_SCENE, "level.c", 7) != NULL);
    length = arenite_memory_text(memory, ARENITE_REPORT_STATS, text, sizeof text);
    CHECK(length == strlen(text) && strstr(text, "high water") != NULL && strstr(text, "scene") != NULL);
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_STATS, text, 8) == length && strlen(text) == 7);
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_STATS, NULL, 0) == length);
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_ALLOCATIONS, text, sizeof text) && strstr(text, "level.c:7") != NULL);
    CHECK(strstr(text, "tag scene") != NULL);
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_TREE, text, sizeof text) && strstr(text, "  permanent") != NULL);
    CHECK(arenite_memory_text(memory, ARENITE_REPORT_TREE_JSON, text, sizeof text) && text[0] == '[');
    CHECK(strstr(text, "\"name\":\"memory system\"") != NULL);
    CHECK(arenite_zone_text(areas.permanent_arena, text, sizeof text) && strstr(text, "permanent") == text);
    CHECK(strstr(text, "cleared 0 times") != NULL);
    CHECK_REFUSED(arenite_memory_text(memory, 99, text, 1), ARENITE_ERROR_BAD_ARGUMENT, "99");
    CHECK_REFUSED(arenite_memory_print(memory, -1), ARENITE_ERROR_BAD_ARGUMENT, "-1");
    CHECK_REFUSED(arenite_memory_print(NULL, ARENITE_REPORT_STATS), ARENITE_ERROR_NULL, "a memory system");
    CHECK_REFUSED(arenite_memory_set_grade(memory, (arenite_grade)6), ARENITE_ERROR_BAD_ARGUMENT, "6 is no arenite_grade");
    CHECK(arenite_memory_print(memory, ARENITE_REPORT_STATS) && arenite_zone_print(areas.frame_arena));
    CHECK(arenite_memory_set_tracking(memory, 0));
    CHECK(arenite_memory_destroy(memory));
}

static void guards_find_an_overrun_of_any_size(void) {
    size_t size;
    for (size = 1; size < 40; size++) {
        arenite_memory *memory = small_system();
        arenite_zone *zone = areas_of(memory).frame_arena;
        char *block;
        CHECK(arenite_memory_set_grade(memory, ARENITE_GRADE_GUARD));
        block = (char *)arenite_zone_push(zone, size);
        CHECK((size_t)block % 16 == 0 && arenite_zone_check(zone) == 0 && arenite_memory_check(memory) == 0);
        block[size] = 7;
        CHECK(arenite_zone_check(zone) == 1);
        CHECK(arenite_zone_check(zone) == 0);
        CHECK(arenite_memory_set_grade(memory, ARENITE_GRADE_INHERIT));
        CHECK(arenite_memory_destroy(memory));
    }
}

static void tracking_takes_no_guard_away(void) {
    arenite_memory *memory = small_system(), *other;
    arenite_zone *zone = areas_of(memory).frame_arena;
    char *block, text[4096];
    CHECK(arenite_memory_set_grade(memory, ARENITE_GRADE_GUARD) && arenite_memory_set_tracking(memory, 1));
    block = (char *)arenite_zone_push(zone, 20);
    block[20] = 1;
    CHECK(arenite_zone_check(zone) == 1);
    CHECK(arenite_memory_set_tracking(memory, 0));
    block = (char *)arenite_zone_push(zone, 20);
    block[20] = 1;
    CHECK(arenite_zone_check(zone) == 1);
    CHECK(arenite_memory_destroy(memory));
    /* The next is not watched because this one was. */
    other = small_system();
    CHECK(arenite_zone_push(areas_of(other).frame_arena, 20) != NULL);
    CHECK(arenite_memory_text(other, ARENITE_REPORT_ALLOCATIONS, text, sizeof text));
    CHECK(strstr(text, "0 bytes in 0 watched blocks") != NULL);
    CHECK(arenite_memory_destroy(other));
}

static void *another_thread(void *argument) {
    arenite_memory *memory = (arenite_memory *)argument;
    arenite_areas areas;
    CHECK_REFUSED(arenite_memory_begin_frame(memory), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_memory_destroy(memory), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_memory_adopt(memory), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_memory_get_areas(memory, &areas), ARENITE_ERROR_WRONG_THREAD, "another thread");
    return NULL;
}

static void *adopting_thread(void *argument) {
    arenite_memory *memory = (arenite_memory *)argument;
    arenite_areas areas;
    CHECK_REFUSED(arenite_memory_begin_frame(memory), ARENITE_ERROR_WRONG_THREAD, "no thread");
    CHECK(arenite_memory_adopt(memory) && arenite_memory_adopt(memory));
    areas = areas_of(memory);
    CHECK(arenite_memory_begin_frame(memory) != 0 && arenite_memory_end_frame(memory));
    CHECK(arenite_pool_alloc(areas.small_pool) != NULL && arenite_stack_push(areas.stack, 8) != NULL);
    return NULL;
}

static void run(void *(*body)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void it_belongs_to_one_thread_at_a_time(void) {
    arenite_memory *memory = small_system();
    arenite_areas areas = areas_of(memory);
    run(another_thread, memory);
    CHECK(arenite_memory_release(memory));
    CHECK_REFUSED(arenite_zone_push(areas.frame_arena, 8), ARENITE_ERROR_WRONG_THREAD, "no thread");
    CHECK_REFUSED(arenite_pool_alloc(areas.small_pool), ARENITE_ERROR_WRONG_THREAD, "no thread");
    run(adopting_thread, memory);
    /* That one has ended. */
    CHECK_REFUSED(arenite_memory_destroy(memory), ARENITE_ERROR_WRONG_THREAD, "adopt");
    CHECK(arenite_memory_adopt(memory) && arenite_memory_destroy(memory));
}

static void a_thousand_systems_leave_nothing_behind(void) {
    int i;
    for (i = 0; i < 1000; i++) {
        arenite_memory *memory = small_system();
        arenite_areas areas = areas_of(memory);
        CHECK(arenite_zone_push(areas.frame_arena, 1000) != NULL && arenite_pool_alloc(areas.small_pool) != NULL);
        CHECK(arenite_memory_destroy(memory));
    }
}

int main(void) {
    by_default_it_reserves_five_gibibytes_as_the_document_divides_them();
    parts_that_do_not_fit_are_refused_with_their_sum();
    areas_can_be_left_out_and_made_to_measure();
    it_stands_on_the_callers_memory_of_any_alignment();
    pushes_are_aligned_and_their_sizes_checked();
    temps_give_back_what_was_pushed_and_counted_in_order();
    budgets_call_softly_and_refuse_hard();
    frames_clear_their_area_and_carry_the_ring();
    commands_are_recorded_and_run_in_turn();
    texts_are_built_within_their_room_or_grow();
    leaks_are_what_only_their_owner_can_end();
    reports_say_what_there_is();
    if (!check_below_a_tool()) {
        guards_find_an_overrun_of_any_size();
        tracking_takes_no_guard_away();
    }
    it_belongs_to_one_thread_at_a_time();
    a_thousand_systems_leave_nothing_behind();
    return check_result();
}
