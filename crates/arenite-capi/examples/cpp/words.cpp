// A program on pmr containers, on several memories: reads a document, keeps a tree of its sections and an index of its words,
// and writes both out. The memory is chosen at the start; nothing else of the program knows.
//
//     words MEMORY [ROUNDS [FILE]]      MEMORY: new, arena, heap, monotonic, or none for each in turn
//
// The document is read so often, each time into fresh containers; its memory is given back at once where the memory can do
// that. Output: the hash of what was written, the same on every memory, and what it took.
#include <arenite.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory_resource>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using memory = std::pmr::memory_resource;

// A section, with its paragraphs and the sections in it. It takes its containers' allocator, as pmr types do.
struct section {
    using allocator_type = std::pmr::polymorphic_allocator<std::byte>;
    explicit section(const allocator_type &in) : title(in), paragraphs(in), inner(in) {}
    section(const section &other, const allocator_type &in)
        : title(other.title, in), paragraphs(other.paragraphs, in), inner(other.inner, in) {}
    section(section &&other, const allocator_type &in)
        : title(std::move(other.title), in), paragraphs(std::move(other.paragraphs), in), inner(std::move(other.inner), in) {}
    section(section &&) = default;
    section &operator=(section &&) = default;

    std::pmr::string title;
    std::pmr::vector<std::pmr::string> paragraphs;
    std::pmr::vector<section> inner;
};

using index_of_words = std::pmr::unordered_map<std::pmr::string, std::pmr::vector<unsigned>>;

// "== title" opens a section of depth 2; lines up to an empty one are a paragraph.
section read(std::string_view text, memory *in) {
    section root{section::allocator_type(in)};
    std::pmr::vector<section *> open({&root}, in);
    std::pmr::string paragraph(in);
    const auto close = [&] {
        if (!paragraph.empty()) open.back()->paragraphs.push_back(std::move(paragraph));
        paragraph.clear();
    };
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1);
        const std::string_view line = text.substr(0, text[end] == '\n' ? end : end + 1);
        text.remove_prefix(end + 1);
        const std::size_t depth = std::min(line.find_first_not_of('='), line.size());
        if (depth > 0) {
            close();
            while (open.size() > depth) open.pop_back();
            section &added = open.back()->inner.emplace_back();
            added.title = line.substr(std::min(depth + 1, line.size()));
            open.push_back(&added);
        } else if (line.empty()) {
            close();
        } else {
            if (!paragraph.empty()) paragraph += ' ';
            paragraph += line;
        }
    }
    close();
    return root;
}

void collect(const section &from, index_of_words &index, unsigned &number, memory *in) {
    for (const std::pmr::string &paragraph : from.paragraphs) {
        number++;
        std::pmr::string word(in);
        for (std::size_t n = 0; n <= paragraph.size(); n++) {
            const char c = n < paragraph.size() ? paragraph[n] : ' ';
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
                word += static_cast<char>(c | 0x20);
            } else if (!word.empty()) {
                std::pmr::vector<unsigned> &places = index[word];
                if (places.empty() || places.back() != number) places.push_back(number);
                word.clear();
            }
        }
    }
    for (const section &inner : from.inner) collect(inner, index, number, in);
}

struct hash {
    std::uint64_t value = 0xCBF29CE484222325u;
    void add(std::string_view bytes) {
        for (const char c : bytes) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    }
};

void write(const section &from, unsigned depth, hash &out) {
    out.add(std::string_view("                    ", std::min(depth, 20u)));
    out.add(from.title);
    for (const std::pmr::string &paragraph : from.paragraphs) out.add(paragraph);
    for (const section &inner : from.inner) write(inner, depth + 1, out);
}

std::uint64_t work(std::string_view text, memory *in) {
    const section root = read(text, in);
    index_of_words index(in);
    unsigned number = 0;
    collect(root, index, number, in);
    std::pmr::vector<const index_of_words::value_type *> sorted(in);
    for (const auto &entry : index) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [](auto *a, auto *b) { return a->first < b->first; });
    hash out;
    write(root, 0, out);
    for (const auto *entry : sorted) {
        std::pmr::string line(entry->first, in);
        for (const unsigned place : entry->second) line.append(" ").append(std::to_string(place));
        out.add(line);
    }
    return out.value;
}

// Text with words of a skewed frequency, in sections three deep: the same each time.
std::string made_up() {
    static const char *const syllables[] = {"ka", "ri", "to", "mes", "lun", "ob", "ste", "van", "dor", "qui", "ele", "pra"};
    std::uint32_t seed = 7;
    const auto random = [&seed](unsigned below) { return (seed = seed * 1664525u + 1013904223u) / 65536u % below; };
    std::string text;
    for (int part = 0; part < 120; part++) {
        text.append(1 + random(3), '=').append(" part ").append(std::to_string(part)).append("\n");
        for (unsigned paragraph = 0; paragraph < 4 + random(6); paragraph++) {
            for (unsigned word = 0; word < 40 + random(60); word++) {
                const unsigned length = 1 + random(3) + random(2) * random(3);
                for (unsigned n = 0; n < length; n++) text += syllables[random(3 + random(10))];
                text += word % 11 == 10 ? '\n' : ' ';
            }
            text += "\n\n";
        }
    }
    return text;
}

struct result {
    std::uint64_t hash = 0;
    double seconds = 0;
};

template <class Round> result timed(int rounds, Round &&round) {
    const auto start = std::chrono::steady_clock::now();
    result all;
    for (int n = 0; n < rounds; n++) all.hash = round();
    all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return all;
}

result on(std::string_view which, std::string_view text, int rounds) {
    if (which == "arena") {
        arenite::arena arena;
        arenite::resource_of memory(arena);
        return timed(rounds, [&] {
            const std::uint64_t hash = work(text, &memory);
            arena.reset();
            return hash;
        });
    }
    if (which == "heap") {
        arenite::heap heap;
        arenite::resource memory(heap);
        return timed(rounds, [&] { return work(text, &memory); });
    }
    if (which == "monotonic") {
        return timed(rounds, [&] {
            std::pmr::monotonic_buffer_resource memory(4096);
            return work(text, &memory);
        });
    }
    return timed(rounds, [&] { return work(text, std::pmr::new_delete_resource()); });
}

} // namespace

int main(int count, char **words) {
    std::string text;
    if (count > 3) {
        std::ifstream file(words[3], std::ios::binary);
        text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        if (!file) {
            std::fprintf(stderr, "words: %s cannot be read\n", words[3]);
            return 2;
        }
    } else {
        text = made_up();
    }
    const int rounds = count > 2 ? std::atoi(words[2]) : 2;
    std::uint64_t first = 0;
    bool same = true;
    for (const char *which : {"new", "monotonic", "arena", "heap"}) {
        if (count > 1 && std::string_view(words[1]) != which) continue;
        const result got = on(which, text, rounds);
        std::printf("%-10s %016llx  %8.3f ms a round\n", which, static_cast<unsigned long long>(got.hash),
                    got.seconds * 1000 / std::max(rounds, 1));
        if (first == 0) first = got.hash;
        same = same && got.hash == first;
    }
    if (first == 0) std::fprintf(stderr, "words: the memories are new, monotonic, arena and heap\n");
    return first != 0 && same ? 0 : 1;
}
