/* Figure 2, RequestVote, rule 2: a server votes for one candidate in a term (and says so again,
 * when that one asks again). */
#ifndef RAFT_VOTES_ONCE
static bool has_voted_for_another(struct ldfi_node *node, const char *candidate)
{
    const struct ldfi_row *vote = ldfi_get(node, "voted_for", ldfi(current_term(node)));
    return vote != NULL && strcmp(ldfi_value_text(vote, 0), candidate) != 0;
}
#endif
