// Allocators of C in C++ and the other way round; and every allocator of arenite.hpp in the library's own suite of checks.
#include <arenite.hpp>

#include "check.h"
#include <vector>

namespace {

using arenite::usize;

void values_of_c_are_allocators() {
    arenite::heap heap;
    arenite_allocator *of_heap = arenite_allocator_of_heap(heap.handle());
    arenite::value limited(arenite_allocator_limited(of_heap, 10000));
    CHECK(arenite_allocator_destroy(of_heap)); // the layer keeps what it is made of
    void *block = limited.alloc(6000);
    CHECK(block != nullptr && heap.owns(block));
    CHECK(limited.alloc(6000) == nullptr && arenite_last_error() == ARENITE_ERROR_LIMIT);
    CHECK(limited.alloc(8, 0) == nullptr && limited.alloc(0) == nullptr);
    CHECK(limited.free(block, 6000) && limited.free(nullptr, 0));
    {
        std::vector<int, arenite::std_allocator<int>> numbers(limited);
        numbers.assign(500, 1);
        CHECK(heap.owns(numbers.data()));
    }
    arenite::value tracked(arenite_allocator_tracked(limited.handle()));
    block = tracked.alloc(100);
    CHECK(tracked.knows_its_own() && tracked.owns(block) && tracked.get_stats().total_used >= 100);
    CHECK(!tracked.free(block, 99) && tracked.free(block, 100) && !tracked.free(block, 100));
    arenite::value moved(std::move(tracked));
    CHECK(!tracked && moved && moved.alloc(1) != nullptr);
    CHECK_REFUSED(tracked.alloc(1), ARENITE_ERROR_NULL, "");
    CHECK(!tracked.knows_its_own() && !tracked.owns(block) && tracked.get_stats().total_used == 0);
    tracked = std::move(moved);
    CHECK(tracked.alloc(1) != nullptr);
    arenite::value none(nullptr);
    CHECK(!none && none.alloc(1) == nullptr && !none.resize(block, 1, 2));
}

void c_allocates_from_allocators_of_cpp() {
    arenite::arena arena;
    arenite_allocator *value = arenite::as_value(arena, ARENITE_PROMISES_OWNS, "level");
    CHECK(value != nullptr);
    arenite_scope scope = arenite_allocator_begin(value);
    void *block = arenite_alloc(100, 16);
    CHECK(arena.owns(block) && arena.get_stats().total_used >= 100);
    CHECK(arenite_free(block) && arenite_scope_end(scope));
    CHECK(arenite_allocator_destroy(value));
}

// Fresh allocators for the suite, of one kind.
struct watched_heap {
    arenite::heap heap;
    arenite::debug_allocator debug{heap, 4096};
};
struct two_heaps {
    arenite::heap first, second;
    arenite::fallback both{first, second};
};
struct tracked_heap {
    arenite::heap heap;
    arenite::tracking tracking{heap};
};
struct buffered {
    std::vector<unsigned char> room = std::vector<unsigned char>(1 << 20);
    arenite::fixed_buffer buffer{room.data(), room.size()};
};
arenite::allocator &the(arenite::arena &of) { return of; }
arenite::allocator &the(arenite::heap &of) { return of; }
arenite::allocator &the(watched_heap &of) { return of.debug; }
arenite::allocator &the(two_heaps &of) { return of.both; }
arenite::allocator &the(tracked_heap &of) { return of.tracking; }
arenite::allocator &the(buffered &of) { return of.buffer; }

// The functions of the suite get the allocator itself; what it is part of is found by this list.
template <class Kind> struct made {
    static std::vector<Kind *> &all() {
        static std::vector<Kind *> list;
        return list;
    }
    static void *make(void *) {
        auto *kind = new Kind();
        all().push_back(kind);
        return &the(*kind);
    }
    static void unmake(void *, void *context) {
        for (Kind *&kind : all()) {
            if (kind != nullptr && &the(*kind) == context) {
                delete kind;
                kind = nullptr;
            }
        }
    }
};

void report(const arenite_check *check, void *name) {
    if (check->result == ARENITE_FAILED) {
        std::printf("%s: %s: %s (seed %u)\n", static_cast<const char *>(name), check->name, check->why, check->seed);
    }
}

template <class Kind> void passes(const char *name, unsigned promises) {
    const arenite_allocator_vtable table = arenite::vtable(promises, name);
    arenite_conformance_options options{};
    options.size = sizeof options;
    options.make = made<Kind>::make;
    options.unmake = made<Kind>::unmake;
    CHECK(arenite_conformance_run(&table, &options, report, const_cast<char *>(name)));
}

void every_allocator_passes_the_suite() {
    const unsigned freeing = ARENITE_PROMISES_FREE | ARENITE_PROMISES_OWNS | ARENITE_PROMISES_RESET;
    const unsigned finding = ARENITE_PROMISES_FINDS_DOUBLE_FREE | ARENITE_PROMISES_FINDS_FOREIGN_FREE;
    const unsigned bumping = ARENITE_PROMISES_OWNS | ARENITE_PROMISES_RESET | ARENITE_PROMISES_RESIZE;
    passes<arenite::arena>("arena", bumping);
    passes<arenite::heap>("heap", freeing | finding);
    passes<watched_heap>("debug_allocator", freeing | finding | ARENITE_PROMISES_FINDS_WRONG_SIZE);
    passes<two_heaps>("fallback", freeing | finding);
    passes<tracked_heap>("tracking", freeing | finding);
    passes<buffered>("fixed_buffer", bumping | ARENITE_PROMISES_BOUNDED);
}

} // namespace

int main() {
    values_of_c_are_allocators();
    c_allocates_from_allocators_of_cpp();
    every_allocator_passes_the_suite();
    return check_result();
}
