/* L2: a new primary credits the others with its own local checkpoint. */
#define REPLACES_CREDITED_CHECKPOINT
#include "../rung5_checkpoints.c"

static int64_t credited_checkpoint(struct ldfi_node *node)
{
    return local_checkpoint(node);
}
