/* Lua: a script that makes trees, text, tables and closures. */
#include "client.h"
#include "memory.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

static int rounds;

static const char SCRIPT[] =
    "local rounds = ...\n"
    "local function tree(depth)\n"
    "  if depth == 0 then return {value = 1} end\n"
    "  return {left = tree(depth - 1), right = tree(depth - 1), value = depth}\n"
    "end\n"
    "local function sum(node)\n"
    "  if not node.left then return node.value end\n"
    "  return sum(node.left) + sum(node.right) + node.value\n"
    "end\n"
    "local total, words = 0, {}\n"
    "for round = 1, rounds do\n"
    "  total = total + sum(tree(12))\n"
    "  for i = 1, 4000 do words[#words + 1] = 'word ' .. (i * round) .. ' of ' .. round end\n"
    "  local text = table.concat(words, ' ', math.max(1, #words - 2000))\n"
    "  total = total + #text\n"
    "  local counts = {}\n"
    "  for word in text:gmatch('%w+') do counts[word] = (counts[word] or 0) + 1 end\n"
    "  for _, n in pairs(counts) do total = total + n end\n"
    "  local adders = {}\n"
    "  for i = 1, 3000 do adders[i] = function(x) return x + i end end\n"
    "  for i = 1, #adders do total = adders[i](total) % 1000000007 end\n"
    "  if #words > 20000 then words = {} end\n"
    "end\n"
    "return total\n";

static void *hook(void *data, void *block, size_t old, size_t size) {
    (void)data;
    /* Without a block `old` says what kind of object is made. */
    if (block == NULL) return size == 0 ? NULL : sized_malloc(size);
    if (size != 0) return sized_realloc(block, old, size);
    sized_free(block, old);
    return NULL;
}

static void begin(scale scale) { rounds = scale == SCALE_FULL ? 40 : 1; }

static void job(uint64_t *hash) {
    lua_State *state = lua_newstate(hook, NULL);
    if (state == NULL) FAIL("lua_newstate");
    luaL_openlibs(state);
    if (luaL_loadbuffer(state, SCRIPT, sizeof SCRIPT - 1, "=script") != LUA_OK) FAIL("%s", lua_tostring(state, -1));
    lua_pushinteger(state, rounds);
    if (lua_pcall(state, 1, 1, 0) != LUA_OK) FAIL("%s", lua_tostring(state, -1));
    if (hash != NULL) hash_number(hash, (uint64_t)lua_tointeger(state, -1));
    if (!HEAPS_END) lua_close(state);
    heap_end();
}

static void end(void) {}

const client client_lua = {"lua", begin, job, end};
