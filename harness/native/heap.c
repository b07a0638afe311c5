#include "simulator.h"

#include <malloc.h>
#include <stdlib.h>

/* What malloc keeps of given back blocks for a thread (its tcache): so many of each size. */
enum { CACHED_BLOCKS = 7, CACHED_SIZES = 64, SIZE_STEP = 16, SIZE_LEAST = 24, TRIES_MAX = 100 };

/* malloc counts blocks in its cache as taken, so that one which is taken from there and lost makes
 * no difference. The cache is filled first: then a lost block is missing there, and another one is
 * taken for it. */
static void fill_cache(void)
{
    static void *volatile blocks[CACHED_SIZES][CACHED_BLOCKS];
    for (size_t i = 0; i < CACHED_SIZES; i++)
        for (size_t j = 0; j < CACHED_BLOCKS; j++)
            blocks[i][j] = malloc(SIZE_LEAST + i * SIZE_STEP);
    for (size_t i = 0; i < CACHED_SIZES; i++)
        for (size_t j = CACHED_BLOCKS; j-- > 0;)
            free(blocks[i][j]);
}

size_t native_heap_bytes(void)
{
    fill_cache();
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd; /* large blocks are mapped one by one */
}

/* A block may be larger than what was asked for, if what is left of it were too small for another;
 * then the cache keeps it for another size, and does not fill. Such places are used up. */
void native_heap_settle(void)
{
    size_t before = 0, bytes = native_heap_bytes(), same = 0;
    for (int i = 0; i < TRIES_MAX && same < 3; i++) {
        before = bytes;
        bytes = native_heap_bytes();
        same = bytes == before ? same + 1 : 0;
    }
}
