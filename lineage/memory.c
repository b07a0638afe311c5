#include "memory.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one piece of global state: where to go when the machine has no memory left, and whom to ask
 * before much is taken. It is written by `main` and before anything runs. */
static struct {
    void (*handler)(void *context);
    void *context, *reserve;
    atomic_flag is_handled;
} exhaustion;
static _Thread_local bool ends_here; /* this is the thread that handles it */

static struct {
    bool (*allows)(void *context, size_t bytes);
    void *context;
} watch;

enum { RESERVE_BYTES = 1 << 18 };

void lineage_memory_on_exhaustion(void (*handler)(void *context), void *context)
{
    exhaustion.handler = handler;
    exhaustion.context = context;
    atomic_flag_clear(&exhaustion.is_handled);
    ends_here = false;
    if (exhaustion.reserve == NULL)
        exhaustion.reserve = malloc(RESERVE_BYTES);
}

_Noreturn void lineage_memory_exhausted(void)
{
    while (!ends_here && atomic_flag_test_and_set(&exhaustion.is_handled))
        pause(); /* another thread ends the program */
    if (ends_here || exhaustion.handler == NULL)
        abort();
    ends_here = true;
    watch.allows = NULL;
    free(exhaustion.reserve);
    exhaustion.reserve = NULL;
    exhaustion.handler(exhaustion.context);
    abort();
}

void lineage_memory_watch(bool (*allows)(void *context, size_t bytes), void *context)
{
    watch.allows = allows;
    watch.context = context;
}

/* So many bytes are to be taken, and so many of them are used at once. */
static void count(size_t bytes, size_t used_bytes)
{
    static _Thread_local size_t since;
    since += bytes;
    if (since < LINEAGE_WATCHED_BYTES)
        return;
    since = 0;
    if (watch.allows != NULL && !watch.allows(watch.context, used_bytes))
        lineage_memory_exhausted();
}

void *lineage_memory_resize(void *old, size_t new_bytes)
{
    if (new_bytes == 0) {
        free(old);
        return NULL;
    }
    const size_t old_bytes = old == NULL ? 0 : malloc_usable_size(old);
    count(new_bytes > old_bytes ? new_bytes - old_bytes : 0, 0); /* arrays fill up by and by */
    void *block = realloc(old, new_bytes);
    if (block == NULL)
        lineage_memory_exhausted();
    return block;
}

void *lineage_memory_clear(size_t bytes)
{
    count(bytes, bytes);
    void *block = calloc(1, bytes);
    if (block == NULL)
        lineage_memory_exhausted();
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
        lineage_memory_exhausted();
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
        lineage_memory_exhausted();
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

/* What a stream of a text writes. */
static ssize_t append(void *cookie, const char *bytes, size_t count)
{
    struct lineage_text *text = cookie;
    text->bytes =
        lineage_memory_reserve(text->bytes, &text->capacity, text->count + count + 1, sizeof(char));
    memcpy(text->bytes + text->count, bytes, count);
    text->count += count;
    return (ssize_t)count;
}

FILE *lineage_text_open(struct lineage_text *text)
{
    const cookie_io_functions_t functions = {.write = append};
    *text = (struct lineage_text){.out = fopencookie(text, "w", functions)};
    if (text->out == NULL)
        lineage_memory_exhausted();
    return text->out;
}

char *lineage_text_close(struct lineage_text *text)
{
    fclose(text->out); /* writes what is left; append never fails */
    text->bytes =
        lineage_memory_reserve(text->bytes, &text->capacity, text->count + 1, sizeof(char));
    text->bytes[text->count] = '\0';
    return text->bytes;
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
