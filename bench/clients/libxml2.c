/* libxml2: an XML document to its tree. */
#include "client.h"
#include "inputs.h"
#include "memory.h"
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlmemory.h>
#include <string.h>

static input document;

static char *document_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = (char *)document_malloc(size);
    return copy == NULL ? NULL : (char *)memcpy(copy, text, size);
}

static void begin(scale scale) {
    static const char SMALL[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b=\"c\">d</a>";
    document = input_xml(scale == SCALE_FULL ? 50000000 : 20000);
    /* What the library keeps for ever is made before the document's memory is hooked in, and freed after it is out. */
    xmlInitParser();
    xmlFreeDoc(xmlReadMemory(SMALL, sizeof SMALL - 1, "small.xml", NULL, 0));
    if (xmlMemSetup(document_free, document_malloc, document_realloc, document_strdup) != 0) FAIL("xmlMemSetup");
}

static void hash_node(uint64_t *hash, const xmlNode *node) {
    for (; node != NULL; node = node->next) {
        hash_number(hash, (uint64_t)node->type);
        if (node->name != NULL) hash_bytes(hash, node->name, strlen((const char *)node->name));
        if (node->type == XML_TEXT_NODE) hash_bytes(hash, node->content, strlen((const char *)node->content));
        if (node->type != XML_ELEMENT_NODE) continue;
        for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
            hash_bytes(hash, attribute->name, strlen((const char *)attribute->name));
            hash_node(hash, attribute->children);
        }
        hash_node(hash, node->children);
    }
}

static void job(uint64_t *hash) {
    xmlDoc *tree = xmlReadMemory(document.bytes, (int)document.size, "records.xml", NULL, XML_PARSE_HUGE);
    if (tree == NULL) FAIL("the document was refused");
    if (hash != NULL) hash_node(hash, xmlDocGetRootElement(tree));
    if (!DOCUMENTS_END) xmlFreeDoc(tree);
    document_end();
}

static void end(void) {
    xmlMemSetup(free, malloc, realloc, strdup);
    xmlCleanupParser();
    input_free(&document);
}

const client client_libxml2 = {"libxml2", begin, job, end};
