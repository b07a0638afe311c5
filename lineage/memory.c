#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one piece of global state: where to go when the machine has no memory left. It is written
 * once, by `main`, before anything is allocated. */
static struct {
    void (*handler)(void *context);
    void *context;
} exhaustion;

void lineage_memory_on_exhaustion(void (*handler)(void *context), void *context)
{
    exhaustion.handler = handler;
    exhaustion.context = context;
}

static _Noreturn void exhausted(void)
{
    if (exhaustion.handler != NULL)
        exhaustion.handler(exhaustion.context);
    abort();
}

void *lineage_memory_resize(void *old, size_t new_bytes)
{
    if (new_bytes == 0) {
        free(old);
        return NULL;
    }
    void *block = realloc(old, new_bytes);
    if (block == NULL)
        exhausted();
    return block;
}

void *lineage_memory_clear(size_t bytes)
{
    void *block = calloc(1, bytes);
    if (block == NULL)
        exhausted();
    return block;
}

void lineage_memory_free(void *block)
{
    free(block);
}

void *lineage_memory_reserve(void *items, size_t *capacity, size_t needed, size_t item_bytes)
{
    if (needed <= *capacity)
        return items;
    size_t wanted = *capacity < 8 ? 8 : *capacity * 2;
    if (wanted < needed)
        wanted = needed;
    if (wanted > SIZE_MAX / item_bytes)
        exhausted();
    *capacity = wanted;
    return lineage_memory_resize(items, wanted * item_bytes);
}

struct lineage_arena_chunk {
    struct lineage_arena_chunk *older;
    size_t used_bytes, size_bytes;
    _Alignas(max_align_t) unsigned char bytes[];
};

enum { CHUNK_BYTES_MIN = 1 << 12, CHUNK_BYTES_MAX = 1 << 20 };

static struct lineage_arena_chunk *add_chunk(struct lineage_arena *arena, size_t bytes)
{
    size_t size_bytes = CHUNK_BYTES_MIN;
    if (arena->newest != NULL)
        size_bytes = arena->newest->size_bytes * 2;
    if (size_bytes > CHUNK_BYTES_MAX)
        size_bytes = CHUNK_BYTES_MAX;
    if (size_bytes < bytes)
        size_bytes = bytes;
    struct lineage_arena_chunk *chunk =
        lineage_memory_resize(NULL, sizeof(struct lineage_arena_chunk) + size_bytes);
    *chunk = (struct lineage_arena_chunk){.older = arena->newest, .size_bytes = size_bytes};
    arena->newest = chunk;
    return chunk;
}

void *lineage_arena_allocate(struct lineage_arena *arena, size_t bytes)
{
    const size_t alignment = _Alignof(max_align_t);
    if (bytes > SIZE_MAX / 2)
        exhausted();
    bytes = (bytes + alignment - 1) / alignment * alignment;
    struct lineage_arena_chunk *chunk = arena->newest;
    if (chunk == NULL || chunk->size_bytes - chunk->used_bytes < bytes)
        chunk = add_chunk(arena, bytes);
    void *block = chunk->bytes + chunk->used_bytes;
    chunk->used_bytes += bytes;
    return memset(block, 0, bytes);
}

char *lineage_arena_text(struct lineage_arena *arena, const char *text, size_t length)
{
    char *copy = lineage_arena_allocate(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *lineage_arena_format(struct lineage_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = lineage_arena_allocate(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void lineage_arena_free(struct lineage_arena *arena)
{
    struct lineage_arena_chunk *chunk = arena->newest;
    while (chunk != NULL) {
        struct lineage_arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    arena->newest = NULL;
}
