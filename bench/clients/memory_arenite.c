/* Arenite, as a program with such clients would use it: one arena that is reset after each document, and a heap. */
#include "client.h"
#include "memory.h"
#include <arenite.h>

const char *const memory_name = "arenite";

static arenite_document *document;
static arenite_window window;
static arenite_heap *heap;
static arenite_blocks *blocks;

static arenite_document *make_document(unsigned char huge_pages) {
    arenite_arena_options options = {.size = sizeof options, .reserve = (size_t)4 << 30, .huge_pages = huge_pages};
    return arenite_document_create(&options);
}

void memory_begin(void) {
    document = make_document(0);
    heap = arenite_heap_create_default();
    blocks = arenite_blocks_create();
    if (document == NULL || heap == NULL || blocks == NULL) FAIL("%s", arenite_last_error_text());
}

size_t memory_end(void) {
    arenite_arena_stats in_document = {0};
    arenite_heap_stats in_heap = {0};
    arenite_blocks_stats in_blocks = {0};
    if (!arenite_document_get_stats(document, &in_document) || !arenite_heap_get_stats(heap, &in_heap) ||
        !arenite_blocks_get_stats(blocks, &in_blocks))
        FAIL("%s", arenite_last_error_text());
    arenite_blocks_destroy(blocks);
    arenite_heap_destroy(heap);
    arenite_document_destroy(document);
    return in_document.used + in_heap.live + in_blocks.live;
}

void *document_malloc(size_t size) { return arenite_document_malloc_in(document, &window, size); }

void *document_realloc(void *block, size_t size) { return arenite_document_realloc_in(document, &window, block, size); }

void document_free(void *block) { arenite_document_free_in(document, &window, block); }

void document_end(void) {
    if (!arenite_document_end_in(document, &window)) FAIL("%s", arenite_last_error_text());
}

/* Where a few blocks are all there is, large pages are touched as a whole, and few. */
void document_of_large_blocks(void) {
    if (!arenite_document_destroy(document)) FAIL("%s", arenite_last_error_text());
    document = make_document(1);
    if (document == NULL) FAIL("%s", arenite_last_error_text());
}

void *block_malloc(size_t size) { return arenite_heap_alloc(heap, size); }

void *block_realloc(void *block, size_t size) {
    return block == NULL ? arenite_heap_alloc(heap, size) : arenite_heap_realloc(heap, block, size);
}

void block_free(void *block) { arenite_heap_free(heap, block); }

void *sized_malloc(size_t size) { return arenite_blocks_alloc(blocks, size); }

void *sized_realloc(void *block, size_t old, size_t size) { return arenite_blocks_realloc(blocks, block, old, size); }

void sized_free(void *block, size_t size) { arenite_blocks_free(blocks, block, size); }

/* Whichever of the two the client was on: the other has nothing in it. */
void heap_end(void) {
    if (!arenite_heap_destroy(heap) || !arenite_blocks_destroy(blocks)) FAIL("%s", arenite_last_error_text());
    heap = arenite_heap_create_default();
    blocks = arenite_blocks_create();
    if (heap == NULL || blocks == NULL) FAIL("%s", arenite_last_error_text());
}

/* The size stands in front of the block, as SQLite's own allocator has it: who asks for it again and again reads a word. */
enum { HEAD = 8 };

static void *with_head(void *memory, size_t size) {
    if (memory == NULL) return NULL;
    *(size_t *)memory = size;
    return (char *)memory + HEAD;
}

void *asked_malloc(size_t size) { return with_head(arenite_heap_alloc(heap, size + HEAD), size); }

void *asked_realloc(void *block, size_t size) {
    if (block == NULL) return asked_malloc(size);
    return with_head(arenite_heap_realloc(heap, (char *)block - HEAD, size + HEAD), size);
}

void asked_free(void *block) {
    if (block != NULL) arenite_heap_free(heap, (char *)block - HEAD);
}

size_t asked_size(void *block) { return *(size_t *)(void *)((char *)block - HEAD); }
