/* Documents: malloc, realloc and free without sizes, ended in one step. */
#include "check.h"
#include <pthread.h>

static arenite_document *document;

static void *other_thread(void *argument) {
    CHECK_REFUSED(arenite_document_malloc(document, 8), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_document_end(document), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_document_destroy(document), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_document_adopt(document), ARENITE_ERROR_WRONG_THREAD, "another thread");
    return argument;
}

static void whatever_is_passed_for_a_document_has_an_answer(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_document *gone = arenite_document_create(NULL);
    arenite_arena_stats stats;
    int local = 0;
    pthread_t thread;
    CHECK(arenite_document_destroy(gone) && arenite_document_destroy(NULL));
    document = arenite_document_create(NULL);
    CHECK(document != NULL && document != gone);
    CHECK_REFUSED(arenite_document_malloc(NULL, 8), ARENITE_ERROR_NULL, "arenite_document_malloc: NULL");
    CHECK_REFUSED(arenite_document_malloc(gone, 8), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_document_destroy(gone), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_document_malloc((arenite_document *)arena, 8), ARENITE_ERROR_FOREIGN, "no handle of a document");
    CHECK_REFUSED(arenite_document_adopt((arenite_document *)arena), ARENITE_ERROR_FOREIGN, "no handle of a document");
    CHECK_REFUSED(arenite_arena_alloc((arenite_arena *)document, 8), ARENITE_ERROR_FOREIGN, "handle of a document");
    CHECK_REFUSED(arenite_arena_destroy((arenite_arena *)document), ARENITE_ERROR_FOREIGN, "handle of a document");
    CHECK_REFUSED(arenite_pool_alloc((arenite_pool *)document), ARENITE_ERROR_FOREIGN, "handle of a document");
    CHECK_REFUSED(arenite_document_malloc((arenite_document *)&local, 8), ARENITE_ERROR_FOREIGN, "handle");
    CHECK_REFUSED(arenite_document_realloc(document, &local, 8), ARENITE_ERROR_NOT_A_BLOCK, "no live block");
    CHECK_REFUSED(arenite_document_get_stats(document, NULL), ARENITE_ERROR_NULL, "the stats");
    CHECK(arenite_document_get_stats(document, &stats) && stats.used == 0);
    arenite_clear_error();
    arenite_document_free(gone, &local);
    CHECK(arenite_last_error() == ARENITE_ERROR_DESTROYED);
    CHECK(pthread_create(&thread, NULL, other_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(arenite_document_release(document));
    CHECK_REFUSED(arenite_document_malloc(document, 8), ARENITE_ERROR_WRONG_THREAD, "belongs to no thread");
    CHECK(arenite_document_adopt(document) && arenite_document_malloc(document, 8) != NULL);
    CHECK(arenite_document_destroy(document) && arenite_arena_destroy(arena));
}

static void sizes_have_an_answer_from_zero_to_the_largest(void) {
    char *one, *two;
    size_t huge, i;
    document = arenite_document_create(NULL);
    one = (char *)arenite_document_malloc(document, 0);
    two = (char *)arenite_document_malloc(document, 24);
    CHECK(one != NULL && (size_t)one % 8 == 0 && two == one + 8);
    CHECK((char *)arenite_document_malloc(document, 1) == two + 24);
    for (huge = (size_t)-1; huge > (size_t)-32; huge--) {
        CHECK(arenite_document_malloc(document, huge) == NULL);
        CHECK(arenite_document_realloc(document, two, huge) == NULL);
    }
    CHECK_REFUSED(arenite_document_calloc(document, (size_t)-1, 16), ARENITE_ERROR_OVERFLOW, "");
    CHECK_REFUSED(arenite_document_malloc(document, ((size_t)1 << 30) + 1), ARENITE_ERROR_TOO_LARGE, "1073741824");
    memset(two, 'x', 24);
    CHECK(arenite_document_end(document));
    one = (char *)arenite_document_calloc(document, 10, 10);
    for (i = 0; i < 100; i++) CHECK(one[i] == 0);
    CHECK(arenite_document_calloc(document, 0, 10) != NULL && arenite_document_calloc(document, 10, 0) != NULL);
    CHECK(arenite_document_destroy(document));
}

/* Many blocks that grow and shrink in turn, each with a pattern of its own. */
static void contents_survive_every_realloc(void) {
    enum { BLOCKS = 64 };
    unsigned char *blocks[BLOCKS] = {NULL};
    size_t sizes[BLOCKS] = {0}, i, k;
    unsigned long random = 12345, round;
    for (round = 0; round < 20000; round++) {
        size_t size, kept;
        random = (random * 1103515245ul + 12345ul) & 0x7ffffffful;
        i = (random >> 8) % BLOCKS;
        size = 1 + (random >> 3) % (round % 50 == 0 ? 100000 : 300);
        if (random % 11 == 0) {
            arenite_document_free(document, blocks[i]);
            blocks[i] = NULL;
            sizes[i] = 0;
            continue;
        }
        if (round % 3000 == 2999) {
            CHECK(arenite_document_end(document));
            memset(blocks, 0, sizeof blocks);
            memset(sizes, 0, sizeof sizes);
        }
        blocks[i] = (unsigned char *)arenite_document_realloc(document, blocks[i], size);
        CHECK(blocks[i] != NULL && (size_t)blocks[i] % 8 == 0);
        kept = size < sizes[i] ? size : sizes[i];
        for (k = 0; k < kept; k++)
            if (blocks[i][k] != (unsigned char)(i + 1)) break;
        CHECK(k == kept);
        memset(blocks[i], (int)(i + 1), size);
        sizes[i] = size;
    }
    for (i = 0; i < BLOCKS; i++)
        for (k = 0; k < sizes[i]; k++)
            if (blocks[i][k] != (unsigned char)(i + 1)) {
                CHECK(!"a block was written over");
                break;
            }
}

static void a_buffer_that_grows_at_the_end_stays_where_it_is(void) {
    arenite_arena_stats stats;
    char *buffer, *first;
    size_t size;
    first = buffer = (char *)arenite_document_realloc(document, NULL, 10);
    buffer = (char *)arenite_document_realloc(document, buffer, 20);
    CHECK(buffer != first || buffer != NULL);
    first = buffer;
    for (size = 40; size <= 2560; size *= 2) CHECK((char *)arenite_document_realloc(document, buffer, size) == first);
    CHECK((char *)arenite_document_realloc(document, buffer, 100) == first);
    CHECK((char *)arenite_document_malloc(document, 8) == first + 104);
    /* Known still, but something lies behind it. */
    CHECK((char *)arenite_document_realloc(document, buffer, 50) == first);
    CHECK((char *)arenite_document_realloc(document, buffer, 101) != first);
    /* After the end its address is another block's. */
    CHECK(arenite_document_end(document));
    CHECK(arenite_document_get_stats(document, &stats) && stats.used == 0);
}

static void what_realloc_returned_last_comes_back_at_once(void) {
    arenite_arena_stats stats;
    char *block = (char *)arenite_document_malloc(document, 100);
    arenite_document_free(document, block);
    CHECK(arenite_document_get_stats(document, &stats) && stats.used == 104);
    block = (char *)arenite_document_realloc(document, block, 200);
    arenite_document_free(document, block);
    CHECK(arenite_document_get_stats(document, &stats) && stats.used == 104);
    CHECK(arenite_document_end(document));
}

static arenite_window window;

static void *malloc_in(size_t size) { return arenite_document_malloc_in(document, &window, size); }

static void *realloc_in(void *block, size_t size) { return arenite_document_realloc_in(document, &window, block, size); }

static void blocks_of_a_window_lie_side_by_side(void) {
    arenite_arena_stats stats;
    char *first = (char *)malloc_in(24), *last;
    size_t n;
    CHECK(first != NULL && (size_t)first % 8 == 0);
    CHECK(window.limit > window.cursor || check_below_a_tool());
    if (window.limit != NULL) {
        CHECK((char *)malloc_in(1) == first + 24);
        CHECK((char *)malloc_in(0) == first + 32);
        CHECK((char *)malloc_in(9) == first + 40);
        CHECK((char *)malloc_in(8) == first + 56);
        /* To the last byte, and beyond. */
        n = (size_t)(window.limit - window.cursor);
        last = (char *)malloc_in(n);
        CHECK(last == first + 64 && window.cursor == window.limit);
        memset(last, 1, n);
        last = (char *)malloc_in(8);
        CHECK(last != NULL && window.limit != NULL);
    }
    /* Closed, the document uses what was used, and goes on behind it. */
    CHECK(arenite_document_end_in(document, &window) && window.limit == NULL && window.cursor == NULL);
    CHECK(arenite_document_get_stats(document, &stats) && stats.used == 0);
    first = (char *)malloc_in(104);
    CHECK(arenite_document_window_close(document, &window) && window.limit == NULL);
    CHECK(arenite_document_get_stats(document, &stats) && (stats.used == 104 || check_below_a_tool()));
    CHECK((char *)malloc_in(8) == first + 104 || check_below_a_tool());
    CHECK(arenite_document_end_in(document, &window) && arenite_document_end_in(document, &window));
}

static void what_grows_last_grows_into_the_window(void) {
    char *before = (char *)malloc_in(16), *buffer = (char *)realloc_in(NULL, 10), *moved;
    size_t size;
    memset(before, 'b', 16);
    buffer = (char *)realloc_in(buffer, 16);
    for (size = 32; size <= 512; size *= 2) {
        moved = (char *)realloc_in(buffer, size);
        CHECK(moved == buffer || check_below_a_tool());
        buffer = moved;
        memset(buffer, 'x', size);
    }
    /* Something of the window lies behind it from here on. */
    moved = (char *)malloc_in(16);
    memset(moved, 'm', 16);
    before = (char *)realloc_in(buffer, 1024);
    CHECK(before != buffer && before[511] == 'x' && moved[0] == 'm' && moved[15] == 'm');
    /* Beside the window, and through it again. */
    buffer = (char *)arenite_document_malloc(document, 64);
    memset(buffer, 'y', 64);
    memset(malloc_in(64), 'z', 64);
    before = (char *)realloc_in(buffer, 100000);
    CHECK(before != NULL && before[0] == 'y' && before[63] == 'y');
    memset(malloc_in(64), 'z', 64);
    CHECK(buffer[0] == 'y' && buffer[63] == 'y');
    CHECK(arenite_document_end_in(document, &window));
}

/* Blocks of all sizes, by all functions, each with a pattern of its own, cycle after cycle in the same memory. */
static void blocks_of_a_window_are_nobody_elses(void) {
    enum { BLOCKS = 3000 };
    static unsigned char *blocks[BLOCKS];
    static size_t sizes[BLOCKS];
    arenite_arena_stats stats;
    size_t cycle, i, k, held = 0;
    unsigned long random;
    for (cycle = 0; cycle < 20; cycle++) {
        random = 99991;
        for (i = 0; i < BLOCKS; i++) {
            random = (random * 1103515245ul + 12345ul) & 0x7ffffffful;
            sizes[i] = 1 + (random >> 8) % (random % 100 == 0 ? 70000 : 200);
            if (random % 7 == 3) blocks[i] = (unsigned char *)arenite_document_malloc(document, sizes[i]);
            else if (random % 7 == 5) blocks[i] = (unsigned char *)realloc_in(NULL, sizes[i]);
            else blocks[i] = (unsigned char *)malloc_in(sizes[i]);
            CHECK(blocks[i] != NULL && (size_t)blocks[i] % 8 == 0);
            memset(blocks[i], (int)(i & 0xff), sizes[i]);
            if (i > 0 && random % 13 == 0) {
                k = sizes[i - 1] + 1 + random % 500;
                blocks[i - 1] = (unsigned char *)realloc_in(blocks[i - 1], k);
                CHECK(blocks[i - 1] != NULL);
                memset(blocks[i - 1] + sizes[i - 1], (int)((i - 1) & 0xff), k - sizes[i - 1]);
                sizes[i - 1] = k;
            }
        }
        for (i = 0; i < BLOCKS; i++) {
            for (k = 0; k < sizes[i]; k++)
                if (blocks[i][k] != (unsigned char)(i & 0xff)) break;
            CHECK(k == sizes[i]);
            arenite_document_free_in(document, &window, blocks[i]);
        }
        CHECK(arenite_document_end_in(document, &window));
        CHECK(arenite_document_get_stats(document, &stats) && stats.used == 0);
        if (cycle == 1) held = stats.allocated;
        CHECK(cycle < 2 || stats.allocated == held);
    }
}

static void whatever_is_passed_with_a_window_has_an_answer(void) {
    arenite_window before, *none = NULL;
    arenite_document *gone = arenite_document_create(NULL);
    size_t huge;
    CHECK(arenite_document_destroy(gone));
    memset(&window, 0, sizeof window);
    CHECK_REFUSED(arenite_document_malloc_in(NULL, &window, 8), ARENITE_ERROR_NULL, "arenite_document_window_malloc: NULL");
    CHECK_REFUSED(arenite_document_malloc_in(gone, &window, 8), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_document_malloc_in(document, none, 8), ARENITE_ERROR_NULL, "the window");
    CHECK_REFUSED(arenite_document_realloc_in(gone, &window, NULL, 8), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_document_realloc_in(document, none, NULL, 8), ARENITE_ERROR_NULL, "the window");
    CHECK_REFUSED(arenite_document_realloc_in(document, &window, &huge, 8), ARENITE_ERROR_NOT_A_BLOCK, "no live block");
    CHECK_REFUSED(arenite_document_end_in(gone, &window), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_document_end_in(document, none), ARENITE_ERROR_NULL, "the window");
    CHECK_REFUSED(arenite_document_window_close(gone, &window), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_document_window_close(document, none), ARENITE_ERROR_NULL, "the window");
    arenite_clear_error();
    arenite_document_free_in(gone, &window, &huge);
    CHECK(arenite_last_error() == ARENITE_ERROR_DESTROYED);
    arenite_clear_error();
    arenite_document_free_in(document, none, NULL);
    CHECK(arenite_last_error() == ARENITE_OK);
    memset(malloc_in(24), 1, 24);
    before = window;
    /* Refused, and what was open is. */
    for (huge = (size_t)-1; huge > (size_t)-32; huge--) CHECK(malloc_in(huge) == NULL);
    CHECK_REFUSED(malloc_in(((size_t)1 << 30) + 1), ARENITE_ERROR_TOO_LARGE, "1073741824");
    CHECK(window.cursor == before.cursor && window.limit == before.limit);
    CHECK(malloc_in(8) != NULL);
    /* Another document's window is left where it lies, and is not taken back. */
    gone = arenite_document_create(NULL);
    before = window;
    CHECK(arenite_document_window_close(gone, &before) && before.limit == NULL);
    CHECK(arenite_document_destroy(gone) && malloc_in(8) != NULL);
    CHECK(arenite_document_end_in(document, &window));
}

/* For a run with ARENITE_DEBUG=guard: sizes are known, and what is freed is remembered. */
static void a_watched_document_knows_its_blocks(void) {
    char *block = (char *)arenite_document_malloc(document, 13), *grown;
    memcpy(block, "thirteen byte", 13);
    grown = (char *)arenite_document_realloc(document, block, 500);
    CHECK(grown != NULL && grown != block && memcmp(grown, "thirteen byte", 13) == 0);
    CHECK_REFUSED(arenite_document_realloc(document, block, 20), ARENITE_ERROR_NOT_A_BLOCK, "no live block");
    arenite_document_free(document, grown);
    CHECK_REFUSED(arenite_document_realloc(document, grown, 20), ARENITE_ERROR_NOT_A_BLOCK, "no live block");
    /* No window opens: each block is noted, and each free heard of. */
    block = (char *)malloc_in(13);
    CHECK(block != NULL && window.limit == NULL && window.cursor == NULL);
    memcpy(block, "thirteen byte", 13);
    grown = (char *)realloc_in(block, 500);
    CHECK(grown != NULL && memcmp(grown, "thirteen byte", 13) == 0 && window.limit == NULL);
    arenite_document_free_in(document, &window, grown);
    CHECK_REFUSED(realloc_in(grown, 20), ARENITE_ERROR_NOT_A_BLOCK, "no live block");
    CHECK(arenite_document_end_in(document, &window));
}

int main(int count, char **arguments) {
    arenite_arena_options options;
    int reserved;
    (void)arguments;
    if (count > 1) {
        document = arenite_document_create(NULL);
        a_watched_document_knows_its_blocks();
        contents_survive_every_realloc();
        CHECK(arenite_document_destroy(document));
        return check_result();
    }
    whatever_is_passed_for_a_document_has_an_answer();
    sizes_have_an_answer_from_zero_to_the_largest();
    for (reserved = 0; reserved < 2; reserved++) {
        memset(&options, 0, sizeof options);
        options.size = sizeof options;
        options.reserve = reserved ? (size_t)1 << 28 : 0;
        document = arenite_document_create(&options);
        CHECK(document != NULL);
        a_buffer_that_grows_at_the_end_stays_where_it_is();
        what_realloc_returned_last_comes_back_at_once();
        contents_survive_every_realloc();
        CHECK(arenite_document_end(document));
        blocks_of_a_window_lie_side_by_side();
        what_grows_last_grows_into_the_window();
        blocks_of_a_window_are_nobody_elses();
        whatever_is_passed_with_a_window_has_an_answer();
        CHECK(arenite_document_destroy(document));
    }
    return check_result();
}
