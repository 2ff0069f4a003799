// The current allocator of a thread.
#ifndef ARENITE_SCOPE_HPP
#define ARENITE_SCOPE_HPP

#include "allocator.hpp"
#include "system.hpp"

namespace arenite {

class allocator_scope;

namespace detail {
// A pointer that starts as null: no guard, no first-use function.
inline thread_local allocator_scope *innermost_scope = nullptr;
} // namespace detail

/// Makes an allocator the thread's current one, until its end, in an exception too.
///
///     arenite::arena level;
///     {
///         arenite::allocator_scope scope(level);
///         auto *monster = arenite::alloc_construct<struct monster>(3);     // in the level's arena
///     }
///
/// The allocator has to outlive the scope, and what is allocated in it: blocks stay the allocator's when the scope ends. A
/// scope that ends before one inside it leaves that one in force. It ends on the thread that it began on.
class allocator_scope {
public:
    explicit allocator_scope(allocator &current) noexcept : current_(&current), outer_(detail::innermost_scope) {
        detail::innermost_scope = this;
    }
    /// nullptr: the system's, inside another scope too.
    explicit allocator_scope(allocator *current) noexcept : allocator_scope(current != nullptr ? *current : system()) {}
    ~allocator_scope() {
        allocator_scope **at = &detail::innermost_scope;
        while (*at != nullptr && *at != this) at = &(*at)->outer_;
        if (*at == this) *at = outer_;
    }
    allocator_scope(const allocator_scope &) = delete;
    allocator_scope &operator=(const allocator_scope &) = delete;

    allocator &get() const noexcept { return *current_; }

private:
    allocator *current_;
    allocator_scope *outer_;
};

/// The thread's current allocator: that of the innermost scope, or the system's. Never nullptr.
inline allocator *current_allocator() noexcept {
    return detail::innermost_scope != nullptr ? &detail::innermost_scope->get() : &system();
}

} // namespace arenite

#endif
