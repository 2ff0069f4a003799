/* SQLite: a database in memory, filled and asked. */
#include "client.h"
#include "memory.h"
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static unsigned inserts, selects;

static void *hook_malloc(int size) { return asked_malloc((size_t)size); }

static void hook_free(void *block) { asked_free(block); }

static void *hook_realloc(void *block, int size) { return asked_realloc(block, (size_t)size); }

static int hook_size(void *block) { return block == NULL ? 0 : (int)asked_size(block); }

static int hook_round_up(int size) { return (size + 7) & ~7; }

static int hook_init(void *data) {
    (void)data;
    return SQLITE_OK;
}

static void hook_shutdown(void *data) { (void)data; }

static void check(int code, const char *what) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) FAIL("%s: %s", what, sqlite3_errstr(code));
}

static void begin(scale scale) {
    static const sqlite3_mem_methods HOOKS = {hook_malloc,   hook_free, hook_realloc,  hook_size,
                                              hook_round_up, hook_init, hook_shutdown, NULL};
    inserts = scale == SCALE_FULL ? 90000 : 300;
    selects = scale == SCALE_FULL ? 8000 : 50;
    check(sqlite3_config(SQLITE_CONFIG_MALLOC, &HOOKS), "SQLITE_CONFIG_MALLOC");
    /* Else most small requests never reach the hooks. */
    check(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), "SQLITE_CONFIG_LOOKASIDE");
    check(sqlite3_initialize(), "sqlite3_initialize");
}

static int row(void *data, int columns, char **values, char **names) {
    uint64_t *hash = (uint64_t *)data;
    (void)names;
    for (int i = 0; hash != NULL && i < columns; i++)
        if (values[i] != NULL) hash_bytes(hash, values[i], strlen(values[i]));
    return 0;
}

static void run(sqlite3 *base, const char *sql, uint64_t *hash) {
    char *error = NULL;
    if (sqlite3_exec(base, sql, row, hash, &error) != SQLITE_OK) FAIL("%s: %s", sql, error);
}

static void job(uint64_t *hash) {
    sqlite3 *base;
    char sql[256];
    check(sqlite3_open(":memory:", &base), "sqlite3_open");
    run(base, "create table stone (id integer primary key, kind text, place text, weight real);"
              "create index by_kind on stone (kind, weight); begin", NULL);
    for (unsigned i = 0; i < inserts; i++) {
        snprintf(sql, sizeof sql, "insert into stone values (%u, 'kind %u', 'place number %u', %u.25)", i, i % 997, i * 7919 % 10007,
                 i * 31 % 1000);
        run(base, sql, NULL);
    }
    run(base, "commit", NULL);
    for (unsigned i = 0; i < selects; i++) {
        snprintf(sql, sizeof sql, "select id, place, weight from stone where kind = 'kind %u' and weight > %u order by weight, id limit 5",
                 i % 997, i % 500);
        run(base, sql, hash);
    }
    run(base, "select place, count(*), sum(weight) from stone group by place order by 2 desc, 1 limit 20", hash);
    check(sqlite3_close(base), "sqlite3_close");
}

static void end(void) { check(sqlite3_shutdown(), "sqlite3_shutdown"); }

const client client_sqlite = {"sqlite", begin, job, end};
