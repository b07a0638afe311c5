/* An entry that is there stays, though the leader has another one at its index. */
#define RAFT_REMOVES_CONFLICTS
#include "../raft.h"

static void remove_conflict(struct ldfi_node *node, int64_t index, int64_t term)
{
    (void)node, (void)index, (void)term;
}

#include "../raft.c"
