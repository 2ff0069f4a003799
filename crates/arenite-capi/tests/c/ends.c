/* Ways in which a process ends with a word, and what its environment says: each in a process of its own, by its argument. */
#define ARENITE_CALL_SITES
#include "check.h"

static int inner_fault(int mode) {
    arenite_heap *heap;
    char *block;
    CHECK(arenite_explain_page_faults());
    CHECK(arenite_set_grade(ARENITE_GRADE_PAGE));
    heap = arenite_heap_create_default();
    block = (char *)arenite_heap_alloc(heap, 64); /* line 11 */
    if (mode == 'o') {
        ((volatile char *)block)[64] = 1; /* behind it: the closed page */
    } else {
        CHECK(arenite_heap_free(heap, block)); /* line 15 */
        ((volatile char *)block)[5] = 1;
    }
    return 3; /* not reached */
}

static int denied(void) {
    arenite_scope deny;
    void *block = arenite_malloc(100);
    deny = arenite_deny_begin(ARENITE_ABORT);
    puts("denied");
    fflush(stdout);
    CHECK(arenite_free(block));
    puts("not reached");
    return arenite_scope_end(deny) ? 3 : 4;
}

/* ARENITE_DEBUG=audio:guard,sites */
static int environment(void) {
    CHECK(arenite_get_grade() == ARENITE_GRADE_SITES);
    CHECK(arenite_get_tag_grade(ARENITE_TAG_AUDIO) == ARENITE_GRADE_GUARD);
    CHECK(arenite_get_tag_grade(ARENITE_TAG_GUI) == ARENITE_GRADE_SITES);
    CHECK(arenite_set_grade(ARENITE_GRADE_OFF) && arenite_get_tag_grade(ARENITE_TAG_GUI) == ARENITE_GRADE_OFF);
    return check_result();
}

/* Everything is well in grade page: no fault, and blocks are what they are in any. */
static int sound(void) {
    arenite_heap *heap;
    char *blocks[20];
    int i;
    CHECK(arenite_set_grade(ARENITE_GRADE_PAGE));
    heap = arenite_heap_create_default();
    for (i = 0; i < 20; i++) {
        blocks[i] = (char *)arenite_heap_alloc(heap, 16 << i % 8);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], i, 16 << i % 8);
    }
    for (i = 0; i < 20; i++) CHECK(blocks[i][15] == i && arenite_heap_free(heap, blocks[i]));
    CHECK_REFUSED(arenite_heap_free(heap, blocks[3]), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK(arenite_check_integrity(NULL) && arenite_heap_destroy(heap));
    return check_result();
}

int main(int count, char **arguments) {
    switch (count > 1 ? arguments[1][0] : 0) {
    case 'o': case 'u': return inner_fault(arguments[1][0]);
    case 'd': return denied();
    case 'e': return environment();
    case 's': return sound();
    default: return 2;
    }
}
