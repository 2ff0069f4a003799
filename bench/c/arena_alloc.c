/* Row 18: `arena_alloc SIZE OPERATIONS` allocates so often from an arena, within one window of 64 KiB between resets. */
#include <arenite.h>
#include <stdio.h>
#include <stdlib.h>

#define GROUP 200

static void *volatile kept;

int main(int count, char **words) {
    arenite_arena_options options = {0};
    arenite_arena *arena;
    unsigned long size, operations, i, n;
    if (count != 3) return 2;
    size = strtoul(words[1], NULL, 10);
    operations = strtoul(words[2], NULL, 10);
    options.size = sizeof options;
    options.initial_chunk = 64 * 1024;
    arena = arenite_arena_create(&options);
    for (n = 0; n < operations; n += GROUP) {
        for (i = 0; i < GROUP; i++) {
            void *memory = arenite_arena_alloc(arena, size);
            if (memory == NULL) {
                fprintf(stderr, "%s\n", arenite_last_error_text());
                return 1;
            }
            kept = memory;
        }
        arenite_arena_reset(arena);
    }
    return !arenite_arena_destroy(arena);
}
