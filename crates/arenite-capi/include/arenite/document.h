/* Documents: arenas in the shape of malloc, for libraries that ask their program for malloc, realloc and free.
 *
 * Such a library parses a text, and all that it makes dies with the parsed document. It calls realloc and free without a word
 * of how large the block is, and takes its memory apart block by block at the end. A document takes it in as it comes and
 * ends in one step; the library's own teardown is left out.
 *
 *     static arenite_document *document;
 *     static void *hook_malloc(size_t size) { return arenite_document_malloc(document, size); }
 *     static void hook_free(void *block) { arenite_document_free(document, block); }
 *
 *     cJSON_Hooks hooks = {hook_malloc, hook_free};
 *     document = arenite_document_create(NULL);
 *     cJSON_InitHooks(&hooks);
 *     for (i = 0; i < count; i++) {
 *         cJSON *tree = cJSON_Parse(texts[i]);
 *         use(tree);
 *         arenite_document_end(document);        no cJSON_Delete
 *     }
 *
 * What the library keeps beyond a document (tables that it makes once, caches) must not lie in one: let it make them before
 * the hooks are set, or give it a heap. Blocks lie at multiples of 8, which is enough for pointers, numbers and doubles, and
 * not for long double or SSE vectors: those clients take an arena or a heap.
 *
 * Nothing but the block itself is stored: a block of 24 bytes takes 24. What is freed before the end comes back at the end,
 * so a client that frees most of what it takes wants a heap (arenite/heap.h).
 *
 * A document belongs to one thread, like an arena. */
#ifndef ARENITE_DOCUMENT_H
#define ARENITE_DOCUMENT_H

#include "arena.h"

ARENITE_BEGIN

typedef struct arenite_document arenite_document;

/* A document, as the options say (see arenite/arena.h; NULL: chunks of 4 KiB, doubling to 64 KiB). For large ones reserve a
 * range with huge pages: large blocks then grow in place, and the processor finds its memory faster. NULL when it is refused. It is one of the 262,144 arenas
 * that there may be. */
arenite_document *arenite_document_create(const arenite_arena_options *options);

/* Everything in it goes, and the document. NULL is fine. O(chunks). */
arenite_bool arenite_document_destroy(arenite_document *document);

/* Everything in it dies. Its memory is kept, as the options' retention says, and used again. O(1) when all is kept. */
arenite_bool arenite_document_end(arenite_document *document);

/* size bytes at a multiple of 8, rounded up to a multiple of 8, uninitialised, until the document ends. Size 0 is 1. NULL
 * above 1 GiB, beyond a limit, without memory, for no document of the calling thread's. O(1). */
void *arenite_document_malloc(arenite_document *document, size_t size);

/* count times size bytes of 0. The product is checked. */
void *arenite_document_calloc(arenite_document *document, size_t count, size_t size);

/* A block of size bytes with the contents of this one. NULL for block is malloc. NULL: refused, and the block is as it was.
 *
 * Nobody tells how large the old block is, and it has no header. A block that realloc returned last is known: it stays where
 * it is when it shrinks, and grows there while nothing lies behind it. Any other is copied to a new place, all of the new
 * size if the document holds so much behind it: bytes beyond the old size are undefined, as with every realloc, and here they
 * may be copies of other blocks. No other thread may write to blocks of the document meanwhile. While a debug grade is in
 * force (sites and above) each size is known, a freed block is refused (ARENITE_ERROR_NOT_A_BLOCK), and exactly the old
 * contents are copied. O(size), and O(chunks). */
void *arenite_document_realloc(arenite_document *document, void *block, size_t size);

/* The block is not used any more. NULL is fine. Its memory comes back at the document's end; at once when realloc returned it
 * last and nothing lies behind it. Under a grade a second free is a fault. An error is set for what is no document. */
void arenite_document_free(arenite_document *document, void *block);

/* The figures of its arena. */
arenite_bool arenite_document_get_stats(arenite_document *document, arenite_arena_stats *stats);

/* As with arenas: given up by this thread, to nobody; taken over by it. */
arenite_bool arenite_document_release(arenite_document *document);
arenite_bool arenite_document_adopt(arenite_document *document);

ARENITE_END

#endif
