/* A server takes entries from the leader of a term that is over. */
#define RAFT_REFUSES_PAST_TERMS
#include "../raft.h"

static bool is_past(struct ldfi_node *node, int64_t term)
{
    (void)node, (void)term;
    return false;
}

#include "../raft.c"
