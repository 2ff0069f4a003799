// arenite.hpp in a program without exceptions and type information.
#include <arenite.hpp>

#include "check.h"
#include <vector>

int main() {
    arenite::arena arena;
    arenite::allocator_scope scope(arena);
    int *number = arenite::alloc_construct<int>(7);
    CHECK(number != nullptr && *number == 7);
    std::vector<int, arenite::std_allocator<int>> numbers;
    numbers.assign(1000, 3);
    CHECK(arena.owns(numbers.data()));
#if defined(ARENITE_HAS_PMR)
    arenite::resource memory(arena), same(arena);
    std::pmr::vector<int> others(&memory);
    others.assign(1000, 3);
    CHECK(arena.owns(others.data()) && memory == memory);
#endif
    return check_result();
}
