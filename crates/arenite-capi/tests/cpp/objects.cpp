// Scopes, objects and containers of arenite.hpp.
#include <arenite.hpp>

#include "check.h"
#include <list>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using arenite::usize;

int alive = 0;

struct counted {
    explicit counted(int n) : number(n) {
        if (n < 0) throw std::runtime_error("negative");
        alive++;
    }
    counted() : counted(next--) {}
    counted(const counted &) = delete;
    ~counted() { alive--; }
    int number;
    static int next;
};
int counted::next = 0;

struct alignas(128) wide {
    int number;
    char text[300];
};

void scopes_set_and_restore_the_current_allocator() {
    CHECK(arenite::current_allocator() == &arenite::system());
    arenite::arena level;
    arenite::heap heap;
    {
        arenite::allocator_scope outer(level);
        CHECK(arenite::current_allocator() == &level && &outer.get() == &level);
        try {
            arenite::allocator_scope inner(heap);
            CHECK(arenite::current_allocator() == &heap);
            throw 1;
        } catch (int) {
            CHECK(arenite::current_allocator() == &level);
        }
        arenite::allocator_scope none(nullptr);
        CHECK(arenite::current_allocator() == &arenite::system());
        std::thread([] { CHECK(arenite::current_allocator() == &arenite::system()); }).join();
    }
    CHECK(arenite::current_allocator() == &arenite::system());
    // Out of order: the inner one stays in force, and nothing dangles.
    auto *outer = new arenite::allocator_scope(level);
    auto *inner = new arenite::allocator_scope(heap);
    delete outer;
    CHECK(arenite::current_allocator() == &heap);
    delete inner;
    CHECK(arenite::current_allocator() == &arenite::system());
}

void objects_lie_where_their_type_wants() {
    arenite::arena level;
    arenite::allocator_scope scope(level);
    for (int n = 0; n < 200; n++) {
        CHECK(arenite::alloc_construct<char>('x') != nullptr);
        wide *object = arenite::alloc_construct<wide>();
        CHECK(reinterpret_cast<std::uintptr_t>(object) % 128 == 0 && object->number == 0 && object->text[299] == 0);
    }
    CHECK(level.get_stats().total_used == 200 * (1 + sizeof(wide)));
    struct point {
        int x, y;
    };
    point *aggregate = arenite::alloc_construct<point>(3, 4);
    CHECK(aggregate->x == 3 && aggregate->y == 4);
    int *numbers = arenite::alloc_array<int>(1000);
    CHECK(numbers != nullptr && numbers[0] == 0 && numbers[999] == 0);
    CHECK_REFUSED(arenite::alloc_array<int>(0), ARENITE_ERROR_ZERO_SIZE, "0 bytes");
    CHECK_REFUSED(arenite::alloc_array<int>(SIZE_MAX / 2), ARENITE_ERROR_OVERFLOW, "no memory");
    CHECK_REFUSED(arenite::alloc_array<int>(SIZE_MAX / 4 + 2), ARENITE_ERROR_OVERFLOW, "no memory");
}

void a_constructor_that_throws_gives_the_memory_back() {
    arenite::heap heap;
    arenite::tracking seen(heap);
    arenite::allocator_scope scope(seen);
    bool thrown = false;
    try {
        (void)arenite::alloc_construct<counted>(-1);
    } catch (const std::runtime_error &) {
        thrown = true;
    }
    CHECK(thrown && seen.get_counts().live == 0 && seen.get_counts().frees == 1 && alive == 0);
    counted::next = 5; // 5, 4, 3, 2, 1, 0 and then no more
    thrown = false;
    try {
        (void)arenite::alloc_array<counted>(10);
    } catch (const std::runtime_error &) {
        thrown = true;
    }
    CHECK(thrown && seen.get_counts().live == 0 && alive == 0);
    counted::next = 100;
    counted *some = arenite::alloc_array<counted>(10);
    CHECK(alive == 10 && some[9].number == 91);
    CHECK(arenite::destroy_array(seen, some, 10) && alive == 0 && seen.get_counts().live == 0);
    arenite::failing none(heap, 0);
    CHECK(arenite::construct_in<counted>(none, 1) == nullptr && alive == 0);
    CHECK(arenite::construct_array_in<counted>(none, 3) == nullptr && alive == 0);
    CHECK(!arenite::construct_owned_in<counted>(none, 1));
}

void freeing_asks_the_owner_whatever_is_current() {
    arenite::heap owner, other;
    arenite::owned<counted> object;
    counted *plain = nullptr;
    {
        arenite::allocator_scope scope(owner);
        object = arenite::alloc_owned<counted>(7);
        plain = arenite::alloc_construct<counted>(8);
    }
    arenite::allocator_scope scope(other);
    CHECK(alive == 2 && object->number == 7 && (*object).number == 7 && object.owner() == &owner);
    // Named wrongly it is refused, and its destructor does not run.
    CHECK_REFUSED(arenite::destroy(other, plain), ARENITE_ERROR_NOT_A_BLOCK, "owner");
    CHECK_REFUSED(arenite::destroy_array(other, plain, 1), ARENITE_ERROR_NOT_A_BLOCK, "owner");
    CHECK(alive == 2 && arenite::destroy(owner, plain) && alive == 1);
    const usize before = other.get_stats().total_used;
    arenite::owned<counted> moved(std::move(object));
    CHECK(!object && moved);
    object = std::move(moved);
    object.reset();
    CHECK(alive == 0 && !object && owner.get_stats().total_used == 0 && other.get_stats().total_used == before);
    object.reset();
    CHECK(arenite::destroy(owner, static_cast<counted *>(nullptr)));
    object = arenite::construct_owned_in<counted>(owner, 9);
    counted *released = object.release();
    CHECK(!object && alive == 1 && arenite::destroy(owner, released) && alive == 0);
}

template <class T> using vector = std::vector<T, arenite::std_allocator<T>>;

void standard_containers_carry_their_allocator() {
    arenite::heap heap, other;
    {
        vector<int> numbers(heap);
        for (int n = 0; n < 10000; n++) numbers.push_back(n);
        CHECK(heap.owns(numbers.data()));
        vector<int> copy(other);
        copy = numbers;
        CHECK(other.owns(copy.data()) && copy == numbers);
        vector<int> moved(other);
        const int *data = numbers.data();
        moved = std::move(numbers);
        CHECK(moved.data() == data && moved.get_allocator() == arenite::std_allocator<char>(heap));
        swap(moved, copy);
        CHECK(other.owns(moved.data()) && heap.owns(copy.data()));
        std::map<int, int, std::less<int>, arenite::std_allocator<std::pair<const int, int>>> tree(heap);
        std::list<wide, arenite::std_allocator<wide>> list(heap);
        for (int n = 0; n < 100; n++) tree[n] = n, list.push_back({});
        CHECK(heap.owns(&tree[50]) && reinterpret_cast<std::uintptr_t>(&list.back()) % 128 == 0);
        arenite::std_allocator<int> a(heap), b(other);
        CHECK(a != b && a == arenite::std_allocator<int>(heap));
        static_assert(!arenite::std_allocator<int>::is_always_equal::value);
        arenite::allocator_scope scope(other);
        vector<int> current;
        current.push_back(1);
        CHECK(other.owns(current.data()));
    }
    CHECK(heap.get_stats().total_used == 0 && other.get_stats().total_used == 0);
}

void containers_throw_what_says_why() {
    unsigned char room[64];
    arenite::fixed_buffer buffer(room);
    try {
        vector<int> numbers(buffer);
        numbers.resize(1000);
        CHECK(!"no exception");
    } catch (const arenite::bad_alloc &error) {
        CHECK(error.code() == ARENITE_ERROR_FULL && std::strstr(error.what(), "no room") != nullptr);
    }
    try {
        (void)arenite::std_allocator<wide>(buffer).allocate(SIZE_MAX / 8);
        CHECK(!"no exception");
    } catch (const std::bad_alloc &error) {
        CHECK(std::strstr(error.what(), "no memory") != nullptr);
    }
#if defined(ARENITE_HAS_PMR)
    arenite::resource memory(buffer);
    try {
        std::pmr::vector<int> numbers(&memory);
        numbers.resize(1000);
        CHECK(!"no exception");
    } catch (const std::bad_alloc &error) {
        CHECK(std::strstr(error.what(), "fixed_buffer") != nullptr);
    }
#endif
}

#if defined(ARENITE_HAS_PMR)
void resources_serve_pmr_containers() {
    arenite::heap heap;
    arenite::tracking seen(heap);
    arenite::resource memory(seen), same(seen), other(heap);
    CHECK(memory == same && memory != other && memory != *std::pmr::new_delete_resource() && &memory.get() == &seen);
    {
        std::pmr::vector<std::pmr::string> words(&memory);
        for (int n = 0; n < 1000; n++) words.emplace_back(40, static_cast<char>('a' + n % 26));
        CHECK(heap.owns(words.data()) && heap.owns(words[999].data()) && words[999] == std::string(40, 'l').c_str());
        std::pmr::map<std::pmr::string, int> tree(&memory);
        for (const std::pmr::string &word : words) tree[word]++;
        CHECK(tree.size() == 26);
    }
    CHECK(seen.get_counts().live == 0 && seen.get_counts().live_bytes == 0);
    void *nothing = memory.allocate(0, 8);
    CHECK(nothing != nullptr);
    memory.deallocate(nothing, 0, 8);
    CHECK(seen.get_counts().live == 0);
    arenite::arena arena;
    arenite::resource in_arena(arena);
    for (int cycle = 0; cycle < 3; cycle++) {
        {
            std::pmr::vector<std::pmr::string> words(&in_arena);
            for (int n = 0; n < 1000; n++) words.emplace_back(40, 'x');
        }
        arena.reset();
    }
    CHECK(arena.get_stats().total_used == 0);
    arenite::resource_of of_arenas(arena), again(arena);
    static_assert(std::is_same_v<decltype(of_arenas), arenite::resource_of<arenite::arena>>);
    CHECK(of_arenas == again && !(of_arenas == memory) && &of_arenas.get() == &arena);
    {
        std::pmr::vector<std::pmr::string> words(&of_arenas);
        for (int n = 0; n < 1000; n++) words.emplace_back(40, 'x');
        CHECK(arena.owns(words.data()) && arena.owns(words[999].data()));
    }
    void *aligned = in_arena.allocate(64, 512);
    CHECK(reinterpret_cast<std::uintptr_t>(aligned) % 512 == 0);
}
#endif

} // namespace

int main() {
    scopes_set_and_restore_the_current_allocator();
    objects_lie_where_their_type_wants();
    a_constructor_that_throws_gives_the_memory_back();
    freeing_asks_the_owner_whatever_is_current();
    standard_containers_carry_their_allocator();
    containers_throw_what_says_why();
#if defined(ARENITE_HAS_PMR)
    resources_serve_pmr_containers();
#endif
    return check_result();
}
