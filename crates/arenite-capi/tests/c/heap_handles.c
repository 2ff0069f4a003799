/* Whatever is passed for a heap has an answer. */
#include "check.h"

int main(void) {
    arenite_heap *heap = arenite_heap_create_default();
    arenite_heap *other = arenite_heap_create_default();
    arenite_arena *arena = arenite_arena_create_default();
    char *block = (char *)arenite_heap_alloc(heap, 100);
    int local = 0;
    CHECK(block != NULL && (size_t)block % 16 == 0);
    CHECK_REFUSED(arenite_heap_alloc(NULL, 16), ARENITE_ERROR_NULL, "arenite_heap_alloc: NULL was passed for a heap");
    CHECK_REFUSED(arenite_heap_alloc((arenite_heap *)arena, 16), ARENITE_ERROR_FOREIGN, "the handle of an arena");
    CHECK_REFUSED(arenite_arena_alloc((arenite_arena *)heap, 16), ARENITE_ERROR_FOREIGN, "the handle of a heap");
    CHECK_REFUSED(arenite_heap_alloc((arenite_heap *)&local, 16), ARENITE_ERROR_FOREIGN, "handle");
    CHECK_REFUSED(arenite_heap_alloc(heap, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_heap_alloc(heap, (size_t)-1), ARENITE_ERROR_OVERFLOW, "bytes");
    CHECK_REFUSED(arenite_heap_free(heap, &local), ARENITE_ERROR_NOT_A_BLOCK, "never handed");
    CHECK_REFUSED(arenite_heap_free(heap, block + 16), ARENITE_ERROR_NOT_A_BLOCK, "inside a block");
    CHECK_REFUSED(arenite_heap_free(other, block), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK(arenite_heap_free(heap, NULL));
    CHECK(arenite_heap_free(heap, block));
    CHECK_REFUSED(arenite_heap_free(heap, block), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK(arenite_heap_destroy(heap));
    CHECK(arenite_heap_destroy(NULL));
    CHECK_REFUSED(arenite_heap_destroy(heap), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_heap_alloc(heap, 16), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_heap_free(heap, block), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK(arenite_heap_destroy(other) && arenite_arena_destroy(arena));
    return check_result();
}
