/* Windows' memory calls and the game's Alloc and Free, for code that was written for Windows.
 *
 * On Windows this is <windows.h> with Alloc and Free. Elsewhere it defines the types, numbers and functions of Windows'
 * memory calls, over arenite/platform.h: with Windows' semantics, checked against Windows' own by one program
 * (tests/c/windows_calls.c). What must differ stands in docs/platform-memory.md.
 *
 * Alloc and Free are macros with short names: include this after the headers of others. */
#ifndef ARENITE_COMPAT_MEMORY_WRAPPER_H
#define ARENITE_COMPAT_MEMORY_WRAPPER_H

#include "platform.h"

/* Before Alloc and Free, which are names of its own methods in C++. */
#if defined(_WIN32)
#include <windows.h>
#endif

/* The game's flags. */
#define MEM_NORMAL 0x0000
#define MEM_TEMP 0x0001
#define MEM_LOCK 0x0002
#define MEM_CLEAR 0x0004

#define Alloc(size, flags) Platform_Alloc(size, flags)
#define Free(ptr) Platform_Free(ptr, 0)

#if !defined(_WIN32)

/* In C89 bool is a number. */
#if defined(ARENITE_CPP) || defined(ARENITE_C99)
#define ARENITE_WIN_GLOBAL false
#define ARENITE_WIN_LOCAL true
#else
#define ARENITE_WIN_GLOBAL 0
#define ARENITE_WIN_LOCAL 1
#endif

/* Types, as wide as on Windows. */
typedef void *HANDLE;
typedef HANDLE HGLOBAL;
typedef HANDLE HLOCAL;
typedef void *LPVOID;
typedef void *PVOID;
typedef const void *LPCVOID;
typedef int BOOL;
typedef unsigned int DWORD;
typedef unsigned int UINT;
typedef DWORD *PDWORD;
typedef size_t SIZE_T;
typedef arenite_win_memory_info MEMORY_BASIC_INFORMATION, *PMEMORY_BASIC_INFORMATION;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef WINAPI
#define WINAPI
#endif

#define MEM_COMMIT 0x00001000
#define MEM_RESERVE 0x00002000
#define MEM_DECOMMIT 0x00004000
#define MEM_RELEASE 0x00008000
#define MEM_FREE 0x00010000
#define MEM_PRIVATE 0x00020000
#define MEM_MAPPED 0x00040000
#define MEM_RESET 0x00080000
#define MEM_TOP_DOWN 0x00100000
#define MEM_LARGE_PAGES 0x20000000

#define PAGE_NOACCESS 0x01
#define PAGE_READONLY 0x02
#define PAGE_READWRITE 0x04
#define PAGE_WRITECOPY 0x08
#define PAGE_EXECUTE 0x10
#define PAGE_EXECUTE_READ 0x20
#define PAGE_EXECUTE_READWRITE 0x40
#define PAGE_EXECUTE_WRITECOPY 0x80
#define PAGE_GUARD 0x100
#define PAGE_NOCACHE 0x200
#define PAGE_WRITECOMBINE 0x400

#define HEAP_NO_SERIALIZE 0x00000001
#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY 0x00000008
#define HEAP_REALLOC_IN_PLACE_ONLY 0x00000010
#define HEAP_CREATE_ENABLE_EXECUTE 0x00040000

#define GMEM_FIXED 0x0000
#define GMEM_MOVEABLE 0x0002
#define GMEM_NOCOMPACT 0x0010
#define GMEM_NODISCARD 0x0020
#define GMEM_ZEROINIT 0x0040
#define GMEM_MODIFY 0x0080
#define GMEM_DISCARDABLE 0x0100
#define GMEM_SHARE 0x2000
#define GMEM_DDESHARE 0x2000
#define GMEM_DISCARDED 0x4000
#define GMEM_INVALID_HANDLE 0x8000
#define GMEM_LOCKCOUNT 0x00FF
#define GHND (GMEM_MOVEABLE | GMEM_ZEROINIT)
#define GPTR (GMEM_FIXED | GMEM_ZEROINIT)

#define LMEM_FIXED 0x0000
#define LMEM_MOVEABLE 0x0002
#define LMEM_NOCOMPACT 0x0010
#define LMEM_NODISCARD 0x0020
#define LMEM_ZEROINIT 0x0040
#define LMEM_MODIFY 0x0080
#define LMEM_DISCARDABLE 0x0F00
#define LMEM_DISCARDED 0x4000
#define LMEM_INVALID_HANDLE 0x8000
#define LMEM_LOCKCOUNT 0x00FF
#define LHND (LMEM_MOVEABLE | LMEM_ZEROINIT)
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)

#define ERROR_SUCCESS 0
#define NO_ERROR 0
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_BAD_LENGTH 24
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_DISCARDED 157
#define ERROR_NOT_LOCKED 158
#define ERROR_INVALID_ADDRESS 487
#define ERROR_NOACCESS 998
#define ERROR_PRIVILEGE_NOT_HELD 1314
#define ERROR_WORKING_SET_QUOTA 1453

ARENITE_INLINE DWORD GetLastError(void) {
    return arenite_win_get_last_error();
}
ARENITE_INLINE void SetLastError(DWORD code) {
    arenite_win_set_last_error(code);
}
ARENITE_INLINE LPVOID VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protect) {
    return arenite_win_virtual_alloc(address, size, type, protect);
}
ARENITE_INLINE BOOL VirtualFree(LPVOID address, SIZE_T size, DWORD type) {
    return arenite_win_virtual_free(address, size, type);
}
ARENITE_INLINE BOOL VirtualProtect(LPVOID address, SIZE_T size, DWORD protect, PDWORD old) {
    return arenite_win_virtual_protect(address, size, protect, old);
}
ARENITE_INLINE SIZE_T VirtualQuery(LPCVOID address, PMEMORY_BASIC_INFORMATION info, SIZE_T length) {
    return arenite_win_virtual_query(address, info, length);
}
ARENITE_INLINE BOOL VirtualLock(LPVOID address, SIZE_T size) {
    return arenite_win_virtual_lock(address, size);
}
ARENITE_INLINE BOOL VirtualUnlock(LPVOID address, SIZE_T size) {
    return arenite_win_virtual_unlock(address, size);
}
ARENITE_INLINE HANDLE HeapCreate(DWORD options, SIZE_T initial, SIZE_T maximum) {
    return arenite_win_heap_create(options, initial, maximum);
}
ARENITE_INLINE HANDLE GetProcessHeap(void) {
    return arenite_win_get_process_heap();
}
ARENITE_INLINE LPVOID HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size) {
    return arenite_win_heap_alloc(heap, flags, size);
}
ARENITE_INLINE LPVOID HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size) {
    return arenite_win_heap_realloc(heap, flags, block, size);
}
ARENITE_INLINE BOOL HeapFree(HANDLE heap, DWORD flags, LPVOID block) {
    return arenite_win_heap_free(heap, flags, block);
}
ARENITE_INLINE SIZE_T HeapSize(HANDLE heap, DWORD flags, LPCVOID block) {
    return arenite_win_heap_size(heap, flags, block);
}
ARENITE_INLINE BOOL HeapValidate(HANDLE heap, DWORD flags, LPCVOID block) {
    return arenite_win_heap_validate(heap, flags, block);
}
ARENITE_INLINE BOOL HeapDestroy(HANDLE heap) {
    return arenite_win_heap_destroy(heap);
}
ARENITE_INLINE HGLOBAL GlobalAlloc(UINT flags, SIZE_T size) {
    return arenite_win_global_alloc(ARENITE_WIN_GLOBAL, flags, size);
}
ARENITE_INLINE HGLOBAL GlobalReAlloc(HGLOBAL handle, SIZE_T size, UINT flags) {
    return arenite_win_global_realloc(ARENITE_WIN_GLOBAL, handle, size, flags);
}
ARENITE_INLINE HGLOBAL GlobalFree(HGLOBAL handle) {
    return arenite_win_global_free(ARENITE_WIN_GLOBAL, handle);
}
ARENITE_INLINE SIZE_T GlobalSize(HGLOBAL handle) {
    return arenite_win_global_size(ARENITE_WIN_GLOBAL, handle);
}
ARENITE_INLINE LPVOID GlobalLock(HGLOBAL handle) {
    return arenite_win_global_lock(ARENITE_WIN_GLOBAL, handle);
}
ARENITE_INLINE BOOL GlobalUnlock(HGLOBAL handle) {
    return arenite_win_global_unlock(ARENITE_WIN_GLOBAL, handle);
}
ARENITE_INLINE UINT GlobalFlags(HGLOBAL handle) {
    return arenite_win_global_flags(ARENITE_WIN_GLOBAL, handle);
}
ARENITE_INLINE HGLOBAL GlobalHandle(LPCVOID address) {
    return arenite_win_global_handle(ARENITE_WIN_GLOBAL, address);
}
ARENITE_INLINE HGLOBAL GlobalDiscard(HGLOBAL handle) {
    return arenite_win_global_discard(ARENITE_WIN_GLOBAL, handle);
}
ARENITE_INLINE HLOCAL LocalAlloc(UINT flags, SIZE_T size) {
    return arenite_win_global_alloc(ARENITE_WIN_LOCAL, flags, size);
}
ARENITE_INLINE HLOCAL LocalReAlloc(HLOCAL handle, SIZE_T size, UINT flags) {
    return arenite_win_global_realloc(ARENITE_WIN_LOCAL, handle, size, flags);
}
ARENITE_INLINE HLOCAL LocalFree(HLOCAL handle) {
    return arenite_win_global_free(ARENITE_WIN_LOCAL, handle);
}
ARENITE_INLINE SIZE_T LocalSize(HLOCAL handle) {
    return arenite_win_global_size(ARENITE_WIN_LOCAL, handle);
}
ARENITE_INLINE LPVOID LocalLock(HLOCAL handle) {
    return arenite_win_global_lock(ARENITE_WIN_LOCAL, handle);
}
ARENITE_INLINE BOOL LocalUnlock(HLOCAL handle) {
    return arenite_win_global_unlock(ARENITE_WIN_LOCAL, handle);
}
ARENITE_INLINE UINT LocalFlags(HLOCAL handle) {
    return arenite_win_global_flags(ARENITE_WIN_LOCAL, handle);
}
ARENITE_INLINE HLOCAL LocalHandle(LPCVOID address) {
    return arenite_win_global_handle(ARENITE_WIN_LOCAL, address);
}
ARENITE_INLINE HLOCAL LocalDiscard(HLOCAL handle) {
    return arenite_win_global_discard(ARENITE_WIN_LOCAL, handle);
}

typedef arenite_win_memory_status MEMORYSTATUSEX, *LPMEMORYSTATUSEX;

/* The older form: figures that a size_t can hold. */
typedef struct MEMORYSTATUS {
    DWORD dwLength;
    DWORD dwMemoryLoad;
    SIZE_T dwTotalPhys;
    SIZE_T dwAvailPhys;
    SIZE_T dwTotalPageFile;
    SIZE_T dwAvailPageFile;
    SIZE_T dwTotalVirtual;
    SIZE_T dwAvailVirtual;
} MEMORYSTATUS, *LPMEMORYSTATUS;

ARENITE_INLINE BOOL GlobalMemoryStatusEx(LPMEMORYSTATUSEX status) {
    return arenite_win_global_memory_status_ex(status);
}
#define ARENITE_WIN_AT_MOST(bytes) ((bytes) > (SIZE_T)-1 ? (SIZE_T)-1 : (SIZE_T)(bytes))
ARENITE_INLINE void GlobalMemoryStatus(LPMEMORYSTATUS status) {
    MEMORYSTATUSEX now;
    /* Figures that the system does not tell are 0. */
    Platform_ZeroMemory(&now, sizeof now);
    now.dwLength = (DWORD)sizeof now;
    if (status == NULL) return;
    (void)GlobalMemoryStatusEx(&now);
    status->dwLength = (DWORD)sizeof *status;
    status->dwMemoryLoad = now.dwMemoryLoad;
    status->dwTotalPhys = ARENITE_WIN_AT_MOST(now.ullTotalPhys);
    status->dwAvailPhys = ARENITE_WIN_AT_MOST(now.ullAvailPhys);
    status->dwTotalPageFile = ARENITE_WIN_AT_MOST(now.ullTotalPageFile);
    status->dwAvailPageFile = ARENITE_WIN_AT_MOST(now.ullAvailPageFile);
    status->dwTotalVirtual = ARENITE_WIN_AT_MOST(now.ullTotalVirtual);
    status->dwAvailVirtual = ARENITE_WIN_AT_MOST(now.ullAvailVirtual);
}
#undef ARENITE_WIN_AT_MOST

#define ZeroMemory(dest, size) Platform_ZeroMemory(dest, size)
#define CopyMemory(dest, source, size) Platform_MemCopy(dest, source, size)
#define MoveMemory(dest, source, size) Platform_MemMove(dest, source, size)
#define FillMemory(dest, size, value) Platform_MemSet(dest, value, size)

#endif
#endif
