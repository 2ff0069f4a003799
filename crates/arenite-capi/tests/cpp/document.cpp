// What the document of user-controlled allocation shows, as a program: its interface, its scope, its arena.
#include <arenite.hpp>

#include "check.h"

namespace document {

using arenite::stats;
using arenite::usize;

// Its interface, word by word in meaning: what derives from it also derives from ours with one line more.
struct allocator {
    virtual ~allocator() = default;
    virtual void *alloc(usize size, usize alignment) = 0;
    virtual void reset() {}
    virtual stats get_stats() const { return {}; }
};

// An allocator of a program that was written to it.
struct counting : allocator {
    void *alloc(usize size, usize alignment) override {
        count++;
        return arena.alloc(size, alignment);
    }
    void reset() override { arena.reset(); }
    stats get_stats() const override { return arena.get_stats(); }
    arenite::arena arena;
    int count = 0;
};

// And made one of ours.
template <class Theirs> class adapted final : public arenite::allocator {
public:
    void *alloc(usize size, usize alignment = arenite::default_alignment) noexcept override {
        return inner.alloc(size, alignment);
    }
    void reset() noexcept override { inner.reset(); }
    stats get_stats() const noexcept override { return inner.get_stats(); }
    Theirs inner;
};

} // namespace document

namespace {

// The least that an allocator of one's own has to say.
class least final : public arenite::allocator {
public:
    void *alloc(arenite::usize size, arenite::usize alignment = arenite::default_alignment) noexcept override {
        return room.alloc(size, alignment);
    }

private:
    unsigned char memory[512];
    arenite::fixed_buffer room{memory};
};

struct object {
    int kind;
    double value;
};

// (with-allocator my-custom-allocator (do-work)) and (with-arena (do-work)), in C++.
template <class Work> void with_allocator(arenite::allocator &of, Work &&work) {
    arenite::allocator_scope scope(&of);
    work();
}

template <class Work> void with_arena(Work &&work) {
    arenite::arena arena;
    with_allocator(arena, std::forward<Work>(work));
}

void interface() {
    document::adapted<document::counting> theirs;
    with_allocator(theirs, [&] {
        CHECK(arenite::current_allocator() == &theirs);
        for (int n = 0; n < 10; n++) CHECK(arenite::alloc_construct<object>(object{n, n * 0.5})->kind == n);
    });
    CHECK(theirs.inner.count == 10 && theirs.get_stats().total_used == 10 * sizeof(object));
    theirs.reset();
    CHECK(theirs.get_stats().total_used == 0);
    least smallest;
    CHECK(smallest.alloc(100) != nullptr && smallest.alloc(1000) == nullptr);
    CHECK(smallest.get_stats().total_used == 0 && !smallest.owns(&smallest) && smallest.free(nullptr, 0));
    CHECK(!smallest.resize(&smallest, 1, 2));
    with_arena([] { CHECK(arenite::alloc_array<char>(10000) != nullptr); });
}

// 100,000 allocations of 64 bytes, cold and warm: the warm ones take no memory.
void benchmark() {
    arenite::arena arena;
    for (int n = 0; n < 100000; n++) {
        if (arena.alloc(64) == nullptr) CHECK(!"refused");
    }
    const arenite::arena_stats cold = arena.get_stats();
    CHECK(cold.total_used == 6400000 && cold.total_allocated >= cold.total_used && cold.chunk_count > 1);
    CHECK(cold.large_alloc_count == 0);
    arena.reset();
    for (int n = 0; n < 100000; n++) {
        if (arena.alloc(64) == nullptr) CHECK(!"refused");
    }
    const arenite::arena_stats warm = arena.get_stats();
    CHECK(warm.total_used == cold.total_used && warm.total_allocated == cold.total_allocated);
    CHECK(warm.chunk_count == cold.chunk_count);
}

} // namespace

int main() {
    interface();
    benchmark();
    return check_result();
}
