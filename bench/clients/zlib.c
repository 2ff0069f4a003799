/* zlib: many small texts, each with a stream of its own. */
#include "client.h"
#include "inputs.h"
#include "memory.h"
#include <zlib.h>

static input text;
static unsigned count;

static void *hook_alloc(void *opaque, unsigned items, unsigned size) {
    (void)opaque;
    return document_malloc((size_t)items * size);
}

static void hook_free(void *opaque, void *block) {
    (void)opaque;
    document_free(block);
}

static void begin(scale scale) {
    count = scale == SCALE_FULL ? 4000 : 10;
    text = input_xml(1024 + count);
}

static void job(uint64_t *hash) {
    unsigned char packed[2048];
    for (unsigned i = 0; i < count; i++) {
        z_stream stream = {.zalloc = hook_alloc, .zfree = hook_free};
        if (deflateInit(&stream, 6) != Z_OK) FAIL("deflateInit");
        stream.next_in = (Bytef *)text.bytes + i;
        stream.avail_in = 1024;
        stream.next_out = packed;
        stream.avail_out = sizeof packed;
        if (deflate(&stream, Z_FINISH) != Z_STREAM_END) FAIL("deflate");
        if (hash != NULL) hash_bytes(hash, packed, stream.total_out);
        if (!DOCUMENTS_END) deflateEnd(&stream);
        document_end();
    }
}

static void end(void) { input_free(&text); }

const client client_zlib = {"zlib", begin, job, end};
