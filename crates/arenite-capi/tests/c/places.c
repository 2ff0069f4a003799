/* What faults say of places: those of marks, and why there are none in a program compiled without call sites. */
#include "check.h"

static char text[2048];
static unsigned taken_at;
static int told;

static void on_fault(const arenite_fault *fault, void *context) {
    (void)context;
    told++;
    taken_at = fault->allocated.line;
    strncpy(text, fault->text, sizeof text - 1);
}

int main(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_mark mark;
    arenite_temp temp;
    unsigned line;
    char *block;
    arenite_on_fault(on_fault, NULL);
    CHECK(arenite_arena_set_grade(arena, ARENITE_GRADE_GUARD));

    /* A mark keeps its place in the words that C holds. */
    mark = arenite_arena_mark(arena); line = __LINE__;
    CHECK(arenite_arena_reset(arena));
    CHECK_REFUSED(arenite_arena_restore(arena, &mark), ARENITE_ERROR_STALE_MARK, "arenite_arena_restore");
#if defined(ARENITE_HAS_CALL_SITES)
    CHECK(told == 1 && taken_at == line && strstr(text, "places.c:") != NULL);
#else
    CHECK(told == 1 && taken_at == 0 && line > 0);
#endif
    temp = arenite_temp_begin(arena); line = __LINE__;
    CHECK(arenite_arena_reset(arena));
    CHECK_REFUSED(arenite_temp_end(&temp), ARENITE_ERROR_STALE_MARK, "arenite_temp_end");
#if defined(ARENITE_HAS_CALL_SITES)
    CHECK(told == 2 && taken_at == line);
#endif

    /* The block is in the books: it is the call that gave no place, not the grade that noted none. */
    if (!check_below_a_tool()) {
        block = (char *)arenite_arena_alloc(arena, 13);
        block[13] = 1;
        CHECK(arenite_arena_check(arena) == 1 && told == 3);
#if defined(ARENITE_HAS_CALL_SITES)
        CHECK(strstr(text, "not known") == NULL && strstr(text, "places.c:") != NULL);
#else
        CHECK(strstr(text, "earlier places are not known: the calls gave none") != NULL);
        CHECK(strstr(text, "-DARENITE_CALL_SITES") != NULL);
#endif
    }
    arenite_on_fault(NULL, NULL);
    CHECK(arenite_arena_destroy(arena));
    return check_result();
}
