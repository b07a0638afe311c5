/* Figure 2, leaders, rule 4: an entry must be in the logs of a majority, the leader's own included.
 */
#ifndef RAFT_COMMITS_ON_MAJORITY
static bool is_on_majority(struct ldfi_node *node, int64_t index)
{
    size_t number = 0, count = 1;
    for (const char *peer; (peer = next_peer(node, &number)) != NULL;)
        count += ldfi_get_integer(node, "match", ldfi(peer), 0) >= index;
    return is_majority(node, count);
}
#endif
