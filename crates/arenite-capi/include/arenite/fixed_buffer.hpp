// An arena in memory of the caller's.
#ifndef ARENITE_FIXED_BUFFER_HPP
#define ARENITE_FIXED_BUFFER_HPP

#include "allocator.hpp"

namespace arenite {

/// Memory that is there already - on the stack, static, a page of somebody's - with a cursor in it. Takes nothing from any
/// heap, and nothing of the buffer for itself. Not copyable; the buffer has to outlive it.
///
///     std::byte room[1024];
///     arenite::fixed_buffer buffer(room);
class fixed_buffer final : public allocator {
public:
    fixed_buffer(void *memory, usize bytes) noexcept
        : start_(reinterpret_cast<std::uintptr_t>(memory)), cursor_(start_), end_(start_ + (memory ? bytes : 0)) {}
    template <class Byte, usize N>
    explicit fixed_buffer(Byte (&memory)[N]) noexcept : fixed_buffer(memory, sizeof memory) {}
    fixed_buffer(const fixed_buffer &) = delete;
    fixed_buffer &operator=(const fixed_buffer &) = delete;

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        if (!detail::is_request(size, alignment, "arenite::fixed_buffer::alloc")) return nullptr;
        const usize gap = (0 - cursor_) & (alignment - 1);
        const usize room = end_ - cursor_;
        if (gap > room || size > room - gap) {
            return detail::refuse(ARENITE_ERROR_FULL, "arenite::fixed_buffer::alloc", "the buffer has no room for that");
        }
        const std::uintptr_t block = cursor_ + gap;
        cursor_ = block + size;
        used_ += size;
        return reinterpret_cast<void *>(block);
    }

    /// As in an arena: the last block gives its memory back.
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        (void)alignment;
        if (block == nullptr) return true;
        if (!owns(block)) {
            return detail::refuse_block(ARENITE_ERROR_NOT_A_BLOCK, "arenite::fixed_buffer::free", block,
                                        "does not lie in this buffer; give it to its owner");
        }
        if (size != 0 && reinterpret_cast<std::uintptr_t>(block) + size == cursor_) {
            cursor_ -= size;
            used_ -= size;
        }
        return true;
    }

    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        (void)alignment;
        const std::uintptr_t at = reinterpret_cast<std::uintptr_t>(block);
        const bool last = old_size != 0 && owns(block) && at + old_size == cursor_;
        if (last && new_size != 0 && new_size <= end_ - at) {
            cursor_ = at + new_size;
            used_ += new_size - old_size;
            return true;
        }
        if (!last && owns(block) && new_size != 0 && new_size <= old_size) return true;
        return detail::refuse_resize("arenite::fixed_buffer::resize", block);
    }

    /// Whether the address lies in the part that was handed out.
    bool owns(const void *address) const noexcept override {
        const std::uintptr_t at = reinterpret_cast<std::uintptr_t>(address);
        return at >= start_ && at < cursor_;
    }
    bool knows_its_own() const noexcept override { return true; }

    void reset() noexcept override {
        cursor_ = start_;
        used_ = 0;
    }

    stats get_stats() const noexcept override { return {end_ - start_, used_, start_ != end_ ? usize{1} : 0, 0}; }

private:
    std::uintptr_t start_;
    std::uintptr_t cursor_;
    std::uintptr_t end_;
    usize used_ = 0;
};

} // namespace arenite

#endif
