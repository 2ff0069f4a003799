// The program's heap as an allocator.
#ifndef ARENITE_SYSTEM_HPP
#define ARENITE_SYSTEM_HPP

#include "allocator.hpp"

namespace arenite {

/// `operator new` and `operator delete` of the program. Any thread. Checks no frees and knows none of its blocks.
class system_allocator final : public allocator {
public:
    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        if (!detail::is_request(size, alignment, "arenite::system_allocator::alloc")) return nullptr;
        void *block = alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                          ? ::operator new(size, std::align_val_t(alignment), std::nothrow)
                          : ::operator new(size, std::nothrow);
        if (block == nullptr) {
            detail::refuse(ARENITE_ERROR_OUT_OF_MEMORY, "arenite::system_allocator::alloc", "the heap has no more");
        }
        return block;
    }

    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        (void)size;
        if (alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
            ::operator delete(block, std::align_val_t(alignment));
        } else {
            ::operator delete(block);
        }
        return true;
    }
};

/// The one that there is. Never destroyed.
inline allocator &system() noexcept {
    static union keep {
        system_allocator here;
        keep() noexcept : here() {}
        ~keep() {}
    } kept;
    return kept.here;
}

} // namespace arenite

#endif
