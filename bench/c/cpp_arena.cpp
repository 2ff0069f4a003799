// Row 19: `cpp_arena WHO OPERATIONS` allocates 64 bytes so often through `arenite::allocator &`, from an arena that is reset
// every 200. `empty` runs the loop without the call.
#include <arenite.hpp>
#include <cstdlib>

static void *volatile kept;

// The compiler is not to know which allocator it is.
#if defined(__clang__)
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noipa))
#endif

APART static void run(arenite::allocator &from, unsigned long operations) {
    for (unsigned long n = 0; n < operations; n += 200) {
        for (unsigned long i = 0; i < 200; i++) kept = from.alloc(64, 16);
        from.reset();
    }
}

APART static void run_empty(arenite::allocator &from, unsigned long operations) {
    for (unsigned long n = 0; n < operations; n += 200) {
        for (unsigned long i = 0; i < 200; i++) {
            kept = &from;
            // One turn of the loop at a time, as with the call.
            __asm__ volatile("" : : : "memory");
        }
        from.reset();
    }
}

int main(int count, char **words) {
    if (count != 3) return 2;
    arenite_arena_options options = {};
    options.size = sizeof options;
    options.initial_chunk = 64 * 1024;
    arenite::arena arena(options);
    const unsigned long operations = std::strtoul(words[2], nullptr, 10);
    if (words[1][0] == 'e') {
        run_empty(arena, operations);
    } else {
        run(arena, operations);
    }
    return !arena;
}
