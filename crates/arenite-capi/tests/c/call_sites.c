/* With call sites, reports name file and line of the C program. */
#define DEBUG
#include "check.h"

int main(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_heap *heap = arenite_heap_create_default();
    char *block;
    CHECK(arenite_arena_set_grade(arena, ARENITE_GRADE_GUARD));
    block = (char *)arenite_arena_alloc(arena, 13); /* line 10 */
    block[13] = 1;
    CHECK(arenite_arena_check(arena) == 1);
    block = arenite_arena_sprintf(arena, "no arguments"); /* line 13 */
    block[13] = 1;
    CHECK(arenite_arena_check(arena) == 1);
    CHECK_REFUSED(arenite_arena_alloc(NULL, 1), ARENITE_ERROR_NULL, "arenite_arena_alloc at ");
    CHECK_REFUSED(arenite_arena_sprintf(NULL, "%d", 1), ARENITE_ERROR_NULL, "arenite_arena_sprintf at ");
    CHECK(arenite_arena_calloc(arena, 3, 4) && arenite_arena_array(arena, 3, 4) && arenite_arena_strdup(arena, "x"));
    CHECK(arenite_arena_strndup(arena, "x", 1) && arenite_arena_memdup(arena, "x", 1));
    CHECK(arenite_arena_alloc_aligned(arena, 3, 64) && arenite_arena_realloc(arena, NULL, 0, 4));
    CHECK(arenite_arena_reset(arena) && arenite_arena_clear(arena));
    block = (char *)arenite_heap_alloc(heap, 1);
    block = (char *)arenite_heap_realloc(heap, block, 1000);
    CHECK(arenite_heap_free(heap, block));
    CHECK_REFUSED(arenite_heap_free(heap, block), ARENITE_ERROR_DOUBLE_FREE, "arenite_heap_free at ");
    CHECK(arenite_heap_free(heap, arenite_heap_calloc(heap, 2, 2)) && arenite_heap_free(heap, arenite_heap_strdup(heap, "")));
    CHECK(arenite_heap_free(heap, arenite_heap_alloc_aligned(heap, 2, 64)));
    CHECK(arenite_heap_destroy(heap) && arenite_arena_destroy(arena));
    return check_result();
}
