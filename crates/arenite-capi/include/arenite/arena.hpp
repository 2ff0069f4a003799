// Arenas: memory that dies all at once.
#ifndef ARENITE_ARENA_HPP
#define ARENITE_ARENA_HPP

#include "allocator.hpp"
#include "arena.h"

namespace arenite {

class arena;

/// A place in an arena to go back to. Plain data; of no use once the arena is reset.
class arena_mark {
    friend class arena;
    arenite_mark place_{};
    usize used_ = 0;
    usize large_ = 0;
};

/// An arena that counts what was asked for: a request moves a cursor through a chunk. Requests above `large` bytes get a
/// chunk of their own. Chunks are those of arenite/arena.h: 4 KiB, doubling to 64 KiB, with its budgets, limits, retention and
/// debug grades.
///
///     arenite::arena arena;
///     auto *token = static_cast<struct token *>(arena.alloc(sizeof(struct token), alignof(struct token)));
///     ...
///     arena.reset();        // everything dies; the memory is used again, in the same order
///
/// Movable, not copyable. It belongs to the thread that made it; another one is noticed when it needs a new chunk, not
/// before, so that a request costs no more than 22 instructions. Moved from, it refuses everything until it is assigned to.
class arena final : public allocator {
public:
    /// Requests above this have a chunk of their own.
    static constexpr usize large = 4096;

    /// With the usual chunks. Check it (`if (!arena)`) where memory may be short: it refuses all then.
    arena() noexcept : handle_(arenite_arena_create_default()) {}

    /// As the options say. `counting` is not needed: `get_stats` knows what was asked for anyway.
    explicit arena(const arenite_arena_options &options) noexcept : handle_(arenite_arena_create(&options)) {}

    ~arena() override {
        if (handle_ != nullptr) arenite_arena_destroy(handle_);
    }

    arena(arena &&other) noexcept
        : allocator(other), window_(detail::taken(other.window_)), requested_(detail::taken(other.requested_)),
          handle_(detail::taken(other.handle_)), large_(detail::taken(other.large_)) {}

    arena &operator=(arena &&other) noexcept {
        arena taken(std::move(other));
        std::swap(window_, taken.window_);
        std::swap(requested_, taken.requested_);
        std::swap(handle_, taken.handle_);
        std::swap(large_, taken.large_);
        return *this;
    }

    /// Whether there is an arena.
    explicit operator bool() const noexcept { return handle_ != nullptr; }

    /// O(1), but for a chunk once in a while. Alignments up to 2 MiB; no more than 1 GiB unless the options say so.
    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        // `large` is a power of two: one compare says that neither is 0 or above it. So no sum can wrap, since memory lies
        // below 2^62.
        const usize low = alignment - 1;
        if (ARENITE_UNLIKELY(((size - 1) | low) >= large)) return alloc_cold(size, alignment);
        if (ARENITE_UNLIKELY((alignment & low) != 0)) return alloc_cold(size, alignment);
        const usize mask = 0 - alignment;
        const std::uintptr_t start = (reinterpret_cast<std::uintptr_t>(window_.cursor) + low) & mask;
        const std::uintptr_t end = start + size;
        if (ARENITE_UNLIKELY(end > reinterpret_cast<std::uintptr_t>(window_.limit))) return alloc_masked(size, mask);
        window_.cursor = reinterpret_cast<char *>(end);
        requested_ += size;
        return reinterpret_cast<void *>(start);
    }

    /// The block that was allocated last gives its memory back; any other stays until the arena is reset. false: it does not
    /// lie in this arena. O(1) near the cursor, else O(chunks).
    bool free(void *block, usize size, usize alignment = default_alignment) noexcept override {
        (void)alignment;
        if (block == nullptr || free_last(block, size)) return true;
        if (size != 0 && owns(block)) return true;
        return detail::refuse_block(ARENITE_ERROR_NOT_A_BLOCK, "arenite::arena::free", block,
                                    "does not lie in this arena; give it to its owner");
    }

    /// As `free`, without looking whose it is. O(1).
    void release(void *block, usize size, usize alignment = default_alignment) noexcept override {
        (void)alignment;
        free_last(block, size);
    }

    /// The block that was allocated last, as far as its chunk goes; any other one only to become smaller, where it is.
    bool resize(void *block, usize old_size, usize new_size, usize alignment = default_alignment) noexcept override {
        (void)alignment;
        char *start = static_cast<char *>(block);
        if (block != nullptr && old_size != 0 && new_size != 0 && holds_last(block, old_size)) {
            if (new_size > static_cast<usize>(window_.limit - start)) return detail::refuse_resize("arenite::arena::resize", block);
            window_.cursor = start + new_size;
            requested_ += new_size - old_size;
            return true;
        }
        if (new_size != 0 && new_size <= old_size && owns(block)) return true;
        return detail::refuse_resize("arenite::arena::resize", block);
    }

    /// Whether the address lies in one of its chunks. O(chunks).
    bool owns(const void *address) const noexcept override { return arenite_arena_owns(handle_, address); }
    bool knows_its_own() const noexcept override { return true; }

    /// Everything dies. Chunks are kept, as the options' retention says. O(1) when all are.
    void reset() noexcept override {
        if (arenite_arena_reset(handle_)) forget(0, 0);
    }

    /// Everything dies, and all chunks but the first are given back.
    void clear() noexcept {
        if (arenite_arena_clear(handle_)) forget(0, 0);
    }

    /// The place where it stands.
    arena_mark mark() noexcept {
        arena_mark here;
        arenite_arena_window_close(handle_, &window_);
        here.place_ = arenite_arena_mark(handle_);
        here.used_ = requested_;
        here.large_ = large_;
        return here;
    }

    /// Everything since the mark dies. A mark may be restored again and again. false, and nothing has changed: it is of
    /// another arena, from before a reset, or inside one that was restored.
    bool restore(const arena_mark &mark) noexcept {
        if (!arenite_arena_restore(handle_, &mark.place_)) return false;
        forget(mark.used_, mark.large_);
        return true;
    }

    stats get_stats() const noexcept override {
        return {arenite_arena_allocated(handle_), requested_, arenite_arena_chunk_count(handle_), large_};
    }

    /// For functions of arenite/arena.h: settings, figures, grades. What they allocate is not in `total_used`; do not reset,
    /// clear, restore or destroy it with them. Closes the window, so that figures are exact.
    arenite_arena *handle() noexcept {
        arenite_arena_window_close(handle_, &window_);
        return handle_;
    }

private:
    bool holds_last(const void *block, usize size) const noexcept {
        const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(block);
        return start >= reinterpret_cast<std::uintptr_t>(window_.base) &&
               size == reinterpret_cast<std::uintptr_t>(window_.cursor) - start;
    }

    bool free_last(void *block, usize size) noexcept {
        if (block == nullptr || size == 0 || !holds_last(block, size)) return false;
        window_.cursor = static_cast<char *>(block);
        requested_ -= size;
        return true;
    }

    /// The window is used up, or the request is a large one, or none at all.
    ARENITE_COLD void *alloc_cold(usize size, usize alignment) noexcept {
        const bool own = size > large;
        void *block = own ? arenite_arena_window_alloc_own(handle_, &window_, size, alignment)
                          : arenite_arena_window_alloc(handle_, &window_, size, alignment);
        if (block != nullptr) {
            requested_ += size;
            large_ += own;
        }
        return block;
    }

    /// As `alloc_cold`, by what the fast path has at hand: it saves that the copy of the alignment.
    ARENITE_COLD void *alloc_masked(usize size, usize mask) noexcept { return alloc_cold(size, 0 - mask); }

    void forget(usize used, usize large) noexcept {
        window_ = arenite_window{};
        requested_ = used;
        large_ = large;
    }

    arenite_window window_{};
    usize requested_ = 0;
    arenite_arena *handle_;
    usize large_ = 0;
};

/// What is allocated from the arena while this lives, dies with it, in an exception too.
///
///     {
///         arenite::temp_scope temp(arena);
///         char *path = static_cast<char *>(arena.alloc(size, 1));
///     }                                       // the arena stands where it stood
///
/// Scopes of an arena end innermost first; one that ends late, or after a reset, ends nothing.
class temp_scope {
public:
    explicit temp_scope(arena &of) noexcept : arena_(of), mark_(of.mark()) {}
    ~temp_scope() { arena_.restore(mark_); }
    temp_scope(const temp_scope &) = delete;
    temp_scope &operator=(const temp_scope &) = delete;

private:
    arena &arena_;
    arena_mark mark_;
};

} // namespace arenite

#endif
