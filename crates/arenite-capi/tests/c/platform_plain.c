/* The two headers in any C and in C++: every name of theirs, used. In C89 there are no places and no inline functions. */
#include <stdio.h>
#include <string.h>

#include "memory_wrapper.h"

typedef void *(*Allocate)(size_t, unsigned int);

int main(void) {
#if defined(__STDC_VERSION__) || defined(__cplusplus)
    Allocate allocate = (Platform_Alloc);
#else
    Allocate allocate = Platform_Alloc;
#endif
    char *block = (char *)allocate(100, MEM_CLEAR), *copy;
    HANDLE heap;
    HGLOBAL handle;
    MEMORYSTATUS status;
    if (block == NULL || Platform_Mem_GetCount() != 1 || Platform_Mem_GetAllocated() != 100) return 1;
    block = (char *)Platform_Realloc(block, 100, 200);
    copy = (char *)Alloc(200, MEM_NORMAL);
    Platform_MemSet(block, 3, 200);
    Platform_MemCopy(copy, block, 200);
    Platform_MemMove(copy + 1, copy, 199);
    if (Platform_MemCmp(copy, block, 200) != 0 || Platform_Mem_GetPeak() < 400) return 2;
    Platform_ZeroMemory(copy, 200);
    ZeroMemory(block, 200);
    FillMemory(block, 200, 1);
    CopyMemory(copy, block, 200);
    MoveMemory(copy, block, 200);
    Platform_Free(copy, 200);
    Free(block);
    if (Platform_Mem_GetCount() != 0 || Platform_Ram_Free() > Platform_Ram_Total()) return 3;
    if (Platform_Total_Ram_Free() != Platform_Ram_Total()) return 4;
    Platform_Mem_DumpLeaks();
    block = (char *)VirtualAlloc(NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (block == NULL) return 5;
    block[65535] = 1;
    if (!VirtualFree(block, 0, MEM_RELEASE)) return 6;
    heap = HeapCreate(0, 0, 0);
    block = (char *)HeapAlloc(heap, HEAP_ZERO_MEMORY, 10);
    if (HeapSize(heap, 0, block) != 10 || !HeapFree(heap, 0, block) || !HeapDestroy(heap)) return 7;
    handle = GlobalAlloc(GHND, 10);
    block = (char *)GlobalLock(handle);
    if (block == NULL || block[9] != 0 || GlobalUnlock(handle) || GlobalFree(handle) != NULL) return 8;
    GlobalMemoryStatus(&status);
    return status.dwTotalPhys == 0;
}
