// An allocator that finds what programs do wrong with blocks.
#ifndef ARENITE_DEBUG_ALLOCATOR_HPP
#define ARENITE_DEBUG_ALLOCATOR_HPP

#include "allocator.hpp"
#include "system.hpp"

namespace arenite {

/// Over any allocator: knows every block, puts fences around it, and holds freed ones back in a quarantine.
///
/// Found at the call, which is refused: a second free - also after the memory was used again, since a block does not come back
/// at the same address while another will do -, a free of what is no block, with another size or alignment. Found at the free,
/// at `check`, or when a block leaves the quarantine: writes in front of and behind a block, and after its free. Each fault is
/// counted (`faults`) and is the last error. `live` at the end says what leaks.
///
/// A block takes 4 alignments (64 bytes at least) and 16 bytes more, and a record of its own, which stays until the allocator
/// ends. In every build; for what the library's own allocators find while they run, see the grades of arenite/base.h.
class debug_allocator final : public allocator {
public:
    static constexpr unsigned char fence = 0xFD;
    static constexpr unsigned char dead = 0xDD;
    static constexpr unsigned char fresh = 0xCD;

    /// `hold`: bytes of freed blocks that are kept in quarantine.
    explicit debug_allocator(allocator &inner = system(), usize hold = usize{1} << 20) noexcept : inner_(inner), hold_(hold) {}
    ~debug_allocator() override {
        forget_blocks();
        for (record *at = all_; at != nullptr;) {
            record *next = at->older;
            inner_.free(at, sizeof *at, alignof(record));
            at = next;
        }
        if (buckets_ != nullptr) inner_.free(buckets_, bucket_count_ * sizeof *buckets_, alignof(record *));
    }
    debug_allocator(const debug_allocator &) = delete;
    debug_allocator &operator=(const debug_allocator &) = delete;

    void *alloc(usize size, usize alignment = default_alignment) noexcept override {
        const char *who = "arenite::debug_allocator::alloc";
        if (!detail::is_request(size, alignment, who)) return nullptr;
        const usize unit = alignment < fence_size ? fence_size : alignment;
        if (unit > PTRDIFF_MAX / 8 || size > static_cast<usize>(PTRDIFF_MAX) - places * unit - fence_size) {
            return detail::refuse(ARENITE_ERROR_OVERFLOW, who, "no memory has so many bytes");
        }
        if (!make_room()) return nullptr;
        const usize whole = places * unit + size + fence_size;
        char *base = static_cast<char *>(inner_.alloc(whole, unit));
        if (base == nullptr) return nullptr;
        record *block = place(base, unit);
        if (block == nullptr) {
            inner_.free(base, whole, unit);
            return nullptr;
        }
        block->base = base;
        block->whole = whole;
        block->unit = unit;
        block->size = size;
        block->alignment = alignment;
        block->state = is_live;
        std::memset(base, fence, whole);
        std::memset(block->address, fresh, size);
        live_++;
        live_bytes_ += size;
        held_ += whole;
        return block->address;
    }

    bool free(void *address, usize size, usize alignment = default_alignment) noexcept override {
        const char *who = "arenite::debug_allocator::free";
        if (address == nullptr) return true;
        record *block = find(static_cast<char *>(address));
        if (block == nullptr) return fault(ARENITE_ERROR_NOT_A_BLOCK, who, address, "is no block of this allocator");
        if (block->state != is_live) return fault(ARENITE_ERROR_DOUBLE_FREE, who, address, "was freed before");
        if (block->size != size) return fault(ARENITE_ERROR_WRONG_SIZE, who, address, "was allocated with another size");
        if (block->alignment != alignment) {
            return fault(ARENITE_ERROR_WRONG_SIZE, who, address, "was allocated with another alignment");
        }
        look_at_fences(block);
        std::memset(block->address, dead, block->size);
        block->state = is_held;
        live_--;
        live_bytes_ -= block->size;
        quarantined_ += block->whole;
        block->newer_held = nullptr;
        (newest_held_ != nullptr ? newest_held_->newer_held : oldest_held_) = block;
        newest_held_ = block;
        while (quarantined_ > hold_) let_go();
        return true;
    }

    /// Whether the address lies in a live block. O(blocks there ever were).
    bool owns(const void *address) const noexcept override {
        const std::uintptr_t at = reinterpret_cast<std::uintptr_t>(address);
        for (record *block = all_; block != nullptr; block = block->older) {
            const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(block->address);
            if (block->state == is_live && at >= start && at - start < block->size) return true;
        }
        return false;
    }
    bool knows_its_own() const noexcept override { return true; }

    /// Every block is freed, checked and held back, as by `free`.
    void reset() noexcept override {
        for (record *block = all_; block != nullptr; block = block->older) {
            if (block->state == is_live) (void)free(block->address, block->size, block->alignment);
        }
    }

    stats get_stats() const noexcept override { return {held_, live_bytes_, live_, 0}; }

    /// Looks at the fences of all blocks and at all that is in quarantine; how many faults came on top. O(bytes held).
    usize check() noexcept {
        const usize before = faults_;
        for (record *block = all_; block != nullptr; block = block->older) {
            if (block->state != is_past) look_at_fences(block);
            if (block->state == is_held) look_at_dead(block);
        }
        return faults_ - before;
    }

    /// Faults found so far, and blocks that nobody has freed.
    usize faults() const noexcept { return faults_; }
    usize live() const noexcept { return live_; }

private:
    static constexpr usize fence_size = 16;
    /// A block can start after 1 to 3 units: so memory that is used again gives other addresses.
    static constexpr usize places = 4;

    enum condition : unsigned char { is_past, is_live, is_held };

    struct record {
        record *next;       ///< in its bucket
        record *older;      ///< of all
        record *newer_held; ///< in quarantine
        char *address;
        char *base;
        usize whole, unit, size, alignment;
        usize freed; ///< when it left the quarantine: a number that rises
        condition state;
    };

    bool fault(arenite_error error, const char *who, const void *block, const char *why) noexcept {
        faults_++;
        return detail::refuse_block(error, who, block, why);
    }

    usize bucket_of(const char *address) const noexcept {
        const std::uint64_t mixed = reinterpret_cast<std::uintptr_t>(address) * 0x9E3779B97F4A7C15u;
        return static_cast<usize>(mixed >> 32) & (bucket_count_ - 1);
    }

    record *find(const char *address) const noexcept {
        if (buckets_ == nullptr) return nullptr;
        record *at = buckets_[bucket_of(address)];
        while (at != nullptr && at->address != address) at = at->next;
        return at;
    }

    /// Room in the table for one more.
    bool make_room() noexcept {
        if (records_ < bucket_count_) return true;
        const usize count = bucket_count_ == 0 ? 64 : bucket_count_ * 2;
        auto **fresh_buckets = static_cast<record **>(inner_.alloc(count * sizeof(record *), alignof(record *)));
        if (fresh_buckets == nullptr) return false;
        for (usize n = 0; n < count; n++) fresh_buckets[n] = nullptr;
        record **old = std::exchange(buckets_, fresh_buckets);
        const usize old_count = std::exchange(bucket_count_, count);
        for (record *at = all_; at != nullptr; at = at->older) {
            record *&bucket = buckets_[bucket_of(at->address)];
            at->next = bucket;
            bucket = at;
        }
        if (old != nullptr) inner_.free(old, old_count * sizeof *old, alignof(record *));
        return true;
    }

    /// The record for a block in this memory, at an address that was no block yet, or else longest ago.
    record *place(char *base, usize unit) noexcept {
        record *oldest = nullptr;
        for (usize n = 1; n < places; n++) {
            char *address = base + n * unit;
            record *known = find(address);
            if (known == nullptr) return enter(address);
            if (oldest == nullptr || known->freed < oldest->freed) oldest = known;
        }
        return oldest;
    }

    record *enter(char *address) noexcept {
        void *memory = inner_.alloc(sizeof(record), alignof(record));
        if (memory == nullptr) return nullptr;
        record *entered = ::new (memory) record{};
        record *&bucket = buckets_[bucket_of(address)];
        entered->address = address;
        entered->next = std::exchange(bucket, entered);
        entered->older = std::exchange(all_, entered);
        records_++;
        return entered;
    }

    static bool is_all(const char *from, const char *to, unsigned char byte) noexcept {
        while (from != to && static_cast<unsigned char>(*from) == byte) from++;
        return from == to;
    }

    void look_at_fences(record *block) noexcept {
        const char *end = block->address + block->size;
        if (!is_all(block->base, block->address, fence)) {
            fault(ARENITE_ERROR_NOT_A_BLOCK, "arenite::debug_allocator", block->address, "was written in front of");
            std::memset(block->base, fence, static_cast<usize>(block->address - block->base));
        }
        if (!is_all(end, block->base + block->whole, fence)) {
            fault(ARENITE_ERROR_NOT_A_BLOCK, "arenite::debug_allocator", block->address, "was written behind");
            std::memset(block->address + block->size, fence, static_cast<usize>(block->base + block->whole - end));
        }
    }

    void look_at_dead(record *block) noexcept {
        if (is_all(block->address, block->address + block->size, dead)) return;
        fault(ARENITE_ERROR_DOUBLE_FREE, "arenite::debug_allocator", block->address, "was written after its free");
        std::memset(block->address, dead, block->size);
    }

    /// The oldest block leaves the quarantine.
    void let_go() noexcept {
        record *block = oldest_held_;
        oldest_held_ = block->newer_held;
        if (oldest_held_ == nullptr) newest_held_ = nullptr;
        look_at_fences(block);
        look_at_dead(block);
        give_back(block);
    }

    void give_back(record *block) noexcept {
        if (block->state == is_held) quarantined_ -= block->whole;
        block->state = is_past;
        block->freed = ++serial_;
        held_ -= block->whole;
        inner_.free(block->base, block->whole, block->unit);
    }

    void forget_blocks() noexcept {
        for (record *block = all_; block != nullptr; block = block->older) {
            if (block->state != is_past) give_back(block);
        }
    }

    allocator &inner_;
    usize hold_;
    record *all_ = nullptr;
    record **buckets_ = nullptr;
    usize bucket_count_ = 0;
    usize records_ = 0;
    record *oldest_held_ = nullptr;
    record *newest_held_ = nullptr;
    usize quarantined_ = 0;
    usize held_ = 0;
    usize live_ = 0;
    usize live_bytes_ = 0;
    usize faults_ = 0;
    usize serial_ = 0;
};

} // namespace arenite

#endif
