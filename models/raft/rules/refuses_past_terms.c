/* Figure 2, AppendEntries, rule 1: a leader of a term that is over is refused. */
#ifndef RAFT_REFUSES_PAST_TERMS
static bool is_past(struct ldfi_node *node, int64_t term)
{
    return term < current_term(node);
}
#endif
