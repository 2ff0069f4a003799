/* Runs one client on the memory that it was linked with.
 *
 *     clients NAME [--small] [--warm N]     one cold job, N warm ones (20), all timed; then one that is hashed
 *     clients --list
 *
 * Prints one line of JSON. Times are CPU seconds of the process; `peak_kib` is what the process held at most during the
 * timed jobs, less what it held when its input and the library's caches were made. */
#include "client.h"
#include "memory.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const client *const CLIENTS[] = {&client_libxml2, &client_cjson,  &client_expat,    &client_jansson,  &client_lua,
                                        &client_sqlite,  &client_freetype, &client_stb_image, &client_zlib};
#define CLIENT_COUNT (sizeof CLIENTS / sizeof *CLIENTS)

static const char *running = "clients";

_Noreturn void client_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s on %s: %s:%d: ", running, memory_name, file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A figure of /proc/self/status in KiB; 0 where there is none. Without the heap. */
static long status_kib(const char *name) {
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (status == NULL) return 0;
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) kib = strtol(line + strlen(name) + 1, NULL, 10);
    fclose(status);
    return kib;
}

/* Lets the peak start anew, at what is held now. Linux 4.0. */
static void forget_peak(void) {
    FILE *refs = fopen("/proc/self/clear_refs", "w");
    if (refs == NULL) return;
    fputs("5", refs);
    fclose(refs);
}

static double timed(const client *client) {
    double start = cpu_seconds();
    client->job(NULL);
    return cpu_seconds() - start;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run(const client *client, scale scale, int warm) {
    static double times[1000];
    uint64_t hash = 0xcbf29ce484222325u;
    running = client->name;
    memory_begin();
    client->begin(scale);
    forget_peak();
    long before = status_kib("VmRSS:");
    double cold = timed(client);
    for (int i = 0; i < warm; i++) times[i] = timed(client);
    long peak = status_kib("VmHWM:") - before;
    client->job(&hash);
    client->end();
    size_t live = memory_end();
    qsort(times, (size_t)warm, sizeof *times, by_value);
    printf("{\"client\":\"%s\",\"memory\":\"%s\",\"cold\":%.6f,\"warm\":%.6f,\"median\":%.6f,\"peak_kib\":%ld,\"live\":%zu,"
           "\"hash\":\"%016llx\"}\n",
           client->name, memory_name, cold, warm > 0 ? times[0] : cold, warm > 0 ? times[warm / 2] : cold, peak, live,
           (unsigned long long)hash);
}

int main(int count, char **arguments) {
    const client *chosen = NULL;
    scale scale = SCALE_FULL;
    int warm = 20;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--list") == 0) {
            for (size_t k = 0; k < CLIENT_COUNT; k++) puts(CLIENTS[k]->name);
            return 0;
        }
        if (strcmp(arguments[i], "--small") == 0) {
            scale = SCALE_SMALL;
        } else if (strcmp(arguments[i], "--warm") == 0 && i + 1 < count) {
            warm = atoi(arguments[++i]);
        } else {
            for (size_t k = 0; k < CLIENT_COUNT; k++)
                if (strcmp(arguments[i], CLIENTS[k]->name) == 0) chosen = CLIENTS[k];
        }
    }
    if (chosen == NULL || warm < 0 || warm > 1000) {
        fprintf(stderr, "usage: %s NAME [--small] [--warm N, at most 1000] | --list\n", arguments[0]);
        return 2;
    }
    run(chosen, scale, warm);
    return 0;
}
