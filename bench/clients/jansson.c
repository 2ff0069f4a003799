/* jansson: a JSON document to its tree. */
#include "client.h"
#include "inputs.h"
#include "memory.h"
#include <jansson.h>
#include <string.h>

static input document;

static void begin(scale scale) {
    document = input_json(scale == SCALE_FULL ? 50000000 : 20000);
    /* Otherwise the hashes of its tables are seeded by the time and the process. */
    json_object_seed(20261121);
    json_set_alloc_funcs(document_malloc, document_free);
}

static void hash_value(uint64_t *hash, const json_t *value) {
    const char *key;
    const json_t *inner;
    size_t i;
    hash_number(hash, (uint64_t)json_typeof(value));
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        for (void *at = json_object_iter((json_t *)value); at != NULL; at = json_object_iter_next((json_t *)value, at)) {
            key = json_object_iter_key(at);
            hash_bytes(hash, key, strlen(key));
            hash_value(hash, json_object_iter_value(at));
        }
        break;
    case JSON_ARRAY: json_array_foreach(value, i, inner) hash_value(hash, inner); break;
    case JSON_STRING: hash_bytes(hash, json_string_value(value), json_string_length(value)); break;
    case JSON_INTEGER: hash_number(hash, (uint64_t)json_integer_value(value)); break;
    case JSON_REAL: {
        double number = json_real_value(value);
        hash_bytes(hash, &number, sizeof number);
        break;
    }
    default: break;
    }
}

static void job(uint64_t *hash) {
    json_error_t error;
    json_t *tree = json_loadb(document.bytes, document.size, 0, &error);
    if (tree == NULL) FAIL("the document was refused: %s", error.text);
    if (hash != NULL) hash_value(hash, tree);
    if (!DOCUMENTS_END) json_decref(tree);
    document_end();
}

static void end(void) {
    json_set_alloc_funcs(malloc, free);
    input_free(&document);
}

const client client_jansson = {"jansson", begin, job, end};
