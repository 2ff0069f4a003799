/* malloc and mimalloc: everything is in memory.h. Who looks for leaks there has valgrind. */
#include "memory.h"

#if defined(MEMORY_GLIBC)
const char *const memory_name = "glibc";
#elif defined(MEMORY_MIMALLOC)
#if MI_MALLOC_VERSION >= 30000
const char *const memory_name = "mimalloc3";
#else
const char *const memory_name = "mimalloc2";
#endif
#endif

void memory_begin(void) {}

size_t memory_end(void) { return 0; }
