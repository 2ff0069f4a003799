#include "inputs.h"

#include "client.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

static const char *const WORDS[] = {"sand",  "grain", "river", "layer",  "quartz", "feldspar", "mica", "delta",
                                    "basin", "dune",  "coast", "cement", "pore",   "bedding",  "clay", "lime"};

static uint64_t state;

static unsigned next(unsigned below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((state >> 33) % below);
}

static const char *word(void) { return WORDS[next(16)]; }

static char *map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) FAIL("no memory for an input of %zu bytes", size);
    return (char *)memory;
}

/* Room for one more record. */
#define RECORD 1024

input input_xml(size_t size) {
    char *start = map(size + RECORD), *at = start;
    unsigned number = 0;
    state = 1;
    at += sprintf(at, "<?xml version=\"1.0\"?>\n<records>\n");
    while ((size_t)(at - start) < size - 12) {
        unsigned tags = 1 + next(4);
        at += sprintf(at, "<record id=\"%u\" kind=\"%s\"><name>%s %s %u</name>", number++, word(), word(), word(), next(1000));
        while (tags--) at += sprintf(at, "<tag>%s</tag>", word());
        at += sprintf(at, "<size w=\"%u\" h=\"%u\"/><note>%s %s %s</note></record>\n", next(500), next(500), word(), word(), word());
    }
    at += sprintf(at, "</records>\n");
    return (input){start, (size_t)(at - start)};
}

input input_json(size_t size) {
    char *start = map(size + RECORD), *at = start;
    unsigned number = 0;
    state = 1;
    *at++ = '[';
    while ((size_t)(at - start) < size - 2) {
        unsigned tags = 1 + next(4);
        at += sprintf(at, "%s{\"id\":%u,\"kind\":\"%s\",\"name\":\"%s %s %u\",\"tags\":[", number ? "," : "", number, word(), word(),
                      word(), next(1000));
        number++;
        while (tags--) at += sprintf(at, "\"%s\"%s", word(), tags ? "," : "");
        at += sprintf(at, "],\"size\":{\"w\":%u,\"h\":%u.5},\"open\":%s,\"note\":\"%s %s %s\"}\n", next(500), next(500),
                      next(2) ? "true" : "null", word(), word(), word());
    }
    *at++ = ']';
    return (input){start, (size_t)(at - start)};
}

size_t input_message(unsigned number, char *room) {
    char *at = room;
    state = number;
    /* expat asks for memory 23 times for it: the yardstick's 460,000 times for 20,000 messages. */
    at += sprintf(at, "<order id=\"%u\"><customer city=\"%s\">%s</customer>", number, word(), word());
    at += sprintf(at, "<line sku=\"%s-%u\" count=\"%u\">%s</line>", word(), next(100), next(9), word());
    at += sprintf(at, "<note>%s</note><total sum=\"%u\"/></order>", word(), next(100));
    return (size_t)(at - room);
}

static char *big_endian(char *at, uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) *at++ = (char)(number >> shift);
    return at;
}

static char *chunk(char *at, const char *kind, const char *bytes, size_t size) {
    char *start = big_endian(at, (uint32_t)size);
    memcpy(start, kind, 4);
    if (size > 0) memmove(start + 4, bytes, size);
    return big_endian(start + 4 + size, (uint32_t)crc32(0, (const Bytef *)start, (uInt)(size + 4)));
}

input input_png(unsigned width, unsigned height) {
    size_t line = 1 + 3 * (size_t)width, raw_size = line * height;
    uLongf packed_size = compressBound(raw_size);
    char *raw = map(raw_size), *start = map(packed_size + 100), *at = start, header[13];
    state = 1;
    for (size_t y = 0; y < height; y++) {
        char *to = raw + y * line;
        *to++ = 0;
        for (size_t x = 0; x < width; x++) {
            *to++ = (char)(x >> 3);
            *to++ = (char)(y >> 3);
            *to++ = (char)(next(8) == 0 ? next(256) : 0);
        }
    }
    memcpy(at, "\x89PNG\r\n\x1a\n", 8);
    big_endian(big_endian(header, width), height);
    memcpy(header + 8, "\x08\x02\0\0", 5); /* 8 bits, RGB */
    at = chunk(at + 8, "IHDR", header, 13);
    if (compress2((Bytef *)at + 8, &packed_size, (const Bytef *)raw, raw_size, 6) != Z_OK) FAIL("compress2");
    at = chunk(at, "IDAT", at + 8, packed_size);
    at = chunk(at, "IEND", NULL, 0);
    munmap(raw, raw_size);
    return (input){start, (size_t)(at - start)};
}

input input_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) FAIL("%s cannot be read; apt-get install fonts-dejavu-core", path);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = map((size_t)size);
    if (fread(bytes, 1, (size_t)size, file) != (size_t)size) FAIL("%s is cut", path);
    fclose(file);
    return (input){bytes, (size_t)size};
}

/* The rest of the last page was mapped with it. */
void input_free(input *input) {
    munmap(input->bytes, input->size);
    input->bytes = NULL;
}
