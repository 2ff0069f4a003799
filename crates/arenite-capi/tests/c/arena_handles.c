/* Whatever is passed for an arena has an answer. */
#include "check.h"
#include <pthread.h>

static void *other_thread(void *arena) {
    arenite_arena *theirs = (arenite_arena *)arena;
    CHECK_REFUSED(arenite_arena_alloc(theirs, 16), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_arena_destroy(theirs), ARENITE_ERROR_WRONG_THREAD, "arenite_arena_release");
    CHECK_REFUSED(arenite_arena_release(theirs), ARENITE_ERROR_WRONG_THREAD, "another thread");
    CHECK_REFUSED(arenite_arena_adopt(theirs), ARENITE_ERROR_WRONG_THREAD, "another thread");
    return NULL;
}

static void *adopting_thread(void *arena) {
    arenite_arena *released = (arenite_arena *)arena;
    CHECK_REFUSED(arenite_arena_alloc(released, 16), ARENITE_ERROR_WRONG_THREAD, "belongs to no thread");
    CHECK(arenite_arena_adopt(released));
    CHECK(arenite_arena_adopt(released));
    CHECK(arenite_arena_alloc(released, 16) != NULL);
    return NULL;
}

static void run(void *(*body)(void *), void *argument) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, body, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void null_and_numbers_that_are_no_handles_are_refused(void) {
    size_t numbers[] = {1, 15, 16, 64, 4096, 0x7fffffff, 0xffffffff};
    /* Knuth's for 64 bits, in pieces: old C has no numbers of that length. The lower half serves 32 bits. */
    const size_t factor = (size_t)0x5851F42Du << 16 << 16 | 0x4C957F2Du;
    const size_t step = (size_t)0x14057B7Eu << 16 << 16 | 0xF767814Fu;
    size_t random = 12345;
    size_t i;
    int local = 0;
    CHECK_REFUSED(arenite_arena_alloc(NULL, 16), ARENITE_ERROR_NULL, "arenite_arena_alloc: NULL");
    CHECK(arenite_arena_destroy(NULL));
    CHECK_REFUSED(arenite_arena_adopt(NULL), ARENITE_ERROR_NULL, "NULL");
    CHECK_REFUSED(arenite_arena_alloc((arenite_arena *)&local, 16), ARENITE_ERROR_FOREIGN, "handle");
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        CHECK_REFUSED(arenite_arena_alloc((arenite_arena *)numbers[i], 16), ARENITE_ERROR_FOREIGN, "handle");
        CHECK_REFUSED(arenite_arena_destroy((arenite_arena *)numbers[i]), ARENITE_ERROR_FOREIGN, "handle");
    }
    for (i = 0; i < 100000; i++) {
        random = random * factor + step;
        arenite_clear_error();
        CHECK(arenite_arena_alloc((arenite_arena *)random, 16) == NULL);
        CHECK(arenite_last_error() == ARENITE_ERROR_FOREIGN || arenite_last_error() == ARENITE_ERROR_DESTROYED);
    }
}

static void a_destroyed_arena_stays_destroyed_when_another_takes_its_place(void) {
    arenite_arena *first = arenite_arena_create_default();
    arenite_arena *second;
    int i;
    CHECK(first != NULL && arenite_arena_alloc(first, 100) != NULL);
    CHECK(arenite_arena_destroy(first));
    CHECK_REFUSED(arenite_arena_alloc(first, 16), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_arena_destroy(first), ARENITE_ERROR_DESTROYED, "destroyed");
    second = arenite_arena_create_default();
    CHECK(second != first);
    CHECK_REFUSED(arenite_arena_alloc(first, 16), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_arena_destroy(first), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_arena_adopt(first), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK(arenite_arena_alloc(second, 16) != NULL);
    CHECK(arenite_arena_destroy(second));
    for (i = 0; i < 100000; i++) {
        arenite_arena *next = arenite_arena_create_default();
        CHECK(next != first && next != second);
        CHECK(arenite_arena_destroy(next));
    }
    CHECK_REFUSED(arenite_arena_alloc(second, 16), ARENITE_ERROR_DESTROYED, "destroyed");
}

static void another_thread_is_refused_until_it_adopts(void) {
    arenite_arena *arena = arenite_arena_create_default();
    run(other_thread, arena);
    CHECK(arenite_arena_alloc(arena, 16) != NULL);
    CHECK(arenite_arena_release(arena));
    CHECK_REFUSED(arenite_arena_alloc(arena, 16), ARENITE_ERROR_WRONG_THREAD, "belongs to no thread");
    run(adopting_thread, arena);
    /* That one ended: the arena is nobody's. */
    CHECK_REFUSED(arenite_arena_alloc(arena, 16), ARENITE_ERROR_WRONG_THREAD, "belongs to no thread");
    CHECK(arenite_arena_adopt(arena));
    CHECK(arenite_arena_alloc(arena, 16) != NULL);
    CHECK(arenite_arena_destroy(arena));
}

static void sizes_have_an_answer_from_zero_to_the_largest(void) {
    arenite_arena *arena = arenite_arena_create_default();
    char *one, *two;
    size_t huge;
    CHECK_REFUSED(arenite_arena_alloc(arena, 0), ARENITE_ERROR_ZERO_SIZE, "arenite_arena_alloc");
    one = (char *)arenite_arena_alloc(arena, 1);
    two = (char *)arenite_arena_alloc(arena, 17);
    CHECK((size_t)one % 16 == 0 && two == one + 16);
    CHECK((char *)arenite_arena_alloc(arena, 1) == two + 32);
    for (huge = (size_t)-1; huge > (size_t)-64; huge--)
        CHECK_REFUSED(arenite_arena_alloc(arena, huge), ARENITE_ERROR_OVERFLOW, "size");
    CHECK_REFUSED(arenite_arena_alloc(arena, (size_t)-1 / 2 + 1), ARENITE_ERROR_OVERFLOW, "size");
    CHECK_REFUSED(arenite_arena_alloc(arena, ((size_t)1 << 30) + 1), ARENITE_ERROR_TOO_LARGE, "1073741824");
    CHECK(arenite_arena_alloc(arena, (size_t)1 << 30) != NULL);
    CHECK((char *)arenite_arena_alloc(arena, 1) == two + 64);
    CHECK(arenite_arena_destroy(arena));
}

int main(void) {
    null_and_numbers_that_are_no_handles_are_refused();
    a_destroyed_arena_stays_destroyed_when_another_takes_its_place();
    another_thread_is_refused_until_it_adopts();
    sizes_have_an_answer_from_zero_to_the_largest();
    return check_result();
}
