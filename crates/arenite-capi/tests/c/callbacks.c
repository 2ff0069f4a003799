/* Nothing is destroyed, released or given back within a callback: a call further up may be inside it. */
#include "check.h"

static arenite_arena *arena;
static arenite_arena *lent;
static arenite_arena_pool *pool;
static arenite_heap *heap;
static arenite_node *node;
static arenite_arena *outer_scratch;
static int calls;
/* What is made takes memory too, before its handle is known. */
static int armed;

static void ends_all(void) {
    arenite_arena *scratch;
    if (!armed) return;
    calls++;
    CHECK_REFUSED(arenite_arena_destroy(arena), ARENITE_ERROR_BUSY, "within a callback");
    CHECK_REFUSED(arenite_arena_release(arena), ARENITE_ERROR_BUSY, "within a callback");
    CHECK_REFUSED(arenite_arena_pool_give(pool, lent), ARENITE_ERROR_BUSY, "within a callback");
    CHECK_REFUSED(arenite_heap_destroy(heap), ARENITE_ERROR_BUSY, "within a callback");
    CHECK_REFUSED(arenite_node_destroy(node), ARENITE_ERROR_BUSY, "within a callback");
    CHECK_REFUSED(arenite_scratch_end(outer_scratch), ARENITE_ERROR_BUSY, "within a callback");
    CHECK_REFUSED(arenite_arena_destroy((arenite_arena *)&calls), ARENITE_ERROR_FOREIGN, "");
    /* What begins here may end here. */
    scratch = arenite_scratch_begin();
    CHECK(arenite_arena_alloc(scratch, 100) != NULL && arenite_scratch_end(scratch));
}

static void on_soft(void *context, size_t budget, size_t charged) {
    CHECK(context == &calls && budget == 200000 && charged > budget);
    ends_all();
}

static void on_event(void *context, const arenite_arena_event *event) {
    CHECK(context == &calls && event != NULL);
    ends_all();
}

static void on_fault(const arenite_fault *fault, void *context) {
    CHECK(context == &calls && strstr(fault->text, "::") == NULL);
    ends_all();
}

int main(void) {
    arenite_node_options of_node;
    arenite_arena_options of_arena;
    arenite_heap_options of_heap;
    char *block;
    memset(&of_node, 0, sizeof of_node);
    of_node.size = sizeof of_node;
    of_node.soft_budget = 200000;
    of_node.on_soft = on_soft;
    of_node.context = &calls;
    node = arenite_node_create(&of_node);
    memset(&of_arena, 0, sizeof of_arena);
    of_arena.size = sizeof of_arena;
    of_arena.on_event = on_event;
    of_arena.context = &calls;
    memset(&of_heap, 0, sizeof of_heap);
    of_heap.size = sizeof of_heap;
    pool = arenite_arena_pool_create(NULL);
    lent = arenite_arena_pool_take(pool);
    heap = arenite_heap_create(&of_heap);
    outer_scratch = arenite_scratch_begin();

    /* An event of an arena: it grows. */
    arena = arenite_arena_create(&of_arena);
    armed = 1;
    CHECK(arenite_arena_alloc(arena, 300000) != NULL && calls > 0);
    armed = 0;
    CHECK(arenite_arena_destroy(arena));

    /* A budget: crossed by an arena, then by a heap. */
    of_arena.on_event = NULL;
    of_arena.parent = node;
    calls = 0;
    arena = arenite_arena_create(&of_arena);
    armed = 1;
    CHECK(arenite_arena_alloc(arena, 300000) != NULL && calls == 1);
    armed = 0;
    CHECK(arenite_arena_destroy(arena) && arenite_heap_destroy(heap));
    arena = arenite_arena_create_default();
    of_heap.parent = node;
    heap = arenite_heap_create(&of_heap);
    armed = 1;
    CHECK(arenite_heap_alloc(heap, 300000) != NULL && calls == 2);

    /* A fault. */
    arenite_on_fault(on_fault, &calls);
    calls = 0;
    CHECK(arenite_arena_set_grade(arena, ARENITE_GRADE_GUARD));
    block = (char *)arenite_arena_alloc(arena, 13);
    if (!check_below_a_tool()) {
        block[13] = 1;
        CHECK(arenite_arena_check(arena) == 1 && calls == 1);
    }
    arenite_on_fault(NULL, NULL);

    CHECK(arenite_scratch_end(outer_scratch) && arenite_arena_pool_give(pool, lent));
    CHECK(arenite_arena_pool_destroy(pool) && arenite_arena_destroy(arena) && arenite_heap_destroy(heap));
    CHECK(arenite_node_destroy(node));
    return check_result();
}
