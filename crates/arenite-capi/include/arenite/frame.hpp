// A frame of a game's memory system.
#ifndef ARENITE_FRAME_HPP
#define ARENITE_FRAME_HPP

#include "allocator.hpp"
#include "memory_system.h"

namespace arenite {

/// A frame, from its beginning to its end, and an allocator of what dies when the next begins.
///
///     while (running) {
///         arenite::frame frame(memory);
///         if (!frame) report(arenite_last_error_text());
///         auto *positions = arenite::construct_array_in<vector3>(frame, count);
///     }                                        // positions stay until the next frame begins
///
/// Beginning clears the frame area. It is refused while a frame is open, and everything in the refused one is.
class frame final : public allocator {
public:
    explicit frame(arenite_memory *of) noexcept {
        arenite_areas areas{};
        if (!arenite_memory_get_areas(of, &areas)) return;
        number_ = arenite_memory_begin_frame(of);
        if (number_ == 0) return;
        of_ = of;
        area_ = areas.frame_arena;
    }
    ~frame() override {
        if (of_ != nullptr) arenite_memory_end_frame(of_);
    }
    frame(const frame &) = delete;
    frame &operator=(const frame &) = delete;

    explicit operator bool() const noexcept { return of_ != nullptr; }

    /// Frames so far, this included; 0: refused.
    std::uint64_t number() const noexcept { return number_; }

    /// At multiples of 16 at least. nullptr when the area is full.
    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        return arenite_zone_push_array(area_, 1, size, alignment, ARENITE_TAG_NONE);
    }

    /// Frees nothing; false when it does not lie in the frame area.
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        (void)size, (void)alignment;
        if (block == nullptr || owns(block)) return true;
        return detail::refuse_block(ARENITE_ERROR_NOT_A_BLOCK, "arenite::frame::free", block,
                                    "does not lie in the frame area; give it to its owner");
    }
    void release(void *, usize, usize = default_alignment) noexcept override {}
    bool owns(const void *address) const noexcept override { return arenite_zone_owns(area_, address); }
    bool knows_its_own() const noexcept override { return true; }

    /// total_used with what alignment takes.
    stats get_stats() const noexcept override {
        const usize used = arenite_zone_used(area_);
        return {used, used, used != 0 ? usize{1} : 0, 0};
    }

private:
    arenite_memory *of_ = nullptr;
    arenite_zone *area_ = nullptr;
    std::uint64_t number_ = 0;
};

} // namespace arenite

#endif
