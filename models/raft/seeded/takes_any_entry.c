/* A server takes an entry whatever precedes it: it asks only whether something does. */
#define RAFT_CHECKS_PREVIOUS
#include "../raft.h"

static bool has_previous(struct ldfi_node *node, int64_t index, int64_t term)
{
    (void)term;
    return index <= last_index(node);
}

#include "../raft.c"
