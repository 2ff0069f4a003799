/* Scopes of a thread: what they do, and what happens when they end out of order, not at all, or on another thread. */
#include "check.h"
#include <pthread.h>
#include <setjmp.h>

static const arenite_scope none = {0, 0};

static int same(arenite_scope a, arenite_scope b) { return a.low == b.low && a.high == b.high; }

static void the_current_allocator_is_that_of_the_innermost_scope(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_heap *heap = arenite_heap_create_default();
    arenite_allocator *outer = arenite_allocator_of_arena(arena), *inner = arenite_allocator_of_heap(heap);
    arenite_scope one, two;
    char *of_arena, *of_heap;
    CHECK_REFUSED(arenite_alloc(16, 0), ARENITE_ERROR_NO_SCOPE, "no allocator is current");
    CHECK_REFUSED(arenite_current_allocator(), ARENITE_ERROR_NO_SCOPE, "current");
    one = arenite_allocator_begin(outer);
    CHECK(!same(one, none) && arenite_current_allocator() == outer && same(arenite_scope_mark(), one));
    of_arena = (char *)arenite_alloc(100, 0);
    CHECK(arenite_arena_owns(arena, of_arena) && (size_t)of_arena % 16 == 0 && arenite_usable_size(of_arena) == 100);
    two = arenite_allocator_begin(inner);
    of_heap = (char *)arenite_alloc(100, 64);
    CHECK(arenite_heap_owns(heap, of_heap) && (size_t)of_heap % 64 == 0);
    CHECK_REFUSED(arenite_allocator_destroy(inner), ARENITE_ERROR_BUSY, "1 open scopes");
    memset(of_heap, 5, 100);
    of_heap = (char *)arenite_realloc(of_heap, 1000);
    CHECK(of_heap != NULL && of_heap[99] == 5 && (size_t)of_heap % 64 == 0 && arenite_usable_size(of_heap) == 1000);
    CHECK(arenite_free(of_arena));
    CHECK(arenite_scope_end(two) && arenite_current_allocator() == outer);
    CHECK(arenite_free(of_heap)); /* to its owner, whatever is current */
    CHECK(!arenite_free(of_heap));
    CHECK(arenite_scope_end(one));
    CHECK_REFUSED(arenite_scope_end(one), ARENITE_ERROR_NO_SCOPE, "no such scope");
    CHECK_REFUSED(arenite_scope_end(none), ARENITE_ERROR_NO_SCOPE, "no such scope");
    CHECK_REFUSED(arenite_allocator_begin(NULL).low, ARENITE_ERROR_NULL, "an allocator");
    CHECK(arenite_allocator_destroy(inner) && arenite_allocator_destroy(outer));
    CHECK(arenite_heap_destroy(heap) && arenite_arena_destroy(arena));
}

static void what_is_no_block_is_refused_unread(void) {
    arenite_allocator *system = arenite_allocator_system(), *gone = arenite_allocator_system(), *fixed;
    static char room[4096];
    arenite_scope scope = arenite_allocator_begin(system);
    char *block = (char *)arenite_alloc(100, 0), *first = (char *)arenite_malloc(8 << 20), *large, *lost;
    CHECK(block != NULL && first != NULL);
    /* Unmapped at once, or soon: a look at it would be a fault. */
    CHECK(arenite_free(first));
    CHECK(!arenite_free(first) && arenite_usable_size(first) == 0);
    CHECK(arenite_realloc(first, 10) == NULL);
    CHECK_REFUSED(arenite_free((void *)16), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK_REFUSED(arenite_free((void *)4096), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK_REFUSED(arenite_free((void *)((size_t)-1 & ~(size_t)15)), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK_REFUSED(arenite_free(block + 16), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK(arenite_usable_size(block) == 100 && arenite_free(block));
    CHECK_REFUSED(arenite_free(block), ARENITE_ERROR_DOUBLE_FREE, "free already");
    /* A large block of the system's heap is unmapped by its free. */
    large = (char *)arenite_alloc(32 << 20, 0);
    CHECK(large != NULL && arenite_free(large));
    CHECK_REFUSED(arenite_free(large), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK_REFUSED(arenite_realloc(large, 10), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK(arenite_scope_end(scope));
    scope = arenite_allocator_begin(gone);
    lost = (char *)arenite_alloc(10, 0);
    CHECK(arenite_scope_end(scope) && arenite_allocator_destroy(gone));
    CHECK_REFUSED(arenite_free(lost), ARENITE_ERROR_DESTROYED, "destroyed");
    free(lost); /* the system's allocator is malloc */
    /* A refused change of size leaves all as it was. */
    fixed = arenite_allocator_fixed_buffer(room, sizeof room);
    scope = arenite_allocator_begin(fixed);
    block = (char *)arenite_alloc(100, 0);
    large = (char *)arenite_alloc(100, 0);
    memset(block, 7, 100);
    CHECK(arenite_realloc(block, 8000) == NULL && arenite_usable_size(block) == 100 && block[99] == 7);
    block = (char *)arenite_realloc(block, 300);
    CHECK(block > large && arenite_usable_size(block) == 300 && block[99] == 7);
    CHECK(arenite_scope_end(scope) && arenite_allocator_destroy(fixed) && arenite_allocator_destroy(system));
}

static void a_block_of_an_arena_says_itself_whose_it_is(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_allocator *named = arenite_allocator_of_arena(arena), *limited = arenite_allocator_limited(named, 1 << 20);
    arenite_scope scope = arenite_allocator_begin(named), inner;
    char *blocks[100], *last, *moved, *large;
    size_t i, before;
    for (i = 0; i < 100; i++) {
        blocks[i] = (char *)arenite_alloc(1 + i * 13, i % 2 ? 16 : 0);
        CHECK(blocks[i] != NULL && (size_t)blocks[i] % 16 == 0 && arenite_arena_owns(arena, blocks[i]));
        memset(blocks[i], (int)i, 1 + i * 13);
    }
    for (i = 0; i < 100; i++) CHECK(arenite_usable_size(blocks[i]) == 1 + i * 13 && blocks[i][i * 13] == (char)i);
    CHECK_REFUSED(arenite_free(blocks[50] + 16), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK_REFUSED(arenite_free(blocks[50] + 1), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK(arenite_usable_size(blocks[50] + 32) == 0);
    CHECK_REFUSED(arenite_alloc(0, 0), ARENITE_ERROR_ZERO_SIZE, "");
    CHECK_REFUSED(arenite_alloc(16, 3), ARENITE_ERROR_BAD_ALIGNMENT, "3");
    CHECK_REFUSED(arenite_alloc((size_t)-1, 0), ARENITE_ERROR_OVERFLOW, "");
    CHECK_REFUSED(arenite_alloc((size_t)-1 / 2 - 20, 0), ARENITE_ERROR_TOO_LARGE, "");
    /* The last gives its memory back; any is freed once. */
    last = (char *)arenite_alloc(40, 0);
    before = arenite_arena_used(arena);
    CHECK(arenite_free(last) && arenite_arena_used(arena) == before - 64);
    CHECK_REFUSED(arenite_free(last), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK(arenite_alloc(40, 0) == last && arenite_free(blocks[7]));
    CHECK_REFUSED(arenite_free(blocks[7]), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK_REFUSED(arenite_realloc(blocks[7], 10), ARENITE_ERROR_DOUBLE_FREE, "free already");
    /* In place where it is the last, else by moving. */
    memset(last, 3, 40);
    CHECK(arenite_realloc(last, 200) == last && arenite_usable_size(last) == 200 && last[39] == 3);
    moved = (char *)arenite_realloc(blocks[99], 5000);
    CHECK(moved != NULL && moved != blocks[99] && moved[99 * 13] == 99 && arenite_usable_size(moved) == 5000);
    CHECK_REFUSED(arenite_free(blocks[99]), ARENITE_ERROR_DOUBLE_FREE, "free already");
    large = (char *)arenite_alloc(3 << 20, 0);
    CHECK(large != NULL && arenite_usable_size(large) == 3 << 20 && arenite_free(large));
    /* At more than 16, and through a layer, a table knows it. */
    large = (char *)arenite_alloc(100, 4096);
    CHECK((size_t)large % 4096 == 0 && arenite_usable_size(large) == 100 && arenite_free(large));
    inner = arenite_allocator_begin(limited);
    large = (char *)arenite_alloc(100, 0);
    CHECK(arenite_scope_end(inner) && arenite_usable_size(large) == 100 && arenite_free(large));
    CHECK_REFUSED(arenite_free(large), ARENITE_ERROR_DOUBLE_FREE, "free already");
    /* Freed outside of its scope; refused when its arena is gone, without a look at it. */
    CHECK(arenite_scope_end(scope) && arenite_free(blocks[3]) && arenite_usable_size(blocks[4]) == 53);
    CHECK(arenite_arena_destroy(arena));
    CHECK_REFUSED(arenite_free(blocks[4]), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK(arenite_usable_size(blocks[4]) == 0);
    CHECK(arenite_allocator_destroy(limited) && arenite_allocator_destroy(named));
}

static void two_arenas_in_turn_keep_their_blocks_apart(void) {
    arenite_arena *arenas[2];
    arenite_allocator *named[2];
    char *blocks[2][200];
    int i, a;
    for (a = 0; a < 2; a++) {
        arenas[a] = arenite_arena_create_default();
        named[a] = arenite_allocator_of_arena(arenas[a]);
    }
    for (i = 0; i < 200; i++) {
        for (a = 0; a < 2; a++) {
            arenite_scope scope = arenite_allocator_begin(named[a]);
            blocks[a][i] = (char *)arenite_alloc((size_t)(10 + i), 0);
            CHECK(arenite_arena_owns(arenas[a], blocks[a][i]) && arenite_scope_end(scope));
        }
    }
    for (i = 0; i < 200; i++) {
        for (a = 0; a < 2; a++) {
            CHECK(arenite_usable_size(blocks[a][i]) == (size_t)(10 + i) && arenite_free(blocks[a][i]));
            CHECK_REFUSED(arenite_free(blocks[a][i]), ARENITE_ERROR_DOUBLE_FREE, "free already");
        }
    }
    for (a = 0; a < 2; a++) CHECK(arenite_arena_destroy(arenas[a]) && arenite_allocator_destroy(named[a]));
}

static void a_watched_arena_sees_the_sizes_that_were_asked_for(void) {
    arenite_arena *arena;
    arenite_allocator *named;
    arenite_scope scope;
    char *before, *block, *first;
    arena = arenite_arena_create_default();
    named = arenite_allocator_of_arena(arena);
    scope = arenite_allocator_begin(named);
    first = (char *)arenite_alloc(8, 0);
    before = (char *)arenite_alloc(48, 0);
    CHECK(arenite_arena_set_grade(arena, ARENITE_GRADE_GUARD));
    block = (char *)arenite_alloc(48, 0);
    CHECK(arenite_usable_size(block) == 48 && arenite_usable_size(before) == 48 && arenite_usable_size(first) == 8);
    CHECK(arenite_free(block) && arenite_free(before) && arenite_free(first));
    CHECK(!arenite_free(block) && !arenite_free(before));
    CHECK(arenite_scope_end(scope) && arenite_arena_destroy(arena) && arenite_allocator_destroy(named));
}

static void temps_are_apart_and_end_with_their_scope(void) {
    arenite_scope one, two;
    char *outer, *inner;
    CHECK_REFUSED(arenite_temp_alloc(16, 0), ARENITE_ERROR_NO_SCOPE, "temp");
    one = arenite_temp_scope_begin();
    outer = (char *)arenite_temp_alloc(64, 0);
    strcpy(outer, "outer");
    two = arenite_temp_scope_begin();
    inner = (char *)arenite_temp_alloc(64, 256);
    CHECK(inner != NULL && (size_t)inner % 256 == 0);
    memset(inner, 9, 64);
    CHECK(arenite_scope_end(two) && strcmp(outer, "outer") == 0);
    CHECK((char *)arenite_temp_alloc(16, 0) == outer + 64);
    CHECK(arenite_scope_end(one));
    one = arenite_temp_scope_begin();
    CHECK((char *)arenite_temp_alloc(16, 0) == outer);
    CHECK_REFUSED(arenite_temp_alloc(0, 0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK(arenite_scope_end(one));
}

static void the_programs_heap_knows_its_blocks(void) {
    char *block = (char *)arenite_malloc(100), *zeros;
    size_t i;
    int local[8] = {0};
    CHECK(block != NULL && (size_t)block % 16 == 0 && arenite_usable_size(block) >= 100);
    memset(block, 3, 100);
    block = (char *)arenite_realloc(block, 5000);
    CHECK(block != NULL && block[99] == 3);
    CHECK(arenite_free(block));
    CHECK_REFUSED(arenite_free(block), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK_REFUSED(arenite_free(local + 4), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK_REFUSED(arenite_realloc(block, 10), ARENITE_ERROR_DOUBLE_FREE, "");
    CHECK(arenite_free(NULL));
    CHECK_REFUSED(arenite_malloc(0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_malloc((size_t)-1), ARENITE_ERROR_OVERFLOW, "bytes");
    CHECK_REFUSED(arenite_calloc((size_t)-1 / 4, 8), ARENITE_ERROR_OVERFLOW, "times");
    CHECK_REFUSED(arenite_aligned_alloc(3, 8), ARENITE_ERROR_BAD_ALIGNMENT, "3");
    CHECK_REFUSED(arenite_usable_size(NULL), ARENITE_ERROR_NULL, "a block");
    zeros = (char *)arenite_calloc(10, 100);
    for (i = 0; i < 1000; i++) CHECK(zeros[i] == 0);
    CHECK(arenite_free(zeros));
    zeros = (char *)arenite_aligned_alloc(4096, 10);
    CHECK((size_t)zeros % 4096 == 0 && arenite_free(zeros));
}

static void a_region_serves_and_survivors_stay(void) {
    arenite_scope region = arenite_region_begin(), outside;
    arenite_escapes escapes;
    char *blocks[1000], *kept, *large, *cache;
    int i, round;
    CHECK(!same(region, none));
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 1000; i++) {
            size_t size = (size_t)(1 + i * 7 % 300);
            blocks[i] = (char *)arenite_malloc(size);
            CHECK(blocks[i] != NULL && (size_t)blocks[i] % 16 == 0 && arenite_usable_size(blocks[i]) >= size);
            memset(blocks[i], i & 127, size);
        }
        for (i = 0; i < 1000; i++) {
            size_t size = (size_t)(1 + i * 7 % 300), j;
            for (j = 0; j < size; j++) if (blocks[i][j] != (i & 127)) break;
            CHECK(j == size);
        }
        for (i = round; i < 1000; i += 2) {
            blocks[i] = (char *)arenite_realloc(blocks[i], 400);
            CHECK(blocks[i][0] == (i & 127));
        }
        for (i = 0; i < 1000; i++) CHECK(arenite_free(blocks[(i * 7) % 1000]));
    }
    kept = (char *)arenite_malloc(100);
    CHECK(arenite_free(blocks[0]) == 0);
    strcpy(kept, "survivor");
    large = (char *)arenite_malloc(1 << 20);
    memset(large, 1, 1 << 20);
    outside = arenite_heap_begin();
    cache = (char *)arenite_malloc(50);
    CHECK(arenite_scope_end(outside));
    CHECK(arenite_region_end(region, &escapes));
    CHECK(escapes.bytes >= 100 && escapes.bytes < 200 && escapes.chunks == 1);
    CHECK(strcmp(kept, "survivor") == 0 && arenite_free(kept) && arenite_free(large) && arenite_free(cache));
    CHECK_REFUSED(arenite_region_end(region, NULL), ARENITE_ERROR_NO_SCOPE, "no such scope");
    region = arenite_temp_scope_begin();
    CHECK_REFUSED(arenite_region_end(region, NULL), ARENITE_ERROR_BAD_ARGUMENT, "no region");
    CHECK_REFUSED(arenite_deny_end(region, NULL), ARENITE_ERROR_BAD_ARGUMENT, "no denial");
    CHECK(arenite_scope_end(region));
}

static void a_block_of_a_region_is_freed_once(void) {
    arenite_scope region = arenite_region_begin();
    char *one = (char *)arenite_malloc(40), *two = (char *)arenite_malloc(40);
    memset(two, 0, 40); /* what is misused below is looked at */
    CHECK(arenite_free(one));
    CHECK_REFUSED(arenite_free(one), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK(!arenite_free(two + 16) && !arenite_free(two + 1) && arenite_usable_size(two) >= 40);
    CHECK(arenite_free(two) && arenite_scope_end(region));
}

static void a_discarded_region_takes_all_with_it(void) {
    arenite_scope region;
    arenite_debug_stats stats;
    char *block = NULL;
    int i, round;
    for (round = 0; round < 50; round++) {
        region = arenite_region_begin_discardable();
        for (i = 0; i < 2000; i++) block = (char *)arenite_malloc(100);
        memset(block, 1, 100);
        CHECK(arenite_malloc(100000) != NULL);
        CHECK(arenite_region_end_discard(region));
    }
    CHECK(arenite_get_debug_stats(&stats));
    region = arenite_region_begin();
    CHECK_REFUSED(arenite_region_end_discard(region), ARENITE_ERROR_BAD_ARGUMENT, "discardable");
    CHECK(arenite_scope_end(region));
}

static size_t seen;
static unsigned seen_line;
static arenite_bool see(const arenite_leak *leak, void *context) {
    CHECK(context == &seen && strcmp(leak->allocator, "with_arena") == 0);
    CHECK(leak->blocks == 2 && leak->bytes >= 200 && leak->bytes <= 2 * 128);
    CHECK(leak->site.file != NULL && strcmp(leak->site.file, "escapes.c") == 0);
    seen_line = leak->site.line;
    seen++;
    return 1;
}

static void survivors_of_a_watched_region_come_with_their_lines(void) {
    arenite_scope region = arenite_region_begin();
    arenite_escapes escapes;
    void *kept[2];
    CHECK_REFUSED(arenite_region_end_each(region, NULL, NULL, NULL), ARENITE_ERROR_NULL, "a callback");
    kept[0] = arenite_malloc_at(100, "escapes.c", 6);
    seen = 0;
    CHECK(arenite_region_end_each(region, &escapes, see, &seen) && seen == 0 && escapes.bytes >= 100);
    CHECK(arenite_free(kept[0]));
    CHECK(arenite_set_node_grade("with_arena", ARENITE_GRADE_SITES));
    region = arenite_region_begin();
    kept[0] = arenite_malloc_at(100, "escapes.c", 7);
    CHECK(arenite_free(arenite_malloc_at(1000, "escapes.c", 8)));
    kept[1] = arenite_malloc_at(100, "escapes.c", 7);
    CHECK(arenite_region_end_each(region, &escapes, see, &seen));
    CHECK(seen == 1 && seen_line == 7 && escapes.bytes >= 200 && escapes.chunks == 1);
    CHECK(arenite_free(kept[0]) && arenite_free(kept[1]));
    region = arenite_region_begin();
    CHECK(arenite_free(arenite_malloc_at(1000, "escapes.c", 9)));
    CHECK(arenite_region_end_each(region, &escapes, see, &seen) && seen == 1 && escapes.bytes == 0);
    CHECK(arenite_set_node_grade("with_arena", ARENITE_GRADE_INHERIT));
}

static size_t live_told;
static void on_live(const arenite_fault *fault, void *context) {
    (void)context;
    if (fault->kind == ARENITE_FAULT_LEAK && fault->allocated.file && strcmp(fault->allocated.file, "escapes.c") == 0) {
        live_told += fault->allocated.line;
    }
}

static void a_watched_region_tells_what_it_discards(void) {
    arenite_scope region;
    unsigned char *kept, *large;
    arenite_on_fault(on_live, NULL);
    CHECK(arenite_set_node_grade("with_arena", ARENITE_GRADE_SITES));
    region = arenite_region_begin_discardable();
    kept = (unsigned char *)arenite_malloc_at(100, "escapes.c", 20);
    CHECK(arenite_free(arenite_malloc_at(100, "escapes.c", 1000)));
    memset(kept, 5, 100);
    CHECK(arenite_region_end_discard(region) && live_told == 20);
    /* As by the ordinary end: it is there, and can be freed. */
    CHECK(kept[0] == 5 && kept[99] == 5 && arenite_free(kept));
    CHECK(arenite_set_node_grade("with_arena", ARENITE_GRADE_GUARD));
    region = arenite_region_begin_discardable();
    kept = (unsigned char *)arenite_malloc_at(100, "escapes.c", 300);
    large = (unsigned char *)arenite_malloc_at(3 << 20, "escapes.c", 4000); /* the heap's, which watches it itself */
    CHECK(large != NULL && arenite_region_end_discard(region) && live_told == 320);
    if (!check_below_a_tool()) CHECK(kept[0] == 0xDD && kept[99] == 0xDD);
    CHECK(!arenite_free(kept));
    CHECK(!arenite_free(large));
    CHECK(arenite_set_node_grade("with_arena", ARENITE_GRADE_OFF));
    region = arenite_region_begin_discardable();
    CHECK(arenite_malloc_at(100, "escapes.c", 50000) != NULL);
    CHECK(arenite_region_end_discard(region) && live_told == 320);
    CHECK(arenite_set_node_grade("with_arena", ARENITE_GRADE_INHERIT));
    arenite_on_fault(NULL, NULL);
}

static void tags_pay_and_denials_hear(void) {
    arenite_scope tag = arenite_tag_begin(ARENITE_TAG_AUDIO), deny, region;
    arenite_heap_calls calls;
    char *block = (char *)arenite_malloc(1000), *other;
    CHECK(block != NULL && arenite_scope_end(tag) && arenite_free(block));
    CHECK_REFUSED(arenite_tag_begin(0).low, ARENITE_ERROR_BAD_ARGUMENT, "0 is no tag");
    CHECK_REFUSED(arenite_tag_begin(33).low, ARENITE_ERROR_BAD_ARGUMENT, "33 is no tag");
    deny = arenite_deny_begin(0);
    CHECK(arenite_deny_end(deny, &calls) && calls.allocations == 0);
    deny = arenite_deny_begin(0);
    block = (char *)arenite_malloc(10);
    other = (char *)arenite_malloc(10);
    CHECK(arenite_free(other));
    CHECK_REFUSED(arenite_deny_end(deny, &calls), ARENITE_ERROR_HEAP_CALLED, "heap calls");
    CHECK(calls.allocations == 2 && calls.frees == 1 && arenite_free(block));
    region = arenite_region_begin();
    deny = arenite_deny_begin(0);
    block = (char *)arenite_malloc(10); /* the region's, not the heap's */
    CHECK(arenite_deny_end(deny, NULL) && arenite_free(block) && arenite_scope_end(region));
    CHECK_REFUSED(arenite_deny_begin(2).low, ARENITE_ERROR_BAD_ARGUMENT, "flags");
}

static int told;
static char kind[64];
static void on_fault(const arenite_fault *fault, void *context) {
    (void)context;
    told++;
    sprintf(kind, "%.60s", fault->name);
}

static void an_end_further_out_ends_what_was_left_open(void) {
    arenite_scope outer = arenite_temp_scope_begin(), middle = arenite_region_begin(), inner = arenite_temp_scope_begin();
    CHECK(arenite_scope_end(outer));
    CHECK(same(arenite_scope_mark(), none));
    CHECK_REFUSED(arenite_scope_end(middle), ARENITE_ERROR_NO_SCOPE, "no such scope");
    CHECK_REFUSED(arenite_scope_end(inner), ARENITE_ERROR_NO_SCOPE, "no such scope");
    arenite_on_fault(on_fault, NULL);
    arenite_set_grade(ARENITE_GRADE_SITES);
    outer = arenite_temp_scope_begin();
    inner = arenite_temp_scope_begin_at("left.c", 12);
    CHECK(arenite_scope_end(outer) && told == 1 && strcmp(kind, "out of order") == 0);
    arenite_set_grade(ARENITE_GRADE_OFF);
    arenite_on_fault(NULL, NULL);
}

static jmp_buf back;
static void jumps_out(void) {
    arenite_temp_scope_begin();
    arenite_region_begin();
    arenite_temp_scope_begin();
    longjmp(back, 1);
}

static void a_longjmp_is_unwound_by_the_mark_or_the_next_end(void) {
    static arenite_scope outer, mark;
    outer = arenite_temp_scope_begin();
    mark = arenite_scope_mark();
    if (setjmp(back) == 0) jumps_out();
    CHECK(!same(arenite_scope_mark(), mark));
    CHECK(arenite_scope_unwind(mark) && same(arenite_scope_mark(), mark));
    if (setjmp(back) == 0) jumps_out();
    CHECK(arenite_scope_end(outer) && same(arenite_scope_mark(), none));
    CHECK_REFUSED(arenite_scope_unwind(mark), ARENITE_ERROR_NO_SCOPE, "no such scope");
    arenite_temp_scope_begin();
    arenite_temp_scope_begin();
    CHECK(arenite_scope_unwind(none) && same(arenite_scope_mark(), none));
}

static void *survivor;
static void *leaves_all_open(void *token) {
    CHECK_REFUSED(arenite_scope_end(*(arenite_scope *)token), ARENITE_ERROR_NO_SCOPE, "another thread");
    CHECK(same(arenite_scope_mark(), none));
    arenite_temp_scope_begin();
    arenite_region_begin();
    survivor = arenite_malloc(64);
    strcpy((char *)survivor, "of a thread that has ended");
    arenite_temp_scope_begin();
    arenite_temp_alloc(100, 0);
    return NULL;
}

static unsigned denial_line;
static void on_denial(const arenite_fault *fault, void *context) {
    (void)context;
    CHECK(fault->kind == ARENITE_FAULT_OUT_OF_ORDER && strstr(fault->text, "a denial of the heap") != NULL);
    CHECK(strcmp(fault->allocated.file, "denies.c") == 0);
    denial_line = fault->allocated.line;
}

static void *denies(void *leaves_open) {
    arenite_scope deny = arenite_deny_begin_at(0, "denies.c", 77);
    CHECK(arenite_free(arenite_malloc(10)));
    if (leaves_open == NULL) CHECK(!arenite_deny_end(deny, NULL));
    return NULL;
}

static void a_denial_that_a_thread_leaves_open_is_told(void) {
    pthread_t thread;
    arenite_on_fault(on_denial, NULL);
    CHECK(pthread_create(&thread, NULL, denies, NULL) == 0 && pthread_join(thread, NULL) == 0 && denial_line == 0);
    CHECK(arenite_set_policies(ARENITE_POLICY_PANIC)); /* which the end of a thread survives */
    CHECK(pthread_create(&thread, NULL, denies, &denial_line) == 0 && pthread_join(thread, NULL) == 0 && denial_line == 77);
    CHECK(arenite_set_policies(ARENITE_POLICY_REPORT));
    arenite_on_fault(NULL, NULL);
}

static void scopes_end_with_their_thread_and_are_no_others(void) {
    arenite_scope mine = arenite_temp_scope_begin();
    pthread_t thread;
    int i;
    for (i = 0; i < 20; i++) {
        CHECK(pthread_create(&thread, NULL, leaves_all_open, &mine) == 0 && pthread_join(thread, NULL) == 0);
        CHECK(strcmp((char *)survivor, "of a thread that has ended") == 0 && arenite_free(survivor));
    }
    CHECK(same(arenite_scope_mark(), mine) && arenite_scope_end(mine));
}

static arenite_context *taken;
static void *puts_it(void *expected) {
    if (expected == NULL) {
        CHECK_REFUSED(arenite_context_put(taken), ARENITE_ERROR_WRONG_THREAD, "a region is open");
        return NULL;
    }
    CHECK(arenite_context_put(taken) && arenite_current_allocator() == expected);
    CHECK(arenite_scope_unwind(none));
    return NULL;
}

static void a_context_leaves_its_thread_and_comes_back(void) {
    arenite_allocator *system = arenite_allocator_system();
    arenite_scope region = arenite_region_begin(), temp;
    char *before = (char *)arenite_malloc(32), *between, *after;
    pthread_t thread;
    taken = arenite_context_take();
    CHECK(taken != NULL && same(arenite_scope_mark(), none));
    CHECK_REFUSED(arenite_scope_end(region), ARENITE_ERROR_NO_SCOPE, "no such scope");
    between = (char *)arenite_malloc(32);
    temp = arenite_temp_scope_begin();
    CHECK_REFUSED(arenite_context_put(taken), ARENITE_ERROR_BUSY, "open scopes");
    CHECK(arenite_scope_end(temp));
    CHECK(pthread_create(&thread, NULL, puts_it, NULL) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(arenite_context_put(taken));
    CHECK_REFUSED(arenite_context_put(taken), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_context_put(NULL), ARENITE_ERROR_NULL, "NULL");
    after = (char *)arenite_malloc(32);
    CHECK(after > before && after - before < 128); /* the region's window goes on */
    CHECK(arenite_free(before) && arenite_free(between) && arenite_free(after) && arenite_scope_end(region));
    arenite_allocator_begin(system);
    taken = arenite_context_take();
    CHECK(pthread_create(&thread, NULL, puts_it, system) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(arenite_allocator_destroy(system));
}

static void *freeing(void *blocks) {
    int i;
    for (i = 0; i < 1000; i++) CHECK(arenite_free(((void **)blocks)[i]));
    return NULL;
}

static void another_thread_frees_what_a_region_has_served(void) {
    static void *blocks[1000];
    arenite_escapes escapes;
    pthread_t thread;
    int i, round;
    for (round = 0; round < 20; round++) {
        arenite_scope region = arenite_region_begin();
        for (i = 0; i < 1000; i++) blocks[i] = arenite_malloc(48);
        CHECK(pthread_create(&thread, NULL, freeing, blocks) == 0);
        CHECK(arenite_region_end(region, &escapes));
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

static void depth_has_an_end(void) {
    arenite_allocator *system = arenite_allocator_system();
    long open = 0;
    while (!same(arenite_allocator_begin(system), none)) open++;
    CHECK(open == 65535 && arenite_last_error() == ARENITE_ERROR_FULL);
    CHECK(arenite_scope_unwind(none) && arenite_allocator_destroy(system));
}

int main(void) {
    /* Also under a tool, where the grade would be guard: each test says its own. */
    CHECK(arenite_set_grade(ARENITE_GRADE_OFF));
    the_current_allocator_is_that_of_the_innermost_scope();
    what_is_no_block_is_refused_unread();
    a_block_of_an_arena_says_itself_whose_it_is();
    two_arenas_in_turn_keep_their_blocks_apart();
    a_watched_arena_sees_the_sizes_that_were_asked_for();
    temps_are_apart_and_end_with_their_scope();
    the_programs_heap_knows_its_blocks();
    a_region_serves_and_survivors_stay();
    a_block_of_a_region_is_freed_once();
    a_discarded_region_takes_all_with_it();
    survivors_of_a_watched_region_come_with_their_lines();
    a_watched_region_tells_what_it_discards();
    tags_pay_and_denials_hear();
    an_end_further_out_ends_what_was_left_open();
    a_longjmp_is_unwound_by_the_mark_or_the_next_end();
    scopes_end_with_their_thread_and_are_no_others();
    a_denial_that_a_thread_leaves_open_is_told();
    a_context_leaves_its_thread_and_comes_back();
    another_thread_frees_what_a_region_has_served();
    depth_has_an_end();
    return check_result();
}
