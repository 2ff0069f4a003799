// Heaps, pools, buffers, layers and the debug allocator of arenite.hpp, misuse included.
#include <arenite.hpp>

#include "check.h"
#include <thread>
#include <vector>

namespace {

using arenite::usize;

// What every allocator owes, by the interface alone.
void keeps_the_promises(arenite::allocator &of, usize most, usize alignments) {
    CHECK_REFUSED(of.alloc(0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK(of.alloc(8, 3) == nullptr && of.alloc(SIZE_MAX, 8) == nullptr && of.alloc(SIZE_MAX - 15, 8) == nullptr);
    CHECK(of.free(nullptr, 0, 1));
    struct block {
        unsigned char *at;
        usize size, alignment;
    };
    std::vector<block> blocks;
    for (usize alignment = 1; alignment <= alignments; alignment *= 2) {
        for (usize size = 1; size <= most; size = size * 3 + 1) {
            auto *at = static_cast<unsigned char *>(of.alloc(size, alignment));
            CHECK(at != nullptr && reinterpret_cast<std::uintptr_t>(at) % alignment == 0);
            if (at == nullptr) continue;
            std::memset(at, static_cast<int>(blocks.size()), size);
            blocks.push_back({at, size, alignment});
            if (of.knows_its_own()) CHECK(of.owns(at) && of.owns(at + size - 1));
        }
    }
    int here = 0;
    if (of.knows_its_own()) CHECK(!of.owns(&here) && !of.owns(nullptr));
    for (usize n = 0; n < blocks.size(); n++) {
        for (usize i = 0; i < blocks[n].size; i++) {
            if (blocks[n].at[i] != static_cast<unsigned char>(n)) CHECK(!"a block was overwritten");
        }
        // In place or not at all: nothing moves, nothing is lost.
        if (of.resize(blocks[n].at, blocks[n].size, 1, blocks[n].alignment)) blocks[n].size = 1;
        CHECK(blocks[n].at[0] == static_cast<unsigned char>(n));
    }
    for (usize n = blocks.size(); n-- > 0;) CHECK(of.free(blocks[n].at, blocks[n].size, blocks[n].alignment));
}

void every_allocator_keeps_the_promises() {
    arenite::arena arena;
    keeps_the_promises(arena, 20000, 4096);
    arenite::heap heap;
    keeps_the_promises(heap, 200000, 4096);
    arenite::pool pool(256);
    keeps_the_promises(pool, 256, 64);
    static unsigned char room[200000];
    arenite::fixed_buffer buffer(room);
    keeps_the_promises(buffer, 2000, 256);
    keeps_the_promises(arenite::system(), 20000, 4096);
    arenite::debug_allocator debug(heap);
    keeps_the_promises(debug, 20000, 256);
    CHECK(debug.faults() == 0 && debug.live() == 0);
    arenite::heap below;
    arenite::fallback fallback(heap, below);
    keeps_the_promises(fallback, 20000, 256);
    arenite::failing failing(heap, SIZE_MAX);
    keeps_the_promises(failing, 20000, 256);
    arenite::tracking tracking(heap);
    keeps_the_promises(tracking, 20000, 256);
    CHECK(tracking.get_counts().live == 0 && tracking.get_counts().live_bytes == 0);
    arenite_memory *memory = arenite_memory_create(nullptr, 0, nullptr);
    {
        arenite::frame frame(memory);
        keeps_the_promises(frame, 20000, 4096);
    }
    arenite_memory_destroy(memory);
}

void heaps_find_wrong_frees_and_move() {
    arenite::heap heap;
    char *block = static_cast<char *>(heap.alloc(100));
    // Watched, as it is below a tool by itself, a block has what was asked for and no more.
    bool grown = heap.resize(block, 100, 101);
    CHECK(grown || check_below_a_tool());
    CHECK(heap.resize(block, grown ? 101 : 100, 60) && !heap.resize(block, 60, 100000) && !heap.resize(block, 60, 0));
    CHECK(heap.get_stats().total_used >= 100 && heap.get_stats().total_allocated >= heap.get_stats().total_used);
    CHECK(heap.free(block, 100));
    CHECK_REFUSED(heap.free(block, 100), ARENITE_ERROR_DOUBLE_FREE, "");
    int foreign = 0;
    CHECK_REFUSED(heap.free(&foreign, 4), ARENITE_ERROR_NOT_A_BLOCK, "");
    block = static_cast<char *>(heap.alloc(100));
    CHECK_REFUSED(heap.free(block + 16, 100), ARENITE_ERROR_NOT_A_BLOCK, "");
    arenite::heap to(std::move(heap));
    CHECK(!heap && to.owns(block));
    CHECK_REFUSED(heap.alloc(1), ARENITE_ERROR_NULL, "NULL");
    heap = std::move(to);
    std::thread([&] { CHECK(heap.free(block, 100)); }).join();
    CHECK(heap.alloc(500) != nullptr);
    heap.reset();
    CHECK(heap && heap.get_stats().total_used == 0 && heap.alloc(5) != nullptr);
    arenite_heap_options options{};
    options.size = sizeof options;
    options.limit = 256 << 10;
    arenite::heap limited(options);
    while (limited.alloc(5000) != nullptr) {
    }
    CHECK(arenite_last_error() == ARENITE_ERROR_LIMIT);
    limited.reset();
    CHECK(limited.alloc(5000) != nullptr && limited.alloc(1 << 20) == nullptr);
}

void pools_check_every_free() {
    arenite::pool pool(48);
    void *block = pool.alloc(48, 16);
    CHECK(block != nullptr && pool.get_stats().total_used == 48);
    CHECK_REFUSED(pool.alloc(49, 8), ARENITE_ERROR_TOO_LARGE, "smaller");
    CHECK_REFUSED(pool.alloc(48, 32), ARENITE_ERROR_BAD_ALIGNMENT, "say the alignment");
    CHECK(pool.resize(block, 48, 20) && !pool.resize(block, 20, 64));
    CHECK(pool.free(block, 20, 16));
    CHECK_REFUSED(pool.free(block, 20, 16), ARENITE_ERROR_DOUBLE_FREE, "");
    int foreign = 0;
    CHECK_REFUSED(pool.free(&foreign, 4), ARENITE_ERROR_NOT_A_BLOCK, "");
    CHECK(pool.alloc(1, 1) == block || check_below_a_tool());
    arenite::pool to(std::move(pool));
    CHECK(!pool && to && to.alloc(48, 8) != nullptr);
    CHECK_REFUSED(pool.alloc(1, 1), ARENITE_ERROR_NULL, "NULL");
    to.reset();
    CHECK(to.get_stats().total_used == 0);
    arenite::pool wide(100, 64);
    void *aligned = wide.alloc(100, 64);
    CHECK(aligned != nullptr && reinterpret_cast<std::uintptr_t>(aligned) % 64 == 0);
    arenite::pool none(0);
    CHECK(!none && none.alloc(1) == nullptr);
}

void a_fixed_buffer_is_full_when_it_is_full() {
    alignas(16) unsigned char room[256];
    arenite::fixed_buffer buffer(room);
    void *one = buffer.alloc(100), *two = buffer.alloc(100);
    CHECK(one == room && two == room + 112 && buffer.get_stats().total_used == 200);
    CHECK_REFUSED(buffer.alloc(100), ARENITE_ERROR_FULL, "no room");
    CHECK(buffer.alloc(44, 1) != nullptr);
    CHECK_REFUSED(buffer.alloc(1, 1), ARENITE_ERROR_FULL, "no room");
    CHECK(buffer.free(room + 212, 44, 1) && buffer.resize(two, 100, 144) && !buffer.resize(two, 144, 145));
    CHECK(!buffer.resize(one, 100, 101) && buffer.resize(one, 100, 50));
    CHECK_REFUSED(buffer.free(&buffer, 8), ARENITE_ERROR_NOT_A_BLOCK, "owner");
    buffer.reset();
    CHECK(buffer.get_stats().total_used == 0 && buffer.alloc(256) == room);
    arenite::fixed_buffer none(nullptr, 100);
    CHECK_REFUSED(none.alloc(1, 1), ARENITE_ERROR_FULL, "no room");
}

void a_fallback_frees_with_the_owner() {
    unsigned char room[128];
    arenite::fixed_buffer buffer(room);
    arenite::heap heap;
    arenite::fallback both(buffer, heap);
    void *near = both.alloc(64, 8), *far = both.alloc(1000);
    CHECK(buffer.owns(near) && heap.owns(far) && both.owns(near) && both.owns(far));
    CHECK(both.free(far, 1000) && !heap.owns(far) && both.free(near, 64, 8));
    CHECK_REFUSED(both.free(far, 1000), ARENITE_ERROR_DOUBLE_FREE, "");
    CHECK(both.get_stats().total_used == 0);
    arenite::fallback blind(arenite::system(), heap);
    CHECK_REFUSED(blind.alloc(1), ARENITE_ERROR_BAD_ARGUMENT, "does not know");
}

void failing_refuses_when_it_was_told_to() {
    arenite::heap heap;
    arenite::failing after(heap, 2);
    CHECK(after.alloc(1) != nullptr && after.alloc(1) != nullptr);
    CHECK_REFUSED(after.alloc(1), ARENITE_ERROR_OUT_OF_MEMORY, "on purpose");
    CHECK(after.alloc(1) == nullptr && after.requests() == 4 && after.refused() == 2);
    arenite::failing once(heap, 1, arenite::failing::once);
    CHECK(once.alloc(1) != nullptr && once.alloc(1) == nullptr && once.alloc(1) != nullptr && once.refused() == 1);
}

void tracking_counts_what_was_asked_for() {
    arenite::heap heap;
    arenite::tracking of(heap);
    void *one = of.alloc(100), *two = of.alloc(50);
    CHECK(of.resize(two, 50, 40));
    CHECK(of.alloc(0) == nullptr && of.free(one, 100) && !of.free(one, 100));
    const arenite::tracking::counts &counts = of.get_counts();
    CHECK(counts.requests == 2 && counts.refused == 1 && counts.frees == 1 && counts.live == 1);
    CHECK(counts.live_bytes == 40 && counts.peak_bytes == 150 && of.get_stats().total_used == 40);
    of.reset();
    CHECK(counts.live == 0 && counts.live_bytes == 0);
}

void a_double_free_is_found_even_after_reuse() {
    arenite::heap heap;
    // In quarantine: others get other memory.
    arenite::debug_allocator holding(heap);
    void *block = holding.alloc(64);
    CHECK(holding.free(block, 64));
    for (int n = 0; n < 1000; n++) CHECK(holding.alloc(64) != block);
    CHECK_REFUSED(holding.free(block, 64), ARENITE_ERROR_DOUBLE_FREE, "freed before");
    CHECK(holding.faults() == 1 && holding.live() == 1000);
    // Without a quarantine: the memory below is used again at once, at another address.
    arenite::heap reused;
    arenite::debug_allocator passing(reused, 0);
    void *old = passing.alloc(64);
    CHECK(passing.free(old, 64));
    const usize held = passing.get_stats().total_allocated;
    void *young = passing.alloc(64);
    CHECK(held == 0 && young != old);
    CHECK_REFUSED(passing.free(old, 64), ARENITE_ERROR_DOUBLE_FREE, "freed before");
    CHECK(passing.live() == 1 && passing.free(young, 64) && passing.faults() == 1);
}

void the_debug_allocator_finds_what_is_written_where_it_should_not_be() {
    arenite::heap heap;
    arenite::debug_allocator debug(heap, 4096);
    char *block = static_cast<char *>(debug.alloc(40));
    CHECK(static_cast<unsigned char>(block[0]) == arenite::debug_allocator::fresh);
    CHECK_REFUSED(debug.free(block, 41), ARENITE_ERROR_WRONG_SIZE, "another size");
    CHECK_REFUSED(debug.free(block, 40, 8), ARENITE_ERROR_WRONG_SIZE, "another alignment");
    CHECK_REFUSED(debug.free(block + 8, 32), ARENITE_ERROR_NOT_A_BLOCK, "no block");
    CHECK(debug.faults() == 3 && debug.check() == 0);
    block[40] = 1;
    CHECK(debug.check() == 1 && debug.check() == 0);
    block[-1] = 1;
    CHECK(debug.free(block, 40) && debug.faults() == 5);
    CHECK(std::strstr(arenite_last_error_text(), "in front of") != nullptr);
    CHECK(static_cast<unsigned char>(block[39]) == arenite::debug_allocator::dead);
    block[3] = 0;
    CHECK(debug.check() == 1 && std::strstr(arenite_last_error_text(), "after its free") != nullptr);
    block[3] = 0;
    // The quarantine passes it on, and looks at it then.
    for (int n = 0; n < 100; n++) CHECK(debug.free(debug.alloc(100), 100));
    CHECK(debug.faults() == 7);
    CHECK(debug.alloc(10) != nullptr && debug.live() == 1);
    debug.reset();
    CHECK(debug.live() == 0 && debug.get_stats().total_used == 0);
}

void layers_give_back_what_they_took_when_memory_is_short() {
    arenite::heap heap;
    for (usize n = 0; n < 40; n++) {
        arenite::tracking seen(heap);
        arenite::failing short_of(seen, n);
        {
            arenite::debug_allocator debug(short_of);
            void *blocks[100] = {};
            for (void *&block : blocks) block = debug.alloc(30);
            for (void *block : blocks) CHECK(debug.free(block, 30));
            CHECK(debug.live() == 0 && debug.faults() == 0);
        }
        CHECK(seen.get_counts().live == 0);
    }
}

void frames_follow_one_another() {
    arenite_memory *memory = arenite_memory_create(nullptr, 0, nullptr);
    int *kept = nullptr;
    for (unsigned n = 1; n <= 3; n++) {
        arenite::frame frame(memory);
        CHECK(frame && frame.number() == n && frame.get_stats().total_used == 0);
        arenite::frame second(memory);
        CHECK(!second && second.number() == 0 && second.alloc(1) == nullptr);
        int *numbers = arenite::construct_array_in<int>(frame, 1000);
        CHECK(numbers != nullptr && (kept == nullptr || numbers == kept || check_below_a_tool()));
        kept = numbers;
        numbers[999] = 5;
        CHECK(!frame.free(&n, sizeof n) && frame.free(numbers, 4000, 4));
    }
    CHECK(kept[999] == 5 || check_below_a_tool());
    arenite::frame none(nullptr);
    CHECK(!none && none.alloc(1) == nullptr && !none.owns(kept));
    CHECK(arenite_memory_destroy(memory));
}

} // namespace

int main() {
    every_allocator_keeps_the_promises();
    heaps_find_wrong_frees_and_move();
    pools_check_every_free();
    a_fixed_buffer_is_full_when_it_is_full();
    a_fallback_frees_with_the_owner();
    failing_refuses_when_it_was_told_to();
    tracking_counts_what_was_asked_for();
    a_double_free_is_found_even_after_reuse();
    the_debug_allocator_finds_what_is_written_where_it_should_not_be();
    layers_give_back_what_they_took_when_memory_is_short();
    frames_follow_one_another();
    return check_result();
}
