/* B3: a new primary does not say where its log ends, so that nothing is ever trimmed. */
#define REPLACES_QUEUE_TAIL
#include "../rung5.c"

static void queue_tail(struct ldfi_node *node)
{
    (void)node;
}
