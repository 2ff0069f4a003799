/* Arenite, as a program with such clients would use it: one arena that is reset after each document, and a heap. */
#include "client.h"
#include "memory.h"
#include <arenite.h>
#include <string.h>

const char *const memory_name = "arenite";

static arenite_document *document;
static arenite_heap *heap;

void memory_begin(void) {
    arenite_arena_options options = {.size = sizeof options, .reserve = (size_t)4 << 30, .huge_pages = 1};
    document = arenite_document_create(&options);
    heap = arenite_heap_create_default();
    if (document == NULL || heap == NULL) FAIL("%s", arenite_last_error_text());
}

size_t memory_end(void) {
    arenite_heap_stats blocks = {0};
    arenite_arena_stats documents = {0};
    if (!arenite_heap_get_stats(heap, &blocks) || !arenite_document_get_stats(document, &documents)) FAIL("%s", arenite_last_error_text());
    arenite_heap_destroy(heap);
    arenite_document_destroy(document);
    return blocks.live + documents.used;
}

void *document_malloc(size_t size) { return arenite_document_malloc(document, size); }

void *document_realloc(void *block, size_t size) { return arenite_document_realloc(document, block, size); }

void document_free(void *block) { arenite_document_free(document, block); }

void document_end(void) {
    if (!arenite_document_end(document)) FAIL("%s", arenite_last_error_text());
}

void *block_malloc(size_t size) { return arenite_heap_alloc(heap, size); }

void *block_realloc(void *block, size_t size) {
    return block == NULL ? arenite_heap_alloc(heap, size) : arenite_heap_realloc(heap, block, size);
}

void block_free(void *block) { arenite_heap_free(heap, block); }

size_t block_size(void *block) { return arenite_heap_usable_size(heap, block); }
