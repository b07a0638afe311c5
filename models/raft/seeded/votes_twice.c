/* A server votes for every candidate that asks, in a term in which it has voted, too. */
#define RAFT_VOTES_ONCE
#include "../raft.h"

static bool has_voted_for_another(struct ldfi_node *node, const char *candidate)
{
    (void)node, (void)candidate;
    return false;
}

#include "../raft.c"
