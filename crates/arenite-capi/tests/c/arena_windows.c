/* Windows of arenas: the program moves the cursor by itself. And errors that it sets by itself. */
#include "check.h"

static const arenite_window CLOSED = {NULL, NULL, NULL};

static void *take(arenite_arena *arena, arenite_window *window, size_t size) {
    char *start = window->cursor;
    size = (size + 15) & ~(size_t)15;
    if ((size_t)(window->limit - start) < size) return arenite_arena_window_alloc(arena, window, size, 16);
    window->cursor = start + size;
    return start;
}

static void a_window_is_memory_of_the_arena(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_window window = CLOSED;
    size_t held, used, n, cycle;
    char *first = NULL;
    for (cycle = 0; cycle < 100; cycle++) {
        for (n = 0; n < 5000; n++) {
            char *block = (char *)take(arena, &window, 40);
            CHECK(block != NULL);
            if (n == 0 && cycle == 0) first = block;
            if (n == 0) CHECK(block == first || check_below_a_tool());
            memset(block, 1, 40);
        }
        if (cycle == 0) held = arenite_arena_allocated(arena);
        CHECK(arenite_arena_allocated(arena) == held);
        CHECK(arenite_arena_used(arena) >= 5000 * 48);
        CHECK(arenite_arena_reset(arena));
        window = CLOSED;
    }
    /* Closed, the arena uses what was used, and goes on behind it. */
    CHECK(take(arena, &window, 100) != NULL);
    CHECK(window.limit > window.cursor || check_below_a_tool());
    CHECK(arenite_arena_window_close(arena, &window));
    CHECK(window.limit == NULL && window.cursor == NULL);
    used = arenite_arena_used(arena);
    CHECK(used == 112 || check_below_a_tool());
    CHECK(arenite_arena_window_close(arena, &window) && arenite_arena_used(arena) == used);
    CHECK(arenite_arena_destroy(arena));
}

static void what_is_allocated_beside_a_window_stays(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_window window = CLOSED, other;
    char *beside, *own;
    CHECK(take(arena, &window, 16) != NULL);
    other = window;
    beside = (char *)arenite_arena_alloc(arena, 16);
    memset(beside, 7, 16);
    /* The window does not lie last any more: nothing is taken back. */
    CHECK(arenite_arena_window_close(arena, &window));
    CHECK(arenite_arena_alloc(arena, 16) != beside && beside[15] == 7);
    /* A window of before, closed again, takes nothing back either. */
    CHECK(arenite_arena_window_close(arena, &other) && beside[0] == 7);
    own = (char *)arenite_arena_window_alloc_own(arena, &window, 100, 64);
    CHECK(own != NULL && (size_t)own % 64 == 0 && arenite_arena_owns(arena, own));
    CHECK(arenite_arena_destroy(arena));
}

static void whatever_is_passed_has_an_answer(void) {
    arenite_arena *arena = arenite_arena_create_default();
    arenite_window window = CLOSED, before;
    char *block;
    CHECK_REFUSED(arenite_arena_window_alloc(NULL, &window, 16, 16), ARENITE_ERROR_NULL, "arena");
    CHECK_REFUSED(arenite_arena_window_alloc(arena, NULL, 16, 16), ARENITE_ERROR_NULL, "window");
    CHECK_REFUSED(arenite_arena_window_alloc(arena, &window, 0, 16), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_arena_window_alloc(arena, &window, 16, 3), ARENITE_ERROR_BAD_ALIGNMENT, "");
    CHECK_REFUSED(arenite_arena_window_alloc(arena, &window, (size_t)-1, 16), ARENITE_ERROR_OVERFLOW, "");
    CHECK_REFUSED(arenite_arena_window_alloc_own(arena, NULL, 16, 16), ARENITE_ERROR_NULL, "window");
    CHECK_REFUSED(arenite_arena_window_alloc_own(arena, &window, 0, 16), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite_arena_window_alloc_own(arena, &window, 16, 0), ARENITE_ERROR_BAD_ALIGNMENT, "");
    CHECK_REFUSED(arenite_arena_window_close(NULL, &window), ARENITE_ERROR_NULL, "arena");
    CHECK_REFUSED(arenite_arena_window_close(arena, NULL), ARENITE_ERROR_NULL, "window");
    CHECK(arenite_arena_window_alloc(arena, &window, 16, 16) != NULL);
    before = window;
    /* Refused, and what was open is. */
    CHECK_REFUSED(arenite_arena_window_alloc(arena, &window, (size_t)-1, 16), ARENITE_ERROR_OVERFLOW, "");
    CHECK(window.cursor == before.cursor && window.limit == before.limit);
    /* Windows that are none take nothing back. */
    window.base = window.cursor = (char *)&window;
    CHECK(arenite_arena_window_close(arena, &window));
    window.base = (char *)100000;
    window.cursor = (char *)50000;
    window.limit = before.limit;
    CHECK(arenite_arena_window_close(arena, &window));
    block = (char *)arenite_arena_alloc(arena, 16);
    CHECK(block >= before.limit || block < before.base || check_below_a_tool());
    CHECK(arenite_arena_destroy(arena));
    CHECK_REFUSED(arenite_arena_window_close(arena, &window), ARENITE_ERROR_DESTROYED, "destroyed");
}

static void errors_of_the_program_are_the_last_error(void) {
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    arenite_set_error(ARENITE_ERROR_FULL, "mine: the shelf is full");
    CHECK(arenite_last_error() == ARENITE_ERROR_FULL);
    CHECK(strcmp(arenite_last_error_text(), "mine: the shelf is full") == 0);
    arenite_set_error(ARENITE_ERROR_LIMIT, arenite_last_error_text());
    CHECK(strcmp(arenite_last_error_text(), "mine: the shelf is full") == 0);
    arenite_set_error(ARENITE_ERROR_LIMIT, text);
    CHECK(strlen(arenite_last_error_text()) == 511);
    arenite_set_error(ARENITE_OK, NULL);
    CHECK(arenite_last_error() == ARENITE_OK && arenite_last_error_text()[0] == 0);
}

int main(void) {
    a_window_is_memory_of_the_arena();
    what_is_allocated_beside_a_window_stays();
    whatever_is_passed_has_an_answer();
    errors_of_the_program_are_the_last_error();
    return check_result();
}
