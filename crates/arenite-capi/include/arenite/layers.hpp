// Allocators over an allocator.
#ifndef ARENITE_LAYERS_HPP
#define ARENITE_LAYERS_HPP

#include "allocator.hpp"

namespace arenite {

/// Asks the second where the first refuses: a buffer on the stack, then a heap. Frees go to whose the block is, so the first
/// has to know its own (`knows_its_own`): over one that does not, everything is refused.
class fallback final : public allocator {
public:
    fallback(allocator &first, allocator &second) noexcept : first_(first), second_(second) {}
    fallback(const fallback &) = delete;
    fallback &operator=(const fallback &) = delete;

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        if (!first_.knows_its_own()) {
            return detail::refuse(ARENITE_ERROR_BAD_ARGUMENT, "arenite::fallback::alloc",
                                  "the first allocator does not know its blocks; put one that does there");
        }
        void *block = first_.alloc(size, alignment);
        return block != nullptr ? block : second_.alloc(size, alignment);
    }
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        return of(block).free(block, size, alignment);
    }
    void release(void *block, usize size, usize alignment = default_alignment) noexcept override {
        of(block).release(block, size, alignment);
    }
    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        return of(block).resize(block, old_size, new_size, alignment);
    }
    bool owns(const void *address) const noexcept override { return first_.owns(address) || second_.owns(address); }
    bool knows_its_own() const noexcept override { return first_.knows_its_own() && second_.knows_its_own(); }
    void reset() noexcept override {
        first_.reset();
        second_.reset();
    }
    stats get_stats() const noexcept override {
        const stats a = first_.get_stats(), b = second_.get_stats();
        return {a.total_allocated + b.total_allocated, a.total_used + b.total_used, a.chunk_count + b.chunk_count,
                a.large_alloc_count + b.large_alloc_count};
    }

private:
    allocator &of(const void *block) const noexcept { return first_.owns(block) ? first_ : second_; }

    allocator &first_;
    allocator &second_;
};

/// Refuses on purpose, for tests: the requests after so many, or that one alone.
///
///     for (usize n = 0; !done; n++) {
///         arenite::failing short_of_memory(heap, n);
///         done = try_the_work(short_of_memory);        // must give everything back whenever it fails
///     }
class failing final : public allocator {
public:
    enum mode { from_then_on, once };

    failing(allocator &inner, usize served, mode how = from_then_on) noexcept : inner_(inner), served_(served), how_(how) {}
    failing(const failing &) = delete;
    failing &operator=(const failing &) = delete;

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        const usize number = requests_++;
        if (how_ == once ? number == served_ : number >= served_) {
            refused_++;
            return detail::refuse(ARENITE_ERROR_OUT_OF_MEMORY, "arenite::failing::alloc", "refused on purpose");
        }
        return inner_.alloc(size, alignment);
    }
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        return inner_.free(block, size, alignment);
    }
    void release(void *block, usize size, usize alignment = default_alignment) noexcept override {
        inner_.release(block, size, alignment);
    }
    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        return inner_.resize(block, old_size, new_size, alignment);
    }
    bool owns(const void *address) const noexcept override { return inner_.owns(address); }
    bool knows_its_own() const noexcept override { return inner_.knows_its_own(); }
    void reset() noexcept override { inner_.reset(); }
    stats get_stats() const noexcept override { return inner_.get_stats(); }

    /// Requests so far, and how many of them were refused on purpose.
    usize requests() const noexcept { return requests_; }
    usize refused() const noexcept { return refused_; }

private:
    allocator &inner_;
    usize served_;
    mode how_;
    usize requests_ = 0;
    usize refused_ = 0;
};

/// Counts: what was asked for, what lives, and the most that ever did. Sizes are those of the callers.
class tracking final : public allocator {
public:
    struct counts {
        usize requests = 0; ///< served
        usize refused = 0;
        usize frees = 0;
        usize live = 0;       ///< blocks
        usize live_bytes = 0; ///< as asked for
        usize peak_bytes = 0;
    };

    explicit tracking(allocator &inner) noexcept : inner_(inner) {}
    tracking(const tracking &) = delete;
    tracking &operator=(const tracking &) = delete;

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        void *block = inner_.alloc(size, alignment);
        if (block == nullptr) {
            counts_.refused++;
            return nullptr;
        }
        counts_.requests++;
        counts_.live++;
        add(size);
        return block;
    }
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        if (!inner_.free(block, size, alignment)) return false;
        if (block != nullptr) gone(size);
        return true;
    }
    void release(void *block, usize size, usize alignment = default_alignment) noexcept override {
        inner_.release(block, size, alignment);
        if (block != nullptr) gone(size);
    }
    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        if (!inner_.resize(block, old_size, new_size, alignment)) return false;
        counts_.live_bytes -= old_size;
        add(new_size);
        return true;
    }
    bool owns(const void *address) const noexcept override { return inner_.owns(address); }
    bool knows_its_own() const noexcept override { return inner_.knows_its_own(); }

    /// What the inner one cannot reset stays counted there, and not here.
    void reset() noexcept override {
        inner_.reset();
        counts_.live = counts_.live_bytes = 0;
    }
    stats get_stats() const noexcept override {
        stats figures = inner_.get_stats();
        figures.total_used = counts_.live_bytes;
        return figures;
    }
    const counts &get_counts() const noexcept { return counts_; }

private:
    void add(usize size) noexcept {
        counts_.live_bytes += size;
        if (counts_.live_bytes > counts_.peak_bytes) counts_.peak_bytes = counts_.live_bytes;
    }
    void gone(usize size) noexcept {
        counts_.frees++;
        counts_.live--;
        counts_.live_bytes -= size;
    }

    allocator &inner_;
    counts counts_;
};

} // namespace arenite

#endif
