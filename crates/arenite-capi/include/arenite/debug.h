/* Debugging while the program runs: what is switched on, what is told, and reports.
 *
 *     ARENITE_DEBUG=guard ./game                     the whole program, from its environment
 *     arenite_set_node_grade("level", ARENITE_GRADE_PAGE);   or by itself, one part of it
 *
 * A grade says how closely arenas, heaps and their kin are watched. Each does what the ones before it do; off costs nothing.
 * What is found is a fault: it goes to stderr, or to a callback, and then the program goes on, the call is refused, or the
 * process ends. See docs/debugging.md for what each grade finds in which allocator and what it costs.
 *
 * Places: with ARENITE_CALL_SITES or DEBUG defined before the header, calls say their file and line (not in C89). Without,
 * faults and leaks come without places, and arenite_set_stacks() can give them stacks. */
#ifndef ARENITE_DEBUG_H
#define ARENITE_DEBUG_H

#include "base.h"
#include <stdio.h>

ARENITE_BEGIN

/* Sets the grade of the process: of all that no tag or name has one of its own for. Any thread, any time; an arena sees it
 * within 64 KiB of allocation. Blocks from before stay valid, unchecked. false: no grade. */
arenite_bool arenite_set_grade(arenite_grade grade);

/* The grade of the process: what was set, or ARENITE_DEBUG says; else off, and guard under valgrind or a sanitizer. */
int arenite_get_grade(void);

/* That of all that a tag (1 to 32) pays for. false: no such tag or grade. */
arenite_bool arenite_set_tag_grade(unsigned tag, arenite_grade grade);

/* The grade in force for a tag; -1 when there is no such tag. */
int arenite_get_tag_grade(unsigned tag);

/* That of arenas, heaps and other nodes of this name, made or to be made; it goes before the tag's. */
arenite_bool arenite_set_node_grade(const char *name, arenite_grade grade);

/* The words of ARENITE_DEBUG, as "audio:guard,quarantine,shake:7,on-fault:abort", whole or not at all. false: the error
 * names the word that is not understood. */
arenite_bool arenite_configure(const char *text);

/* Grade sites notes each n-th allocation of a thread; 1, the default, or 0: each. */
void arenite_set_sampling(size_t every);

/* Each n-th noted place comes with its stack, at about a microsecond a frame; 0, the default: none. */
void arenite_set_stacks(size_t every);

/* All that is watched is checked once in so many operations of a thread; 0, the default: when asked. */
void arenite_set_check_every(size_t operations);

/* Varies places and paddings of what is allocated from now on; 0, the default: no longer. A fault can hide behind a lucky
 * layout. */
void arenite_set_shake(unsigned seed);

/* ---- Faults ---- */

/* The numbers stay what they are; new ones may come. */
typedef enum arenite_fault_kind {
    ARENITE_FAULT_DOUBLE_FREE = 0,
    ARENITE_FAULT_FOREIGN_FREE = 1,
    ARENITE_FAULT_WRONG_SIZE = 2,
    ARENITE_FAULT_WRONG_THREAD = 3,
    ARENITE_FAULT_OUT_OF_ORDER = 4,
    ARENITE_FAULT_STALE_RESTORE = 5,
    ARENITE_FAULT_SCRATCH_CONFLICT = 6,
    ARENITE_FAULT_CONCURRENT_USE = 7,
    ARENITE_FAULT_RING_OVERTAKEN = 8,
    ARENITE_FAULT_BUDGET_CROSSED = 9,
    ARENITE_FAULT_STALE_HANDLE = 10,
    ARENITE_FAULT_OVERRUN = 11,
    ARENITE_FAULT_WRITE_AFTER_FREE = 12,
    ARENITE_FAULT_USE_AFTER_FREE = 13,
    ARENITE_FAULT_USE_AFTER_RESET = 14,
    ARENITE_FAULT_LEAK = 15
} arenite_fault_kind;

/* What the program does after a fault was told. */
typedef enum arenite_policy {
    ARENITE_POLICY_REPORT = 0, /* it goes on; what was asked is refused where it can be */
    ARENITE_POLICY_PANIC = 1,  /* the call ends with ARENITE_ERROR_PANIC, and does nothing more */
    ARENITE_POLICY_ABORT = 2   /* the process ends */
} arenite_policy;

/* A place in the program. NULL and 0 where nobody knows. */
typedef struct arenite_place {
    const char *file;
    unsigned line;
} arenite_place;

/* A fault. All texts are good until the callback returns. */
typedef struct arenite_fault {
    int kind;                /* an arenite_fault_kind */
    const char *name;        /* "double free" */
    const char *allocator;   /* "a heap" */
    const char *node;        /* its name, "" without one */
    unsigned tag;            /* 0: none */
    const void *address;     /* NULL: it is about none */
    size_t size;             /* of the request; 0 where that is not known */
    size_t alignment;
    const char *detail;      /* "the byte 13 from the start of the block was ..."; NULL where there is none */
    arenite_place allocated; /* where the block came from */
    arenite_place first;     /* the first event: the first free, the reset */
    arenite_place second;    /* what brought it to light */
    const char *remedy;      /* what to do */
    const char *text;        /* all of it, in lines, as stderr would get it */
} arenite_fault;

/* May use the library; faults that this finds are counted and not told. It is refused to destroy
 * anything (ARENITE_ERROR_BUSY). Must return: a longjmp out of it is undefined. */
typedef void (*arenite_fault_callback)(const arenite_fault *fault, void *context);

/* Tells faults to the callback, on whichever thread finds one; NULL: to stderr again. */
void arenite_on_fault(arenite_fault_callback callback, void *context);

/* What is done after a fault of this kind, or of any. false: no such kind or policy. */
arenite_bool arenite_set_policy(int fault_kind, int policy);
arenite_bool arenite_set_policies(int policy);
int arenite_get_policy(int fault_kind); /* -1: no such kind */

/* How many were found so far, told or not: of all kinds, of one. */
ARENITE_U64 arenite_faults(void);
ARENITE_U64 arenite_faults_of(int fault_kind);

/* "double free"; "" for what is no kind. For ever. */
const char *arenite_fault_name(int fault_kind);

/* Lets the process say before it dies of SIGSEGV or SIGBUS which block of grade page was touched, where it was allocated and
 * freed, and by which instruction. Once, early. false: not on this platform. */
arenite_bool arenite_explain_page_faults(void);

/* ---- Leaks ---- */

/* Live blocks of one place. */
typedef struct arenite_leak {
    arenite_place site;
    const char *allocator;
    const char *node;
    unsigned tag;
    size_t blocks;
    size_t bytes;
} arenite_leak;

/* false ends the walk. */
typedef arenite_bool (*arenite_leak_callback)(const arenite_leak *leak, void *context);

/* Calls back for each place with live blocks in watched heaps and pools (grade sites and above), the most bytes first. An
 * arena's contents are no leaks. The texts are good until the callback returns. O(live blocks). */
arenite_bool arenite_each_leak(arenite_leak_callback callback, void *context);

/* How many blocks that are; *bytes their bytes, unless it is NULL. */
size_t arenite_leak_count(size_t *bytes);

/* The block that holds this address is meant to stay. false: no watched allocator has it. */
arenite_bool arenite_not_a_leak(const void *block);

/* Leaves out what was allocated in "file.c:120", or in all files whose path begins so: "src/vendor/". */
arenite_bool arenite_suppress_leaks(const char *pattern);

/* ---- Reports ---- */

typedef enum arenite_debug_report {
    ARENITE_DEBUG_LEAKS = 0,       /* live blocks by place */
    ARENITE_DEBUG_ALLOCATIONS = 1, /* every live block that is watched, arena contents too */
    ARENITE_DEBUG_INTEGRITY = 2,   /* are all fences whole? Looks now, and reports the faults too */
    ARENITE_DEBUG_STATS = 3,       /* what is watched, and how many faults were found */
    ARENITE_DEBUG_TREE = 4         /* who holds how much: the lifetime tree */
} arenite_debug_report;

typedef enum arenite_format { ARENITE_TEXT = 0, ARENITE_JSON = 1 } arenite_format;

/* Gets the whole report at once, ended by a line break and a 0 that `length` does not count. false: it could not. */
typedef arenite_bool (*arenite_write)(const char *text, size_t length, void *context);

/* Writes a report: to a callback, a FILE of the same C library, a descriptor. false: no such report or format, or it was
 * not written whole. */
arenite_bool arenite_debug_report_write(int report, int format, arenite_write write, void *context);
arenite_bool arenite_debug_report_to_file(int report, int format, FILE *file);
arenite_bool arenite_debug_report_to_fd(int report, int format, int descriptor);

typedef struct arenite_integrity {
    size_t faults;
    size_t allocators;
    size_t live;      /* live blocks that were looked at */
    size_t held;      /* freed ones, held back */
    size_t unchecked; /* live ones without fences: made under less than grade guard */
    size_t bytes;
    arenite_bool complete;
} arenite_integrity;

/* Looks at every fence, and at what is held back; each fault is reported, and mended, so that it is told once. true: all is
 * whole. *found gets the figures, unless it is NULL. O(blocks). */
arenite_bool arenite_check_integrity(arenite_integrity *found);

typedef struct arenite_debug_stats {
    size_t allocators; /* that are watched */
    size_t live_blocks;
    size_t live_bytes;
    size_t held_bytes;
    ARENITE_U64 unrecorded; /* blocks that there was no memory to note */
    ARENITE_U64 faults;
} arenite_debug_stats;

arenite_bool arenite_get_debug_stats(arenite_debug_stats *stats);

/* ---- Steady stretches ---- */

typedef struct arenite_steady arenite_steady;

/* From here to the end the library is to ask neither the system nor the C heap, no node is to grow, and no watched block to
 * stay: a game's frames after the first few.
 *
 *     arenite_steady *steady = arenite_steady_begin();
 *     for (i = 0; i < 600; i++) frame();
 *     if (!arenite_steady_end(steady)) puts(arenite_last_error_text());
 */
arenite_steady *arenite_steady_begin(void);

/* false with ARENITE_ERROR_NOT_STEADY: what came on top is in the error's text. Ends it in any case. */
arenite_bool arenite_steady_end(arenite_steady *steady);

ARENITE_END

#endif
