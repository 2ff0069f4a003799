/* Every piece of C in the design document of the game memory system, by its names, and the fixes of what is wrong in it. */
#include <compat/memory_system.h>

#include "check.h"

typedef struct { f32 x, y, z; } Vector3;
typedef struct { f32 m[16]; } Matrix4;
typedef struct { u32 id; Vector3 at; } Entity;
typedef struct { u32 entity_count; } Scene;
typedef struct { u32 mesh; u64 key; } DrawData;
typedef DrawData RenderCommand;

typedef struct {
    RenderCommand *commands; /* Pre-allocated */
    u32 count;
    u32 capacity;
} RenderBuffer;

static int evaluated = 0;

static size_t once(size_t value) {
    evaluated++;
    return value;
}

/* Pattern 1 */
static void UpdateEntities(Scene *scene, f32 dt) {
    TempMemory temp = Arena_BeginTemp(g_memory_system->frame_arena);

    Vector3 *velocities = PushArray(g_memory_system->frame_arena, Vector3, scene->entity_count);
    Matrix4 *transforms = PushArray(g_memory_system->frame_arena, Matrix4, scene->entity_count);
    CHECK(velocities != NULL && transforms != NULL);
    velocities[scene->entity_count - 1].x = dt;
    transforms[scene->entity_count - 1].m[15] = dt;

    CHECK(Arena_EndTemp(temp)); /* Or just let it clear next frame */
}

/* Pattern 2 */
static void SubmitDrawCall(RenderBuffer *buffer, DrawData *data) {
    if (buffer->count < buffer->capacity) {
        buffer->commands[buffer->count++] = *data; /* No allocation! */
    }
}

static void before_it_begins_every_name_has_an_answer(void) {
    CHECK(g_memory_system->permanent_arena == NULL && g_memory_system->large_pool == NULL);
    CHECK_REFUSED(PushSize(g_memory_system->frame_arena, 8), ARENITE_ERROR_NULL, "");
    CHECK_REFUSED(Memory_PrintStats(), ARENITE_ERROR_NULL, "a memory system");
    CHECK_REFUSED(Memory_GetUsedByTag(MEMORY_TAG_AI), ARENITE_ERROR_NULL, "");
    CHECK_REFUSED(Memory_CheckLeaks(), ARENITE_ERROR_NULL, "Memory_CheckLeaks");
    CHECK(Memory_Shutdown());
}

static void the_integration_example_runs(void *base_memory, size_t size) {
    int frame;
    CHECK(Memory_Initialize(base_memory, size));
    CHECK_REFUSED(Memory_Initialize(base_memory, size), ARENITE_ERROR_BUSY, "Memory_Shutdown before");
    for (frame = 0; frame < 10; frame++) {
        Scene scene;
        scene.entity_count = 100;
        CHECK(Arena_Clear(g_memory_system->frame_arena));
        CHECK(Ring_BeginFrame(g_memory_system->frame_ring));
        UpdateEntities(&scene, 0.016f);
        CHECK(Ring_EndFrame(g_memory_system->frame_ring));
    }
    CHECK(Memory_PrintStats());
    CHECK(Memory_Shutdown());
    CHECK(g_memory_system->frame_arena == NULL);
}

static void areas_hold_what_the_document_pushes(void) {
    Entity *entity = PushStructTagged(g_memory_system->permanent_arena, Entity, MEMORY_TAG_SCENE);
    Vector3 *temp_positions;
    RenderBuffer buffer;
    DrawData data;
    u32 i;
    CHECK(entity != NULL && Memory_GetUsedByTag(MEMORY_TAG_SCENE) == sizeof(Entity));
    entity->id = 7;
    temp_positions = PushArray(g_memory_system->frame_arena, Vector3, 100);
    CHECK(temp_positions != NULL && (size_t)temp_positions % 16 == 0);
    temp_positions[99].z = 1.0f;

    buffer.capacity = 64;
    buffer.count = 0;
    buffer.commands = PushArrayTagged(g_memory_system->render_arena, RenderCommand, buffer.capacity, MEMORY_TAG_RENDERER);
    CHECK(buffer.commands != NULL);
    memset(&data, 0, sizeof data);
    for (i = 0; i < 100; i++) SubmitDrawCall(&buffer, &data);
    CHECK(buffer.count == 64);
    CHECK(PushSizeTagged(g_memory_system->gui_arena, 100, MEMORY_TAG_GUI) != NULL);
    CHECK(Memory_GetUsedByTag(MEMORY_TAG_GUI) == 104);
    CHECK(Arena_Clear(g_memory_system->gui_arena) && Memory_GetUsedByTag(MEMORY_TAG_GUI) == 0);
    CHECK(Arena_Clear(g_memory_system->render_arena) && Memory_GetUsedByTag(MEMORY_TAG_RENDERER) == 0);
    CHECK(entity->id == 7);
}

static void texts_are_built_as_in_pattern_three(void) {
    f32 fps = 59.94f;
    StringBuilder *sb = StringBuilder_Create(g_memory_system->frame_arena, 4096);
    StringBuilder *growing = StringBuilder_CreateGrowing(g_memory_system->frame_arena, 4);
    CHECK(StringBuilder_Append(sb, "FPS: "));
    CHECK(StringBuilder_AppendFormat(sb, "%.1f", (double)fps));
    CHECK(strcmp(StringBuilder_CStr(sb), "FPS: 59.9") == 0 && StringBuilder_Length(sb) == 9);
    CHECK(!StringBuilder_AppendFormat(sb, "%5000d", 1) && strcmp(StringBuilder_CStr(sb), "FPS: 59.9") == 0);
    CHECK(StringBuilder_AppendFormat(growing, "%5000d", 1) && StringBuilder_Length(growing) == 5000);
}

static void rings_stacks_and_pools_go_by_their_names(void) {
    int *last, *below, *above, *block;
    CHECK(Ring_BeginFrame(g_memory_system->frame_ring));
    last = (int *)Ring_Push(g_memory_system->frame_ring, sizeof *last);
    *last = 3;
    CHECK(Ring_EndFrame(g_memory_system->frame_ring) && Ring_BeginFrame(g_memory_system->frame_ring));
    CHECK(*last == 3);
    CHECK(Ring_EndFrameWithFence(g_memory_system->frame_ring, 1) && Ring_Retire(g_memory_system->frame_ring, 1));
    below = (int *)Stack_Push(g_memory_system->stack, 100);
    above = (int *)Stack_Push(g_memory_system->stack, 100);
    CHECK_REFUSED(Stack_Pop(g_memory_system->stack, below), ARENITE_ERROR_OUT_OF_ORDER, "is the top");
    CHECK(Stack_Pop(g_memory_system->stack, above) && Stack_Pop(g_memory_system->stack, below));
    block = (int *)Pool_Alloc(g_memory_system->small_pool);
    CHECK(block != NULL && Pool_Free(g_memory_system->small_pool, block));
    CHECK_REFUSED(Pool_Free(g_memory_system->small_pool, block), ARENITE_ERROR_DOUBLE_FREE, "free already");
    CHECK_REFUSED(Pool_Free(g_memory_system->medium_pool, &block), ARENITE_ERROR_NOT_A_BLOCK, "pool of 256");
}

static void macros_multiply_checked_and_evaluate_once(void) {
    MemoryArena *arena = g_memory_system->frame_arena;
    size_t i = 4;
    evaluated = 0;
    CHECK(PushArray(arena, int, once(3)) != NULL && evaluated == 1);
    CHECK(PushSize(arena, once(3)) != NULL && evaluated == 2);
    CHECK(PushArrayTagged(arena, int, i++, MEMORY_TAG_AI) != NULL && i == 5);
    CHECK_REFUSED(PushArray(arena, Matrix4, (size_t)-1 / 4), ARENITE_ERROR_OVERFLOW, "times 64");
    CHECK_REFUSED(PushArray(arena, Matrix4, 0), ARENITE_ERROR_ZERO_SIZE, "");
    CHECK_REFUSED(PushArray(arena, Matrix4, -1), ARENITE_ERROR_OVERFLOW, "");
    CHECK(KILOBYTES(3) == 3072 && MEGABYTES(1) == KILOBYTES(1024) && GIGABYTES(1) == MEGABYTES(1024));
}

/* What the flags of the build have chosen. */
static void the_build_says_how_closely_it_is_watched(void) {
    static char text[16384];
    char *block = (char *)PushSize(g_memory_system->permanent_arena, 13);
    int line = __LINE__ - 1;
    char place[32];
    sprintf(place, "compat_game.c:%d", line);
    arenite_memory_text(arenite_game_memory(), ARENITE_REPORT_ALLOCATIONS, text, sizeof text);
#if defined(DEBUG) || defined(MEMORY_TRACKING) || defined(MEMORY_BOUNDS_CHECK)
#if defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L)
    CHECK(strstr(text, place) != NULL);
#endif
    CHECK(strstr(text, " 13 bytes") != NULL);
#else
    CHECK(strstr(text, "0 bytes in 0 watched blocks") != NULL);
#endif
    CHECK(Memory_CheckIntegrity(g_memory_system->permanent_arena) == 0);
#if defined(DEBUG) || defined(MEMORY_BOUNDS_CHECK)
    if (check_below_a_tool()) return;
    block[13] = 1;
    CHECK(Memory_CheckIntegrity(g_memory_system->permanent_arena) == 1);
    CHECK(Memory_CheckIntegrity(g_memory_system->permanent_arena) == 0);
#else
    (void)block;
#endif
}

static void memory_tells_of_itself(void) {
    void *block;
    u32 frame_count = 60;
    CHECK(Memory_EnableTracking(1)); /* Track all allocations */
    CHECK(Memory_PrintStats());         /* Show usage statistics */
    CHECK(Memory_GetUsedByTag(MEMORY_TAG_RENDERER) == 0);
    if (frame_count % 60 == 0) {
        CHECK(Memory_PrintStats());
    }
    CHECK(Memory_PrintArenaInfo(g_memory_system->permanent_arena));
    CHECK(Memory_CheckLeaks() == 0); /* Report any unfreed memory */
    block = Pool_Alloc(g_memory_system->large_pool);
    CHECK(Memory_CheckLeaks() == 1);
    CHECK(Memory_DumpAllocations()); /* List all active allocations */
    CHECK(Pool_Free(g_memory_system->large_pool, block));
    CHECK(Memory_CheckLeaks() == 0);
}

int main(void) {
    size_t size = MEGABYTES(64);
    void *base = malloc(size);
    before_it_begins_every_name_has_an_answer();
    the_integration_example_runs(NULL, 0);
    the_integration_example_runs(base, size);
    CHECK_REFUSED(Memory_Initialize(base, 100), ARENITE_ERROR_BAD_ARGUMENT, "100 bytes");
    if (sizeof(void *) == 8) the_integration_example_runs(NULL, GIGABYTES(5));
    CHECK(Memory_Initialize(NULL, size));
    areas_hold_what_the_document_pushes();
    texts_are_built_as_in_pattern_three();
    rings_stacks_and_pools_go_by_their_names();
    macros_multiply_checked_and_evaluate_once();
    the_build_says_how_closely_it_is_watched();
    memory_tells_of_itself();
    CHECK(Memory_Shutdown());
    CHECK(Memory_Shutdown());
    free(base);
    return check_result();
}
