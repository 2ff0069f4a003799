// Row 19: `cpp_arena WHO OPERATIONS` allocates 64 bytes so often, 800 between resets, which is within one window of 64 KiB.
// WHO: arena (through arenite::allocator &), monotonic (through std::pmr::memory_resource &), empty (the loop without a call).
#include <arenite.hpp>
#include <cstdlib>
#include <memory_resource>

static void *volatile kept;

// The compiler is not to know what lies behind the reference.
#if defined(__clang__)
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noipa))
#endif

constexpr int GROUP = 800;

APART static void of_an_allocator(arenite::allocator &from) {
    for (int i = 0; i < GROUP; i++) kept = from.alloc(64, 16);
}

APART static void of_a_resource(std::pmr::memory_resource &from) {
    for (int i = 0; i < GROUP; i++) kept = from.allocate(64, 16);
}

APART static void of_nothing(void *from) {
    for (int i = 0; i < GROUP; i++) {
        kept = from;
        // One turn of the loop at a time, as with a call.
        __asm__ volatile("" : : : "memory");
    }
}

int main(int count, char **words) {
    if (count != 3) return 2;
    arenite_arena_options options = {};
    options.size = sizeof options;
    options.initial_chunk = 64 * 1024;
    arenite::arena arena(options);
    static char room[GROUP * 64 + 64];
    std::pmr::monotonic_buffer_resource monotonic(room, sizeof room);
    const unsigned long operations = std::strtoul(words[2], nullptr, 10);
    for (unsigned long n = 0; n < operations; n += GROUP) {
        switch (words[1][0]) {
        case 'a':
            of_an_allocator(arena);
            arena.reset();
            break;
        case 'm':
            of_a_resource(monotonic);
            monotonic.release();
            break;
        default:
            of_nothing(room);
        }
    }
    return kept == nullptr;
}
