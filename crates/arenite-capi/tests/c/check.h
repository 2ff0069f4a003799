/* Checks of the C tests. A failed one says where and goes on; `return check_result();` ends main. */
#ifndef CHECK_H
#define CHECK_H

#include <arenite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failures = 0;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            check_failures++; \
            printf("%s:%d: not so: %s\n    last error: %s\n", __FILE__, __LINE__, #condition, arenite_last_error_text()); \
        } \
    } while (0)

/* The call is refused (gives NULL, false or 0), with this error, and its text holds `word`. */
#define CHECK_REFUSED(call, error, word) \
    do { \
        arenite_clear_error(); \
        CHECK(!(call)); \
        if (arenite_last_error() != (error) || strstr(arenite_last_error_text(), (word)) == NULL) { \
            check_failures++; \
            printf("%s:%d: %s: error %d, expected %d (%s) with \"%s\"\n    last error: %s\n", __FILE__, __LINE__, #call, \
                   (int)arenite_last_error(), (int)(error), #error, (word), arenite_last_error_text()); \
        } \
        if (strncmp(arenite_last_error_text(), "arenite::", 9) != 0 && strstr(arenite_last_error_text(), "::") != NULL) { \
            check_failures++; \
            printf("%s:%d: %s: a name of Rust\n    last error: %s\n", __FILE__, __LINE__, #call, arenite_last_error_text()); \
        } \
    } while (0)

/* Whether the program runs below a tool, which would see what a test breaks on purpose before the library does. */
static int check_below_a_tool(void) {
#if defined(BELOW_A_TOOL)
    return 1;
#else
    return getenv("ARENITE_C_FLAGS") != NULL || getenv("ARENITE_C_RUN") != NULL;
#endif
}

static int check_result(void) {
    (void)check_below_a_tool;
    if (check_failures != 0) printf("%d checks failed\n", check_failures);
    return check_failures != 0;
}

#endif
