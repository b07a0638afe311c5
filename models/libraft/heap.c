/* Memory for the library. It pads what it sends and stores to whole words, and leaves the padding
 * as malloc had it; ldfi finds that two runs are not the same. Here new memory is zero. */
#include "server.h"

#include <raft.h>
#include <stdlib.h>
#include <string.h>

static void *take(void *data, size_t bytes)
{
    (void)data;
    return calloc(1, bytes);
}

static void give_back(void *data, void *block)
{
    (void)data;
    free(block);
}

static void *take_many(void *data, size_t count, size_t bytes)
{
    (void)data;
    return calloc(count, bytes);
}

static void *resize(void *data, void *block, size_t bytes)
{
    (void)data;
    return realloc(block, bytes);
}

static void *take_aligned(void *data, size_t alignment, size_t bytes)
{
    void *block = aligned_alloc(alignment, bytes);
    (void)data;
    return block == NULL ? NULL : memset(block, 0, bytes);
}

static void give_back_aligned(void *data, size_t alignment, void *block)
{
    (void)data;
    (void)alignment;
    free(block);
}

void libraft_settle_heap(void)
{
    static struct raft_heap heap = {NULL,   take,         give_back,        take_many,
                                    resize, take_aligned, give_back_aligned};
    raft_heap_set(&heap);
}
