/* stb_image: a PNG to its pixels. */
#include "client.h"
#include "inputs.h"
#include "memory.h"

#define STBI_MALLOC(size) document_malloc(size)
#define STBI_REALLOC(block, size) document_realloc(block, size)
#define STBI_FREE(block) document_free(block)
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STB_IMAGE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

static input picture;

static void begin(scale scale) {
    picture = scale == SCALE_FULL ? input_png(3000, 2000) : input_png(60, 40);
    document_of_large_blocks();
}

static void job(uint64_t *hash) {
    int width, height, channels;
    unsigned char *pixels =
        stbi_load_from_memory((const unsigned char *)picture.bytes, (int)picture.size, &width, &height, &channels, 0);
    if (pixels == NULL) FAIL("the picture was refused: %s", stbi_failure_reason());
    if (hash != NULL) hash_bytes(hash, pixels, (size_t)width * (size_t)height * (size_t)channels);
    if (!DOCUMENTS_END) stbi_image_free(pixels);
    document_end();
}

static void end(void) { input_free(&picture); }

const client client_stb_image = {"stb_image", begin, job, end};
