/* B7: a new primary numbers writes from its checkpoint on, not from its highest slot. */
#define REPLACES_LAST_TAKEN
#include "../rung5.c"

static int64_t last_taken(struct ldfi_node *node)
{
    return global_checkpoint(node);
}
