/* Figure 2, RequestVote, rule 2, and section 5.4.1: who has seen a later term, or as late a term
 * and as long a log, can have all that is committed. */
#ifndef RAFT_VOTES_FOR_UP_TO_DATE
static bool is_up_to_date(struct ldfi_node *node, int64_t index, int64_t term)
{
    int64_t own_index = last_index(node), own_term = term_at(node, own_index);
    return term > own_term || (term == own_term && index >= own_index);
}
#endif
