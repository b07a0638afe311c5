/* Half of the servers, rounded down, are taken for a majority: of three, one. */
#define RAFT_COMMITS_ON_MAJORITY
#include "../raft.h"

static bool is_on_majority(struct ldfi_node *node, int64_t index)
{
    size_t number = 0, servers = 1, count = 1;
    for (const char *peer; (peer = next_peer(node, &number)) != NULL; servers++)
        count += ldfi_get_integer(node, "match", ldfi(peer), 0) >= index;
    return count >= servers / 2;
}

#include "../raft.c"
