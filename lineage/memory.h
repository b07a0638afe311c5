/* Memory for everything above the solver: an allocator that never returns NULL, arenas, and growing
 * arrays.
 *
 * Running out of memory is the machine's failure, not the caller's (exit status 4): the handler
 * that `main` installs flushes the store and ends the program, so no caller checks for NULL. */
#ifndef LDFI_LINEAGE_MEMORY_H
#define LDFI_LINEAGE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Grows, shrinks, allocates (`old` NULL) or frees (`new_bytes` 0, returns NULL) a block. New bytes
 * are not cleared. Never returns NULL for `new_bytes` > 0. */
void *lineage_memory_resize(void *old, size_t new_bytes);

/* A cleared block of `bytes` > 0. The caller frees it with lineage_memory_free. */
void *lineage_memory_clear(size_t bytes);

/* Frees a block; NULL is allowed. */
void lineage_memory_free(void *block);

/* Installs what runs when the machine has no memory left. `handler` must not return; a little
 * memory has been put by for it. Without one, the program aborts. */
void lineage_memory_on_exhaustion(void (*handler)(void *context), void *context);

/* There is no memory left: for those who asked the C library themselves. */
_Noreturn void lineage_memory_exhausted(void);

/* Installs what is asked whenever LINEAGE_WATCHED_BYTES have been taken since it was asked last: is
 * there memory left, and `bytes` more that are used at once? Where it answers no, memory is
 * exhausted. NULL: nobody is asked. */
enum { LINEAGE_WATCHED_BYTES = 1 << 22 };
void lineage_memory_watch(bool (*allows)(void *context, size_t bytes), void *context);

/* An arena: blocks allocated one after the other and freed all at once. Zeroed is empty. */
struct lineage_arena {
    struct lineage_arena_chunk *newest;
};

/* `bytes` cleared bytes, aligned for any type, that live until the arena is freed. */
void *lineage_arena_allocate(struct lineage_arena *arena, size_t bytes);

/* A copy of `length` bytes at `text` with a terminating NUL. */
char *lineage_arena_text(struct lineage_arena *arena, const char *text, size_t length);

/* printf into the arena. */
__attribute__((format(printf, 2, 3))) char *lineage_arena_format(struct lineage_arena *arena,
                                                                 const char *format, ...);

void lineage_arena_free(struct lineage_arena *arena);

/* Returns `items`, an array of `*capacity` items of `item_bytes` each, grown to hold at least
 * `needed` of them. */
void *lineage_memory_reserve(void *items, size_t *capacity, size_t needed, size_t item_bytes);

/* A text that is printed: everything that goes to `out` from lineage_text_open to
 * lineage_text_close, which returns it with a terminating NUL. The caller frees it with
 * lineage_memory_free. (A memory stream of the C library loses what it finds no memory for.) */
struct lineage_text {
    FILE *out;
    char *bytes;
    size_t count, capacity;
};
FILE *lineage_text_open(struct lineage_text *text);
char *lineage_text_close(struct lineage_text *text);

/* Declares a growing array: struct { T *items; size_t count, capacity; }. Zeroed is empty; free
 * `.items` with lineage_memory_free. */
#define LINEAGE_ARRAY(type)                                                                        \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count, capacity;                                                                    \
    }

/* Appends a value to a growing array. */
#define LINEAGE_PUSH(array, value)                                                                 \
    do {                                                                                           \
        LINEAGE_RESERVE(array, 1);                                                                 \
        (array)->items[(array)->count++] = (value);                                                \
    } while (0)

/* Makes room for `more` further values. */
#define LINEAGE_RESERVE(array, more)                                                               \
    do {                                                                                           \
        if ((array)->count + (more) > (array)->capacity)                                           \
            (array)->items =                                                                       \
                lineage_memory_reserve((array)->items, &(array)->capacity,                         \
                                       (array)->count + (more), sizeof *(array)->items);           \
    } while (0)

/* Makes an array's items those of another of the same type. */
#define LINEAGE_COPY(array, source)                                                                \
    do {                                                                                           \
        (array)->count = 0;                                                                        \
        LINEAGE_RESERVE(array, (source)->count);                                                   \
        if ((source)->count > 0)                                                                   \
            memcpy((array)->items, (source)->items, (source)->count * sizeof *(source)->items);    \
        (array)->count = (source)->count;                                                          \
    } while (0)

#endif
