/* What docs/c-context.md says that scopes cost: `context WAY ROUNDS`, to be run under callgrind with two numbers of rounds. */
#include <arenite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 16
#define SIZE 48

static void *blocks[BLOCKS];

static void pairs(int rounds, void *(*take)(size_t), void (*give)(void *)) {
    while (rounds-- > 0) {
        for (int i = 0; i < BLOCKS; i++) blocks[i] = take(SIZE);
        for (int i = 0; i < BLOCKS; i++) give(blocks[i]);
    }
}

static void arenite_give(void *block) { arenite_free(block); }
static void *arenite_take(size_t size) { return arenite_malloc(size); }

int main(int count, char **words) {
    const char *way = count == 3 ? words[1] : "";
    int rounds = count == 3 ? atoi(words[2]) : 0;
    arenite_free(arenite_malloc(1)); /* what a thread's first call makes is no part of a round */
    if (strcmp(way, "malloc") == 0) {
        pairs(rounds, malloc, free);
    } else if (strcmp(way, "heap") == 0) {
        pairs(rounds, arenite_take, arenite_give);
    } else if (strcmp(way, "region") == 0) {
        arenite_scope region = arenite_region_begin();
        pairs(rounds, arenite_take, arenite_give);
        arenite_scope_end(region);
    } else if (strcmp(way, "discard") == 0) {
        while (rounds-- > 0) {
            arenite_scope region = arenite_region_begin_discardable();
            for (int i = 0; i < 256; i++) blocks[i % BLOCKS] = arenite_malloc(SIZE);
            arenite_region_end_discard(region);
        }
    } else if (strcmp(way, "arena") == 0) {
        arenite_allocator *arena = arenite_allocator_of_arena(arenite_arena_create_default());
        arenite_allocator_begin(arena);
        while (rounds-- > 0) {
            for (int i = 0; i < BLOCKS; i++) blocks[i] = arenite_alloc(SIZE, 0);
            arenite_allocator_reset(arena);
        }
    } else if (strcmp(way, "begin-allocator") == 0) {
        arenite_allocator *system = arenite_allocator_system();
        while (rounds-- > 0) arenite_scope_end(arenite_allocator_begin(system));
    } else if (strcmp(way, "begin-temp") == 0) {
        while (rounds-- > 0) arenite_scope_end(arenite_temp_scope_begin());
    } else if (strcmp(way, "begin-region") == 0) {
        while (rounds-- > 0) arenite_scope_end(arenite_region_begin());
    } else {
        fprintf(stderr, "context malloc|heap|region|discard|arena|begin-allocator|begin-temp|begin-region ROUNDS\n");
        return 2;
    }
    return 0;
}
