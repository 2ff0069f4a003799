/* Sized blocks. */
#include "check.h"
#include <pthread.h>

static arenite_blocks *blocks;

static void *freeing_thread(void *block) {
    CHECK(arenite_blocks_free(blocks, block, 100));
    return NULL;
}

static void whatever_is_passed_for_blocks_has_an_answer(void) {
    arenite_blocks *gone = arenite_blocks_create();
    arenite_heap *heap = arenite_heap_create_default();
    void *block = arenite_blocks_alloc(blocks, 16);
    CHECK(arenite_blocks_destroy(gone) && arenite_blocks_destroy(NULL));
    CHECK_REFUSED(arenite_blocks_destroy(gone), ARENITE_ERROR_DESTROYED, "sized blocks");
    CHECK_REFUSED(arenite_blocks_alloc(gone, 16), ARENITE_ERROR_DESTROYED, "arenite_blocks_alloc");
    CHECK_REFUSED(arenite_blocks_alloc(NULL, 16), ARENITE_ERROR_NULL, "sized blocks");
    CHECK_REFUSED(arenite_blocks_alloc((arenite_blocks *)heap, 16), ARENITE_ERROR_FOREIGN, "a heap");
    CHECK_REFUSED(arenite_blocks_alloc(blocks, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_blocks_alloc(blocks, (size_t)-1), ARENITE_ERROR_OVERFLOW, "bytes");
    CHECK_REFUSED(arenite_blocks_free(gone, block, 16), ARENITE_ERROR_DESTROYED, "");
    CHECK_REFUSED(arenite_blocks_free(blocks, block, 0), ARENITE_ERROR_ZERO_SIZE, "");
    CHECK_REFUSED(arenite_blocks_realloc(blocks, block, 16, 0), ARENITE_ERROR_ZERO_SIZE, "");
    CHECK_REFUSED(arenite_blocks_realloc(blocks, block, 16, (size_t)-1), ARENITE_ERROR_OVERFLOW, "");
    CHECK_REFUSED(arenite_blocks_get_stats(blocks, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK(arenite_blocks_free(blocks, NULL, 16) && arenite_blocks_free(blocks, block, 16));
    CHECK(arenite_heap_destroy(heap));
}

static void blocks_keep_their_contents_and_are_counted(void) {
    enum { COUNT = 1000 };
    static unsigned char *held[COUNT];
    static size_t sizes[COUNT];
    arenite_blocks_stats stats;
    size_t i, k;
    for (i = 0; i < COUNT; i++) {
        sizes[i] = 1 + i * 7;
        held[i] = (unsigned char *)arenite_blocks_alloc(blocks, sizes[i]);
        CHECK(held[i] != NULL && (size_t)held[i] % 16 == 0);
        memset(held[i], (int)(i % 251), sizes[i]);
    }
    CHECK(arenite_blocks_get_stats(blocks, &stats) && stats.live == COUNT && stats.held >= stats.live_bytes);
    for (i = 0; i < COUNT; i++) {
        size_t size = 1 + (i * 31) % 9000, kept = size < sizes[i] ? size : sizes[i];
        held[i] = (unsigned char *)arenite_blocks_realloc(blocks, held[i], sizes[i], size);
        for (k = 0; k < kept; k++)
            if (held[i][k] != (unsigned char)(i % 251)) break;
        CHECK(k == kept);
        sizes[i] = size;
    }
    for (i = 0; i < COUNT; i++) CHECK(arenite_blocks_free(blocks, held[i], sizes[i]));
    CHECK(arenite_blocks_get_stats(blocks, &stats) && stats.live == 0);
}

int main(void) {
    pthread_t thread;
    void *block;
    blocks = arenite_blocks_create();
    CHECK(blocks != NULL);
    whatever_is_passed_for_blocks_has_an_answer();
    blocks_keep_their_contents_and_are_counted();
    block = arenite_blocks_realloc(blocks, NULL, 0, 100);
    CHECK(block != NULL && pthread_create(&thread, NULL, freeing_thread, block) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(arenite_blocks_destroy(blocks));
    return check_result();
}
