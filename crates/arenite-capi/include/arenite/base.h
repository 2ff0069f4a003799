/* What all of Arenite's headers share: types, errors, how C++ and old C see them. */
#ifndef ARENITE_BASE_H
#define ARENITE_BASE_H

#include <stdarg.h>
#include <stddef.h>

/* ARENITE_CPP: C++. ARENITE_C99: C that has <stdint.h>, inline functions and variadic macros. */
#if defined(__cplusplus)
#define ARENITE_CPP 1
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L
#define ARENITE_C99 1
#endif

/* bool where the language has it. C89 has not; there it is an unsigned char, which is passed and returned in the same way,
 * and is 0 or 1. */
#if defined(ARENITE_CPP)
#include <cstdint>
typedef bool arenite_bool;
#elif defined(ARENITE_C99)
#include <stdbool.h>
#include <stdint.h>
typedef bool arenite_bool;
#else
typedef unsigned char arenite_bool;
#endif

/* 64 bits without a sign, in old C too. */
#if defined(ARENITE_CPP) || defined(ARENITE_C99)
typedef uint64_t arenite_u64;
#define ARENITE_U64 uint64_t
#elif defined(__GNUC__)
__extension__ typedef unsigned long long arenite_u64;
#define ARENITE_U64 arenite_u64
#else
typedef unsigned __int64 arenite_u64;
#define ARENITE_U64 arenite_u64
#endif

#if defined(ARENITE_CPP)
#define ARENITE_BEGIN extern "C" {
#define ARENITE_END }
#else
#define ARENITE_BEGIN
#define ARENITE_END
#endif

/* Functions that are used like printf have their format checked. */
#if defined(__GNUC__)
#define ARENITE_PRINTF(format, first) __attribute__((__format__(__printf__, format, first)))
#else
#define ARENITE_PRINTF(format, first)
#endif

/* Functions of the headers themselves. C89 has no inline: there they are functions of each file that includes them. */
#if defined(ARENITE_CPP) || defined(ARENITE_C99)
#define ARENITE_INLINE static inline
#elif defined(__GNUC__)
#define ARENITE_INLINE static __attribute__((__unused__))
#else
#define ARENITE_INLINE static
#endif

/* What seldom holds: the code for it lies apart. */
#if defined(__GNUC__)
#define ARENITE_SELDOM(condition) __builtin_expect(!!(condition), 0)
#else
#define ARENITE_SELDOM(condition) (condition)
#endif

/* Where was it allocated? With ARENITE_CALL_SITES (or DEBUG) defined before the first include, the functions that allocate,
 * free and go back are macros that pass file and line on, and reports of a debug grade name them. It costs two more
 * arguments a call. C89 has no such macros here; the variants that they call, which end in _at, are there for all. */
#if defined(DEBUG) && !defined(ARENITE_CALL_SITES)
#define ARENITE_CALL_SITES 1
#endif
#if defined(ARENITE_CALL_SITES) && (defined(ARENITE_CPP) || defined(ARENITE_C99))
#define ARENITE_HAS_CALL_SITES 1
#endif

ARENITE_BEGIN

/* Why a call was refused. The numbers stay what they are; new ones may come. */
typedef enum arenite_error {
    ARENITE_OK = 0,
    ARENITE_ERROR_NULL = 1,          /* NULL was passed where something is needed */
    ARENITE_ERROR_FOREIGN = 2,       /* not a handle, or one of another kind; a mark of another arena */
    ARENITE_ERROR_DESTROYED = 3,     /* the handle was good once */
    ARENITE_ERROR_WRONG_THREAD = 4,  /* it belongs to another thread */
    ARENITE_ERROR_ZERO_SIZE = 5,     /* 0 bytes were asked for */
    ARENITE_ERROR_TOO_LARGE = 6,     /* one request above the largest that is served, 1 GiB unless set */
    ARENITE_ERROR_OVERFLOW = 7,      /* a count times a size, or a size, that no memory has */
    ARENITE_ERROR_BAD_ALIGNMENT = 8, /* 0, no power of two, or above 2 MiB */
    ARENITE_ERROR_OUT_OF_MEMORY = 9, /* the system, or the heap below, has no more */
    ARENITE_ERROR_LIMIT = 10,        /* its own limit would be passed */
    ARENITE_ERROR_BUDGET = 11,       /* the hard budget of a node above it would be passed */
    ARENITE_ERROR_FULL = 12,         /* its reserved range has no more room, and does not grow */
    ARENITE_ERROR_TABLE_FULL = 13,   /* the process has as many of these as there may be */
    ARENITE_ERROR_BUSY = 14,         /* it is in use, and this has to wait */
    ARENITE_ERROR_STALE_MARK = 15,   /* the arena was reset after the mark was taken */
    ARENITE_ERROR_OUT_OF_ORDER = 16, /* what was begun last has to end first */
    ARENITE_ERROR_NOT_A_BLOCK = 17,  /* no block starts at that address */
    ARENITE_ERROR_DOUBLE_FREE = 18,  /* the block is free already */
    ARENITE_ERROR_WRONG_SIZE = 19,   /* the block has another size */
    ARENITE_ERROR_NOT_LAST = 20,     /* it does not lie last, or there is no room behind it: it cannot grow in place */
    ARENITE_ERROR_BAD_ARGUMENT = 21, /* an argument outside of what is documented */
    ARENITE_ERROR_BAD_FORMAT = 22,   /* printf refused the format or an argument */
    ARENITE_ERROR_UNSUPPORTED = 23,  /* not on this platform, or not in this build */
    ARENITE_ERROR_PANIC = 24,        /* a fault of the library, or a policy that panics; the text says what */
    ARENITE_ERROR_NOT_STEADY = 40,   /* something came on top in a steady stretch */
    ARENITE_ERROR_HEAP_CALLED = 41,  /* the heap was called where that is denied */
    ARENITE_ERROR_NO_SCOPE = 42,     /* no such scope is open on this thread, or none at all */
    ARENITE_ERROR_BROKEN_PROMISE = 43 /* an allocator does not keep what it promises */
} arenite_error;

/* The last error of the calling thread: why its last refused call was refused. As with errno, a call that succeeds leaves
 * it alone: ask after NULL, false or 0, or clear it before. */
arenite_error arenite_last_error(void);

/* The same in words: who refused what, why, and what to do. Never NULL; "" when there was none. The text is the thread's
 * own, good until its next refused call, and cut at 511 bytes.
 *
 *     void *memory = arenite_arena_alloc(arena, size);
 *     if (memory == NULL) fprintf(stderr, "%s\n", arenite_last_error_text());
 */
const char *arenite_last_error_text(void);

/* Forgets the thread's last error. */
void arenite_clear_error(void);

/* Sets it, for allocators of the program's own that refuse: any number, ARENITE_OK included, and a text, which is copied as
 * far as there is room. NULL for text is "". */
void arenite_set_error(arenite_error error, const char *text);

/* What memory is for: a label that reports and debug grades know. Your own go from ARENITE_TAG_USER to ARENITE_TAG_LAST. */
enum {
    ARENITE_TAG_NONE = 0,
    ARENITE_TAG_RENDERER = 1,
    ARENITE_TAG_GUI = 2,
    ARENITE_TAG_PHYSICS = 3,
    ARENITE_TAG_AUDIO = 4,
    ARENITE_TAG_ANIMATION = 5,
    ARENITE_TAG_PARTICLES = 6,
    ARENITE_TAG_AI = 7,
    ARENITE_TAG_SCENE = 8,
    ARENITE_TAG_USER = 9,
    ARENITE_TAG_LAST = 32
};

/* How closely memory is watched, while the program runs. Each grade finds what the ones before it find. */
typedef enum arenite_grade {
    ARENITE_GRADE_INHERIT = -1,   /* that of the node's name, the tag, or the process (ARENITE_DEBUG=guard ./program) */
    ARENITE_GRADE_OFF = 0,        /* costs nothing */
    ARENITE_GRADE_COUNT = 1,      /* requests and asked bytes are counted */
    ARENITE_GRADE_SITES = 2,      /* places of live blocks are known */
    ARENITE_GRADE_GUARD = 3,      /* fences around blocks, dead memory is filled: overruns, wrong frees */
    ARENITE_GRADE_QUARANTINE = 4, /* writes after free and after reset */
    ARENITE_GRADE_PAGE = 5        /* a page for each block: stops at the very instruction */
} arenite_grade;

ARENITE_END

#endif
