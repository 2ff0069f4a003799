/* Every function that allocates in an arena: what it returns, and what it refuses. */
#include "check.h"

static arenite_arena *arena;

static size_t address(const void *memory) { return (size_t)memory; }

static void aligned_blocks_lie_at_their_alignment_in_every_chunk(void) {
    size_t alignment, i;
    for (alignment = 1; alignment <= ARENITE_MAX_ALIGNMENT; alignment *= 2) {
        for (i = 0; i < 5; i++) {
            char *block = (char *)arenite_arena_alloc_aligned(arena, 100 + 1000 * i, alignment);
            CHECK(block != NULL && address(block) % alignment == 0 && address(block) % 16 == 0);
            memset(block, 1, 100 + 1000 * i);
            CHECK(address(arenite_arena_alloc(arena, 1)) % 16 == 0);
        }
    }
    CHECK_REFUSED(arenite_arena_alloc_aligned(arena, 16, 0), ARENITE_ERROR_BAD_ALIGNMENT, "power of two");
    CHECK_REFUSED(arenite_arena_alloc_aligned(arena, 16, 48), ARENITE_ERROR_BAD_ALIGNMENT, "power of two");
    CHECK_REFUSED(arenite_arena_alloc_aligned(arena, 16, 3), ARENITE_ERROR_BAD_ALIGNMENT, "power of two");
    CHECK_REFUSED(arenite_arena_alloc_aligned(arena, 16, 4ul << 20), ARENITE_ERROR_BAD_ALIGNMENT, "2 MiB");
    CHECK_REFUSED(arenite_arena_alloc_aligned(arena, 16, (size_t)-1), ARENITE_ERROR_BAD_ALIGNMENT, "power of two");
    CHECK_REFUSED(arenite_arena_alloc_aligned(arena, 0, 64), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_arena_alloc_aligned(arena, (size_t)-1, 64), ARENITE_ERROR_OVERFLOW, "size");
    CHECK_REFUSED(arenite_arena_alloc_aligned(NULL, 16, 64), ARENITE_ERROR_NULL, "arenite_arena_alloc_aligned");
    CHECK(arenite_arena_reset(arena));
}

static void arrays_are_zeroed_and_products_checked(void) {
    size_t half = (size_t)1 << (sizeof(size_t) * 4);
    unsigned char *bytes;
    int round, i;
    for (round = 0; round < 2; round++) {
        int sum = 0;
        bytes = (unsigned char *)arenite_arena_array(arena, 100, 7);
        CHECK(bytes != NULL);
        memset(bytes, 0xff, 700);
        CHECK(arenite_arena_reset(arena));
        bytes = (unsigned char *)arenite_arena_calloc(arena, 100, 7);
        CHECK(bytes != NULL);
        for (i = 0; i < 700; i++) sum += bytes[i];
        CHECK(sum == 0);
    }
    CHECK_REFUSED(arenite_arena_calloc(arena, half, half), ARENITE_ERROR_OVERFLOW, "times");
    CHECK_REFUSED(arenite_arena_array(arena, half, half + 1), ARENITE_ERROR_OVERFLOW, "times");
    CHECK_REFUSED(arenite_arena_array(arena, (size_t)-1 / 2, 2), ARENITE_ERROR_OVERFLOW, "times");
    CHECK_REFUSED(arenite_arena_calloc(arena, 0, 8), ARENITE_ERROR_ZERO_SIZE, "arenite_arena_calloc");
    CHECK_REFUSED(arenite_arena_array(arena, 8, 0), ARENITE_ERROR_ZERO_SIZE, "arenite_arena_array");
    CHECK_REFUSED(arenite_arena_array(arena, 1ul << 20, 1025), ARENITE_ERROR_TOO_LARGE, "1073741824");
    CHECK_REFUSED(arenite_arena_calloc(NULL, 1, 1), ARENITE_ERROR_NULL, "NULL");
    CHECK_REFUSED(arenite_arena_array(NULL, 1, 1), ARENITE_ERROR_NULL, "NULL");
}

static void texts_and_bytes_are_copied(void) {
    const char bytes[5] = {1, 0, 2, 0, 3};
    char *copy = arenite_arena_strdup(arena, "grains of sand");
    CHECK(copy != NULL && strcmp(copy, "grains of sand") == 0);
    copy = arenite_arena_strdup(arena, "");
    CHECK(copy != NULL && copy[0] == 0);
    copy = arenite_arena_strndup(arena, "grains of sand", 6);
    CHECK(copy != NULL && strcmp(copy, "grains") == 0);
    copy = arenite_arena_strndup(arena, "grains", 600);
    CHECK(copy != NULL && strcmp(copy, "grains") == 0);
    copy = arenite_arena_strndup(arena, bytes, 1);
    CHECK(copy != NULL && copy[0] == 1 && copy[1] == 0);
    copy = arenite_arena_strndup(arena, "any", 0);
    CHECK(copy != NULL && copy[0] == 0);
    copy = (char *)arenite_arena_memdup(arena, bytes, sizeof bytes);
    CHECK(copy != NULL && memcmp(copy, bytes, sizeof bytes) == 0);
    CHECK_REFUSED(arenite_arena_strdup(arena, NULL), ARENITE_ERROR_NULL, "the text");
    CHECK_REFUSED(arenite_arena_strndup(arena, NULL, 3), ARENITE_ERROR_NULL, "the text");
    CHECK_REFUSED(arenite_arena_memdup(arena, NULL, 3), ARENITE_ERROR_NULL, "the bytes");
    CHECK_REFUSED(arenite_arena_memdup(arena, bytes, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_arena_strdup(NULL, "text"), ARENITE_ERROR_NULL, "an arena");
    CHECK_REFUSED(arenite_arena_strndup(NULL, "text", 1), ARENITE_ERROR_NULL, "an arena");
    CHECK_REFUSED(arenite_arena_memdup(NULL, "text", 1), ARENITE_ERROR_NULL, "an arena");
}

static void sprintf_writes_what_printf_would(void) {
    char expected[2000];
    char *text = arenite_arena_sprintf(arena, "%s: %d of %5.2f%% %c %lu", "sand", -42, 99.5, '!', 123456789ul);
    size_t length;
    CHECK(text != NULL && strcmp(text, "sand: -42 of 99.50% ! 123456789") == 0);
    text = arenite_arena_sprintf(arena, "%d %d %d %d %d %d %d %d %g %g %g %g %g %g %g %g %g", 1, 2, 3, 4, 5, 6, 7, 8, 1., 2., 3.,
                                 4., 5., 6., 7., 8., 9.);
    CHECK(text != NULL && strcmp(text, "1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8 9") == 0);
    /* About the size of the buffer on the stack, where a second pass begins. */
    for (length = 250; length < 262; length++) {
        sprintf(expected, "%0*d|%s", (int)length, 7, "end");
        text = arenite_arena_sprintf(arena, "%0*d|%s", (int)length, 7, "end");
        CHECK(text != NULL && strcmp(text, expected) == 0);
    }
    sprintf(expected, "%01500d %d %s", 7, 8, "nine");
    text = arenite_arena_sprintf(arena, "%01500d %d %s", 7, 8, "nine");
    CHECK(text != NULL && strcmp(text, expected) == 0);
    CHECK_REFUSED(arenite_arena_sprintf(NULL, "%d", 1), ARENITE_ERROR_NULL, "an arena");
    length = arenite_arena_used(arena);
    text = arenite_arena_sprintf(arena, "%s", "");
    CHECK(text != NULL && text[0] == 0 && arenite_arena_used(arena) == length + 16);
}

static void the_last_block_grows_where_it_is_and_others_move(void) {
    char *first = (char *)arenite_arena_alloc(arena, 10);
    char *last = (char *)arenite_arena_alloc(arena, 20);
    char *moved;
    size_t used;
    memset(first, 1, 10);
    memset(last, 2, 20);
    used = arenite_arena_used(arena);
    CHECK(arenite_arena_resize(arena, last, 20, 200));
    CHECK(arenite_arena_used(arena) == used - 32 + 208);
    CHECK(arenite_arena_resize(arena, last, 200, 5));
    CHECK(arenite_arena_used(arena) == used - 32 + 16);
    CHECK((char *)arenite_arena_alloc(arena, 16) == last + 16);
    CHECK_REFUSED(arenite_arena_resize(arena, first, 10, 100), ARENITE_ERROR_NOT_LAST, "realloc");
    CHECK(arenite_arena_resize(arena, first, 10, 3));
    moved = (char *)arenite_arena_realloc(arena, first, 10, 100);
    CHECK(moved != NULL && moved != first && moved[0] == 1 && moved[9] == 1 && first[9] == 1);
    CHECK((char *)arenite_arena_realloc(arena, moved, 100, 1000) == moved);
    CHECK((char *)arenite_arena_realloc(arena, moved, 1000, 10) == moved);
    CHECK(arenite_arena_realloc(arena, NULL, 0, 10) != NULL);
    CHECK_REFUSED(arenite_arena_realloc(arena, moved, 10, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_arena_resize(arena, moved, 10, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    used = arenite_arena_used(arena);
    CHECK_REFUSED(arenite_arena_realloc(arena, moved, 10, (size_t)-1), ARENITE_ERROR_OVERFLOW, "size");
    CHECK_REFUSED(arenite_arena_realloc(arena, moved, 10, (1ul << 30) + 1), ARENITE_ERROR_TOO_LARGE, "1073741824");
    CHECK_REFUSED(arenite_arena_resize(arena, moved, 10, (size_t)-1), ARENITE_ERROR_NOT_LAST, "where it is");
    CHECK_REFUSED(arenite_arena_resize(arena, &used, 8, 16), ARENITE_ERROR_NOT_A_BLOCK, "a block of it");
    CHECK_REFUSED(arenite_arena_realloc(arena, &used, 8, 16), ARENITE_ERROR_NOT_A_BLOCK, "a block of it");
    CHECK_REFUSED(arenite_arena_realloc(arena, moved, (size_t)-1, 16), ARENITE_ERROR_NOT_A_BLOCK, "a block of it");
    CHECK_REFUSED(arenite_arena_realloc(arena, moved, 0, 16), ARENITE_ERROR_NOT_A_BLOCK, "a block of it");
    CHECK_REFUSED(arenite_arena_resize(arena, NULL, 8, 16), ARENITE_ERROR_NOT_A_BLOCK, "a block of it");
    CHECK_REFUSED(arenite_arena_resize(NULL, moved, 8, 16), ARENITE_ERROR_NULL, "an arena");
    CHECK_REFUSED(arenite_arena_realloc(NULL, moved, 8, 16), ARENITE_ERROR_NULL, "an arena");
    CHECK(arenite_arena_used(arena) == used);
}

static void a_block_grown_step_by_step_keeps_its_contents_over_chunks(void) {
    size_t size = 1, i;
    char *block = (char *)arenite_arena_alloc(arena, size);
    block[0] = 0;
    while (size < 300000) {
        size_t larger = size + 1 + size / 3;
        block = (char *)arenite_arena_realloc(arena, block, size, larger);
        CHECK(block != NULL);
        for (i = size; i < larger; i++) block[i] = (char)(i * 7);
        size = larger;
    }
    for (i = 1; i < size; i++)
        if (block[i] != (char)(i * 7)) break;
    CHECK(i == size);
}

int main(void) {
    arena = arenite_arena_create(NULL);
    aligned_blocks_lie_at_their_alignment_in_every_chunk();
    arrays_are_zeroed_and_products_checked();
    texts_and_bytes_are_copied();
    sprintf_writes_what_printf_would();
    the_last_block_grows_where_it_is_and_others_move();
    a_block_grown_step_by_step_keeps_its_contents_over_chunks();
    CHECK(arenite_arena_destroy(arena));
    return check_result();
}
