/* The memory that clients run on, one of three, chosen as this is compiled:
 *
 *     -DMEMORY_GLIBC     malloc and free
 *     -DMEMORY_MIMALLOC  mi_malloc and mi_free, of whichever version is linked; nothing is overridden
 *     (neither)          Arenite
 *
 * `document_*` are for jobs whose memory dies all at once; after each the client calls document_end(). Where DOCUMENTS_END
 * is 1, that ends everything in the document in one step, and the client leaves its own teardown out. A client with blocks of
 * megabytes says so by document_of_large_blocks() before its first one, for a memory that does not see it by itself.
 * `block_*` are for those that free one by one and go on; `sized_*` for those that know how large what they free is;
 * `asked_*` for those that ask how large it is, and are content with multiples of 8. Where
 * HEAPS_END is 1, heap_end() ends all that such a client has left in one step; it may also free it all by
 * itself. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdlib.h>

extern const char *const memory_name;

/* Before the first job, and after the last: then 0, or the number of blocks that are still live. */
void memory_begin(void);
size_t memory_end(void);

#if defined(MEMORY_GLIBC)
#define DOCUMENTS_END 0
#define document_malloc malloc
#define document_realloc realloc
#define document_free free
#define document_end() ((void)0)
#define document_of_large_blocks() ((void)0)
#define sized_malloc(size) malloc(size)
#define sized_realloc(block, old, size) ((void)(old), realloc(block, size))
#define sized_free(block, size) ((void)(size), free(block))
#define HEAPS_END 0
#define heap_end() ((void)0)
#define block_malloc malloc
#define block_realloc realloc
#define block_free free
#include <malloc.h>
#define asked_malloc malloc
#define asked_realloc realloc
#define asked_free free
#define asked_size malloc_usable_size
#elif defined(MEMORY_MIMALLOC)
#include <mimalloc.h>
#define DOCUMENTS_END 0
#define document_malloc mi_malloc
#define document_realloc mi_realloc
#define document_free mi_free
#define document_end() ((void)0)
#define document_of_large_blocks() ((void)0)
#define sized_malloc(size) mi_malloc(size)
#define sized_realloc(block, old, size) ((void)(old), mi_realloc(block, size))
#define sized_free(block, size) ((void)(size), mi_free(block))
#define HEAPS_END 0
#define heap_end() ((void)0)
#define block_malloc mi_malloc
#define block_realloc mi_realloc
#define block_free mi_free
#define asked_malloc mi_malloc
#define asked_realloc mi_realloc
#define asked_free mi_free
#define asked_size mi_usable_size
#else
#define DOCUMENTS_END 1
void *document_malloc(size_t size);
void *document_realloc(void *block, size_t size);
void document_free(void *block);
void document_end(void);
void document_of_large_blocks(void);
void *block_malloc(size_t size);
void *block_realloc(void *block, size_t size);
void block_free(void *block);
void *asked_malloc(size_t size);
void *asked_realloc(void *block, size_t size);
void asked_free(void *block);
size_t asked_size(void *block);
void *sized_malloc(size_t size);
void *sized_realloc(void *block, size_t old, size_t size);
void sized_free(void *block, size_t size);
#define HEAPS_END 1
void heap_end(void);
#endif

#endif
