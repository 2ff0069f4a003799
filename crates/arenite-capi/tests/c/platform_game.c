/* The plan's "test with game code": a small game whose every byte comes from memory_wrapper.h. Levels in heaps, sprites in
 * blocks, a map in reserved pages that grows, a text in movable memory. The world's hash is the same on every run. */
#include <stdio.h>
#include <string.h>

#include "memory_wrapper.h"

enum { FRAMES = 200, LEVEL = 50, PAGE = 4096, MAP = 1 << 20, SPRITES = 64 };

typedef struct Entity {
    struct Entity *next;
    int x, y, life;
} Entity;

typedef struct Game {
    HANDLE level;         /* ends with the level */
    Entity *entities;     /* in the level's heap */
    unsigned char *map;   /* reserved once, committed as the world is seen */
    size_t seen;          /* bytes of it */
    HGLOBAL log;          /* movable: grows with each line */
    size_t log_size;
    unsigned char *sprites[SPRITES];
    unsigned random, hash;
} Game;

static unsigned next(Game *game, unsigned below) {
    game->random = game->random * 1103515245u + 12345u;
    return game->random / 65536u % below;
}

static void mix(Game *game, unsigned value) {
    game->hash = (game->hash ^ value) * 16777619u;
}

static int say(Game *game, const char *text) {
    size_t length = strlen(text);
    char *log;
    HGLOBAL grown = GlobalReAlloc(game->log, game->log_size + length, GMEM_MOVEABLE | GMEM_ZEROINIT);
    if (grown == NULL) return 0;
    game->log = grown;
    log = (char *)GlobalLock(game->log);
    CopyMemory(log + game->log_size, text, length);
    GlobalUnlock(game->log);
    game->log_size += length;
    return 1;
}

static int load_level(Game *game, int number) {
    char text[32];
    if (game->level != NULL && !HeapDestroy(game->level)) return 0;
    game->entities = NULL;
    game->level = HeapCreate(0, 0, 0);
    sprintf(text, "level %d\n", number);
    return game->level != NULL && say(game, text);
}

static int spawn(Game *game) {
    Entity *entity = (Entity *)HeapAlloc(game->level, HEAP_ZERO_MEMORY, sizeof *entity);
    if (entity == NULL) return 0;
    entity->x = (int)next(game, 256);
    entity->y = (int)next(game, 256);
    entity->life = 20 + (int)next(game, 50);
    entity->next = game->entities;
    game->entities = entity;
    return 1;
}

static int see(Game *game, size_t at) {
    while (game->seen <= at) {
        if (VirtualAlloc(game->map + game->seen, PAGE, MEM_COMMIT, PAGE_READWRITE) == NULL) return 0;
        memset(game->map + game->seen, (int)(game->seen / PAGE), PAGE);
        game->seen += PAGE;
    }
    return 1;
}

static int sprite(Game *game, unsigned slot) {
    size_t size = 16 + next(game, 2000);
    if (game->sprites[slot] != NULL && next(game, 2)) {
        game->sprites[slot] = (unsigned char *)Platform_Realloc(game->sprites[slot], 0, size);
        return game->sprites[slot] != NULL;
    }
    Free(game->sprites[slot]);
    game->sprites[slot] = (unsigned char *)Alloc(size, MEM_CLEAR);
    if (game->sprites[slot] == NULL) return 0;
    FillMemory(game->sprites[slot], 16, (int)slot);
    return 1;
}

static int frame(Game *game, int number) {
    Entity **link = &game->entities;
    char *scratch = (char *)Alloc(256, MEM_TEMP);
    unsigned i;
    if (scratch == NULL) return 0;
    if (number % LEVEL == 0 && !load_level(game, number / LEVEL)) return 0;
    for (i = 0; i < 8; i++)
        if (!spawn(game) || !sprite(game, next(game, SPRITES))) return 0;
    while (*link != NULL) {
        Entity *entity = *link;
        size_t at = (size_t)(entity->y * 256 + entity->x) * (MAP / 65536);
        if (!see(game, at)) return 0;
        mix(game, (unsigned)(game->map[at] += 1));
        entity->x = (entity->x + 1) % 256;
        if (--entity->life > 0) {
            link = &entity->next;
            continue;
        }
        *link = entity->next;
        if (!HeapFree(game->level, 0, entity)) return 0;
    }
    sprintf(scratch, "frame %d\n", number);
    if (number % 60 == 0 && !say(game, scratch)) return 0;
    Free(scratch);
    for (i = 0; i < SPRITES; i++)
        if (game->sprites[i] != NULL) mix(game, game->sprites[i][15]);
    return 1;
}

int main(void) {
    Game game;
    int number;
    unsigned i;
    ZeroMemory(&game, sizeof game);
    game.random = 7;
    game.map = (unsigned char *)VirtualAlloc(NULL, MAP, MEM_RESERVE, PAGE_NOACCESS);
    game.log = GlobalAlloc(GMEM_MOVEABLE, 1);
    if (game.map == NULL || game.log == NULL) return 1;
    for (number = 0; number < FRAMES; number++)
        if (!frame(&game, number)) {
            printf("frame %d was refused, error %u\n", number, (unsigned)GetLastError());
            return 1;
        }
    for (i = 0; i < SPRITES; i++) Free(game.sprites[i]);
    printf("%.7s ... hash %08x, log %lu bytes, map %lu KiB\n", (char *)GlobalLock(game.log), game.hash,
           (unsigned long)game.log_size, (unsigned long)game.seen / 1024);
    GlobalUnlock(game.log);
    if (!HeapDestroy(game.level) || !VirtualFree(game.map, 0, MEM_RELEASE) || GlobalFree(game.log) != NULL) return 2;
#if !defined(_WIN32)
    if (Platform_Mem_GetCount() != 0 || Platform_Mem_GetAllocated() != 0) {
        Platform_Mem_DumpLeaks();
        return 3;
    }
#endif
    return 0;
}
