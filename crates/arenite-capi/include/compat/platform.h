/* The platform memory plan's own names, over arenite/platform.h, where each is explained.
 *
 * In C99 and C++ the calls that allocate note file and line for Platform_Mem_DumpLeaks; as functions (to take their address:
 * `(Platform_Alloc)`) and in C89 they do not. */
#ifndef ARENITE_COMPAT_PLATFORM_H
#define ARENITE_COMPAT_PLATFORM_H

#include "../arenite/platform.h"

#if defined(ARENITE_CPP) || defined(ARENITE_C99)

ARENITE_INLINE void *Platform_Alloc(size_t size, unsigned int flags) {
    return (arenite_platform_alloc)(size, flags);
}
ARENITE_INLINE void Platform_Free(void *block, size_t size) {
    (void)arenite_platform_free(block, size);
}
ARENITE_INLINE void *Platform_Realloc(void *block, size_t old_size, size_t new_size) {
    return (arenite_platform_realloc)(block, old_size, new_size);
}
ARENITE_INLINE size_t Platform_Ram_Free(void) {
    return arenite_platform_ram_free();
}
/* The plan's odd name for the RAM in all. */
ARENITE_INLINE size_t Platform_Total_Ram_Free(void) {
    return arenite_platform_ram_total();
}
ARENITE_INLINE size_t Platform_Ram_Total(void) {
    return arenite_platform_ram_total();
}
ARENITE_INLINE size_t Platform_Mem_GetAllocated(void) {
    return arenite_platform_allocated();
}
ARENITE_INLINE size_t Platform_Mem_GetPeak(void) {
    return arenite_platform_peak();
}
ARENITE_INLINE size_t Platform_Mem_GetCount(void) {
    return arenite_platform_count();
}
ARENITE_INLINE void Platform_Mem_DumpLeaks(void) {
    arenite_platform_dump_leaks();
}
ARENITE_INLINE void Platform_MemCopy(void *dest, const void *source, size_t count) {
    arenite_platform_copy(dest, source, count);
}
ARENITE_INLINE void Platform_MemMove(void *dest, const void *source, size_t count) {
    arenite_platform_move(dest, source, count);
}
ARENITE_INLINE void Platform_MemSet(void *dest, int value, size_t count) {
    arenite_platform_set(dest, value, count);
}
ARENITE_INLINE int Platform_MemCmp(const void *left, const void *right, size_t count) {
    return arenite_platform_compare(left, right, count);
}
ARENITE_INLINE void Platform_ZeroMemory(void *dest, size_t count) {
    arenite_platform_zero(dest, count);
}

#define Platform_Alloc(size, flags) arenite_platform_alloc_at(size, flags, __FILE__, __LINE__)
#define Platform_Realloc(block, old_size, new_size) \
    arenite_platform_realloc_at(block, old_size, new_size, __FILE__, __LINE__)

#else

#define Platform_Alloc arenite_platform_alloc
#define Platform_Free (void)arenite_platform_free
#define Platform_Realloc arenite_platform_realloc
#define Platform_Ram_Free arenite_platform_ram_free
#define Platform_Total_Ram_Free arenite_platform_ram_total
#define Platform_Ram_Total arenite_platform_ram_total
#define Platform_Mem_GetAllocated arenite_platform_allocated
#define Platform_Mem_GetPeak arenite_platform_peak
#define Platform_Mem_GetCount arenite_platform_count
#define Platform_Mem_DumpLeaks arenite_platform_dump_leaks
#define Platform_MemCopy arenite_platform_copy
#define Platform_MemMove arenite_platform_move
#define Platform_MemSet arenite_platform_set
#define Platform_MemCmp arenite_platform_compare
#define Platform_ZeroMemory arenite_platform_zero

#endif

#endif
