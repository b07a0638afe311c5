#include "attempt.h"

static size_t count_facts(const struct lineage_attempt *attempt)
{
    size_t facts = 0;
    for (size_t i = 0; i < attempt->requirement_count; i++)
        facts += attempt->requirements[i].need == LINEAGE_NEEDS_FACT &&
                 attempt->requirements[i].standing == LINEAGE_IS_MET;
    return facts;
}

bool lineage_attempt_is_closer(const struct lineage_attempt *left,
                               const struct lineage_attempt *right)
{
    if (left->unmet_count != right->unmet_count)
        return left->unmet_count < right->unmet_count;
    if (left->open_count != right->open_count)
        return left->open_count < right->open_count;
    return count_facts(left) > count_facts(right);
}

void lineage_attempts_free(struct lineage_attempts *attempts)
{
    lineage_memory_free(attempts->items.items);
    lineage_arena_free(&attempts->arena);
    *attempts = (struct lineage_attempts){.left_out = 0};
}
