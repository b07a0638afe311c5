/* B2: a new primary leaves out the first slot above its checkpoint. */
#define REPLACES_RESYNC_START
#include "../rung5.c"

static int64_t resync_start(struct ldfi_node *node)
{
    return global_checkpoint(node) + 2;
}
