/* The C of the platform memory plan: what its code base calls, as it calls it. */
#include <stdio.h>

#include "memory_wrapper.h"

#define EXPECT(condition) \
    if (!(condition)) return printf("line %d: %s\n", __LINE__, #condition), 1

int main(void) {
    size_t size = 100000;
    void *ptr, *other;
    HANDLE heap;

    ptr = VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    EXPECT(ptr != NULL && ((char *)ptr)[size - 1] == 0);
    EXPECT(VirtualLock(ptr, 1) == 1);
    EXPECT(VirtualUnlock(ptr, 1) == 1);
    EXPECT(VirtualFree(ptr, 0, MEM_RELEASE) == 1);

    heap = HeapCreate(0, 0, 0);
    EXPECT(heap != NULL && heap != (HANDLE)1);
    ptr = HeapAlloc(heap, 0x08, size);
    EXPECT(ptr != NULL && ((char *)ptr)[size - 1] == 0);
    EXPECT(HeapFree(heap, 0, ptr) == 1);
    EXPECT(HeapDestroy(heap) == 1);

    ptr = GlobalAlloc(GMEM_FIXED, size);
    EXPECT(ptr != NULL);
    EXPECT(GlobalFree(ptr) == NULL);

    EXPECT(MEM_NORMAL == 0x0000 && MEM_TEMP == 0x0001 && MEM_LOCK == 0x0002 && MEM_CLEAR == 0x0004);
    EXPECT(MEM_COMMIT == 0x00001000 && MEM_RESERVE == 0x00002000 && MEM_RELEASE == 0x00008000 && PAGE_READWRITE == 0x04);
    ptr = Alloc(size, MEM_CLEAR);
    other = Alloc(size, MEM_NORMAL);
    EXPECT(Platform_Mem_GetAllocated() == 2 * size && Platform_Mem_GetCount() == 2);
    FillMemory(ptr, size, 7);
    CopyMemory(other, ptr, size);
    MoveMemory(other, ptr, size);
    EXPECT(Platform_MemCmp(ptr, other, size) == 0);
    ZeroMemory(ptr, size);
    EXPECT(Platform_MemCmp(ptr, other, size) < 0);
    Free(ptr);
    Free(other);
    EXPECT(Platform_Mem_GetAllocated() == 0 && Platform_Mem_GetCount() == 0 && Platform_Mem_GetPeak() == 2 * size);
    EXPECT(Platform_Ram_Free() > 0 && Platform_Total_Ram_Free() > 0);
    Platform_Mem_DumpLeaks();
    return 0;
}
