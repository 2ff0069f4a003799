/* What each client is to the program that runs it. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

/* How much work: the yardstick's, a few seconds of it, or a test's, some milliseconds. */
typedef enum scale { SCALE_SMALL, SCALE_FULL } scale;

/* One C library with a job. All functions exit with a message when something fails. */
typedef struct client {
    const char *name;
    /* Makes the input, hooks the library and lets it fill its own caches, which are to outlive every job. Untimed. */
    void (*begin)(scale scale);
    /* The job, from nothing to nothing; leaves no memory behind. With `hash`, it goes into it what came out. */
    void (*job)(uint64_t *hash);
    /* Unhooks the library and lets it free its caches. */
    void (*end)(void);
} client;

extern const client client_lua, client_sqlite, client_expat, client_libxml2, client_cjson, client_jansson, client_zlib,
    client_stb_image, client_freetype;

/* FNV-1a. */
static inline void hash_bytes(uint64_t *hash, const void *bytes, size_t size) {
    const unsigned char *at = (const unsigned char *)bytes;
    for (size_t i = 0; i < size; i++) *hash = (*hash ^ at[i]) * 0x100000001b3u;
}

static inline void hash_number(uint64_t *hash, uint64_t number) { hash_bytes(hash, &number, sizeof number); }

/* Ends the program: the client, and what went wrong. */
#define FAIL(...) client_fail(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void client_fail(const char *file, int line, const char *format, ...)
    __attribute__((__format__(__printf__, 3, 4)));

#endif
