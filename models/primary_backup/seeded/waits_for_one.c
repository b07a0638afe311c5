/* B8: the client is answered after the first acknowledgement. */
#define REPLACES_IS_REPLICATED
#include "../rung5.c"

static bool is_replicated(struct ldfi_node *node, struct ldfi_value operation)
{
    return each_backup(node, NULL) == NULL || /* nobody is left to wait for */
           ldfi_each(node, "acks", ldfi(operation), NULL) != NULL;
}
