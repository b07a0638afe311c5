/* Figure 2, leaders, rule 4, and section 5.4.2: copies are counted for entries of the leader's own
 * term alone. One of an earlier term may be on a majority and still be overwritten (figure 8). */
#ifndef RAFT_COMMITS_OWN_TERM
static bool is_of_own_term(struct ldfi_node *node, int64_t index)
{
    return term_at(node, index) == current_term(node);
}
#endif
