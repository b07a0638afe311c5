/* B10: what comes from a primary of an older term is stored and acknowledged. */
#define REPLACES_PASSES_FENCE
#include "../rung5.c"

static bool passes_fence(struct ldfi_node *node, int64_t term)
{
    (void)node;
    (void)term;
    return true;
}
