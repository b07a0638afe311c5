#include "attempt.h"

void lineage_attempts_free(struct lineage_attempts *attempts)
{
    lineage_memory_free(attempts->items.items);
    lineage_arena_free(&attempts->arena);
    *attempts = (struct lineage_attempts){.left_out = 0};
}
