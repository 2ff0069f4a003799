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
 * range: large blocks then grow in place. Huge pages are for those that were seen to gain by them: see there. NULL when it is
 * refused. It is one of the 262,144 arenas that there may be. */
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

/* ---- Windows ----
 * For hooks that are called millions of times. A window (see arenite/arena.h) is memory of the document that the hook takes
 * its blocks from inline: 14 instructions, the hook and its return included. Static ones begin as zeros, with no
 * window open.
 *
 *     static arenite_document *document;
 *     static arenite_window window;
 *     static void *hook_malloc(size_t size) { return arenite_document_malloc_in(document, &window, size); }
 *     static void *hook_realloc(void *block, size_t size) {
 *         return arenite_document_realloc_in(document, &window, block, size);
 *     }
 *     static void hook_free(void *block) { arenite_document_free_in(document, &window, block); }
 *     ...
 *     arenite_document_end_in(document, &window);
 *
 * Who calls these with a window is the thread that has the document: inline nobody looks, and another one is refused only when
 * the window has no room. A document has one window. Close it before the document is released. Where the document ends or is
 * destroyed by another function, the window is gone with it: set it to zeros. All of an open window counts as used.
 *
 * No window opens where the document counts or a debug grade is on: each call then goes to the library. A grade that is set
 * meanwhile is in force when the open window is full, after 64 KiB at the most. */

/* As malloc, where the window has no room: what arenite_document_malloc_in calls. Takes back what is left of the window and
 * opens the next. Refused: NULL, and what was open is. O(1). */
void *arenite_document_window_malloc(arenite_document *document, arenite_window *window, size_t size);

/* As realloc. The block that realloc returned last grows into the window. O(size), and O(chunks). */
void *arenite_document_realloc_in(arenite_document *document, arenite_window *window, void *block, size_t size);

/* As end, and the window is closed. */
arenite_bool arenite_document_end_in(arenite_document *document, arenite_window *window);

/* Gives back what is left, if nothing was taken from the document beside the window, and closes it. Nothing open is fine. */
arenite_bool arenite_document_window_close(arenite_document *document, arenite_window *window);

/* As malloc, without a call where the window has room. */
ARENITE_INLINE void *arenite_document_malloc_in(arenite_document *document, arenite_window *window, size_t size) {
    /* By the library's, if NULL: it knows the words for that. A hook's own window costs no test here. */
    char *start = window == NULL ? NULL : window->cursor;
    /* One compare, for size 0 too, which is the largest here: room is a multiple of 8, as the sizes taken from it are. */
    if (ARENITE_SELDOM(window == NULL || size - 1 >= (size_t)(window->limit - start)))
        return arenite_document_window_malloc(document, window, size);
    window->cursor = start + ((size + 7) & ~(size_t)7);
    return start;
}

/* As free. While a window is open nobody watches, and the memory comes back at the end. */
ARENITE_INLINE void arenite_document_free_in(arenite_document *document, const arenite_window *window, void *block) {
    if (ARENITE_SELDOM(window == NULL || window->limit == NULL)) arenite_document_free(document, block);
}

/* The figures of its arena. */
arenite_bool arenite_document_get_stats(arenite_document *document, arenite_arena_stats *stats);

/* As with arenas: given up by this thread, to nobody; taken over by it. */
arenite_bool arenite_document_release(arenite_document *document);
arenite_bool arenite_document_adopt(arenite_document *document);

ARENITE_END

#endif
