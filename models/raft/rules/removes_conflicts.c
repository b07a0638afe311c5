/* Figure 2, AppendEntries, rule 3: an entry of another term gives way to the leader's, with all
 * that follow it. */
#ifndef RAFT_REMOVES_CONFLICTS
static void remove_conflict(struct ldfi_node *node, int64_t index, int64_t term)
{
    int64_t last = last_index(node);
    if (last < index || term_at(node, index) == term)
        return;
    ldfi_put(node, "last", ldfi(), ldfi(index - 1));
    for (; last >= index; last--)
        ldfi_delete(node, "log", ldfi(last));
}
#endif
