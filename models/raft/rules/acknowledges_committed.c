/* Figure 2, leaders, rule 2: a client hears of its write after it is applied, not before. */
#ifndef RAFT_ACKNOWLEDGES_COMMITTED
static bool may_acknowledge(struct ldfi_node *node, int64_t index)
{
    return index <= commit_index(node);
}
#endif
