/* The suite passes a sound allocator and finds broken ones. */
#include "check.h"

static int passed, skipped, failed;
static char failed_name[128], failed_why[512];

static void on_check(const arenite_check *check, void *context) {
    (void)context;
    passed += check->result == ARENITE_PASSED;
    skipped += check->result == ARENITE_SKIPPED;
    if (check->result == ARENITE_FAILED) {
        failed++;
        sprintf(failed_name, "%.100s", check->name);
        sprintf(failed_why, "%.500s", check->why);
        CHECK(check->seed != 0);
    }
}

/* The C heap with a header that knows where the block of malloc starts. */
static void *sound_alloc(void *context, size_t size, size_t alignment) {
    char *start, *block;
    (void)context;
    if (alignment < 16) alignment = 16;
    /* 1 TiB, or 1 GiB of 32 bits: sanitizers end a program that asks malloc for more. */
    if (size > (size_t)1 << (20 + sizeof(size_t) * 5 / 2)) return NULL;
    start = (char *)malloc(size + alignment + sizeof(char *));
    if (start == NULL) return NULL;
    block = start + sizeof(char *) + alignment - 1;
    block -= (size_t)block % alignment;
    ((char **)(void *)block)[-1] = start;
    return block;
}

static arenite_bool sound_free(void *context, void *block, size_t size, size_t alignment) {
    (void)context; (void)size; (void)alignment;
    free(((char **)block)[-1]);
    return 1;
}

/* What the broken allocators took of malloc and have not given back: the suite stops at a fault and leaves their blocks.
   They promise no threads, so that nobody has to lock the list. */
static void **kept;
static size_t kept_count, kept_room;

static void *kept_alloc(void *context, size_t size, size_t alignment) {
    void *block = sound_alloc(context, size, alignment);
    if (block == NULL) return NULL;
    if (kept_count == kept_room) {
        void **more = (void **)realloc(kept, (kept_room * 2 + 64) * sizeof *kept);
        if (more == NULL) { sound_free(context, block, size, alignment); return NULL; }
        kept = more;
        kept_room = kept_room * 2 + 64;
    }
    return kept[kept_count++] = block;
}

static arenite_bool kept_free(void *context, void *block, size_t size, size_t alignment) {
    size_t at = kept_count;
    while (at > 0 && kept[at - 1] != block) at--;
    CHECK(at > 0);
    if (at == 0) return 0;
    kept[at - 1] = kept[--kept_count];
    return sound_free(context, block, size, alignment);
}

static void free_all_kept(void) {
    while (kept_count > 0) sound_free(NULL, kept[--kept_count], 0, 0);
    free((void *)kept);
    kept = NULL;
    kept_room = 0;
}

static void *misaligned_alloc(void *context, size_t size, size_t alignment) {
    return kept_alloc(context, size, alignment > 64 ? 64 : alignment);
}

/* Now and then the block before once more. */
static void *overlapping_alloc(void *context, size_t size, size_t alignment) {
    static void *before;
    static size_t before_size, calls;
    if (++calls % 7 == 0 && before != NULL && size <= before_size && (size_t)before % alignment == 0) return before;
    before_size = size;
    return before = kept_alloc(context, size, alignment);
}

static arenite_bool never_free(void *context, void *block, size_t size, size_t alignment) {
    (void)context; (void)block; (void)size; (void)alignment;
    return 1;
}

/* Says that it has grown a block where it lies, and has lost its contents. */
static arenite_bool forgetting_resize(void *context, void *block, size_t old_size, size_t size, size_t alignment) {
    (void)context; (void)alignment;
    if (size > old_size) return 0;
    memset(block, 0, size);
    return 1;
}

static arenite_allocator_vtable table_of(void *(*alloc)(void *, size_t, size_t),
                                         arenite_bool (*release)(void *, void *, size_t, size_t)) {
    arenite_allocator_vtable table;
    memset(&table, 0, sizeof table);
    table.size = sizeof table;
    table.name = "the allocator of the test";
    table.promises = release == never_free ? 0 : ARENITE_PROMISES_FREE;
    if (release == sound_free) table.promises |= ARENITE_PROMISES_THREADS;
    table.alloc = alloc;
    table.free = release;
    return table;
}

static int makes, unmakes;
static void *make(void *context) { makes++; return context; }
static void *make_nothing(void *context) { (void)context; return NULL; }
static void unmake(void *context, void *made) { CHECK(context == made); unmakes++; }

static void is_found(arenite_allocator_vtable table, const char *word) {
    failed = 0;
    CHECK_REFUSED(arenite_conformance_run(&table, NULL, on_check, NULL), ARENITE_ERROR_BROKEN_PROMISE, "the allocator of the test");
    CHECK(failed == 1 && failed_name[0] != 0);
    if (strstr(failed_why, word) == NULL) {
        check_failures++;
        printf("expected \"%s\" in: %s\n", word, failed_why);
    }
    free_all_kept();
}

int main(void) {
    arenite_allocator_vtable table = table_of(sound_alloc, sound_free);
    arenite_conformance_options options;
    CHECK(arenite_conformance_run(&table, NULL, on_check, NULL));
    CHECK(passed >= 10 && skipped >= 3 && failed == 0);
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.make = make;
    options.unmake = unmake;
    options.context = &options;
    options.seed = 7;
    CHECK(arenite_conformance_run(&table, &options, NULL, NULL));
    CHECK(makes == unmakes && makes >= passed);
    options.make = make_nothing;
    CHECK_REFUSED(arenite_conformance_run(&table, &options, NULL, NULL), ARENITE_ERROR_BROKEN_PROMISE, "");

    is_found(table_of(misaligned_alloc, kept_free), "align");
    is_found(table_of(overlapping_alloc, never_free), "");
    table = table_of(kept_alloc, kept_free);
    table.resize = forgetting_resize;
    table.promises |= ARENITE_PROMISES_RESIZE;
    is_found(table, "");

    CHECK_REFUSED(arenite_conformance_run(NULL, NULL, NULL, NULL), ARENITE_ERROR_NULL, "a vtable");
    table.alloc = NULL;
    CHECK_REFUSED(arenite_conformance_run(&table, NULL, NULL, NULL), ARENITE_ERROR_NULL, "no alloc");

    passed = 0;
    CHECK(arenite_self_test(on_check, NULL) && passed > 50);
    return check_result();
}
