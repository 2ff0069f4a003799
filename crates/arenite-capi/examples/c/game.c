/* A small game on the memory system: entities, particles, a path search, a HUD, uploads for a pretended GPU.
 *
 *     game play FRAMES < keys      plays. A line of `keys` is a frame and a key:
 *                                    F9    figures of the permanent and frame area
 *                                    D     every live allocation that is tracked
 *                                    K     what was not given back
 *                                    leak  forgets a particle
 *                                    smash writes past the end of the name of entity 0
 *     game steady FRAMES           measures: heap calls, system calls, growth of FRAMES frames
 *
 * The three builds of the design document:
 *
 *     gcc -DDEBUG -DMEMORY_TRACKING -DMEMORY_BOUNDS_CHECK game.c -larenite     guards, places
 *     gcc -O3 -DNDEBUG game.c -larenite                                        nothing
 *     gcc -O2 -pg -DMEMORY_TRACKING game.c -larenite                           places, for a profiler
 */
#define _GNU_SOURCE 1
#include <compat/memory_system.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENTITIES = 1000, PARTICLES = 256, GRID = 32, NAME = 13 };

typedef struct { f32 x, y, z; } Vector3;
typedef struct { f32 m[16]; } Matrix4;

typedef struct {
    Vector3 at, velocity;
    char *name;
} Entity;

typedef struct Particle {
    struct Particle *next;
    Vector3 at, velocity;
    u32 dies;
} Particle;

enum { DRAW_MESH, DRAW_TEXT };

typedef struct {
    u32 kind, mesh, count;
    const Matrix4 *transforms;
} DrawMesh;

typedef struct {
    u32 kind;
    const char *text;
} DrawText;

typedef struct {
    Entity *entities;
    Particle *particles;
    u32 particle_count, frame, random;
    u64 checksum, fence;
    size_t drawn;
} Game;

static u32 random_below(Game *game, u32 below) {
    game->random = game->random * 1664525u + 1013904223u;
    return (game->random >> 8) % below;
}

static void refused(const char *what) {
    fprintf(stderr, "%s: %s\n", what, arenite_last_error_text());
    exit(1);
}

static void load_level(Game *game) {
    MemoryArena *permanent = g_memory_system->permanent_arena;
    u32 i;
    game->entities = PushArrayTagged(permanent, Entity, ENTITIES, MEMORY_TAG_SCENE);
    if (game->entities == NULL) refused("the level");
    for (i = 0; i < ENTITIES; i++) {
        Entity *entity = &game->entities[i];
        memset(entity, 0, sizeof *entity);
        entity->velocity.x = (f32)(i % 7) - 3.0f;
        entity->name = (char *)PushSizeTagged(permanent, NAME, MEMORY_TAG_SCENE);
        if (entity->name == NULL) refused("a name");
        sprintf(entity->name, "entity %u", (unsigned)(i % 10000));
    }
}

/* Temporary arrays: they go at the end of the function, whatever else the frame allocates. */
static void update_entities(Game *game, f32 dt) {
    TempMemory temp = Arena_BeginTemp(g_memory_system->frame_arena);
    Vector3 *moves = PushArray(g_memory_system->frame_arena, Vector3, ENTITIES);
    u32 i;
    if (moves == NULL) refused("moves");
    for (i = 0; i < ENTITIES; i++) moves[i].x = game->entities[i].velocity.x * dt;
    for (i = 0; i < ENTITIES; i++) game->entities[i].at.x += moves[i].x;
    if (!Arena_EndTemp(temp)) refused("the temp");
}

/* One by one: a pool. */
static void update_particles(Game *game) {
    Particle **link = &game->particles;
    u32 born = 16;
    while (*link != NULL) {
        Particle *particle = *link;
        if (particle->dies > game->frame) {
            particle->at.y += particle->velocity.y;
            link = &particle->next;
            continue;
        }
        *link = particle->next;
        game->particle_count--;
        if (!Pool_Free(g_memory_system->small_pool, particle)) refused("a particle");
    }
    while (born-- > 0 && game->particle_count < PARTICLES) {
        Particle *particle = (Particle *)Pool_Alloc(g_memory_system->small_pool);
        if (particle == NULL) refused("a particle");
        memset(particle, 0, sizeof *particle);
        particle->dies = game->frame + 1 + random_below(game, 30);
        particle->velocity.y = 0.1f;
        particle->next = game->particles;
        game->particles = particle;
        game->particle_count++;
    }
}

/* Last in, first out: the open list of a search over a search's map. */
static void find_path(Game *game) {
    u8 *seen = (u8 *)Stack_Push(g_memory_system->stack, GRID * GRID);
    u16 *open = (u16 *)Stack_Push(g_memory_system->stack, GRID * GRID * 4 * sizeof(u16));
    u32 count = 1, reached = 0;
    if (seen == NULL || open == NULL) refused("the search");
    memset(seen, 0, GRID * GRID);
    open[0] = (u16)random_below(game, GRID * GRID);
    while (count > 0) {
        u32 cell = open[--count];
        if (seen[cell]) continue;
        seen[cell] = 1;
        reached++;
        if (cell % GRID > 0) open[count++] = (u16)(cell - 1);
        if (cell % GRID < GRID - 1) open[count++] = (u16)(cell + 1);
        if (cell >= GRID) open[count++] = (u16)(cell - GRID);
        if (cell < GRID * (GRID - 1)) open[count++] = (u16)(cell + GRID);
    }
    game->checksum = game->checksum * 31 + reached;
    if (!Stack_Pop(g_memory_system->stack, open) || !Stack_Pop(g_memory_system->stack, seen)) refused("the search's end");
}

static void record(Game *game) {
    arenite_memory *memory = arenite_game_memory();
    Matrix4 *transforms = PushArrayTagged(g_memory_system->frame_arena, Matrix4, ENTITIES, MEMORY_TAG_RENDERER);
    StringBuilder *hud = StringBuilder_Create(g_memory_system->frame_arena, 128);
    DrawMesh mesh;
    DrawText text;
    u32 i;
    if (transforms == NULL || hud == NULL) refused("the frame");
    for (i = 0; i < ENTITIES; i++) {
        memset(&transforms[i], 0, sizeof transforms[i]);
        transforms[i].m[12] = game->entities[i].at.x;
    }
    if (!arenite_memory_begin_commands(memory, 16)) refused("the commands");
    memset(&mesh, 0, sizeof mesh);
    for (i = 0; i < 10; i++) {
        mesh.mesh = i;
        mesh.count = ENTITIES / 10;
        mesh.transforms = (const Matrix4 *)arenite_memory_command_data(
            memory, transforms + i * mesh.count, mesh.count * sizeof *transforms, MEMORY_TAG_RENDERER);
        if (!arenite_memory_push_command(memory, &mesh, sizeof mesh)) refused("a command");
    }
    StringBuilder_Append(hud, "frame ");
    StringBuilder_AppendFormat(hud, "%u, %u particles, %s", (unsigned)game->frame, (unsigned)game->particle_count,
                               game->entities[game->frame % ENTITIES].name);
    memset(&text, 0, sizeof text);
    text.kind = DRAW_TEXT;
    text.text = (const char *)arenite_memory_command_data(memory, StringBuilder_CStr(hud), StringBuilder_Length(hud) + 1,
                                                          MEMORY_TAG_GUI);
    if (!arenite_memory_push_command(memory, &text, sizeof text)) refused("a command");
    if (arenite_memory_submit_commands(memory) == 0) refused("the commands");
}

/* Draws a command: what the GPU reads is copied into the ring, and stays until its fence has passed. */
static void draw(void *context, const void *command, size_t size) {
    Game *game = (Game *)context;
    (void)size;
    if (*(const u32 *)command == DRAW_MESH) {
        const DrawMesh *mesh = (const DrawMesh *)command;
        size_t bytes = mesh->count * sizeof(Matrix4);
        void *upload = Ring_Push(g_memory_system->frame_ring, bytes);
        if (upload == NULL) refused("an upload");
        memcpy(upload, mesh->transforms, bytes);
    } else {
        const DrawText *text = (const DrawText *)command;
        game->checksum = game->checksum * 31 + strlen(text->text);
    }
    game->drawn++;
}

static void play_frame(Game *game) {
    game->frame++;
    if (!Arena_Clear(g_memory_system->frame_arena)) refused("the frame area");
    /* The GPU is two frames behind. */
    if (game->fence >= 2 && !Ring_Retire(g_memory_system->frame_ring, game->fence - 1)) refused("a fence");
    if (!Ring_BeginFrame(g_memory_system->frame_ring)) refused("the ring");
    if (!Arena_Clear(g_memory_system->gui_arena)) refused("the GUI area");
    if (PushSizeTagged(g_memory_system->gui_arena, 4096, MEMORY_TAG_GUI) == NULL) refused("the GUI");
    update_entities(game, 0.016f);
    update_particles(game);
    find_path(game);
    record(game);
    if (!arenite_memory_run_commands(arenite_game_memory(), draw, game, NULL)) refused("the drawing");
    if (!Ring_EndFrameWithFence(g_memory_system->frame_ring, ++game->fence)) refused("the ring's end");
}

static void begin_game(Game *game) {
    memset(game, 0, sizeof *game);
    game->random = 1;
    if (!Memory_Initialize(NULL, sizeof(void *) == 8 ? GIGABYTES(5) : MEGABYTES(256))) refused("the memory");
    load_level(game);
}

static void end_particles(Game *game) {
    while (game->particles != NULL) {
        Particle *particle = game->particles;
        game->particles = particle->next;
        if (!Pool_Free(g_memory_system->small_pool, particle)) refused("a particle");
    }
}

static void press(Game *game, const char *key) {
    if (strcmp(key, "F9") == 0) {
        Memory_PrintArenaInfo(g_memory_system->permanent_arena);
        Memory_PrintArenaInfo(g_memory_system->frame_arena);
    } else if (strcmp(key, "D") == 0) {
        Memory_DumpAllocations();
    } else if (strcmp(key, "K") == 0) {
        Memory_CheckLeaks();
    } else if (strcmp(key, "leak") == 0 && game->particles != NULL) {
        game->particles = game->particles->next;
        game->particle_count--;
    } else if (strcmp(key, "smash") == 0) {
        game->entities[0].name[NAME] = '!';
        printf("%u broken fences\n", (unsigned)Memory_CheckIntegrity(g_memory_system->permanent_arena));
    }
}

static int play(u32 frames) {
    Game game;
    unsigned at = 0;
    char key[16];
    int more = scanf("%u %15s", &at, key) == 2;
    begin_game(&game);
    while (game.frame < frames) {
        play_frame(&game);
        while (more && at <= game.frame) {
            printf("-- frame %u: key %s\n", (unsigned)game.frame, key);
            press(&game, key);
            more = scanf("%u %15s", &at, key) == 2;
        }
        if (game.frame % 60 == 0) Memory_PrintStats();
    }
    end_particles(&game);
    printf("-- the end, checksum %08lx, %lu commands drawn\n", (unsigned long)(game.checksum & 0xffffffff),
           (unsigned long)game.drawn);
    printf("-- %u leaks\n", (unsigned)Memory_CheckLeaks());
    return Memory_Shutdown() ? 0 : 1;
}

#if defined(__GLIBC__)
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(GAME_COUNTS_HEAP)
/* In front of the C library's: every heap call of the process is counted, whoever makes it. */
static volatile unsigned long heap_calls = 0;
#define COUNTED(call) (heap_calls++, call)
#if defined(__cplusplus)
extern "C" {
#endif
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *block);
#if defined(__cplusplus)
#define NOTHROW noexcept
#else
#define NOTHROW
#endif
void *malloc(size_t size) NOTHROW { return COUNTED(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) NOTHROW { return COUNTED(__libc_calloc(count, size)); }
void *realloc(void *block, size_t size) NOTHROW { return COUNTED(__libc_realloc(block, size)); }
void *memalign(size_t align, size_t size) NOTHROW { return COUNTED(__libc_memalign(align, size)); }
void *aligned_alloc(size_t align, size_t size) NOTHROW { return COUNTED(__libc_memalign(align, size)); }
int posix_memalign(void **block, size_t align, size_t size) NOTHROW {
    *block = COUNTED(__libc_memalign(align, size));
    return *block == NULL ? ENOMEM : 0;
}
void free(void *block) NOTHROW { COUNTED(__libc_free(block)); }
#if defined(__cplusplus)
}
#endif
#else
static const unsigned long heap_calls = 0;
#endif

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static long page_faults(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

/* KiB of the process's own pages in memory, counted one by one: pages of files, its code among them, come and go as the
 * kernel likes, and its running totals are some hundred KiB off. */
static long own_kib(void) {
    char text[4096] = "";
    const char *line;
    long kib = 0;
    int file = open("/proc/self/smaps_rollup", O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0) refused("the process's own figures");
    close(file);
    line = strstr(text, "Anonymous:");
    if (line == NULL || sscanf(line, "%*s %ld", &kib) != 1) refused("the process's own figures");
    return kib;
}

/* Plays in a child that the kernel kills at its first system call but read, write and exit. */
static int without_system_calls(Game *game, u32 frames) {
    int status = 0;
    pid_t child;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        u32 i;
        play_frame(game); /* the child's own pages */
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(2);
        for (i = 0; i < frames; i++) play_frame(game);
        syscall(SYS_exit, 0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        printf("system calls: this kernel does not let them be forbidden\n");
        return 1;
    }
    if (!WIFEXITED(status)) printf("system calls: some\n");
    else printf("system calls: 0 in %u frames\n", (unsigned)frames);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int steady(u32 frames) {
    Game game;
    long kib, growth, faults;
    unsigned long heap_before, heap_during;
    arenite_ring_stats ring;
    double start, end;
    u32 i;
    int fine;
    char *bytes;
    begin_game(&game);
    /* Until the ring has gone round once: each of its pages comes with its first use. */
    do {
        play_frame(&game);
        if (!arenite_ring_get_stats(g_memory_system->frame_ring, &ring)) refused("the ring's figures");
    } while (ring.wraps == 0);
    printf("warm after %u frames\n", (unsigned)game.frame);
    kib = own_kib();
    faults = page_faults();
    heap_before = heap_calls;
    start = seconds();
    for (i = 0; i < frames; i++) play_frame(&game);
    end = seconds();
    heap_during = heap_calls - heap_before;
    faults = page_faults() - faults;
    growth = own_kib() - kib;
    printf("heap calls: %lu in %u frames\n", heap_during, (unsigned)frames);
    printf("growth: %ld KiB of %ld, %ld page faults\n", growth, kib, faults);
    printf("a frame: %.1f us\n", (end - start) / frames * 1e6);
    fine = heap_during == 0 && growth <= 64;
    fine &= without_system_calls(&game, frames);

    /* 1,000 allocations of a frame, warm; and the clear of the whole frame area, full. */
    for (i = 0; i < 1000; i++) PushSize(g_memory_system->frame_arena, 8 + i % 64 * 8);
    Arena_Clear(g_memory_system->frame_arena);
    start = seconds();
    for (i = 0; i < 1000; i++) PushSize(g_memory_system->frame_arena, 8 + i % 64 * 8);
    end = seconds();
    printf("1,000 allocations: %.2f us\n", (end - start) * 1e6);
    Arena_Clear(g_memory_system->frame_arena);
    bytes = (char *)PushSize(g_memory_system->frame_arena, sizeof(void *) == 8 ? MEGABYTES(512) : MEGABYTES(16));
    if (bytes == NULL) refused("the whole frame area");
    start = seconds();
    Arena_Clear(g_memory_system->frame_arena);
    end = seconds();
    printf("clear of the full frame area: %.2f us\n", (end - start) * 1e6);
    end_particles(&game);
    return Memory_CheckLeaks() == 0 && Memory_Shutdown() && fine ? 0 : 1;
}
#else
static int steady(u32 frames) {
    (void)frames;
    printf("heap and system calls are counted on Linux with glibc only\n");
    return 0;
}
#endif

int main(int count, char **arguments) {
    u32 frames = count > 2 ? (u32)strtoul(arguments[2], NULL, 10) : 120;
    if (count > 1 && strcmp(arguments[1], "steady") == 0) return steady(frames);
    if (count > 1 && strcmp(arguments[1], "play") == 0) return play(frames);
    fprintf(stderr, "usage: %s play|steady [frames]\n", arguments[0]);
    return 2;
}
