/* B5: a slot that is filled is not overwritten. The copy is dropped and acknowledged, as in rung 3.
 */
#define REPLACES_STORE
#include "../rung5.c"

static void store(struct ldfi_node *node, int64_t slot, const char *write, int64_t written_in)
{
    if (!is_filled(node, slot))
        ldfi_put(node, "log", ldfi(slot), ldfi(write, written_in));
}
