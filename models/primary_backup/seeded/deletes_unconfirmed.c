/* B6: on a higher term a replica deletes what it has above the checkpoint, where it should keep it
 * and mark it unconfirmed. (What a new primary has is its own: it deletes nothing.) */
#define REPLACES_DOUBT_ENTRIES
#include "../rung5.c"

static void doubt_entries(struct ldfi_node *node)
{
    const int64_t global = global_checkpoint(node);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;) {
        if (ldfi_key_integer(row, 0) > global)
            ldfi_delete(node, "log", row->key);
    }
}
