/* The memory system of a game, by the names of its design document: one system for the program, g_memory_system.
 *
 *     Memory_Initialize(NULL, GIGABYTES(5));                  or memory of one's own in place of NULL
 *     while (running) {
 *         Arena_Clear(g_memory_system->frame_arena);
 *         Ring_BeginFrame(g_memory_system->frame_ring);
 *         Vector3 *velocities = PushArray(g_memory_system->frame_arena, Vector3, count);
 *         ...
 *         Ring_EndFrame(g_memory_system->frame_ring);
 *     }
 *     Memory_CheckLeaks();
 *     Memory_Shutdown();
 *
 * The document's three builds need no other library. These, defined before the include, say how the system starts:
 *
 *     -DDEBUG or -DMEMORY_BOUNDS_CHECK     guards around every allocation, fill bytes, places
 *     -DMEMORY_TRACKING                    places of every allocation
 *     neither, as with -DNDEBUG            nothing, at no cost; ARENITE_DEBUG=guard ./game switches it on all the same
 *
 * With any of them the macros pass file and line on (not in C89). Every call answers bad arguments with NULL, false or 0; why,
 * says arenite_last_error_text(). What each does in full is in arenite/memory_system.h, ring.h, stack.h and pool.h. */
#ifndef ARENITE_COMPAT_MEMORY_SYSTEM_H
#define ARENITE_COMPAT_MEMORY_SYSTEM_H

#if (defined(MEMORY_TRACKING) || defined(MEMORY_BOUNDS_CHECK)) && !defined(ARENITE_CALL_SITES)
#define ARENITE_CALL_SITES 1
#endif

#include "../arenite/memory_system.h"

#if defined(ARENITE_CPP) || defined(ARENITE_C99)
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
#else
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
#endif
typedef arenite_u64 u64;
typedef float f32;
typedef double f64;

#define KILOBYTES(n) ((size_t)(n) << 10)
#define MEGABYTES(n) ((size_t)(n) << 20)
#define GIGABYTES(n) ((size_t)(n) << 30)

typedef arenite_zone MemoryArena;
typedef arenite_ring RingBuffer;
typedef arenite_stack StackAllocator;
typedef arenite_pool MemoryPool;
typedef arenite_string StringBuilder;
typedef arenite_zone_temp TempMemory;
typedef arenite_areas MemorySystem;

typedef enum MemoryTag {
    MEMORY_TAG_NONE = ARENITE_TAG_NONE,
    MEMORY_TAG_RENDERER = ARENITE_TAG_RENDERER,
    MEMORY_TAG_GUI = ARENITE_TAG_GUI,
    MEMORY_TAG_PHYSICS = ARENITE_TAG_PHYSICS,
    MEMORY_TAG_AUDIO = ARENITE_TAG_AUDIO,
    MEMORY_TAG_ANIMATION = ARENITE_TAG_ANIMATION,
    MEMORY_TAG_PARTICLES = ARENITE_TAG_PARTICLES,
    MEMORY_TAG_AI = ARENITE_TAG_AI,
    MEMORY_TAG_SCENE = ARENITE_TAG_SCENE,
    MEMORY_TAG_USER = ARENITE_TAG_USER, /* the first of the program's own */
    MEMORY_TAG_LAST = ARENITE_TAG_LAST  /* the last of them */
} MemoryTag;

#if defined(DEBUG) || defined(MEMORY_BOUNDS_CHECK)
#define ARENITE_GAME_GRADE ARENITE_GRADE_GUARD
#elif defined(MEMORY_TRACKING)
#define ARENITE_GAME_GRADE ARENITE_GRADE_SITES
#else
#define ARENITE_GAME_GRADE ARENITE_GRADE_INHERIT
#endif

/* Handles of the areas, to read. All NULL before Memory_Initialize and after Memory_Shutdown. */
#define g_memory_system (arenite_game_areas())

/* The whole memory at `base`, or for NULL of the library's own, committed as it is used. The areas are the document's shares
 * of `size`, the permanent one is what they leave. false: they do not fit (the error shows the sum), there is no memory, or
 * the system is there already. The thread that calls this is the one that uses it. */
#define Memory_Initialize(base, size) arenite_game_initialize(base, size, ARENITE_GAME_GRADE)

/* Ends it. What the pools still hold is reported then, where it was tracked. true also when there is no system; false: it is
 * another thread's, or a callback is running. */
#define Memory_Shutdown() arenite_game_shutdown()

/* The alignment of a type, where the language can say it; 16 is the least in any case. */
#if defined(ARENITE_CPP)
#define ARENITE_ALIGN_OF(type) alignof(type)
#elif defined(__GNUC__)
#define ARENITE_ALIGN_OF(type) __alignof__(type)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ARENITE_ALIGN_OF(type) _Alignof(type)
#else
#define ARENITE_ALIGN_OF(type) 16
#endif

/* Memory of an area, uninitialised, until that is cleared or the temp ends that is open. NULL: 0 bytes, no room, a product that
 * overflows, a budget. Each argument is evaluated once. */
#define PushSize(arena, size) arenite_zone_push(arena, size)
#define PushStruct(arena, type) PushArray(arena, type, 1)
#define PushArray(arena, type, count) PushArrayTagged(arena, type, count, MEMORY_TAG_NONE)

/* The same, counted under a tag. */
#define PushSizeTagged(arena, size, tag) arenite_zone_push_tagged(arena, size, tag)
#define PushStructTagged(arena, type, tag) PushArrayTagged(arena, type, 1, tag)
#define PushArrayTagged(arena, type, count, tag) \
    ((type *)arenite_zone_push_array(arena, count, sizeof(type), ARENITE_ALIGN_OF(type), tag))

/* What is pushed in between goes, the newest temp first; or let the next frame clear it. */
#define Arena_BeginTemp(arena) arenite_zone_begin_temp(arena)
#define Arena_EndTemp(temp) arenite_zone_end_temp(temp)

/* Takes everything back: of the frame arena at the start of every frame. */
#define Arena_Clear(arena) arenite_zone_clear(arena)

/* What is pushed in a frame stays through the next one, or until its fence has passed. */
#define Ring_BeginFrame(ring) arenite_ring_begin_frame(ring)
#define Ring_EndFrame(ring) arenite_ring_end_frame(ring)
#define Ring_EndFrameWithFence(ring, fence) arenite_ring_end_frame_with_fence(ring, fence)
#define Ring_Retire(ring, completed) arenite_ring_retire(ring, completed, NULL)
#define Ring_Push(ring, size) arenite_ring_push(ring, size)

/* Last in, first out: Stack_Pop takes the block that is the top, and no other. */
#define Stack_Push(stack, size) arenite_stack_push(stack, size)
#define Stack_Pop(stack, block) arenite_stack_pop(stack, block)

/* A block of the pool's size. Double and foreign frees are refused. */
#define Pool_Alloc(pool) arenite_pool_alloc(pool)
#define Pool_Free(pool, block) arenite_pool_free(pool, block)

/* Text in an area. What does not fit is refused, and the text is what it was; one that grows makes room. */
#define StringBuilder_Create(arena, capacity) arenite_string_create(arena, capacity, 0)
#define StringBuilder_CreateGrowing(arena, capacity) arenite_string_create(arena, capacity, 1)
#define StringBuilder_Append(builder, text) arenite_string_append(builder, text)
#define StringBuilder_AppendFormat arenite_string_appendf
#define StringBuilder_CStr(builder) arenite_string_text(builder)
#define StringBuilder_Length(builder) arenite_string_length(builder)

/* Notes every allocation with its place from now on, or no longer. */
#define Memory_EnableTracking(enabled) arenite_memory_set_tracking(arenite_game_memory(), enabled)

/* To stdout: every area and tag; one area. */
#define Memory_PrintStats() arenite_memory_print(arenite_game_memory(), ARENITE_REPORT_STATS)
#define Memory_PrintArenaInfo(arena) arenite_zone_print(arena)

/* Bytes in use under a tag. It falls at clear and when a temp ends. */
#define Memory_GetUsedByTag(tag) arenite_memory_used_by_tag(arenite_game_memory(), tag)

/* Looks whether the guards of an area are whole, and reports each that is not; how many. */
#define Memory_CheckIntegrity(arena) arenite_zone_check(arena)

/* Prints what was not given back: blocks of the pools and of the stack, temps. How many. */
#define Memory_CheckLeaks() arenite_game_check_leaks()

/* Prints every live allocation that was tracked, with its place. */
#define Memory_DumpAllocations() arenite_memory_print(arenite_game_memory(), ARENITE_REPORT_ALLOCATIONS)

#endif
