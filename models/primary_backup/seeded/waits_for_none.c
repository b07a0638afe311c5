/* B8': the client is answered as soon as the primary has logged the write itself. */
#define REPLACES_IS_REPLICATED
#include "../rung5.c"

static bool is_replicated(struct ldfi_node *node, struct ldfi_value operation)
{
    (void)node;
    (void)operation;
    return true;
}
