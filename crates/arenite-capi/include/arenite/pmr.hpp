// Allocators for containers of the standard library.
#ifndef ARENITE_PMR_HPP
#define ARENITE_PMR_HPP

#include "allocator.hpp"
#include "scope.hpp"

#if defined(__has_include)
#if __has_include(<memory_resource>)
#include <memory_resource>
#if defined(__cpp_lib_memory_resource)
#define ARENITE_HAS_PMR 1
#endif
#endif
#endif

#include <type_traits>

namespace arenite {

#if defined(ARENITE_HAS_PMR)
/// Any allocator as a std::pmr::memory_resource, which throws arenite::bad_alloc. The allocator has to outlive it.
///
///     arenite::arena request;
///     arenite::resource memory(request);
///     std::pmr::vector<std::pmr::string> words(&memory);
///
/// Which allocator it is can be said, too: `arenite::resource_of memory(request);` is one for arenas alone, which saves the
/// second virtual call.
template <class Allocator> class resource_of final : public std::pmr::memory_resource {
public:
    explicit resource_of(Allocator &of) noexcept : of_(&of) {}
    Allocator &get() const noexcept { return *of_; }

private:
    void *do_allocate(std::size_t bytes, std::size_t alignment) override {
        // The standard lets containers ask for 0 bytes; what comes has to be an address.
        void *block = of_->alloc(bytes + (bytes == 0), alignment);
        if (ARENITE_UNLIKELY(block == nullptr)) detail::throw_bad_alloc();
        return block;
    }
    void do_deallocate(void *block, std::size_t bytes, std::size_t alignment) override {
        of_->release(block, bytes + (bytes == 0), alignment);
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override {
        if (this == &other) return true;
#if defined(__GXX_RTTI) || defined(__cpp_rtti) || defined(_CPPRTTI)
        const auto *of = dynamic_cast<const resource_of *>(&other);
        return of != nullptr && of->of_ == of_;
#else
        return false;
#endif
    }

    Allocator *of_;
};

/// Of any allocator.
using resource = resource_of<allocator>;
#endif

/// Any allocator as the allocator of a container: `std::vector<int, arenite::std_allocator<int>> numbers(arena);`
///
/// Containers keep theirs when they are copied to, and take the other's along when they are moved or swapped: nothing is
/// moved element by element. Made without an allocator it is the thread's current one of that moment.
template <class T> class std_allocator {
public:
    using value_type = T;
    using propagate_on_container_copy_assignment = std::false_type;
    using propagate_on_container_move_assignment = std::true_type;
    using propagate_on_container_swap = std::true_type;
    using is_always_equal = std::false_type;

    std_allocator() noexcept : of_(current_allocator()) {}
    std_allocator(allocator &of) noexcept : of_(&of) {}
    template <class U> std_allocator(const std_allocator<U> &other) noexcept : of_(&other.get()) {}

    T *allocate(std::size_t count) {
        usize bytes = 0;
        if (!detail::array_size(count, sizeof(T), bytes)) detail::throw_bad_alloc();
        void *block = of_->alloc(bytes + (bytes == 0), alignof(T));
        if (ARENITE_UNLIKELY(block == nullptr)) detail::throw_bad_alloc();
        return static_cast<T *>(block);
    }
    void deallocate(T *block, std::size_t count) noexcept {
        of_->release(const_cast<std::remove_cv_t<T> *>(block), count * sizeof(T) + (count == 0), alignof(T));
    }

    allocator &get() const noexcept { return *of_; }

private:
    allocator *of_;
};

template <class T, class U> bool operator==(const std_allocator<T> &a, const std_allocator<U> &b) noexcept {
    return &a.get() == &b.get();
}
template <class T, class U> bool operator!=(const std_allocator<T> &a, const std_allocator<U> &b) noexcept {
    return !(a == b);
}

} // namespace arenite

#endif
