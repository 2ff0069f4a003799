/* FreeType: the glyphs of a font in five sizes. */
#include "client.h"
#include "inputs.h"
#include "memory.h"
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H

#define FONT "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

static input font;
static long glyphs;

static void *hook_alloc(FT_Memory memory, long size) {
    (void)memory;
    return block_malloc((size_t)size);
}

static void hook_free(FT_Memory memory, void *block) {
    (void)memory;
    block_free(block);
}

static void *hook_realloc(FT_Memory memory, long old, long size, void *block) {
    (void)memory;
    (void)old;
    return block_realloc(block, (size_t)size);
}

static void begin(scale scale) {
    font = input_file(FONT);
    glyphs = scale == SCALE_FULL ? 2000 : 20;
}

static void job(uint64_t *hash) {
    static struct FT_MemoryRec_ memory = {NULL, hook_alloc, hook_free, hook_realloc};
    FT_Library library;
    FT_Face face;
    if (FT_New_Library(&memory, &library) != 0) FAIL("FT_New_Library");
    FT_Add_Default_Modules(library);
    if (FT_New_Memory_Face(library, (const FT_Byte *)font.bytes, (FT_Long)font.size, 0, &face) != 0) FAIL("the font was refused");
    for (unsigned size = 12; size <= 36; size += 6) {
        if (FT_Set_Pixel_Sizes(face, 0, size) != 0) FAIL("size %u was refused", size);
        for (long glyph = 0; glyph < glyphs; glyph++) {
            if (FT_Load_Glyph(face, (FT_UInt)glyph, FT_LOAD_RENDER) != 0) FAIL("glyph %ld was refused", glyph);
            const FT_Bitmap *bitmap = &face->glyph->bitmap;
            if (hash == NULL) continue;
            for (unsigned row = 0; row < bitmap->rows; row++)
                hash_bytes(hash, bitmap->buffer + (long)row * bitmap->pitch, bitmap->width);
        }
    }
    if (!HEAPS_END) {
        FT_Done_Face(face);
        FT_Done_Library(library);
    }
    heap_end();
}

static void end(void) { input_free(&font); }

const client client_freetype = {"freetype", begin, job, end};
