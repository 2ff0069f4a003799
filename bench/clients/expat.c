/* expat: many small messages, each with a parser of its own. */
#include "client.h"
#include "inputs.h"
#include "memory.h"
#include <expat.h>
#include <string.h>

static char (*messages)[1000];
static size_t *lengths;
static unsigned count;
static input room;

/* What a program would look at: elements, attributes, text. */
typedef struct seen {
    size_t elements, text;
    uint64_t *hash;
} seen;

static void XMLCALL start(void *data, const XML_Char *name, const XML_Char **attributes) {
    seen *all = (seen *)data;
    all->elements++;
    if (all->hash == NULL) return;
    hash_bytes(all->hash, name, strlen(name));
    for (; *attributes != NULL; attributes++) hash_bytes(all->hash, *attributes, strlen(*attributes));
}

static void XMLCALL stop(void *data, const XML_Char *name) {
    (void)name;
    ((seen *)data)->elements++;
}

static void XMLCALL text(void *data, const XML_Char *text, int length) {
    seen *all = (seen *)data;
    all->text += (size_t)length;
    if (all->hash != NULL) hash_bytes(all->hash, text, (size_t)length);
}

static void begin(scale scale) {
    count = scale == SCALE_FULL ? 20000 : 50;
    /* Made by the same hand as a file would be mapped. */
    room = input_xml(count * (sizeof *messages + sizeof *lengths));
    messages = (char(*)[1000])room.bytes;
    lengths = (size_t *)(room.bytes + count * sizeof *messages);
    for (unsigned i = 0; i < count; i++) lengths[i] = input_message(i, messages[i]);
}

static void job(uint64_t *hash) {
    static const XML_Memory_Handling_Suite HOOKS = {document_malloc, document_realloc, document_free};
    seen all = {0, 0, hash};
    for (unsigned i = 0; i < count; i++) {
        XML_Parser parser = XML_ParserCreate_MM(NULL, &HOOKS, NULL);
        if (parser == NULL) FAIL("no parser");
        XML_SetUserData(parser, &all);
        XML_SetElementHandler(parser, start, stop);
        XML_SetCharacterDataHandler(parser, text);
        if (XML_Parse(parser, messages[i], (int)lengths[i], 1) != XML_STATUS_OK) FAIL("message %u was refused", i);
        if (!DOCUMENTS_END) XML_ParserFree(parser);
        document_end();
    }
    if (hash != NULL) {
        hash_number(hash, all.elements);
        hash_number(hash, all.text);
    }
}

static void end(void) { input_free(&room); }

const client client_expat = {"expat", begin, job, end};
