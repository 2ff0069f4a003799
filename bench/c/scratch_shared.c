/* Row 9 in a shared library: `scratch_shared WHAT OPERATIONS` calls one of its functions. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void bench_scratch(uint64_t operations);
void bench_thread_local(uint64_t operations);
void bench_loop(uint64_t operations);

int main(int count, char **words) {
    uint64_t operations;
    if (count != 3) return 2;
    operations = strtoull(words[2], NULL, 10);
    if (strcmp(words[1], "scratch") == 0) bench_scratch(operations);
    else if (strcmp(words[1], "thread-local") == 0) bench_thread_local(operations);
    else if (strcmp(words[1], "loop") == 0) bench_loop(operations);
    else return 2;
    return 0;
}
