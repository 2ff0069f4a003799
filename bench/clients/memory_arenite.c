/* Arenite, as a program with such clients would use it: one arena that is reset after each document, and a heap. */
#include "client.h"
#include "memory.h"
#include <arenite.h>
#include <string.h>

#if 1
typedef struct {
    size_t size; const char *name; unsigned tag; int retention; size_t retained, initial_chunk, max_chunk, limit, max_request, reserve;
    void *heap, *parent, *on_event, *context; unsigned char counting, huge_pages, prefault;
} arenite_arena_options;
arenite_arena *arenite_arena_create(const arenite_arena_options *);
arenite_bool arenite_arena_reset(arenite_arena *arena);
void *arenite_arena_realloc(arenite_arena *arena, void *, size_t, size_t);
void *arenite_heap_realloc(arenite_heap *arena, void *, size_t);
size_t arenite_heap_usable_size(arenite_heap *arena, void *);
#endif

const char *const memory_name = "arenite";

static arenite_arena *document;
static arenite_heap *heap;

void memory_begin(void) {
    arenite_arena_options options = {.size = sizeof options, .reserve = (size_t)4 << 30, .huge_pages = 1};
    document = arenite_arena_create(&options);
    heap = arenite_heap_create_default();
    if (document == NULL || heap == NULL) FAIL("%s", arenite_last_error_text());
}

size_t memory_end(void) {
    arenite_heap_destroy(heap);
    arenite_arena_destroy(document);
    return 0;
}

void *document_malloc(size_t size) { return arenite_arena_alloc(document, size + !size); }

void *document_realloc(void *block, size_t size) {
    void *p = document_malloc(size);
    if (block) memcpy(p, block, size < (size_t)((char*)p - (char*)block) ? size : (size_t)((char*)p - (char*)block));
    return p;
}

void document_free(void *block) { (void)block; }

void document_end(void) {
    if (!arenite_arena_reset(document)) FAIL("%s", arenite_last_error_text());
}

void *block_malloc(size_t size) { return arenite_heap_alloc(heap, size + !size); }

void *block_realloc(void *block, size_t size) { return arenite_heap_realloc(heap, block, size); }

void block_free(void *block) { arenite_heap_free(heap, block); }

size_t block_size(void *block) { return arenite_heap_usable_size(heap, block); }
