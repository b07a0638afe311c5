/* Figure 2, AppendEntries, rule 2: an entry is taken only after the one that precedes it in the
 * leader's log. */
#ifndef RAFT_CHECKS_PREVIOUS
static bool has_previous(struct ldfi_node *node, int64_t index, int64_t term)
{
    return index == 0 || term_at(node, index) == term;
}
#endif
