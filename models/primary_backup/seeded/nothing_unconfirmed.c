/* L3: on a higher term a replica takes what it has for confirmed. */
#define REPLACES_DOUBT_ENTRIES
#include "../rung5_checkpoints.c"

static void doubt_entries(struct ldfi_node *node)
{
    (void)node;
}
