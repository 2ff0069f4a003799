// Allocators of arenite/allocator.h in C++, and those of C++ there.
#ifndef ARENITE_VALUE_HPP
#define ARENITE_VALUE_HPP

#include "allocator.h"
#include "allocator.hpp"

namespace arenite {

/// An allocator value of C as an allocator: its layers (limited, tracked, watched, shared, segregated), the C heap. Owns the
/// handle. Movable, not copyable. Any thread, if the value promises that.
///
///     arenite::value small(arenite_allocator_limited(heap, 1 << 20));
class value final : public allocator {
public:
    /// Takes the handle over; nullptr, what a refused creation returns, is a value that refuses everything.
    explicit value(arenite_allocator *taken) noexcept : handle_(taken) {}
    ~value() override {
        if (handle_ != nullptr) arenite_allocator_destroy(handle_);
    }
    value(value &&other) noexcept : allocator(other), handle_(detail::taken(other.handle_)) {}
    value &operator=(value &&other) noexcept {
        value taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        // What C takes 0 for is no alignment here.
        if (!detail::is_request(size, alignment, "arenite::value::alloc")) return nullptr;
        return arenite_allocator_alloc(handle_, size, alignment);
    }
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        return block == nullptr || arenite_allocator_free(handle_, block, size, alignment);
    }
    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        if (new_size != 0 && arenite_allocator_resize(handle_, block, old_size, new_size, alignment)) return true;
        return detail::refuse_resize("arenite::value::resize", block);
    }
    bool owns(const void *address) const noexcept override { return arenite_allocator_owns(handle_, address); }
    bool knows_its_own() const noexcept override {
        return (arenite_allocator_promises(handle_) & ARENITE_PROMISES_OWNS) != 0;
    }
    void reset() noexcept override { arenite_allocator_reset(handle_); }

    /// What the value does not know is 0.
    stats get_stats() const noexcept override {
        arenite_allocator_stats figures{};
        if (!arenite_allocator_stats_get(handle_, &figures)) return {};
        const auto known = [](usize figure) { return figure == static_cast<usize>(-1) ? 0 : figure; };
        return {known(figures.held), known(figures.used), 0, 0};
    }

    arenite_allocator *handle() const noexcept { return handle_; }

private:
    arenite_allocator *handle_;
};

namespace detail {
inline allocator *of_context(void *context) noexcept { return static_cast<allocator *>(context); }
} // namespace detail

/// The functions by which C asks an allocator of C++, with `&allocator` for their context: for `arenite_allocator_create` and
/// `arenite_conformance_run`. `promises` are bits of arenite/allocator.h that the allocator keeps; ARENITE_PROMISES_OWNS only
/// if it `knows_its_own`.
inline arenite_allocator_vtable vtable(unsigned promises, const char *name = nullptr) noexcept {
    arenite_allocator_vtable table{};
    table.size = sizeof table;
    table.name = name;
    table.promises = promises;
    table.alloc = [](void *of, usize size, usize alignment) { return detail::of_context(of)->alloc(size, alignment); };
    table.free = [](void *of, void *block, usize size, usize alignment) {
        return detail::of_context(of)->free(block, size, alignment);
    };
    table.resize = [](void *of, void *block, usize old_size, usize size, usize alignment) {
        return detail::of_context(of)->resize(block, old_size, size, alignment);
    };
    table.owns = [](void *of, const void *address) { return detail::of_context(of)->owns(address); };
    table.reset = [](void *of) {
        detail::of_context(of)->reset();
        return true;
    };
    return table;
}

/// An allocator as a value of C, for `arenite_allocator_begin` and C's layers. The allocator has to outlive it. nullptr:
/// refused. Destroy it with arenite_allocator_destroy, or give it to a `value`.
inline arenite_allocator *as_value(allocator &of, unsigned promises = 0, const char *name = nullptr) noexcept {
    const arenite_allocator_vtable table = vtable(promises, name);
    return arenite_allocator_create(&table, &of);
}

} // namespace arenite

#endif
