// Heaps and pools: blocks that die one by one.
#ifndef ARENITE_HEAP_HPP
#define ARENITE_HEAP_HPP

#include "allocator.hpp"
#include "heap.h"
#include "pool.h"

namespace arenite {

/// A heap (arenite/heap.h): any size, freed one by one or all at once; any thread. A second free, and one of what is no block
/// of it, is refused. Movable, not copyable: nobody else may be inside it then.
class heap final : public allocator {
public:
    /// The usual one. Check it (`if (!heap)`) where memory may be short: it refuses all then.
    heap() noexcept : handle_(arenite_heap_create_default()) {}
    /// As the options say. Their `parent` has to outlive the heap where `reset` is called.
    explicit heap(const arenite_heap_options &options) noexcept
        : handle_(arenite_heap_create(&options)), options_(options), usual_(false) {}
    ~heap() override {
        if (handle_ != nullptr) arenite_heap_destroy(handle_);
    }
    heap(heap &&other) noexcept
        : allocator(other), handle_(detail::taken(other.handle_)), options_(other.options_), usual_(other.usual_) {}
    heap &operator=(heap &&other) noexcept {
        heap taken(std::move(other));
        std::swap(handle_, taken.handle_);
        std::swap(options_, taken.options_);
        std::swap(usual_, taken.usual_);
        return *this;
    }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        return alignment == default_alignment ? arenite_heap_alloc(handle_, size)
                                              : arenite_heap_alloc_aligned(handle_, size, alignment);
    }

    /// Sizes are not looked at.
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        (void)size, (void)alignment;
        return arenite_heap_free(handle_, block);
    }

    /// Within what the block's size class has room for.
    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        (void)old_size, (void)alignment;
        if (new_size != 0 && new_size <= arenite_heap_usable_size(handle_, block)) return true;
        return detail::refuse_resize("arenite::heap::resize", block);
    }

    bool owns(const void *address) const noexcept override { return arenite_heap_owns(handle_, address); }
    bool knows_its_own() const noexcept override { return true; }

    /// All blocks die: the heap is destroyed and made anew, with its options. Without memory for that it stays as it is.
    void reset() noexcept override {
        arenite_heap *fresh = usual_ ? arenite_heap_create_default() : arenite_heap_create(&options_);
        if (fresh == nullptr) return;
        arenite_heap_destroy(handle_);
        handle_ = fresh;
    }

    /// total_used in usable bytes: requests are rounded up to their size class. O(memory held).
    stats get_stats() const noexcept override {
        arenite_heap_stats figures{};
        if (!arenite_heap_get_stats(handle_, &figures)) return {};
        return {figures.held, figures.live_bytes, figures.segments + figures.large, figures.large};
    }

    /// For functions of arenite/heap.h, and arenas on this heap.
    arenite_heap *handle() const noexcept { return handle_; }

private:
    arenite_heap *handle_;
    arenite_heap_options options_{};
    bool usual_ = true;
};

/// Blocks of one size (arenite/pool.h): each request up to it gets one. Every free is checked. Of one thread. Movable, not
/// copyable.
class pool final : public allocator {
public:
    /// A pool that grows by chunks. `alignment` 0: the largest power of two up to 64 that divides the size, and 8 at least; a
    /// request for more is refused, so one for less than 16 has to say so.
    explicit pool(usize block_size, usize alignment = 0) noexcept {
        arenite_pool_options options{};
        options.size = sizeof options;
        options.block_size = block_size;
        options.align = alignment;
        options.chunked = true;
        open(options);
    }
    explicit pool(const arenite_pool_options &options) noexcept { open(options); }
    ~pool() override {
        if (handle_ != nullptr) arenite_pool_destroy(handle_);
    }
    pool(pool &&other) noexcept
        : allocator(other), handle_(detail::taken(other.handle_)), size_(detail::taken(other.size_)),
          alignment_(detail::taken(other.alignment_)) {}
    pool &operator=(pool &&other) noexcept {
        pool taken(std::move(other));
        std::swap(handle_, taken.handle_);
        std::swap(size_, taken.size_);
        std::swap(alignment_, taken.alignment_);
        return *this;
    }
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        if (!detail::is_request(size, alignment, "arenite::pool::alloc")) return nullptr;
        if (handle_ != nullptr && size > size_) {
            return detail::refuse(ARENITE_ERROR_TOO_LARGE, "arenite::pool::alloc", "its blocks are smaller than that");
        }
        if (handle_ != nullptr && alignment > alignment_) {
            return detail::refuse(ARENITE_ERROR_BAD_ALIGNMENT, "arenite::pool::alloc",
                                  "its blocks do not lie so; say the alignment when it is made");
        }
        return arenite_pool_alloc(handle_);
    }

    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        (void)size, (void)alignment;
        return arenite_pool_free(handle_, block);
    }

    /// Within the size of a block.
    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        (void)old_size, (void)alignment;
        if (new_size != 0 && new_size <= size_ && arenite_pool_is_live(handle_, block)) return true;
        return detail::refuse_resize("arenite::pool::resize", block);
    }

    bool owns(const void *address) const noexcept override { return arenite_pool_owns(handle_, address); }
    bool knows_its_own() const noexcept override { return true; }
    void reset() noexcept override { arenite_pool_clear(handle_); }

    /// total_used in whole blocks. O(blocks).
    stats get_stats() const noexcept override {
        arenite_pool_stats figures{};
        if (!arenite_pool_get_stats(handle_, &figures)) return {};
        return {figures.allocated, figures.live * figures.block_size, figures.capacity, 0};
    }

    arenite_pool *handle() const noexcept { return handle_; }

private:
    void open(const arenite_pool_options &options) noexcept {
        handle_ = arenite_pool_create(&options);
        if (handle_ == nullptr) return;
        size_ = options.block_size;
        alignment_ = options.align;
        if (alignment_ == 0) {
            for (alignment_ = 64; alignment_ > 8 && size_ % alignment_ != 0;) alignment_ /= 2;
        }
    }

    arenite_pool *handle_ = nullptr;
    usize size_ = 0;
    usize alignment_ = 0;
};

} // namespace arenite

#endif
