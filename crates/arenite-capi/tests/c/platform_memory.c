/* Platform memory, whatever is passed to it. */
#include "check.h"

#include "compat/memory_wrapper.h"

static void figures_are_exact_and_sizes_are_known(void) {
    size_t bytes = Platform_Mem_GetAllocated(), blocks = Platform_Mem_GetCount();
    char *block = (char *)Platform_Alloc(100, MEM_CLEAR);
    char *moved;
    int i;
    CHECK(block != NULL && (size_t)block % 16 == 0);
    for (i = 0; i < 100; i++) CHECK(block[i] == 0);
    CHECK(arenite_platform_size(block) == 100);
    CHECK(Platform_Mem_GetAllocated() == bytes + 100 && Platform_Mem_GetCount() == blocks + 1);
    CHECK(Platform_Mem_GetPeak() >= bytes + 100);
    memcpy(block, "contents", 9);
    CHECK_REFUSED(Platform_Realloc(block, 100, (size_t)-1), ARENITE_ERROR_OVERFLOW, "arenite_platform_realloc");
    /* 32 bits have no size that is possible and certain not to be there. */
    if (sizeof(size_t) > 4) {
        CHECK_REFUSED(Platform_Realloc(block, 100, (size_t)-1 / 4), ARENITE_ERROR_OUT_OF_MEMORY, "memory");
    }
    CHECK(Platform_Mem_GetAllocated() == bytes + 100 && strcmp(block, "contents") == 0);
    moved = (char *)Platform_Realloc(block, 0, 100000);
    CHECK(moved != NULL && strcmp(moved, "contents") == 0);
    CHECK(Platform_Mem_GetAllocated() == bytes + 100000 && Platform_Mem_GetCount() == blocks + 1);
    CHECK(Platform_Realloc(moved, 0, 0) == NULL);
    CHECK(Platform_Mem_GetAllocated() == bytes && Platform_Mem_GetCount() == blocks);
    block = (char *)Platform_Realloc(NULL, 0, 10);
    CHECK(block != NULL);
    Platform_Free(block, 10);
    CHECK(Platform_Mem_GetAllocated() == bytes && Platform_Mem_GetCount() == blocks);
}

static void bad_requests_have_an_answer(void) {
    int local = 0;
    char *block = (char *)Alloc(64, MEM_NORMAL | MEM_LOCK | MEM_TEMP);
    size_t count = Platform_Mem_GetCount();
    CHECK_REFUSED(Platform_Alloc(0, MEM_NORMAL), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(Platform_Alloc((size_t)-1 / 2 + 1, MEM_NORMAL), ARENITE_ERROR_OVERFLOW, "PTRDIFF_MAX");
    CHECK_REFUSED(Platform_Alloc(10, 8), ARENITE_ERROR_BAD_ARGUMENT, "0x8 is no flag");
    CHECK_REFUSED(arenite_platform_free(&local, 0), ARENITE_ERROR_NOT_A_BLOCK, "never handed");
    CHECK_REFUSED(arenite_platform_free(block + 16, 0), ARENITE_ERROR_NOT_A_BLOCK, "inside a block");
    CHECK_REFUSED(Platform_Realloc(&local, 0, 10), ARENITE_ERROR_NOT_A_BLOCK, "never handed");
    CHECK_REFUSED(arenite_platform_size(&local), ARENITE_ERROR_NOT_A_BLOCK, "no block");
    CHECK(arenite_platform_free(NULL, 10));
    CHECK(Platform_Mem_GetCount() == count);
    Free(block);
    CHECK_REFUSED(arenite_platform_free(block, 0), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK(Platform_Mem_GetCount() == count - 1);
}

static void the_list_of_leaks_names_this_file(void) {
    char text[1000], expected[1000], cut[10];
    void *one, *two;
    unsigned int line;
    CHECK(arenite_platform_leaks(text, sizeof text) == strlen(text));
    CHECK(strcmp(text, "platform memory: nothing is live\n") == 0);
    one = Alloc(24, MEM_TEMP); line = __LINE__;
    two = Platform_Realloc(NULL, 0, 100);
    CHECK(arenite_platform_leaks(text, sizeof text) == strlen(text));
#if defined(ARENITE_CPP) || defined(ARENITE_C99)
    sprintf(expected, "platform memory: 2 blocks, 124 bytes still live\n  %s:%u: 1 block, 100 bytes\n"
                      "  %s:%u: 1 block, 24 bytes, temporary\n", __FILE__, line + 1, __FILE__, line);
#else
    sprintf(expected, "platform memory: 2 blocks, 124 bytes still live\n  an unknown place: 1 block, 100 bytes\n"
                      "  an unknown place: 1 block, 24 bytes, temporary\n");
    (void)line;
#endif
    CHECK(strcmp(text, expected) == 0);
    CHECK(arenite_platform_leaks(cut, sizeof cut) == strlen(text) && strcmp(cut, "platform ") == 0);
    CHECK(arenite_platform_leaks(NULL, 0) == strlen(text));
    Platform_Mem_DumpLeaks();
    Free(one);
    Free(two);
    one = (arenite_platform_alloc)(5, 0); /* the function: nobody says where */
    CHECK(arenite_platform_leaks(text, sizeof text) > 0 && strstr(text, "an unknown place: 1 block, 5 bytes") != NULL);
    Free(one);
}

static void the_machine_tells_true_figures(void) {
    CHECK(Platform_Ram_Total() == Platform_Total_Ram_Free());
    CHECK(Platform_Ram_Free() > 0);
    /* Each is at most what a size_t can hold. */
    CHECK(Platform_Ram_Free() < Platform_Ram_Total() || Platform_Ram_Free() == (size_t)-1);
    /* The plan's constants. */
    CHECK(Platform_Ram_Free() != 256u * 1024 * 1024 && Platform_Ram_Total() != 512u * 1024 * 1024);
}

static void bytes_are_copied_set_and_compared(void) {
    char bytes[9] = "abcdefgh";
    Platform_MemCopy(bytes + 2, bytes, 6);
    CHECK(memcmp(bytes, "ababcdef", 8) == 0);
    Platform_MemMove(bytes, bytes + 2, 6);
    CHECK(memcmp(bytes, "abcdefef", 8) == 0);
    Platform_MemCopy(NULL, bytes, 8);
    Platform_MemCopy(bytes, NULL, 8);
    Platform_MemSet(NULL, 1, 8);
    Platform_ZeroMemory(NULL, 8);
    CHECK(memcmp(bytes, "abcdefef", 8) == 0);
    Platform_MemSet(bytes, 0x1FF, 1);
    CHECK((unsigned char)bytes[0] == 0xFF);
    CHECK(Platform_MemCmp(bytes, "a", 1) > 0 && Platform_MemCmp("a", bytes, 1) < 0);
    CHECK(Platform_MemCmp(bytes, bytes, 8) == 0);
    CHECK(Platform_MemCmp(NULL, bytes, 8) < 0 && Platform_MemCmp(bytes, NULL, 8) > 0);
    CHECK(Platform_MemCmp(NULL, NULL, 8) == 0 && Platform_MemCmp(NULL, bytes, 0) == 0);
    Platform_ZeroMemory(bytes, 8);
    CHECK(bytes[0] == 0 && bytes[7] == 0);
}

/* On Windows the calls are Windows' own, which know nothing of us. */
#if !defined(_WIN32)
static void windows_errors_are_told_in_both_ways(void) {
    DWORD old;
    HANDLE heap = HeapCreate(0, 0, 0);
    CHECK_REFUSED(VirtualAlloc(NULL, 0, MEM_RESERVE, PAGE_READWRITE), ARENITE_ERROR_BAD_ARGUMENT,
                  "VirtualAlloc: ERROR_INVALID_PARAMETER (87)");
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER);
    CHECK_REFUSED(VirtualFree(&old, 0, MEM_RELEASE), ARENITE_ERROR_NOT_A_BLOCK, "VirtualFree: ERROR_INVALID_ADDRESS");
    CHECK(GetLastError() == ERROR_INVALID_ADDRESS);
    CHECK_REFUSED(VirtualProtect(&old, 1, PAGE_READONLY, NULL), ARENITE_ERROR_NOT_A_BLOCK, "ERROR_NOACCESS");
    CHECK_REFUSED(VirtualLock(&old, 1), ARENITE_ERROR_NOT_A_BLOCK, "ERROR_NOACCESS");
    CHECK_REFUSED(VirtualUnlock(&old, 1), ARENITE_ERROR_OUT_OF_ORDER, "ERROR_NOT_LOCKED");
    CHECK(HeapDestroy(heap));
    CHECK_REFUSED(HeapAlloc(heap, 0, 10), ARENITE_ERROR_FOREIGN, "HeapAlloc: ERROR_INVALID_HANDLE");
    CHECK_REFUSED(HeapDestroy(heap), ARENITE_ERROR_FOREIGN, "HeapDestroy");
    CHECK_REFUSED(HeapFree(NULL, 0, &old), ARENITE_ERROR_FOREIGN, "HeapFree");
    CHECK_REFUSED(HeapAlloc((HANDLE)&old, 0, 10), ARENITE_ERROR_FOREIGN, "HeapAlloc");
    CHECK_REFUSED(HeapCreate(HEAP_CREATE_ENABLE_EXECUTE, 0, 0), ARENITE_ERROR_UNSUPPORTED, "ERROR_NOT_SUPPORTED");
    CHECK_REFUSED(GlobalMemoryStatusEx(NULL), ARENITE_ERROR_NOT_A_BLOCK, "ERROR_NOACCESS");
    CHECK(HeapSize(heap, 0, &old) == (SIZE_T)-1);
    CHECK(GlobalFree((HGLOBAL)&old) == (HGLOBAL)&old && GetLastError() == ERROR_INVALID_HANDLE);
    SetLastError(5);
    CHECK(GlobalFree(NULL) == NULL && GetLastError() == 5);
}
#endif

int main(void) {
    figures_are_exact_and_sizes_are_known();
    bad_requests_have_an_answer();
    the_list_of_leaks_names_this_file();
    the_machine_tells_true_figures();
    bytes_are_copied_set_and_compared();
#if !defined(_WIN32)
    windows_errors_are_told_in_both_ways();
#endif
    return check_result();
}
