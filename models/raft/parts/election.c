/* Elections: section 5.2.
 *
 *   request_vote(term, index and term of the candidate's last entry)
 *   vote(term, granted) */

static void count_votes(struct ldfi_node *node);

/* Figure 2, candidates: a new term, a vote for oneself, patience anew, and asking everybody. */
static void start_election(struct ldfi_node *node)
{
    int64_t term = current_term(node) + 1, last = last_index(node);
    follow_term(node, term);
    set_role(node, "candidate");
    ldfi_put(node, "voted_for", ldfi(term), ldfi(ldfi_name(node)));
    ldfi_put(node, "votes", ldfi(term, ldfi_name(node)), ldfi());
    set_election_timer(node);
    size_t number = 0;
    for (const char *peer; (peer = next_peer(node, &number)) != NULL;)
        ldfi_send(node, peer, "request_vote", ldfi(term, last, term_at(node, last)));
    count_votes(node); /* a single server elects itself */
}

/* Figure 2, RequestVote. 1: no vote for a term that is over. 2: one vote a term, and for nobody
 * whose log is behind. */
static void on_request_vote(struct ldfi_node *node, const struct ldfi_message *message)
{
    int64_t term = current_term(node);
    bool granted = ldfi_integer(message, 0) == term &&
                   !has_voted_for_another(node, message->from) &&
                   is_up_to_date(node, ldfi_integer(message, 1), ldfi_integer(message, 2));
    if (granted) {
        ldfi_put(node, "voted_for", ldfi(term), ldfi(message->from));
        set_election_timer(node);
    }
    ldfi_send(node, message->from, "vote", ldfi(term, granted));
}

static void on_vote(struct ldfi_node *node, const struct ldfi_message *message)
{
    int64_t term = current_term(node);
    if (!ldfi_integer(message, 1) || ldfi_integer(message, 0) != term ||
        !has_role(node, "candidate"))
        return;
    ldfi_put(node, "votes", ldfi(term, message->from), ldfi());
    count_votes(node);
}

/* A new leader takes it that the others have all that it has, until they say otherwise (figure 2,
 * nextIndex and matchIndex), and begins with an entry of its own, with which all earlier ones will
 * be committed (section 8). */
static void lead(struct ldfi_node *node, int64_t term)
{
    set_role(node, "leader");
    ldfi_put(node, "led", ldfi(term), ldfi());
    ldfi_put(node, "leader", ldfi(), ldfi(ldfi_name(node)));
    size_t number = 0;
    for (const char *peer; (peer = next_peer(node, &number)) != NULL;) {
        ldfi_put(node, "next", ldfi(peer), ldfi(last_index(node) + 1));
        ldfi_put(node, "match", ldfi(peer), ldfi(0));
    }
    append_entry(node, &(struct entry){term, "", ""});
    ldfi_cancel_timer(node, "election");
    send_entries_to_all(node);
    advance_commit(node);
}

/* Figure 2, candidates: votes of a majority make a leader. */
static void count_votes(struct ldfi_node *node)
{
    int64_t term = current_term(node);
    size_t count = 0;
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(node, "votes", ldfi(term), row)) != NULL;)
        count++;
    if (is_majority(node, count))
        lead(node, term);
}
