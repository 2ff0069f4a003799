// Objects in an allocator's memory.
#ifndef ARENITE_CONSTRUCT_HPP
#define ARENITE_CONSTRUCT_HPP

#include "allocator.hpp"
#include "scope.hpp"

#include <memory>
#include <type_traits>

namespace arenite {

namespace detail {

/// Memory that goes back unless it is kept: what an exception in a constructor leaves.
class unfinished {
public:
    unfinished(allocator &from, usize size, usize alignment) noexcept
        : from_(from), block_(from.alloc(size, alignment)), size_(size), alignment_(alignment) {}
    ~unfinished() {
        if (block_ != nullptr) from_.free(block_, size_, alignment_);
    }
    unfinished(const unfinished &) = delete;
    unfinished &operator=(const unfinished &) = delete;
    void *get() const noexcept { return block_; }
    void keep() noexcept { block_ = nullptr; }

private:
    allocator &from_;
    void *block_;
    usize size_;
    usize alignment_;
};

} // namespace detail

/// A T in this allocator, at T's alignment. nullptr: refused. What T's constructor throws comes through, and the memory goes
/// back.
///
/// Nobody runs T's destructor when an arena is reset or an allocator ends: it is for types that need none, for those whose
/// members live in the same memory, or followed by `destroy`. `alloc_owned` runs it.
template <class T, class... Arguments> T *construct_in(allocator &in, Arguments &&...arguments) {
    detail::unfinished memory(in, sizeof(T), alignof(T));
    if (memory.get() == nullptr) return nullptr;
    T *object;
    if constexpr (std::is_constructible_v<T, Arguments...>) {
        object = ::new (memory.get()) T(std::forward<Arguments>(arguments)...);
    } else {
        object = ::new (memory.get()) T{std::forward<Arguments>(arguments)...};
    }
    memory.keep();
    return object;
}

/// As `construct_in`, in the thread's current allocator.
template <class T, class... Arguments> T *alloc_construct(Arguments &&...arguments) {
    return construct_in<T>(*current_allocator(), std::forward<Arguments>(arguments)...);
}

/// Runs T's destructor and gives the memory to its owner, which is named: the current allocator may be another by now. false,
/// and nothing was run: the owner says that it is none of its own. nullptr is fine.
template <class T> bool destroy(allocator &owner, T *object) noexcept {
    if (object == nullptr) return true;
    if (owner.knows_its_own() && !owner.owns(object)) {
        return detail::refuse_block(ARENITE_ERROR_NOT_A_BLOCK, "arenite::destroy", object,
                                    "is no object of this allocator; name its owner");
    }
    object->~T();
    return owner.free(const_cast<std::remove_cv_t<T> *>(object), sizeof(T), alignof(T));
}

/// count of T, value-initialised: numbers are 0. nullptr: refused, or count is 0. When a constructor throws, those that are
/// done are destroyed, and the memory goes back.
template <class T> T *construct_array_in(allocator &in, usize count) {
    usize bytes = 0;
    if (!detail::array_size(count, sizeof(T), bytes)) return nullptr;
    detail::unfinished memory(in, bytes, alignof(T));
    if (memory.get() == nullptr) return nullptr;
    T *first = static_cast<T *>(memory.get());
    std::uninitialized_value_construct_n(first, count);
    memory.keep();
    return first;
}

/// As `construct_array_in`, in the thread's current allocator.
template <class T> T *alloc_array(usize count) { return construct_array_in<T>(*current_allocator(), count); }

/// Destroys the objects, last first, and gives the memory to its owner. As `destroy`.
template <class T> bool destroy_array(allocator &owner, T *first, usize count) noexcept {
    if (first == nullptr) return true;
    if (owner.knows_its_own() && !owner.owns(first)) {
        return detail::refuse_block(ARENITE_ERROR_NOT_A_BLOCK, "arenite::destroy_array", first,
                                    "is no array of this allocator; name its owner");
    }
    for (usize n = count; n > 0; n--) first[n - 1].~T();
    return owner.free(const_cast<std::remove_cv_t<T> *>(first), count * sizeof(T), alignof(T));
}

/// An object and its allocator: when this goes, the destructor runs and the memory goes back to where it came from, whatever
/// is current then. Movable, not copyable. It has to go before its allocator does, and before that is reset.
template <class T> class owned {
public:
    owned() noexcept = default;
    /// An object of `construct_in` with this owner.
    owned(allocator &owner, T *object) noexcept : object_(object), owner_(object != nullptr ? &owner : nullptr) {}
    ~owned() { reset(); }
    owned(owned &&other) noexcept : object_(detail::taken(other.object_)), owner_(detail::taken(other.owner_)) {}
    owned &operator=(owned &&other) noexcept {
        owned taken(std::move(other));
        std::swap(object_, taken.object_);
        std::swap(owner_, taken.owner_);
        return *this;
    }

    explicit operator bool() const noexcept { return object_ != nullptr; }
    T &operator*() const noexcept { return *object_; }
    T *operator->() const noexcept { return object_; }
    T *get() const noexcept { return object_; }
    allocator *owner() const noexcept { return owner_; }

    /// Destroys the object now.
    void reset() noexcept {
        allocator *owner = detail::taken(owner_);
        if (T *object = detail::taken(object_)) destroy(*owner, object);
    }
    /// Gives the object up: nobody runs its destructor then.
    T *release() noexcept {
        owner_ = nullptr;
        return detail::taken(object_);
    }

private:
    T *object_ = nullptr;
    allocator *owner_ = nullptr;
};

/// As `construct_in` and `alloc_construct`; empty when refused.
template <class T, class... Arguments> owned<T> construct_owned_in(allocator &in, Arguments &&...arguments) {
    return owned<T>(in, construct_in<T>(in, std::forward<Arguments>(arguments)...));
}
template <class T, class... Arguments> owned<T> alloc_owned(Arguments &&...arguments) {
    return construct_owned_in<T>(*current_allocator(), std::forward<Arguments>(arguments)...);
}

} // namespace arenite

#endif
