// arenite::arena: what its documentation says, and whatever else is passed.
#include <arenite.hpp>

#include "check.h"
#include <cstdint>
#include <thread>

namespace {

bool lies_at(const void *block, arenite::usize alignment) {
    return block != nullptr && reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

void sizes_and_alignments() {
    arenite::arena arena;
    for (arenite::usize alignment = 1; alignment <= 2u << 20; alignment *= 2) {
        for (arenite::usize size : {1u, 7u, 16u, 100u, 4095u, 4096u, 4097u, 70000u}) {
            void *block = arena.alloc(size, alignment);
            CHECK(lies_at(block, alignment));
            if (block != nullptr) std::memset(block, 0x5A, size);
        }
    }
    CHECK_REFUSED(arena.alloc(0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    const arenite::arena_stats before = arena.get_stats();
    for (arenite::usize alignment : {arenite::usize{0}, arenite::usize{3}, arenite::usize{24}, arenite::usize{4u << 20},
                                     SIZE_MAX / 2 + 1, SIZE_MAX}) {
        CHECK_REFUSED(arena.alloc(8, alignment), ARENITE_ERROR_BAD_ALIGNMENT, "align");
        CHECK_REFUSED(arena.alloc(8000, alignment), ARENITE_ERROR_BAD_ALIGNMENT, "align");
    }
    CHECK_REFUSED(arena.alloc((1u << 30) + 1), ARENITE_ERROR_TOO_LARGE, "");
    CHECK_REFUSED(arena.alloc(SIZE_MAX), ARENITE_ERROR_OVERFLOW, "");
    CHECK_REFUSED(arena.alloc(SIZE_MAX - 7, 4096), ARENITE_ERROR_OVERFLOW, "");
    const arenite::arena_stats after = arena.get_stats();
    CHECK(after.total_used == before.total_used && after.chunk_count == before.chunk_count);
    CHECK(after.large_alloc_count == before.large_alloc_count);
}

void requested_bytes_are_counted_always() {
    arenite::arena arena;
    CHECK(arena.get_stats().total_used == 0);
    arenite::usize asked = 0;
    for (arenite::usize n = 1; n <= 3000; n++) {
        const arenite::usize size = n * 37 % 6000 + 1;
        CHECK(arena.alloc(size, arenite::usize{1} << n % 6) != nullptr);
        asked += size;
        if (arena.get_stats().total_used != asked) CHECK(arena.get_stats().total_used == asked);
    }
    CHECK(arena.get_stats().total_allocated >= asked);
    arena.reset();
    CHECK(arena.get_stats().total_used == 0);
    CHECK(arena.alloc(100) != nullptr && arena.get_stats().total_used == 100);
}

void large_requests_have_chunks_of_their_own() {
    arenite::arena arena;
    CHECK(arena.alloc(100) != nullptr);
    const arenite::arena_stats small = arena.get_stats();
    CHECK(small.large_alloc_count == 0);
    // As much as is small, then one byte more, though there may be room.
    CHECK(arena.alloc(arenite::arena::large, 16) != nullptr);
    CHECK(arena.get_stats().large_alloc_count == 0);
    const arenite::usize chunks = arena.get_stats().chunk_count;
    char *large = static_cast<char *>(arena.alloc(arenite::arena::large + 1));
    const arenite::arena_stats after = arena.get_stats();
    CHECK(large != nullptr && after.large_alloc_count == 1 && after.chunk_count == chunks + 1);
    // Small ones go on where they were.
    char *one = static_cast<char *>(arena.alloc(16)), *two = static_cast<char *>(arena.alloc(16));
    CHECK(two - one == 16 || check_below_a_tool());
    CHECK(arena.get_stats().chunk_count == chunks + 1 || check_below_a_tool());
    std::memset(large, 1, arenite::arena::large + 1);
    arena.reset();
    CHECK(arena.get_stats().large_alloc_count == 0 && arena.get_stats().chunk_count == after.chunk_count);
}

void the_same_work_after_a_reset_takes_no_new_memory() {
    arenite::arena arena;
    arenite::usize held = 0, chunks = 0;
    void *first = nullptr;
    for (int cycle = 0; cycle < 1000; cycle++) {
        void *block = arena.alloc(64);
        if (cycle == 0) first = block;
        CHECK(block == first || check_below_a_tool());
        for (int n = 0; n < 500; n++) {
            if (arena.alloc(n % 7 == 0 ? 5000 : 40) == nullptr) CHECK(!"refused");
        }
        const arenite::arena_stats now = arena.get_stats();
        if (cycle == 0) held = now.total_allocated, chunks = now.chunk_count;
        if (now.total_allocated != held || now.chunk_count != chunks) {
            CHECK(now.total_allocated == held && now.chunk_count == chunks);
            return;
        }
        arena.reset();
    }
    arena.clear();
    CHECK(arena.get_stats().chunk_count == 1);
}

void marks_and_scopes_end_what_came_after_them() {
    arenite::arena arena;
    CHECK(arena.alloc(100) != nullptr);
    void *first = nullptr;
    for (int n = 0; n < 100; n++) {
        arenite::temp_scope outer(arena);
        void *block = arena.alloc(200, 32);
        if (n == 0) first = block;
        CHECK(block == first || check_below_a_tool());
        {
            arenite::temp_scope inner(arena);
            CHECK(arena.alloc(100000) != nullptr && arena.alloc(50) != nullptr);
            CHECK(arena.get_stats().total_used == 100 + 200 + 100050);
            CHECK(arena.get_stats().large_alloc_count == 1);
        }
        CHECK(arena.get_stats().total_used == 300 && arena.get_stats().large_alloc_count == 0);
    }
    CHECK(arena.get_stats().total_used == 100);
    try {
        arenite::temp_scope temp(arena);
        CHECK(arena.alloc(999) != nullptr);
        throw 1;
    } catch (int) {
        CHECK(arena.get_stats().total_used == 100);
    }
    const arenite::arena_mark outer = arena.mark();
    CHECK(arena.alloc(10) != nullptr);
    const arenite::arena_mark inner = arena.mark();
    CHECK(arena.restore(outer));
    CHECK_REFUSED(arena.restore(inner), ARENITE_ERROR_OUT_OF_ORDER, "");
    CHECK(arena.restore(outer));
    arenite::arena other;
    CHECK_REFUSED(other.restore(outer), ARENITE_ERROR_FOREIGN, "");
    arena.reset();
    CHECK(arena.alloc(77) != nullptr);
    CHECK_REFUSED(arena.restore(outer), ARENITE_ERROR_STALE_MARK, "");
    CHECK_REFUSED(arena.restore(arenite::arena_mark()), ARENITE_ERROR_FOREIGN, "");
    CHECK(arena.get_stats().total_used == 77);
}

void the_last_block_is_given_back_and_grows_where_it_is() {
    if (check_below_a_tool()) return; // blocks under a grade lie apart
    arenite::arena arena;
    char *first = static_cast<char *>(arena.alloc(64)), *last = static_cast<char *>(arena.alloc(64));
    CHECK(arena.resize(last, 64, 200) && arena.get_stats().total_used == 264);
    CHECK(arena.resize(last, 200, 10) && arena.get_stats().total_used == 74);
    CHECK_REFUSED(arena.resize(first, 64, 65), ARENITE_ERROR_NOT_LAST, "allocate another");
    CHECK(arena.resize(first, 64, 8));
    CHECK_REFUSED(arena.resize(last, 10, 1 << 20), ARENITE_ERROR_NOT_LAST, "");
    CHECK_REFUSED(arena.resize(last, 10, 0), ARENITE_ERROR_NOT_LAST, "");
    CHECK(arena.free(last, 10) && arena.get_stats().total_used == 64);
    CHECK(arena.alloc(10, 1) == last);
    CHECK(arena.free(first, 64) && arena.get_stats().total_used == 74);
    CHECK(arena.free(nullptr, 0));
    char foreign[8];
    CHECK_REFUSED(arena.free(foreign, 8), ARENITE_ERROR_NOT_A_BLOCK, "owner");
    CHECK(arena.owns(first) && arena.owns(last) && !arena.owns(foreign) && !arena.owns(nullptr));
}

void handles_move_and_what_is_left_refuses() {
    arenite::arena from;
    int *number = static_cast<int *>(from.alloc(sizeof(int)));
    *number = 7;
    arenite::arena to(std::move(from));
    CHECK(*number == 7 && to.owns(number) && to.get_stats().total_used == sizeof(int) && to);
    CHECK(!from);
    CHECK_REFUSED(from.alloc(1), ARENITE_ERROR_NULL, "NULL");
    CHECK_REFUSED(from.alloc(10000), ARENITE_ERROR_NULL, "NULL");
    CHECK(from.get_stats().total_used == 0 && from.get_stats().chunk_count == 0);
    from.reset();
    from = std::move(to);
    CHECK(*number == 7 && from.owns(number) && from.alloc(1) != nullptr && !to);
    arenite::arena &itself = from;
    from = std::move(itself);
    CHECK(from && from.owns(number));
    from = arenite::arena();
    CHECK(from && from.get_stats().total_used == 0);
}

void limits_hold_and_change_nothing() {
    arenite_arena_options options{};
    options.size = sizeof options;
    options.limit = 64 << 10;
    options.name = "level";
    arenite::arena arena(options);
    arenite::usize served = 0;
    while (arena.alloc(1000) != nullptr) served++;
    CHECK(served >= 40 && arenite_last_error() == ARENITE_ERROR_LIMIT);
    CHECK(arena.get_stats().total_used == served * 1000);
    CHECK_REFUSED(arena.alloc(100000), ARENITE_ERROR_LIMIT, "level");
    CHECK(arena.get_stats().total_used == served * 1000);
    // What is left of the last chunk is there still.
    CHECK(arena.alloc(16) != nullptr);
    options.heap = reinterpret_cast<arenite_heap *>(static_cast<std::uintptr_t>(12345)); // no handle
    arenite::arena refused(options);
    CHECK(!refused && refused.alloc(1) == nullptr);
}

void a_grade_sees_each_request_and_figures_stay() {
    arenite::arena arena;
    CHECK(arena.alloc(10) != nullptr);
    CHECK(arenite_arena_set_counting(arena.handle(), true));
    for (int n = 0; n < 10; n++) CHECK(arena.alloc(24) != nullptr);
    arenite_arena_stats figures{};
    CHECK(arenite_arena_get_stats(arena.handle(), &figures));
    CHECK(figures.counting && figures.allocations == 10 && figures.requested == 240);
    CHECK(arena.get_stats().total_used == 250);
    CHECK(arenite_arena_set_counting(arena.handle(), false));
    CHECK(arena.alloc(24) != nullptr && arena.get_stats().total_used == 274);
    CHECK(arenite_arena_set_grade(arena.handle(), ARENITE_GRADE_GUARD));
    arena.reset();
    char *guarded = static_cast<char *>(arena.alloc(24));
    CHECK(guarded != nullptr && arenite_arena_check(arena.handle()) == 0);
    CHECK(arena.alloc(5000) != nullptr && arena.get_stats().large_alloc_count == 1);
    CHECK(arena.get_stats().total_used == 5024);
}

void another_thread_is_refused_where_it_needs_a_chunk() {
    arenite::arena arena;
    std::thread([&] {
        CHECK_REFUSED(arena.alloc(100), ARENITE_ERROR_WRONG_THREAD, "");
        CHECK_REFUSED(arena.alloc(10000), ARENITE_ERROR_WRONG_THREAD, "");
        arena.reset();
        CHECK(arenite_last_error() == ARENITE_ERROR_WRONG_THREAD);
    }).join();
    CHECK(arena.alloc(100) != nullptr && arena.get_stats().total_used == 100);
}

// Bytes of live blocks keep what was written, whatever is asked for between.
void blocks_are_disjoint_in_random_orders() {
    unsigned seed = 12345;
    const auto random = [&seed](unsigned below) { return (seed = seed * 1664525u + 1013904223u) / 65536u % below; };
    arenite::arena arena;
    struct block {
        unsigned char *at;
        arenite::usize size;
        unsigned char byte;
    } blocks[400];
    for (int round = 0; round < 30; round++) {
        int count = 0;
        for (int n = 0; n < 400; n++) {
            const arenite::usize size = random(8) == 0 ? random(20000) + 1 : random(300) + 1;
            auto *at = static_cast<unsigned char *>(arena.alloc(size, arenite::usize{1} << random(8)));
            if (at == nullptr) CHECK(!"refused");
            if (random(10) == 0) {
                CHECK(arena.free(at, size));
                continue;
            }
            const unsigned char byte = static_cast<unsigned char>(random(255) + 1);
            std::memset(at, byte, size);
            blocks[count++] = {at, size, byte};
            if (random(50) == 0) (void)arena.handle(); // closes the window
        }
        for (int n = 0; n < count; n++) {
            for (arenite::usize i = 0; i < blocks[n].size; i++) {
                if (blocks[n].at[i] != blocks[n].byte) {
                    CHECK(!"a block was overwritten");
                    return;
                }
            }
        }
        arena.reset();
    }
}

} // namespace

int main() {
    sizes_and_alignments();
    requested_bytes_are_counted_always();
    large_requests_have_chunks_of_their_own();
    the_same_work_after_a_reset_takes_no_new_memory();
    marks_and_scopes_end_what_came_after_them();
    the_last_block_is_given_back_and_grows_where_it_is();
    handles_move_and_what_is_left_refuses();
    limits_hold_and_change_nothing();
    a_grade_sees_each_request_and_figures_stay();
    another_thread_is_refused_where_it_needs_a_chunk();
    blocks_are_disjoint_in_random_orders();
    return check_result();
}
