/* What a ported program expects of its platform: counted blocks, the machine's figures, and Windows' memory calls with
 * Windows' semantics on every system.
 *
 * Under the names of the platform memory plan: compat/platform.h and compat/memory_wrapper.h. What differs from Windows, and
 * why: docs/platform-memory.md. */
#ifndef ARENITE_PLATFORM_H
#define ARENITE_PLATFORM_H

#include "base.h"

ARENITE_BEGIN

/* ---- Counted blocks ----------------------------------------------------------------------------------------------------
 *
 *     void *level = arenite_platform_alloc(64000, ARENITE_PLATFORM_CLEAR);
 *     ...
 *     arenite_platform_free(level, 0);
 *
 * They come from one heap of the process, on any thread. The library knows the size of each and, where the macros below are
 * used (C99 and C++), the line that asked for it: figures are exact in every build, and leaks are listed by line. */

enum {
    ARENITE_PLATFORM_NORMAL = 0,
    ARENITE_PLATFORM_TEMP = 1, /* is meant to die soon: the list of leaks says so */
    ARENITE_PLATFORM_LOCK = 2, /* must not move: none ever does */
    ARENITE_PLATFORM_CLEAR = 4 /* filled with zeros */
};

/* size bytes at a multiple of 16, until they are freed. NULL for size 0, above SSIZE_MAX (ARENITE_ERROR_OVERFLOW), without
 * memory, and for a flag that is none of the above; nothing has changed then. O(1). */
void *arenite_platform_alloc(size_t size, unsigned int flags);
void *arenite_platform_alloc_at(size_t size, unsigned int flags, const char *file, unsigned int line);

/* Takes a block back, on any thread. NULL is fine. size is what you believe it to have, or 0, which is always right; a wrong
 * one is reported while a debug grade is in force, and the block is taken back all the same. false: no block starts there
 * (ARENITE_ERROR_NOT_A_BLOCK), or it is free already (ARENITE_ERROR_DOUBLE_FREE); nothing was read or done. O(1). */
arenite_bool arenite_platform_free(void *block, size_t size);

/* A block of size bytes with the contents of this one, up to the smaller size; what is new is not filled. block NULL
 * allocates; size 0 frees and gives NULL. old_size is looked at as the size of a free is: 0 is right, and keeps the contents.
 * NULL: refused, and the block is as it was. */
void *arenite_platform_realloc(void *block, size_t old_size, size_t size);
void *arenite_platform_realloc_at(void *block, size_t old_size, size_t size, const char *file, unsigned int line);

/* How many bytes were asked for with this block; 0 when none starts there, whatever the address is. */
size_t arenite_platform_size(const void *block);

#if defined(ARENITE_CPP) || defined(ARENITE_C99)
#define arenite_platform_alloc(size, flags) arenite_platform_alloc_at(size, flags, __FILE__, __LINE__)
#define arenite_platform_realloc(block, old_size, size) \
    arenite_platform_realloc_at(block, old_size, size, __FILE__, __LINE__)
#endif

/* Bytes asked for and not given back; the most that ever were; live blocks. Exact. */
size_t arenite_platform_allocated(void);
size_t arenite_platform_peak(void);
size_t arenite_platform_count(void);

/* Prints what is live to stderr, by the line that asked for it, most bytes first:
 *
 *     platform memory: 3 blocks, 530 bytes still live
 *       sound.c:7: 1 block, 500 bytes, temporary
 *       level.c:40: 2 blocks, 30 bytes
 */
void arenite_platform_dump_leaks(void);

/* The same as text: writes at most size bytes with a 0 at their end, and returns how long the whole is without it. */
size_t arenite_platform_leaks(char *text, size_t size);

/* ---- The machine -------------------------------------------------------------------------------------------------------
 * Bytes of RAM: in all, and what could be had now without swapping. Those of the machine, or what its container may use if
 * that is less (control groups of Linux). Asked of the system at each call; 0 when it does not tell. */
size_t arenite_platform_ram_total(void);
size_t arenite_platform_ram_free(void);

/* ---- Bytes -------------------------------------------------------------------------------------------------------------
 * With NULL on either side nothing is done. arenite_platform_copy takes places that overlap, too. */
void arenite_platform_copy(void *dest, const void *source, size_t count);
void arenite_platform_move(void *dest, const void *source, size_t count);
void arenite_platform_set(void *dest, int value, size_t count);
void arenite_platform_zero(void *dest, size_t count);

/* -1, 0 or 1, by the first bytes that differ, as unsigned numbers. NULL comes before all else and equals only NULL; no
 * bytes are equal, wherever they are. */
int arenite_platform_compare(const void *left, const void *right, size_t count);

/* ---- Windows -----------------------------------------------------------------------------------------------------------
 * The functions of Windows, with its numbers and answers. A refused call changes nothing, sets the thread's
 * arenite_win_get_last_error() to Windows' code and arenite_last_error_text() to the reason; success leaves both alone.
 * Handles are numbers that are looked up, never followed. BOOL is int, DWORD unsigned int. */

unsigned int arenite_win_get_last_error(void);
void arenite_win_set_last_error(unsigned int code);

/* MEMORY_BASIC_INFORMATION: a run of pages in one state. */
typedef struct arenite_win_memory_info {
    void *BaseAddress;              /* the page that was asked about */
    void *AllocationBase;           /* where its region starts; NULL when nothing is there */
    unsigned int AllocationProtect; /* what the region was reserved with */
#if defined(_WIN64) || defined(__LP64__)
    unsigned int PartitionId; /* 0 */
#endif
    size_t RegionSize; /* bytes to the end of the run */
    unsigned int State;
    unsigned int Protect;
    unsigned int Type;
} arenite_win_memory_info;

/* Reserves (0x2000), commits (0x1000), both, or resets (0x80000) pages. Regions start at multiples of 64 KiB; pages have 4
 * KiB, or the system's size if that is larger. NULL: error 87 for what no call takes, 487 for a place that is taken or not
 * reserved, 8 without memory. */
void *arenite_win_virtual_alloc(void *address, size_t size, unsigned int type, unsigned int protect);
/* Decommits pages (0x4000; size 0 with a region's address: all of them), or releases a region (0x8000; size 0). */
int arenite_win_virtual_free(void *address, size_t size, unsigned int type);
/* Changes the protection of committed pages; old is where that of the first goes, and must not be NULL (998). */
int arenite_win_virtual_protect(void *address, size_t size, unsigned int protect, unsigned int *old);
/* Tells what is at any address. Returns the size of the structure, or 0: 24 when length is below it. */
size_t arenite_win_virtual_query(const void *address, arenite_win_memory_info *info, size_t length);
/* Keeps committed pages in RAM; lets them go (158 when not all of them are locked). */
int arenite_win_virtual_lock(void *address, size_t size);
int arenite_win_virtual_unlock(void *address, size_t size);

/* A heap of its own behind each handle; blocks lie at multiples of 16. maximum 0: no limit. */
void *arenite_win_heap_create(unsigned int options, size_t initial, size_t maximum);
void *arenite_win_get_process_heap(void);
void *arenite_win_heap_alloc(void *heap, unsigned int flags, size_t size);
void *arenite_win_heap_realloc(void *heap, unsigned int flags, void *block, size_t size);
int arenite_win_heap_free(void *heap, unsigned int flags, void *block);
/* What was asked for; (size_t)-1 when no block starts there. */
size_t arenite_win_heap_size(void *heap, unsigned int flags, const void *block);
int arenite_win_heap_validate(void *heap, unsigned int flags, const void *block);
/* Ends the heap and every block in it. Other threads' calls are refused from then on. */
int arenite_win_heap_destroy(void *heap);

/* Global memory, and with local true the Local family: fixed blocks, whose handle is their address, and movable ones, whose
 * handle arenite_win_global_lock turns into an address. */
void *arenite_win_global_alloc(arenite_bool local, unsigned int flags, size_t size);
void *arenite_win_global_realloc(arenite_bool local, void *handle, size_t size, unsigned int flags);
/* NULL, or the handle when it names nothing. */
void *arenite_win_global_free(arenite_bool local, void *handle);
size_t arenite_win_global_size(arenite_bool local, void *handle);
void *arenite_win_global_lock(arenite_bool local, void *handle);
/* 0 with error 0: nobody has it locked any more. */
int arenite_win_global_unlock(arenite_bool local, void *handle);
unsigned int arenite_win_global_flags(arenite_bool local, void *handle);
void *arenite_win_global_handle(arenite_bool local, const void *address);
void *arenite_win_global_discard(arenite_bool local, void *handle);

/* 64 bits, which C89 has no name for. */
#if defined(ARENITE_CPP) || defined(ARENITE_C99)
typedef uint64_t arenite_win_u64;
#elif defined(__GNUC__)
__extension__ typedef unsigned long long arenite_win_u64;
#else
typedef unsigned __int64 arenite_win_u64;
#endif

/* MEMORYSTATUSEX. dwLength is set by the caller: its size, 64. */
typedef struct arenite_win_memory_status {
    unsigned int dwLength;
    unsigned int dwMemoryLoad; /* percent of the RAM that is in use */
    arenite_win_u64 ullTotalPhys;
    arenite_win_u64 ullAvailPhys;
    arenite_win_u64 ullTotalPageFile; /* RAM and swap */
    arenite_win_u64 ullAvailPageFile;
    arenite_win_u64 ullTotalVirtual; /* addresses */
    arenite_win_u64 ullAvailVirtual;
    arenite_win_u64 ullAvailExtendedVirtual; /* 0 */
} arenite_win_memory_status;

/* 0 for another length (87). */
int arenite_win_global_memory_status_ex(arenite_win_memory_status *status);

ARENITE_END

#endif
