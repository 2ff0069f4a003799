/* Rows 18b and 33b, and what docs/c-games.md says that calls of a game cost: `game_calls WAY OPERATIONS`, in rounds of 100 calls
 * or pairs of calls, whose begin and end are theirs. Under callgrind, with two numbers of operations. */
#include <arenite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 100

static void *volatile kept;

static int failed(void) {
    fprintf(stderr, "%s\n", arenite_last_error_text());
    return 1;
}

int main(int count, char **words) {
    const char *way = count == 3 ? words[1] : "";
    int rounds = count == 3 ? atoi(words[2]) / CALLS : 0, i;
    arenite_pool_options options = {0};
    arenite_areas areas;
    arenite_memory *memory = arenite_memory_create(NULL, (size_t)5 << 30, NULL);
    arenite_arena *arena = arenite_arena_create_default();
    arenite_heap *heap = arenite_heap_create_default();
    arenite_pool *pool;
    options.size = sizeof options;
    options.block_size = 64;
    options.bytes = 1 << 20;
    pool = arenite_pool_create(&options);
    if (memory == NULL || arena == NULL || heap == NULL || pool == NULL) return failed();
    if (!arenite_memory_get_areas(memory, &areas)) return failed();
    /* What first calls make is no part of a round. */
    kept = arenite_arena_alloc(arena, 64);
    kept = arenite_zone_push(areas.frame_arena, 64);
    kept = arenite_stack_push(areas.stack, 64);
    if (!arenite_stack_pop(areas.stack, kept)) return failed();
    while (rounds-- > 0) {
        if (strcmp(way, "nothing") == 0) {
            for (i = 0; i < CALLS; i++) kept = NULL;
        } else if (strcmp(way, "push") == 0) {
            for (i = 0; i < CALLS; i++) kept = arenite_zone_push(areas.frame_arena, 64);
            arenite_zone_clear(areas.frame_arena);
        } else if (strcmp(way, "push-tagged") == 0) {
            for (i = 0; i < CALLS; i++) kept = arenite_zone_push_tagged(areas.frame_arena, 64, 1);
            arenite_zone_clear(areas.frame_arena);
        } else if (strcmp(way, "ring") == 0) {
            arenite_ring_begin_frame(areas.frame_ring);
            for (i = 0; i < CALLS; i++) kept = arenite_ring_push(areas.frame_ring, 64);
            arenite_ring_end_frame(areas.frame_ring);
        } else if (strcmp(way, "pool") == 0) {
            for (i = 0; i < CALLS; i++) arenite_pool_free(pool, kept = arenite_pool_alloc(pool));
        } else if (strcmp(way, "heap") == 0) {
            for (i = 0; i < CALLS; i++) arenite_heap_free(heap, kept = arenite_heap_alloc(heap, 64));
        } else if (strcmp(way, "stack") == 0) {
            for (i = 0; i < CALLS; i++) arenite_stack_pop(areas.stack, kept = arenite_stack_push(areas.stack, 64));
        } else if (strcmp(way, "scratch") == 0) {
            for (i = 0; i < CALLS; i++) arenite_scratch_end(arenite_scratch_begin());
        } else if (strcmp(way, "frame") == 0) {
            for (i = 0; i < CALLS; i++) {
                arenite_memory_begin_frame(memory);
                arenite_memory_end_frame(memory);
            }
        } else if (strcmp(way, "zone-temp") == 0) {
            for (i = 0; i < CALLS; i++) arenite_zone_end_temp(arenite_zone_begin_temp(areas.frame_arena));
        } else if (strcmp(way, "mark") == 0) {
            for (i = 0; i < CALLS; i++) {
                arenite_mark mark = arenite_arena_mark(arena);
                arenite_arena_restore(arena, &mark);
            }
        } else if (strcmp(way, "temp") == 0) {
            for (i = 0; i < CALLS; i++) {
                arenite_temp temp = arenite_temp_begin(arena);
                arenite_temp_end(&temp);
            }
        } else if (strcmp(way, "arena") == 0) {
            for (i = 0; i < CALLS; i++) kept = arenite_arena_alloc(arena, 64);
            arenite_arena_reset(arena);
        } else if (strcmp(way, "reset") == 0) {
            for (i = 0; i < CALLS; i++) arenite_arena_reset(arena);
        } else {
            fprintf(stderr, "game_calls nothing|push|push-tagged|ring|pool|heap|stack|scratch|frame|zone-temp|mark|temp|arena|"
                            "reset OPERATIONS\n");
            return 2;
        }
    }
    return 0;
}
