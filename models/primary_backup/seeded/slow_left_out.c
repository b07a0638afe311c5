/* B12: the primary's checkpoint is the least of its own and the greatest of its backups': a slow
 * backup does not count. */
#define REPLACES_AGREED_CHECKPOINT
#include "../rung5.c"

static int64_t agreed_checkpoint(struct ldfi_node *node)
{
    const int64_t own = local_checkpoint(node);
    int64_t furthest = -1; /* no backup */
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;) {
        const int64_t slot = ldfi_get_integer(node, "checkpoint", row->key, 0);
        if (slot > furthest)
            furthest = slot;
    }
    return furthest < 0 || own < furthest ? own : furthest;
}
