/* Debugging from C: settings, and every plant is found in the lowest grade that promises it, with its lines. */
#define ARENITE_CALL_SITES
#include "check.h"

static arenite_fault last;
static char last_text[2048], last_detail[256], allocated[256], first[256], second[256];
static int told;

static void keep_place(char *to, arenite_place place) {
    sprintf(to, "%.200s:%u", place.file ? place.file : "nowhere", place.line);
}

static void on_fault(const arenite_fault *fault, void *context) {
    last = *fault;
    sprintf(last_text, "%.2000s", fault->text);
    sprintf(last_detail, "%.200s", fault->detail ? fault->detail : "");
    keep_place(allocated, fault->allocated);
    keep_place(first, fault->first);
    keep_place(second, fault->second);
    told++;
    *(int *)context += 1;
    /* May use the library. */
    CHECK(arenite_faults() > 0);
}

/* The last fault's place ends in this file and this line. */
static int is_line(const char *place, int line) {
    char end[64];
    size_t length;
#if !defined(ARENITE_HAS_CALL_SITES)
    return 1; /* C89 has no such macros */
#endif
    sprintf(end, "debug.c:%d", line);
    length = strlen(end);
    return strlen(place) >= length && strcmp(place + strlen(place) - length, end) == 0;
}

static int overrun_line, free_line, again_line, alloc_line;

static void an_overrun_is_found_from_guard_on(void) {
    arenite_heap *heap = arenite_heap_create_default();
    arenite_integrity found;
    char *block;
    arenite_set_grade(ARENITE_GRADE_GUARD);
    block = (char *)arenite_heap_alloc(heap, 13); alloc_line = __LINE__;
    CHECK(arenite_check_integrity(&found) && found.faults == 0 && found.live >= 1);
    block[13] = 7;
    told = 0;
    CHECK(!arenite_check_integrity(&found)); overrun_line = __LINE__;
    CHECK(found.faults == 1 && found.complete && told == 1 && last.kind == ARENITE_FAULT_OVERRUN);
    CHECK(strcmp(arenite_fault_name(last.kind), "overrun") == 0 && last.address == block && last.size == 13);
    CHECK(is_line(allocated, alloc_line) && strstr(last_detail, "the byte 13 from the start") != NULL);
    CHECK(strstr(last_text, "to do: ") != NULL);
    CHECK(arenite_check_integrity(NULL));
    CHECK(arenite_heap_free(heap, block) && arenite_heap_destroy(heap));
}

static void a_heap_has_a_grade_of_its_own(void) {
    arenite_heap *watched = arenite_heap_create_default(), *other = arenite_heap_create_default();
    char *block, *left;
    arenite_set_grade(ARENITE_GRADE_OFF);
    /* From before: not checked, and freed as ever. */
    left = (char *)arenite_heap_alloc(watched, 13);
    CHECK(arenite_heap_set_grade(watched, ARENITE_GRADE_GUARD));
    CHECK(arenite_heap_grade(watched) == ARENITE_GRADE_GUARD && arenite_heap_grade(other) == ARENITE_GRADE_OFF);
    block = (char *)arenite_heap_alloc(watched, 13); alloc_line = __LINE__;
    CHECK(arenite_heap_usable_size(watched, block) == 13 && arenite_heap_usable_size(other, arenite_heap_alloc(other, 13)) == 16);
    block[13] = 7;
    told = 0;
    CHECK(arenite_heap_check(watched) == 1 && arenite_heap_check(other) == 0 && told == 1 && is_line(allocated, alloc_line));
    CHECK(arenite_heap_free(watched, block) && arenite_heap_free(watched, left));
    /* Its own goes before that of the process. */
    arenite_set_grade(ARENITE_GRADE_QUARANTINE);
    CHECK(arenite_heap_grade(watched) == ARENITE_GRADE_GUARD && arenite_heap_grade(other) == ARENITE_GRADE_QUARANTINE);
    CHECK(arenite_heap_set_grade(watched, ARENITE_GRADE_OFF) && arenite_heap_grade(watched) == ARENITE_GRADE_OFF);
    CHECK(arenite_heap_set_grade(watched, ARENITE_GRADE_INHERIT) && arenite_heap_grade(watched) == ARENITE_GRADE_QUARANTINE);
    CHECK_REFUSED(arenite_heap_set_grade(watched, (arenite_grade)6), ARENITE_ERROR_BAD_ARGUMENT, "6 is no arenite_grade");
    CHECK(arenite_heap_destroy(watched) && arenite_heap_destroy(other));
    CHECK_REFUSED(arenite_heap_set_grade(watched, ARENITE_GRADE_GUARD), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_heap_grade(NULL), ARENITE_ERROR_NULL, "NULL");
    arenite_set_grade(ARENITE_GRADE_OFF);
}

static void a_double_free_is_found_with_three_places_from_guard_on(void) {
    arenite_heap *heap = arenite_heap_create_default();
    char *block;
    ARENITE_U64 before = arenite_faults_of(ARENITE_FAULT_DOUBLE_FREE);
    arenite_set_grade(ARENITE_GRADE_GUARD);
    block = (char *)arenite_heap_alloc(heap, 24); alloc_line = __LINE__;
    arenite_heap_free(heap, block); free_line = __LINE__;
    told = 0;
    CHECK_REFUSED(arenite_heap_free(heap, block), ARENITE_ERROR_DOUBLE_FREE, "free already"); again_line = __LINE__;
    CHECK(told == 1 && last.kind == ARENITE_FAULT_DOUBLE_FREE && arenite_faults_of(ARENITE_FAULT_DOUBLE_FREE) == before + 1);
    CHECK(is_line(allocated, alloc_line) && is_line(first, free_line) && is_line(second, again_line));
    CHECK(arenite_heap_destroy(heap));
}

static void a_write_after_free_is_found_from_quarantine_on(void) {
    arenite_heap *heap = arenite_heap_create_default();
    char *block;
    arenite_set_grade(ARENITE_GRADE_QUARANTINE);
    block = (char *)arenite_heap_alloc(heap, 24); alloc_line = __LINE__;
    arenite_heap_free(heap, block); free_line = __LINE__;
    block[5] = 1;
    told = 0;
    CHECK(!arenite_check_integrity(NULL));
    CHECK(told == 1 && last.kind == ARENITE_FAULT_WRITE_AFTER_FREE);
    CHECK(is_line(allocated, alloc_line) && is_line(first, free_line));
    CHECK(arenite_heap_destroy(heap));
}

static void a_write_after_reset_is_found_from_quarantine_on(void) {
    arenite_arena *arena;
    char *block;
    arenite_set_grade(ARENITE_GRADE_QUARANTINE);
    arena = arenite_arena_create_default();
    block = (char *)arenite_arena_alloc(arena, 24); alloc_line = __LINE__;
    arenite_arena_reset(arena); free_line = __LINE__;
    block[5] = 1;
    told = 0;
    arenite_arena_check(arena);
    arenite_arena_destroy(arena);
    CHECK(told >= 1 && last.kind == ARENITE_FAULT_USE_AFTER_RESET);
    CHECK(is_line(first, free_line));
}

static void a_stale_handle_is_found_in_every_grade(void) {
    arenite_heap *heap = arenite_heap_create_default();
    arenite_set_grade(ARENITE_GRADE_OFF);
    CHECK(arenite_heap_destroy(heap));
    CHECK_REFUSED(arenite_heap_alloc(heap, 1), ARENITE_ERROR_DESTROYED, "was a heap and is destroyed"); free_line = __LINE__;
#if defined(ARENITE_HAS_CALL_SITES)
    {
        char line[32];
        sprintf(line, "debug.c:%d: ", free_line);
        CHECK(strstr(arenite_last_error_text(), line) != NULL);
    }
#endif
}

static arenite_bool count_leak(const arenite_leak *leak, void *context) {
    size_t *seen = (size_t *)context;
    char place[256];
    keep_place(place, leak->site);
    if (is_line(place, alloc_line)) {
        CHECK(leak->blocks >= 1 && leak->bytes >= 300 && strcmp(leak->allocator, "a heap") == 0);
        (*seen)++;
    }
    return 1;
}

static arenite_bool write_to(const char *text, size_t length, void *context) {
    CHECK(strlen(text) == length && text[length - 1] == '\n');
    sprintf((char *)context, "%.8000s", text);
    return 1;
}

static arenite_bool write_nothing(const char *text, size_t length, void *context) {
    (void)text; (void)length; (void)context;
    return 0;
}

static void leaks_are_listed_by_line_from_sites_on(void) {
    static char text[8192];
    arenite_heap *heap;
    void *blocks[3];
    size_t i, seen = 0, bytes = 0, before = 0, live;
    FILE *file;
    arenite_set_grade(ARENITE_GRADE_SITES);
    heap = arenite_heap_create_default();
    live = arenite_leak_count(&before);
    for (i = 0; i < 3; i++) { blocks[i] = arenite_heap_alloc(heap, 100); alloc_line = __LINE__; }
    CHECK(arenite_leak_count(&bytes) == live + 3 && bytes == before + 300);
    CHECK(arenite_each_leak(count_leak, &seen) && seen >= 1);
    CHECK_REFUSED(arenite_each_leak(NULL, NULL), ARENITE_ERROR_NULL, "a callback");
    CHECK(arenite_debug_report_write(ARENITE_DEBUG_LEAKS, ARENITE_TEXT, write_to, text));
    CHECK(strstr(text, "300 bytes in 3 blocks of a heap") != NULL);
    CHECK(arenite_debug_report_write(ARENITE_DEBUG_LEAKS, ARENITE_JSON, write_to, text));
    CHECK(text[0] == '{' && strstr(text, "\"blocks\":3") != NULL);
    for (i = 0; i <= ARENITE_DEBUG_TREE; i++) {
        CHECK(arenite_debug_report_write((int)i, ARENITE_TEXT, write_to, text) && arenite_debug_report_write((int)i, ARENITE_JSON, write_to, text));
    }
    file = tmpfile();
    CHECK(arenite_debug_report_to_file(ARENITE_DEBUG_ALLOCATIONS, ARENITE_TEXT, file));
    rewind(file);
    CHECK(fgets(text, sizeof text, file) != NULL && strstr(text, "watched blocks") != NULL);
    fclose(file);
    CHECK(arenite_debug_report_to_fd(ARENITE_DEBUG_STATS, ARENITE_TEXT, 1));
    CHECK_REFUSED(arenite_debug_report_to_fd(ARENITE_DEBUG_LEAKS, ARENITE_TEXT, 4711), ARENITE_ERROR_BAD_ARGUMENT, "4711");
    CHECK_REFUSED(arenite_debug_report_to_file(ARENITE_DEBUG_LEAKS, ARENITE_TEXT, NULL), ARENITE_ERROR_NULL, "FILE");
    CHECK_REFUSED(arenite_debug_report_write(9, 0, write_to, text), ARENITE_ERROR_BAD_ARGUMENT, "9 is no arenite_debug_report");
    CHECK_REFUSED(arenite_debug_report_write(0, 9, write_to, text), ARENITE_ERROR_BAD_ARGUMENT, "9 is no arenite_format");
    CHECK_REFUSED(arenite_debug_report_write(0, 0, NULL, NULL), ARENITE_ERROR_NULL, "what writes");
    CHECK_REFUSED(arenite_debug_report_write(0, 0, write_nothing, NULL), ARENITE_ERROR_BAD_ARGUMENT, "could not be written");

    CHECK(arenite_not_a_leak(blocks[1]) && arenite_leak_count(NULL) == live + 2);
    CHECK_REFUSED(arenite_not_a_leak(&seen), ARENITE_ERROR_NOT_A_BLOCK, "grade `sites`");
    CHECK_REFUSED(arenite_not_a_leak(NULL), ARENITE_ERROR_NULL, "a block");
    CHECK_REFUSED(arenite_suppress_leaks(""), ARENITE_ERROR_BAD_ARGUMENT, "empty pattern");
    CHECK_REFUSED(arenite_suppress_leaks(NULL), ARENITE_ERROR_NULL, "a pattern");
#if defined(ARENITE_HAS_CALL_SITES)
    sprintf(text, "debug.c:%d", alloc_line);
    CHECK(arenite_suppress_leaks(text) && arenite_leak_count(NULL) == live);
#endif
    CHECK(arenite_heap_destroy(heap));
}

static void settings_are_kept_and_nonsense_is_refused(void) {
    CHECK(arenite_set_grade(ARENITE_GRADE_COUNT) && arenite_get_grade() == ARENITE_GRADE_COUNT);
    CHECK_REFUSED(arenite_set_grade((arenite_grade)6), ARENITE_ERROR_BAD_ARGUMENT, "6 is no arenite_grade");
    CHECK_REFUSED(arenite_set_grade(ARENITE_GRADE_INHERIT), ARENITE_ERROR_BAD_ARGUMENT, "process");
    CHECK(arenite_get_grade() == ARENITE_GRADE_COUNT);
    CHECK(arenite_set_tag_grade(ARENITE_TAG_AUDIO, ARENITE_GRADE_GUARD) && arenite_get_tag_grade(ARENITE_TAG_AUDIO) == ARENITE_GRADE_GUARD);
    CHECK(arenite_set_tag_grade(ARENITE_TAG_AUDIO, ARENITE_GRADE_INHERIT) && arenite_get_tag_grade(ARENITE_TAG_AUDIO) == ARENITE_GRADE_COUNT);
    CHECK_REFUSED(arenite_set_tag_grade(0, ARENITE_GRADE_GUARD), ARENITE_ERROR_BAD_ARGUMENT, "0 is no tag");
    CHECK_REFUSED(arenite_set_tag_grade(33, ARENITE_GRADE_GUARD), ARENITE_ERROR_BAD_ARGUMENT, "33 is no tag");
    CHECK(arenite_get_tag_grade(33) == -1);
    CHECK(arenite_set_node_grade("level", ARENITE_GRADE_PAGE) && arenite_set_node_grade("level", ARENITE_GRADE_INHERIT));
    CHECK_REFUSED(arenite_set_node_grade(NULL, ARENITE_GRADE_PAGE), ARENITE_ERROR_NULL, "a name");
    CHECK(arenite_configure("gui:guard, shake:7") && arenite_get_tag_grade(ARENITE_TAG_GUI) == ARENITE_GRADE_GUARD);
    CHECK_REFUSED(arenite_configure("off,gui:loud"), ARENITE_ERROR_BAD_ARGUMENT, "`gui:loud` is not understood");
    CHECK(arenite_get_grade() == ARENITE_GRADE_COUNT);
    CHECK_REFUSED(arenite_configure(NULL), ARENITE_ERROR_NULL, "settings");
    arenite_set_shake(0);
    arenite_set_sampling(1);
    arenite_set_stacks(0);
    arenite_set_check_every(0);
    CHECK(arenite_set_policies(ARENITE_POLICY_PANIC) && arenite_get_policy(ARENITE_FAULT_LEAK) == ARENITE_POLICY_PANIC);
    CHECK(arenite_set_policies(ARENITE_POLICY_REPORT));
    CHECK_REFUSED(arenite_set_policies(3), ARENITE_ERROR_BAD_ARGUMENT, "3 is no arenite_policy");
    CHECK_REFUSED(arenite_set_policy(16, 0), ARENITE_ERROR_BAD_ARGUMENT, "16 is no arenite_fault_kind");
    CHECK(arenite_get_policy(-1) == -1 && arenite_faults_of(99) == 0 && arenite_fault_name(99)[0] == 0);
    CHECK_REFUSED(arenite_get_debug_stats(NULL), ARENITE_ERROR_NULL, "struct");
}

static void a_panic_of_the_policy_ends_the_call_and_not_the_program(void) {
    arenite_heap *heap = arenite_heap_create_default();
    void *block;
    arenite_debug_stats stats;
    arenite_set_grade(ARENITE_GRADE_GUARD);
    CHECK(arenite_set_policy(ARENITE_FAULT_DOUBLE_FREE, ARENITE_POLICY_PANIC));
    block = arenite_heap_alloc(heap, 10);
    CHECK(arenite_heap_free(heap, block));
    CHECK_REFUSED(arenite_heap_free(heap, block), ARENITE_ERROR_PANIC, "double free");
    CHECK(arenite_set_policy(ARENITE_FAULT_DOUBLE_FREE, ARENITE_POLICY_REPORT));
    CHECK(arenite_get_debug_stats(&stats) && stats.faults == arenite_faults() && stats.allocators >= 1);
    CHECK(arenite_heap_destroy(heap));
}

static void a_stretch_is_steady_or_says_what_came_on_top(void) {
    arenite_arena *arena;
    arenite_steady *steady;
    arenite_set_grade(ARENITE_GRADE_OFF);
    arena = arenite_arena_create_default();
    CHECK(arenite_arena_alloc(arena, 1000) != NULL);
    steady = arenite_steady_begin();
    CHECK(steady != NULL && arenite_arena_reset(arena) && arenite_arena_alloc(arena, 1000) != NULL);
    CHECK(arenite_steady_end(steady));
    CHECK_REFUSED(arenite_steady_end(steady), ARENITE_ERROR_DESTROYED, "destroyed");
    CHECK_REFUSED(arenite_steady_end(NULL), ARENITE_ERROR_NULL, "NULL");
    CHECK_REFUSED(arenite_steady_end((arenite_steady *)arena), ARENITE_ERROR_FOREIGN, "an arena");
    steady = arenite_steady_begin();
    CHECK(arenite_arena_alloc(arena, 1 << 20) != NULL);
    CHECK_REFUSED(arenite_steady_end(steady), ARENITE_ERROR_NOT_STEADY, "calls to the C heap");
    CHECK(arenite_arena_destroy(arena));
}

int main(void) {
    int calls = 0;
    arenite_on_fault(on_fault, &calls);
    settings_are_kept_and_nonsense_is_refused();
    an_overrun_is_found_from_guard_on();
    a_heap_has_a_grade_of_its_own();
    a_double_free_is_found_with_three_places_from_guard_on();
    a_write_after_free_is_found_from_quarantine_on();
    a_write_after_reset_is_found_from_quarantine_on();
    a_stale_handle_is_found_in_every_grade();
    leaks_are_listed_by_line_from_sites_on();
    a_panic_of_the_policy_ends_the_call_and_not_the_program();
    a_stretch_is_steady_or_says_what_came_on_top();
    CHECK(calls > 4);
    arenite_on_fault(NULL, NULL);
    return check_result();
}
