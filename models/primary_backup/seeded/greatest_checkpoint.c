/* B1: the primary's checkpoint is the greatest of its members' and its own, not the least. */
#define REPLACES_AGREED_CHECKPOINT
#include "../rung5.c"

static int64_t agreed_checkpoint(struct ldfi_node *node)
{
    int64_t greatest = local_checkpoint(node);
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;) {
        const int64_t slot = ldfi_get_integer(node, "checkpoint", row->key, 0);
        if (slot > greatest)
            greatest = slot;
    }
    return greatest;
}
