/* Windows' memory calls, as a transcript: one line for each call, with its answer and last error.
 *
 * Built against compat/memory_wrapper.h it runs anywhere; built by a Windows compiler the same file is <windows.h>. Both
 * print tests/c/windows_calls.txt. What is not the same everywhere on Windows itself, or where wine 8 is known to differ from
 * Windows' documentation, is left out: docs/platform-memory.md names it. */
#include <stdio.h>
#include <string.h>

#include "memory_wrapper.h"

static void line(const char *call, size_t answer) {
    printf("%s = %lx, error %lu\n", call, (unsigned long)answer, (unsigned long)GetLastError());
}

/* A number, or whether a pointer is as expected. */
#define SAY(call) (SetLastError(0), line(#call, (size_t)(call)))
/* Only whether it was refused: the error differs between wine and Windows. */
#define SAY_IF(call) printf("%s: %s\n", #call, (call) ? "yes" : "no")

static char *base;

static void query(const char *place, char *address) {
    MEMORY_BASIC_INFORMATION info;
    SIZE_T length;
    memset(&info, 0xEE, sizeof info);
    length = VirtualQuery(address, &info, sizeof info);
    printf("query %s: %d, base +%lx, region +%lx, reserved as %lx, %lx bytes, state %lx, protection %lx, type %lx\n", place,
           length == sizeof info, (unsigned long)((char *)info.BaseAddress - base),
           (unsigned long)((char *)info.AllocationBase - base), (unsigned long)info.AllocationProtect,
           (unsigned long)info.RegionSize, (unsigned long)info.State, (unsigned long)info.Protect,
           (unsigned long)info.Type);
}

#define QUERY(address) query(#address, address)

static void pages(void) {
    DWORD old = 0;
    MEMORY_BASIC_INFORMATION info;
    char *next;
    puts("-- reserve and commit");
    base = (char *)VirtualAlloc(NULL, 0x100000, MEM_RESERVE, PAGE_READWRITE);
    SAY(base != NULL);
    SAY((size_t)base & 0xFFFF);
    QUERY(base);
    QUERY(base + 0x5001);
    SAY(VirtualAlloc(base + 0x5001, 1, MEM_COMMIT, PAGE_READWRITE) == base + 0x5000);
    SAY(VirtualAlloc(base + 0x7FFF, 2, MEM_COMMIT, PAGE_READONLY) == base + 0x7000);
    QUERY(base);
    QUERY(base + 0x5000);
    QUERY(base + 0x6FFF);
    QUERY(base + 0x7000);
    QUERY(base + 0x8123);
    QUERY(base + 0x9000);
    SAY(base[0x5000] | base[0x5FFF] | base[0x7000]);
    base[0x5123] = 7;

    puts("-- protect");
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_READONLY, &old));
    SAY(old);
    SAY(VirtualProtect(base + 0x4FFF, 2, PAGE_READONLY, &old));
    SAY(VirtualProtect(base + 0x8000, 0x2000, PAGE_READONLY, &old));
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_READONLY, NULL));
    SAY(VirtualProtect(base + 0x5000, 1, 0x33, &old));
    SAY(VirtualProtect(base + 0x5000, 1, 0, &old));
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_WRITECOPY, &old));
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_READWRITE, &old));
    SAY(old);
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_EXECUTE_READ, &old));
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_NOACCESS, &old));
    SAY(old);
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_READWRITE | PAGE_GUARD, &old));
    SAY(old);
    QUERY(base + 0x5000);
    SAY(VirtualProtect(base + 0x5000, 1, PAGE_READWRITE, &old));
    SAY(old);
    SAY(base[0x5123]);

    puts("-- commit again");
    SAY(VirtualAlloc(base + 0x5000, 1, MEM_COMMIT, PAGE_READONLY) == base + 0x5000);
    SAY(base[0x5123]);
    QUERY(base + 0x5000);
    SAY(VirtualAlloc(base + 0x4000, 0x3000, MEM_COMMIT, PAGE_READWRITE) == base + 0x4000);
    SAY(base[0x5123]);
    QUERY(base + 0x4000);

    puts("-- refused");
    SAY(VirtualAlloc(NULL, 0, MEM_RESERVE, PAGE_READWRITE));
    SAY(VirtualAlloc(base, 0, MEM_COMMIT, PAGE_READWRITE));
    SAY(VirtualAlloc(NULL, 1, 0, PAGE_READWRITE));
    SAY(VirtualAlloc(NULL, 1, 0x80, PAGE_READWRITE));
    SAY(VirtualAlloc(NULL, 1, MEM_TOP_DOWN, PAGE_READWRITE));
    SAY(VirtualAlloc(NULL, 1, MEM_RESERVE, 0));
    SAY(VirtualAlloc(NULL, 1, MEM_RESERVE, 3));
    SAY(VirtualAlloc(NULL, 1, MEM_RESERVE, PAGE_WRITECOPY));
    SAY(VirtualAlloc(NULL, 1, MEM_RESERVE, PAGE_GUARD));
    SAY(VirtualAlloc(base, 1, MEM_RESERVE, PAGE_READWRITE));
    SAY(VirtualAlloc(base + 0x20000, 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    SAY(VirtualAlloc(base + 0xFF000, 0x1001, MEM_COMMIT, PAGE_READWRITE));
    SAY(VirtualAlloc((LPVOID)(size_t)-1, 1, MEM_RESERVE, PAGE_READWRITE));
    SAY(VirtualAlloc((LPVOID)1, 1, MEM_RESERVE, PAGE_READWRITE));
    SAY(VirtualAlloc((LPVOID)0x1000, 1, MEM_COMMIT, PAGE_READWRITE));
    SAY(VirtualAlloc(NULL, (SIZE_T)-1, MEM_RESERVE, PAGE_READWRITE));
    SAY(VirtualAlloc(NULL, (SIZE_T)-1 / 4, MEM_RESERVE, PAGE_READWRITE));
    SAY(VirtualQuery(base, NULL, sizeof info));
    SAY(VirtualQuery(base, &info, 8));
    SAY(VirtualQuery((LPVOID)(size_t)-1, &info, sizeof info));
    QUERY(base + 0x4000);

    puts("-- reset");
    SAY(VirtualAlloc(base + 0x4000, 0x2000, MEM_RESET, PAGE_NOACCESS) == base + 0x4000);
    QUERY(base + 0x4000);

    puts("-- decommit and release");
    SAY(VirtualFree(base, 0, 0));
    SAY(VirtualFree(base, 1, MEM_RELEASE));
    SAY(VirtualFree(base, 0, MEM_RELEASE | MEM_DECOMMIT));
    SAY(VirtualFree(base + 0x1000, 0, MEM_RELEASE));
    SAY(VirtualFree(base + 0x10000, 0, MEM_RELEASE));
    SAY(VirtualFree(base + 0x1000, 0, MEM_DECOMMIT));
    SAY(VirtualFree(base + 0xFF000, 0x1001, MEM_DECOMMIT));
    SAY(VirtualFree(base + 0x5FFF, 2, MEM_DECOMMIT));
    QUERY(base + 0x4000);
    QUERY(base + 0x5000);
    SAY(VirtualFree(base + 0x5000, 0x1000, MEM_DECOMMIT));
    SAY(VirtualAlloc(base + 0x5000, 1, MEM_COMMIT, PAGE_READWRITE) == base + 0x5000);
    SAY(base[0x5123]);
    SAY(VirtualFree(base, 0, MEM_DECOMMIT));
    SAY(VirtualQuery(base, &info, sizeof info) == sizeof info);
    SAY(info.State);
    SAY(info.Protect);
    SAY_IF(VirtualLock(base, 1));
    SAY(VirtualAlloc(base, 0x2000, MEM_COMMIT, PAGE_READWRITE) == base);
    SAY(VirtualLock(base + 0xFFF, 2));
    SAY(VirtualLock(base, 1));
    SAY(VirtualUnlock(base, 0x2000));
    SAY_IF(VirtualLock(base + 0x1000, 0x2000));
    SAY(VirtualFree(base, 0, MEM_RELEASE));
    SAY_IF(VirtualFree(base, 0, MEM_RELEASE));
    SAY_IF(VirtualFree(base, 0, MEM_DECOMMIT));
    SAY(VirtualAlloc(base, 1, MEM_COMMIT, PAGE_READWRITE));

    puts("-- at an address");
    next = base;
    base = (char *)VirtualAlloc(next + 0x1234, 0x100, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    SAY(base == next);
    QUERY(base);
    QUERY(base + 0x1FFF);
    SAY(VirtualFree(base, 0, MEM_RELEASE));
    base = (char *)VirtualAlloc(next + 0xFFF0, 0x20, MEM_RESERVE, PAGE_NOACCESS);
    SAY(base == next);
    QUERY(base);
    SAY(VirtualFree(base, 0, MEM_RELEASE));
    base = (char *)VirtualAlloc(NULL, 0x11000, MEM_COMMIT | MEM_TOP_DOWN, PAGE_READWRITE);
    SAY((size_t)base & 0xFFFF);
    QUERY(base);
    SAY(VirtualFree(base, 0, MEM_RELEASE));
    base = NULL;
    SAY(VirtualQuery(NULL, &info, sizeof info) == sizeof info);
    SAY(info.State);
    SAY(info.Protect);
    SAY(info.Type);
    SAY(VirtualQuery(&info, &info, sizeof info) == sizeof info);
    SAY(info.State);
    SAY(info.Protect);
}

static void heaps(void) {
    HANDLE heap = HeapCreate(0, 0, 0), other;
    char *block, *grown, *small;
    int i, zero = 0;
    puts("-- heaps");
    SAY(heap != NULL);
    block = (char *)HeapAlloc(heap, HEAP_ZERO_MEMORY, 100);
    SAY(block != NULL);
    SAY((size_t)block & 15);
    SAY(HeapSize(heap, 0, block));
    SAY(HeapValidate(heap, 0, block));
    SAY(HeapValidate(heap, 0, NULL));
    SAY(HeapValidate(heap, 0, block + 16));
    SAY(HeapFree(heap, 0, block + 16));
    SAY(HeapSize(heap, 0, block + 16) == (SIZE_T)-1);
    SAY(HeapFree(heap, 0, NULL));
    SAY(HeapAlloc(heap, 0, (SIZE_T)-1));
    SAY(HeapAlloc(heap, 0, (SIZE_T)-1 / 4));
    SAY(HeapReAlloc(heap, 0, block, (SIZE_T)-1));
    SAY(HeapSize(heap, 0, block));
    SAY_IF(HeapReAlloc(heap, 0, NULL, 10));
    memset(block, 5, 100);
    grown = (char *)HeapReAlloc(heap, HEAP_ZERO_MEMORY, block, 5000);
    SAY(HeapSize(heap, 0, grown));
    for (i = 100; i < 5000; i++) zero += grown[i] != 0;
    SAY(zero);
    SAY(grown[99]);
    SAY(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, grown, 50) == grown);
    SAY(HeapSize(heap, 0, grown));
    SAY(HeapReAlloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, grown, 500000000));
    SAY(HeapSize(heap, 0, grown));
    SAY(HeapFree(heap, 0, grown));
    small = (char *)HeapAlloc(heap, 0, 0);
    SAY(small != NULL);
    SAY(HeapSize(heap, 0, small));
    SAY(HeapFree(heap, HEAP_NO_SERIALIZE, small));
    SAY(HeapCreate(0, (SIZE_T)-1, 0));
    small = (char *)HeapAlloc(GetProcessHeap(), 0, 8);
    SAY(HeapFree(heap, 0, small));
    SAY(HeapFree(GetProcessHeap(), 0, small));

    puts("-- a heap with a maximum");
    other = HeapCreate(HEAP_NO_SERIALIZE, 0, 0x10000);
    SAY(HeapAlloc(other, 0, 0x10000));
    block = (char *)HeapAlloc(other, 0, 0x8000);
    SAY(block != NULL);
    SAY(HeapAlloc(other, 0, 0x8000));
    SAY(HeapFree(other, 0, block));
    SAY(HeapAlloc(other, 0, 0x8000) != NULL);
    SAY(HeapDestroy(other));
    other = HeapCreate(0, 0, 0x1000000);
    SAY(HeapAlloc(other, 0, 0x100000));
    SAY(HeapAlloc(other, 0, 0x70000) != NULL);
    SAY(HeapDestroy(other));
    SAY(HeapDestroy(heap));
    SAY_IF(HeapDestroy(GetProcessHeap()));
}

static void global_memory(void) {
    HGLOBAL fixed, movable;
    char *block;
    int i;
    puts("-- fixed global memory");
    fixed = GlobalAlloc(GMEM_FIXED | GMEM_ZEROINIT, 100);
    SAY((size_t)fixed & 15);
    SAY(((char *)fixed)[99]);
    SAY(GlobalSize(fixed));
    SAY(GlobalFlags(fixed));
    SAY(GlobalLock(fixed) == fixed);
    SAY(GlobalUnlock(fixed));
    SAY(GlobalHandle(fixed) == fixed);
    ((char *)fixed)[99] = 3;
    fixed = GlobalReAlloc(fixed, 20000, GMEM_MOVEABLE | GMEM_ZEROINIT);
    SAY(GlobalSize(fixed));
    SAY(((char *)fixed)[99]);
    SAY(((char *)fixed)[19999]);
    SAY(GlobalReAlloc(fixed, 50, 0) == fixed);
    SAY(GlobalSize(fixed));
    SAY(GlobalReAlloc(fixed, 100000000, 0));
    SAY(GlobalSize(fixed));
    SAY(GlobalFree(fixed));
    SAY(GlobalFree(NULL));
    SAY(GlobalAlloc(GMEM_FIXED, (SIZE_T)-1));
    SAY(GlobalAlloc(GMEM_MOVEABLE, (SIZE_T)-1));

    puts("-- movable global memory");
    movable = GlobalAlloc(GMEM_MOVEABLE, 100);
    SAY(movable != NULL);
    SAY(((size_t)movable & 15) != 0);
    SAY(GlobalSize(movable));
    SAY(GlobalFlags(movable));
    block = (char *)GlobalLock(movable);
    SAY(block != NULL && block != (char *)movable);
    SAY((size_t)block & 15);
    SAY(GlobalFlags(movable));
    SAY(GlobalLock(movable) == block);
    SAY(GlobalFlags(movable));
    SAY(GlobalHandle(block) == movable);
    SAY(GlobalUnlock(movable));
    SAY(GlobalUnlock(movable));
    SAY(GlobalUnlock(movable));
    SAY(GlobalHandle(block) == movable);
    block[0] = 9;
    SAY(GlobalReAlloc(movable, 5000, GMEM_MOVEABLE) == movable);
    SAY(GlobalSize(movable));
    SAY(*(char *)GlobalLock(movable));
    SAY(GlobalReAlloc(movable, 70000, GMEM_MOVEABLE | GMEM_ZEROINIT) == movable);
    SAY(GlobalSize(movable));
    SAY(GlobalFlags(movable));
    SAY_IF(GlobalReAlloc(movable, 0, GMEM_MOVEABLE));
    SAY(GlobalUnlock(movable));
    SAY(GlobalReAlloc(movable, 0, GMEM_MOVEABLE) == movable);
    SAY(GlobalFlags(movable));
    SAY(GlobalSize(movable));
    SAY(GlobalLock(movable));
    SAY(GlobalUnlock(movable));
    SAY(GlobalReAlloc(movable, 0, 0));
    SAY(GlobalReAlloc(movable, 20, GMEM_MOVEABLE | GMEM_ZEROINIT) == movable);
    SAY(((char *)GlobalLock(movable))[19]);
    SAY(GlobalFree(movable));
    SAY(GlobalFlags(movable));
    SAY(GlobalSize(movable));
    SAY(GlobalLock(movable));
    SAY(GlobalUnlock(movable));
    SAY(GlobalFree(movable) == movable);
    SAY(GlobalReAlloc(movable, 10, 0));

    movable = GlobalAlloc(GMEM_MOVEABLE | GMEM_DISCARDABLE, 10);
    SAY(GlobalFlags(movable));
    SAY(GlobalDiscard(movable) == movable);
    SAY(GlobalFlags(movable));
    SAY(GlobalFree(movable));
    movable = GlobalAlloc(GMEM_MOVEABLE | GMEM_DDESHARE, 10);
    SAY(GlobalFlags(movable));
    SAY(GlobalReAlloc(movable, 0, GMEM_MODIFY | GMEM_DISCARDABLE) == movable);
    SAY(GlobalFlags(movable));
    SAY(GlobalSize(movable));
    SAY(GlobalFree(movable));
    movable = GlobalAlloc(GMEM_MOVEABLE, 0);
    SAY(GlobalFlags(movable));
    SAY(GlobalSize(movable));
    SAY(GlobalLock(movable));
    SAY(GlobalFree(movable));
    movable = GlobalAlloc(GHND, 10);
    for (i = 0; i < 300; i++) GlobalLock(movable);
    SAY(GlobalFlags(movable));
    for (i = 0; i < 253; i++) GlobalUnlock(movable);
    SAY(GlobalFlags(movable));
    SAY(GlobalUnlock(movable));
    SAY(GlobalUnlock(movable));
    SAY(GlobalUnlock(movable));
    SAY(GlobalFree(movable));
    SAY(GlobalSize(NULL));
    SAY(GlobalUnlock(NULL));
    SAY(GlobalFlags(NULL));
    SAY(GlobalReAlloc(NULL, 10, GMEM_MOVEABLE));
    SAY(GlobalHandle(NULL));
}

static void local_memory(void) {
    HLOCAL local;
    char *block;
    puts("-- local memory");
    local = LocalAlloc(LPTR, 10);
    SAY(LocalSize(local));
    SAY(LocalFlags(local));
    SAY(LocalLock(local) == local);
    SAY(LocalUnlock(local));
    SAY(LocalHandle(local) == local);
    SAY(LocalFree(local));
    local = LocalAlloc(LHND, 10);
    block = (char *)LocalLock(local);
    SAY(block[9]);
    SAY(LocalFlags(local));
    SAY(LocalHandle(block) == local);
    SAY(LocalUnlock(local));
    SAY(LocalUnlock(local));
    SAY(LocalReAlloc(local, 20, LMEM_MOVEABLE) == local);
    SAY(LocalSize(local));
    SAY(LocalFree(local));
    SAY(LocalFree(NULL));
    local = LocalAlloc(LMEM_MOVEABLE | LMEM_DISCARDABLE, 10);
    SAY(LocalFlags(local));
    SAY(LocalDiscard(local) == local);
    SAY(LocalFlags(local));
    SAY(LocalFree(local));
}

static void the_rest(void) {
    MEMORYSTATUSEX status;
    MEMORYSTATUS old;
    char bytes[8], more[8];
    puts("-- the machine");
    memset(&status, 0, sizeof status);
    status.dwLength = sizeof status;
    SAY(GlobalMemoryStatusEx(&status));
    SAY(sizeof status);
    SAY(status.dwMemoryLoad <= 100);
    SAY(status.ullTotalPhys > 0 && status.ullAvailPhys <= status.ullTotalPhys);
    SAY(status.ullAvailPageFile <= status.ullTotalPageFile && status.ullAvailVirtual <= status.ullTotalVirtual);
    SAY(status.ullTotalVirtual > 0x10000000);
    SAY(status.ullAvailExtendedVirtual);
    status.dwLength = 3;
    SAY(GlobalMemoryStatusEx(&status));
    GlobalMemoryStatus(&old);
    SAY(old.dwLength == sizeof old);
    SAY(old.dwTotalPhys > 0 && old.dwAvailPhys <= old.dwTotalPhys);
    puts("-- bytes");
    FillMemory(bytes, 8, 0x41);
    SAY(bytes[0] + bytes[7]);
    ZeroMemory(more, 8);
    CopyMemory(more, bytes, 4);
    SAY(more[3] + more[4]);
    bytes[0] = 1;
    MoveMemory(bytes + 1, bytes, 7);
    SAY(bytes[1]);
    SAY(bytes[2]);
    SetLastError(12345);
    printf("last error %lu\n", (unsigned long)GetLastError());
}

int main(void) {
    pages();
    heaps();
    global_memory();
    local_memory();
    the_rest();
    return 0;
}
