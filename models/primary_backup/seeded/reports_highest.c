/* L1: an acknowledgement reports the highest slot that is filled, so that a checkpoint passes a
 * hole. */
#define REPLACES_REPORTED_CHECKPOINT
#include "../rung5_checkpoints.c"

static int64_t reported_checkpoint(struct ldfi_node *node)
{
    return highest_slot(node);
}
