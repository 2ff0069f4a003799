/* The whole memory of a game: one reservation, laid out once, and lifetimes that follow the frame.
 *
 *     arenite_memory *memory = arenite_memory_create(NULL, 0, NULL);      5 GiB of address space, committed as it is used
 *     arenite_areas areas;
 *     arenite_memory_get_areas(memory, &areas);
 *     while (running) {
 *         arenite_memory_begin_frame(memory);
 *         Vector3 *positions = (Vector3 *)arenite_zone_push(areas.frame_arena, count * sizeof(Vector3));
 *         ...
 *         arenite_memory_end_frame(memory);                               positions stay until the next begins
 *     }
 *     arenite_memory_destroy(memory);
 *
 *   area          dies                              by
 *   permanent     with the system                   arenite_zone_push
 *   frame         when the next frame begins        arenite_zone_push
 *   GUI           when it is cleared                arenite_zone_push, arenite_zone_clear
 *   render        when its commands ran             arenite_memory_begin_commands
 *   temp of any   at its end                        arenite_zone_begin_temp, arenite_zone_end_temp
 *   ring          N frames later, or after a fence  arenite/ring.h
 *   stack         last in, first out                arenite/stack.h
 *   three pools   one by one                        arenite/pool.h
 *
 * A steady frame makes no system call and no heap call. The system and its areas belong to one thread: another is refused,
 * until the first releases it and the other adopts it.
 *
 * The names of the document are in compat/memory_system.h. */
#ifndef ARENITE_MEMORY_SYSTEM_H
#define ARENITE_MEMORY_SYSTEM_H

#include "arena.h"
#include "pool.h"
#include "ring.h"
#include "stack.h"

ARENITE_BEGIN

typedef struct arenite_memory arenite_memory;

/* An area that is an arena. */
typedef struct arenite_zone arenite_zone;

/* Text that is built piece by piece in an area. */
typedef struct arenite_string arenite_string;

/* The areas of a system; NULL for one that it has not. */
typedef struct arenite_areas {
    arenite_zone *permanent_arena;
    arenite_zone *frame_arena;
    arenite_zone *render_arena;
    arenite_zone *gui_arena;
    arenite_ring *frame_ring;
    arenite_stack *stack;
    arenite_pool *small_pool;  /* blocks of 64 bytes */
    arenite_pool *medium_pool; /* 256 */
    arenite_pool *large_pool;  /* 1,024 */
} arenite_areas;

/* A tag's use passed its soft budget from below. Called once per crossing, by the push that crossed it, when that is done. */
typedef void (*arenite_budget_fn)(void *context, unsigned tag, size_t budget, size_t used);

/* How the memory is divided; all zeros are the default. Of an area 0 means its share (of 5 GiB: frame 512 MiB, render 256,
 * GUI 64, ring 128, stack 128, each pool 32, and what is left permanent), ARENITE_NONE that there is none. */
typedef struct arenite_memory_options {
    size_t size;      /* sizeof(arenite_memory_options) */
    size_t permanent; /* 0: what the others leave */
    size_t frame;
    size_t render; /* all of its command buffers together */
    size_t gui;
    size_t ring;
    size_t stack;
    size_t pools;            /* each of the three */
    size_t at_least;         /* accepts a smaller reservation where the system refuses the whole; 0: does not */
    unsigned ring_frames;    /* 0: 2 */
    unsigned render_buffers; /* 0: 2; one is recorded while the other's commands run */
    arenite_budget_fn on_budget;
    void *context;           /* for on_budget */
    arenite_bool huge_pages; /* asks for pages of 2 MiB */
    arenite_bool prefault;   /* pages come when they are committed, not when they are touched */
} arenite_memory_options;

/* A memory system of `size` bytes: in memory of the caller's (of any alignment, which outlives the system), or for NULL in a
 * reservation of its own, of 5 GiB when size is 0 (a tenth of that on 32 bits). options may be NULL.
 *
 * NULL, ARENITE_ERROR_BAD_ARGUMENT: the parts do not fit, and the error's text shows their sum. ARENITE_ERROR_OUT_OF_MEMORY:
 * the system refuses the reservation. */
arenite_memory *arenite_memory_create(void *base, size_t size, const arenite_memory_options *options);

/* Gives everything back; all handles of the areas are refused from then on. NULL is fine. false: it is no memory system of
 * the calling thread's, or a callback is running. */
arenite_bool arenite_memory_destroy(arenite_memory *memory);

/* The calling thread gives the system up, to nobody (a thread that ends does that with all that it has), or takes over one
 * that nobody has. */
arenite_bool arenite_memory_release(arenite_memory *memory);
arenite_bool arenite_memory_adopt(arenite_memory *memory);

arenite_bool arenite_memory_get_areas(arenite_memory *memory, arenite_areas *areas);

/* Frames. Begin clears the frame area and begins a frame of the ring; its number, from 1. 0: the last has not ended, or the
 * ring's oldest frame waits for its fence, and nothing was cleared. End ends the ring's frame, by count or with a fence; what
 * lies in the frame area stays until the next begins. Both O(1). (Who wants to keep them apart uses arenite_zone_clear and
 * arenite_ring_begin_frame.) */
arenite_u64 arenite_memory_begin_frame(arenite_memory *memory);
arenite_bool arenite_memory_end_frame(arenite_memory *memory);
arenite_bool arenite_memory_end_frame_with_fence(arenite_memory *memory, arenite_u64 fence);

/* --- Areas that are arenas ----------------------------------------------------------------------------------------- */

/* size bytes at a multiple of 16, uninitialised, until the area is cleared or the temp ends that is open. NULL for size 0, or
 * when the area is full. O(1).
 *
 * Tagged: the bytes, rounded up to 8, count under the tag in the whole system until then; NULL also when its hard budget
 * would be passed. Tag 0 is none. */
void *arenite_zone_push(arenite_zone *zone, size_t size);
void *arenite_zone_push_tagged(arenite_zone *zone, size_t size, unsigned tag);

/* count times size bytes at a multiple of align, a power of two up to 2 MiB; what is below 16 is taken for 16. NULL also when
 * the product overflows. */
void *arenite_zone_push_array(arenite_zone *zone, size_t count, size_t size, size_t align, unsigned tag);

/* The same filled with zeros, and a copy of a text. */
void *arenite_zone_push_zeroed(arenite_zone *zone, size_t size, unsigned tag);
char *arenite_zone_strdup(arenite_zone *zone, const char *text);

/* Takes everything in the area back, and what it counted under tags; open temps end. For the frame area this begins a frame.
 * Of the render area it means the buffer that is recorded next. O(1). */
arenite_bool arenite_zone_clear(arenite_zone *zone);

/* A place to go back to. What is pushed after it goes, with what it counted, when it ends. The newest ends first; others
 * are refused (ARENITE_ERROR_OUT_OF_ORDER), as is one that has ended (ARENITE_ERROR_STALE_MARK). Its zone is NULL when it
 * was refused. Plain data; 32 may be open in an area before a list has to grow. */
typedef struct arenite_zone_temp {
    arenite_zone *zone;
    size_t depth;
    size_t number;
} arenite_zone_temp;

arenite_zone_temp arenite_zone_begin_temp(arenite_zone *zone);
arenite_bool arenite_zone_end_temp(arenite_zone_temp temp);

/* Bytes in use, padding for alignment included. */
size_t arenite_zone_used(arenite_zone *zone);

/* Whether the pointer points into the area. */
arenite_bool arenite_zone_owns(arenite_zone *zone, const void *pointer);

/* Looks for damage, under grade guard and above, and reports each; how many. */
size_t arenite_zone_check(arenite_zone *zone);

/* Bytes; how often it was cleared. */
typedef struct arenite_zone_stats {
    size_t used;
    size_t high_water;
    size_t committed;
    size_t reserved;
    size_t cleared;
} arenite_zone_stats;

arenite_bool arenite_zone_get_stats(arenite_zone *zone, arenite_zone_stats *stats);

/* The area's figures in a line, as arenite_tree_text hands out text; and to stdout. */
size_t arenite_zone_text(arenite_zone *zone, char *text, size_t room);
arenite_bool arenite_zone_print(arenite_zone *zone);

/* Those that say where they are called from. */
void *arenite_zone_push_at(arenite_zone *zone, size_t size, const char *file, unsigned line);
void *arenite_zone_push_tagged_at(arenite_zone *zone, size_t size, unsigned tag, const char *file, unsigned line);
void *arenite_zone_push_array_at(arenite_zone *zone, size_t count, size_t size, size_t align, unsigned tag,
                                 const char *file, unsigned line);
void *arenite_zone_push_zeroed_at(arenite_zone *zone, size_t size, unsigned tag, const char *file, unsigned line);
char *arenite_zone_strdup_at(arenite_zone *zone, const char *text, const char *file, unsigned line);
arenite_bool arenite_zone_clear_at(arenite_zone *zone, const char *file, unsigned line);
arenite_zone_temp arenite_zone_begin_temp_at(arenite_zone *zone, const char *file, unsigned line);
arenite_bool arenite_zone_end_temp_at(arenite_zone_temp temp, const char *file, unsigned line);

/* --- Text ---------------------------------------------------------------------------------------------------------- */

/* A builder in an area, with room for `capacity` bytes and a 0; it dies with what else lies there. One that grows moves to
 * larger rooms in the area when it has to. NULL: the area's refusal.
 *
 * A builder whose area was cleared is refused (ARENITE_ERROR_STALE_MARK), as long as its memory has not been used for
 * something else; as with any pointer into an area, its use after that is the program's fault. */
arenite_string *arenite_string_create(arenite_zone *zone, size_t capacity, arenite_bool grows);

/* Appends. false: it does not fit (ARENITE_ERROR_FULL), and the text is what it was. Text of the builder's own may be
 * appended to it, but not formatted into it. */
arenite_bool arenite_string_append(arenite_string *string, const char *text);
arenite_bool arenite_string_append_bytes(arenite_string *string, const void *bytes, size_t length);
arenite_bool arenite_string_vappendf(arenite_string *string, const char *format, va_list arguments) ARENITE_PRINTF(2, 0);

/* The text, with a 0 at its end; "" when it was refused. Good until the builder grows. */
const char *arenite_string_text(arenite_string *string);

/* Its length in bytes, without the 0. */
size_t arenite_string_length(arenite_string *string);

/* Cuts it. false: it is shorter than that. */
arenite_bool arenite_string_truncate(arenite_string *string, size_t length);

arenite_string *arenite_string_create_at(arenite_zone *zone, size_t capacity, arenite_bool grows, const char *file,
                                         unsigned line);

/* --- Command buffers ----------------------------------------------------------------------------------------------- */

/* What runs a command. */
typedef void (*arenite_command_fn)(void *context, const void *command, size_t size);

/* Begins to record into the next command buffer, with room for the list of `capacity` commands (it grows where it can).
 * false: one is being recorded, or the buffer in turn holds commands that have not run (ARENITE_ERROR_BUSY). */
arenite_bool arenite_memory_begin_commands(arenite_memory *memory, size_t capacity);

/* Records a copy of a command, of any size, at a multiple of 16. */
arenite_bool arenite_memory_push_command(arenite_memory *memory, const void *command, size_t size);

/* Copies data for commands to point to (vertices, text); it lives until they ran. Tag 0 is none. */
const void *arenite_memory_command_data(arenite_memory *memory, const void *data, size_t size, unsigned tag);

/* Hands the buffer over to be run: its number, from 1; or gives up what was recorded. 0, false: nothing is being recorded. */
arenite_u64 arenite_memory_submit_commands(arenite_memory *memory);
arenite_bool arenite_memory_discard_commands(arenite_memory *memory);

/* Runs the commands of the oldest submitted buffer in order, then clears it. How many is written to `count`, which may be
 * NULL. false: nothing is submitted. `run` must return: a longjmp or exception out of it is the program's fault. */
arenite_bool arenite_memory_run_commands(arenite_memory *memory, arenite_command_fn run, void *context, size_t *count);

/* --- Tags and budgets ---------------------------------------------------------------------------------------------- */

/* Bytes in use under a tag, in all areas: it falls when an area is cleared and when a temp ends. */
size_t arenite_memory_used_by_tag(arenite_memory *memory, unsigned tag);

/* Passing the soft budget calls on_budget, passing the hard one is refused. 0 is none. What is in use already is kept. By
 * default hard, in MiB of 5 GiB: renderer 256, GUI 64, physics 128, audio 32, animation 64, particles 32, AI 32. */
arenite_bool arenite_memory_set_budget(arenite_memory *memory, unsigned tag, size_t soft, size_t hard);
arenite_bool arenite_memory_get_budget(arenite_memory *memory, unsigned tag, size_t *soft, size_t *hard);

/* --- What it tells ------------------------------------------------------------------------------------------------- */

typedef enum arenite_report {
    ARENITE_REPORT_STATS = 0,        /* every area and tag */
    ARENITE_REPORT_LEAKS = 1,        /* what was not given back, with places where it is tracked */
    ARENITE_REPORT_ALLOCATIONS = 2,  /* every live allocation that is tracked, with its place */
    ARENITE_REPORT_TREE = 3,         /* the lifetime tree of the system */
    ARENITE_REPORT_TREE_JSON = 4,    /* the same as JSON */
    ARENITE_REPORT_FRAME_ESCAPES = 5 /* who still points into the frame area, which the next frame clears (Linux) */
} arenite_report;

/* A report, as arenite_tree_text hands out text; and to stdout. They allocate, on the C heap. */
size_t arenite_memory_text(arenite_memory *memory, int report, char *text, size_t room);
arenite_bool arenite_memory_print(arenite_memory *memory, int report);

/* What only its owner can end: live blocks of the pools and of the stack, temps that have not ended. What lies in areas is no
 * leak. */
typedef struct arenite_memory_leaks {
    size_t small_blocks;
    size_t medium_blocks;
    size_t large_blocks;
    size_t stack_blocks;
    size_t temps;
} arenite_memory_leaks;

arenite_bool arenite_memory_get_leaks(arenite_memory *memory, arenite_memory_leaks *leaks);

/* Notes every allocation of every area with its place from now on, or no longer. */
arenite_bool arenite_memory_set_tracking(arenite_memory *memory, arenite_bool yes);

/* Watches every area as closely as that: ARENITE_GRADE_INHERIT for what the process has. Areas go by their names, so that
 * those of another system in the process are meant too. An open frame sees it in part. */
arenite_bool arenite_memory_set_grade(arenite_memory *memory, arenite_grade grade);

/* Looks for damage in every area, under grade guard and above, and reports each; how many. What was broken is mended. */
size_t arenite_memory_check(arenite_memory *memory);

/* --- The program's one system: what compat/memory_system.h stands on ------------------------------------------------ */

arenite_bool arenite_game_initialize(void *base, size_t size, arenite_grade grade);
arenite_bool arenite_game_shutdown(void);
arenite_memory *arenite_game_memory(void);
const arenite_areas *arenite_game_areas(void);
size_t arenite_game_check_leaks(void);

/* Appends formatted text, as printf. false: it does not fit, and the text is what it was. */
ARENITE_INLINE arenite_bool arenite_string_appendf(arenite_string *string, const char *format, ...) ARENITE_PRINTF(2, 3);

ARENITE_INLINE arenite_bool arenite_string_appendf(arenite_string *string, const char *format, ...) {
    arenite_bool appended;
    va_list arguments;
    va_start(arguments, format);
    appended = arenite_string_vappendf(string, format, arguments);
    va_end(arguments);
    return appended;
}

ARENITE_END

#if defined(ARENITE_HAS_CALL_SITES)
#define arenite_zone_push(zone, size) arenite_zone_push_at(zone, size, __FILE__, __LINE__)
#define arenite_zone_push_tagged(zone, size, tag) arenite_zone_push_tagged_at(zone, size, tag, __FILE__, __LINE__)
#define arenite_zone_push_array(zone, count, size, align, tag) \
    arenite_zone_push_array_at(zone, count, size, align, tag, __FILE__, __LINE__)
#define arenite_zone_push_zeroed(zone, size, tag) arenite_zone_push_zeroed_at(zone, size, tag, __FILE__, __LINE__)
#define arenite_zone_strdup(zone, text) arenite_zone_strdup_at(zone, text, __FILE__, __LINE__)
#define arenite_zone_clear(zone) arenite_zone_clear_at(zone, __FILE__, __LINE__)
#define arenite_zone_begin_temp(zone) arenite_zone_begin_temp_at(zone, __FILE__, __LINE__)
#define arenite_zone_end_temp(temp) arenite_zone_end_temp_at(temp, __FILE__, __LINE__)
#define arenite_string_create(zone, capacity, grows) \
    arenite_string_create_at(zone, capacity, grows, __FILE__, __LINE__)
#endif

#endif
