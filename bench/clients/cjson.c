/* cJSON: a JSON document to its tree. */
#include "client.h"
#include "inputs.h"
#include "memory.h"
#include <cjson/cJSON.h>
#include <string.h>

static input document;

static void begin(scale scale) {
    cJSON_Hooks hooks = {document_malloc, document_free};
    document = input_json(scale == SCALE_FULL ? 50000000 : 20000);
    cJSON_InitHooks(&hooks);
}

static void hash_item(uint64_t *hash, const cJSON *item) {
    for (; item != NULL; item = item->next) {
        hash_number(hash, (uint64_t)item->type);
        if (item->string != NULL) hash_bytes(hash, item->string, strlen(item->string));
        if (cJSON_IsString(item)) hash_bytes(hash, item->valuestring, strlen(item->valuestring));
        if (cJSON_IsNumber(item)) hash_bytes(hash, &item->valuedouble, sizeof item->valuedouble);
        hash_item(hash, item->child);
    }
}

static void job(uint64_t *hash) {
    cJSON *tree = cJSON_ParseWithLength(document.bytes, document.size);
    if (tree == NULL) FAIL("the document was refused");
    if (hash != NULL) hash_item(hash, tree);
    if (!DOCUMENTS_END) cJSON_Delete(tree);
    document_end();
}

static void end(void) {
    cJSON_InitHooks(NULL);
    input_free(&document);
}

const client client_cjson = {"cjson", begin, job, end};
