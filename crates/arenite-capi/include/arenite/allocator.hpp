// The interface that all allocators of arenite.hpp have, and how they refuse.
#ifndef ARENITE_ALLOCATOR_HPP
#define ARENITE_ALLOCATOR_HPP

#if __cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L)
#error "arenite.hpp needs C++17: -std=c++17, or take arenite.h, which older C++ can read"
#endif

#include "base.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define ARENITE_EXCEPTIONS 1
#else
#include <cstdlib>
#endif

#if defined(__GNUC__)
#define ARENITE_COLD __attribute__((__noinline__, __cold__))
#define ARENITE_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#else
#define ARENITE_COLD
#define ARENITE_UNLIKELY(condition) (condition)
#endif

/// Everything of Arenite for C++: see arenite.hpp.
namespace arenite {

/// Sizes, in bytes where nothing else is said.
using usize = std::size_t;

/// What an alignment is that nobody asked for: 16 on 64-bit systems.
inline constexpr usize default_alignment = alignof(std::max_align_t);

/// What an allocator holds and what of it is in use, in bytes. What one does not know is 0.
struct arena_stats {
    usize total_allocated = 0;  ///< taken from the system, or from the allocator below
    usize total_used = 0;       ///< asked for by those who have it now: 100 asked are 100
    usize chunk_count = 0;      ///< pieces that total_allocated consists of
    usize large_alloc_count = 0; ///< of these, the ones with a single large request
};

/// The same by the name that the interface has for it.
using stats = arena_stats;

/// An allocator. Derive from it for one of your own: `alloc` is all it has to have.
///
/// None of these functions throws: a refusal is nullptr or false, with arenite_last_error() (arenite/base.h) set and nothing
/// changed. Whoever throws are those above: containers, by arenite::bad_alloc. Sizes are never negative, alignments powers of
/// two; 0 bytes are refused. An allocator is its thread's, unless it says otherwise, and has to outlive what was allocated
/// from it.
class allocator {
public:
    virtual ~allocator() = default;

    /// size bytes at a multiple of alignment, uninitialised. nullptr: refused.
    virtual void *alloc(usize size, usize alignment = default_alignment) noexcept = 0;

    /// Everything dies at once; the memory is kept for what comes. An allocator that cannot do that does nothing.
    virtual void reset() noexcept {}

    /// What is held and used now.
    virtual stats get_stats() const noexcept { return {}; }

    /// Takes a block back, with the size and alignment that it was asked for with; nullptr is fine. false: the allocator has
    /// found that it is no live block of its own. An arena keeps the memory until it is reset, and returns true.
    virtual bool free(void *block, usize size, usize alignment = default_alignment) noexcept {
        (void)block, (void)size, (void)alignment;
        return true;
    }

    /// Another size where the block is. false: not possible there, and nothing has changed.
    virtual bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept;

    /// Whether an address lies in memory of this allocator. false also where it cannot tell, see `knows_its_own`.
    virtual bool owns(const void *address) const noexcept {
        (void)address;
        return false;
    }

    /// Whether `owns` is exact.
    virtual bool knows_its_own() const noexcept { return false; }

    /// As `free`, by callers that are sure of the block - containers - and need no answer: an arena does not look whose it is.
    virtual void release(void *block, usize size, usize alignment = default_alignment) noexcept {
        (void)free(block, size, alignment);
    }

protected:
    allocator() = default;
    allocator(const allocator &) = default;
    allocator &operator=(const allocator &) = default;
};

/// What containers throw when their allocator refuses: what() is arenite_last_error_text() of then, cut at 255 bytes.
class bad_alloc : public std::bad_alloc {
public:
    bad_alloc() noexcept : code_(arenite_last_error()) {
        std::strncpy(text_, arenite_last_error_text(), sizeof text_ - 1);
        text_[sizeof text_ - 1] = 0;
    }
    const char *what() const noexcept override { return text_[0] != 0 ? text_ : "arenite::bad_alloc"; }
    arenite_error code() const noexcept { return code_; }

private:
    arenite_error code_;
    char text_[256];
};

namespace detail {

constexpr bool is_power_of_two(usize number) noexcept { return number != 0 && (number & (number - 1)) == 0; }

/// Sets the last error; nullptr and false, for callers to return.
ARENITE_COLD inline std::nullptr_t refuse(arenite_error error, const char *who, const char *why) noexcept {
    char text[256];
    std::snprintf(text, sizeof text, "%s: %s", who, why);
    arenite_set_error(error, text);
    return nullptr;
}

ARENITE_COLD inline bool refuse_block(arenite_error error, const char *who, const void *block, const char *why) noexcept {
    char text[256];
    std::snprintf(text, sizeof text, "%s: %p %s", who, block, why);
    arenite_set_error(error, text);
    return false;
}

/// Whether a request makes sense; else the error is set.
inline bool is_request(usize size, usize alignment, const char *who) noexcept {
    if (size == 0) {
        refuse(ARENITE_ERROR_ZERO_SIZE, who, "0 bytes were asked for; ask for 1 at least");
        return false;
    }
    if (!is_power_of_two(alignment)) {
        refuse(ARENITE_ERROR_BAD_ALIGNMENT, who, "the alignment is no power of two");
        return false;
    }
    if (size > static_cast<usize>(PTRDIFF_MAX) - alignment) {
        refuse(ARENITE_ERROR_OVERFLOW, who, "no memory has so many bytes");
        return false;
    }
    return true;
}

inline bool refuse_resize(const char *who, const void *block) noexcept {
    return refuse_block(ARENITE_ERROR_NOT_LAST, who, block, "cannot have that size where it is; allocate another");
}

[[noreturn]] inline void throw_bad_alloc() {
#if defined(ARENITE_EXCEPTIONS)
    throw bad_alloc();
#else
    std::fprintf(stderr, "%s\n", arenite_last_error_text());
    std::abort();
#endif
}

/// count objects of size bytes; false, with the error set: no memory has so many.
inline bool array_size(usize count, usize size, usize &bytes) noexcept {
    if (size != 0 && count > static_cast<usize>(PTRDIFF_MAX) / size) {
        refuse(ARENITE_ERROR_OVERFLOW, "arenite", "no memory has so many objects");
        return false;
    }
    bytes = count * size;
    return true;
}

/// What a class that is moved leaves behind is nothing.
template <class T> T taken(T &from) noexcept { return std::exchange(from, T{}); }

} // namespace detail

inline bool allocator::resize(void *block, usize, usize, usize) noexcept {
    return detail::refuse_resize("arenite::allocator::resize", block);
}

} // namespace arenite

#endif
