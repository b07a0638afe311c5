/* Log replication: section 5.3.
 *
 *   append(term, index and term of the entry before, term, client and write of the entry, the
 *          leader's commit index)
 *   appended(term, success, index)
 *
 * The paper's AppendEntries carries any number of entries, this one carries one or, as a mere
 * heartbeat, none: its entry has the term 0. An answer is not tied to its question here, so it says
 * how far the logs agree or, if they do not, which index was refused. */

static void send_entries(struct ldfi_node *node, const char *peer)
{
    int64_t next = ldfi_get_integer(node, "next", ldfi(peer), 1);
    struct entry entry;
    if (!read_entry(node, next, &entry))
        entry = (struct entry){0, "", ""};
    ldfi_send(node, peer, "append",
              ldfi(current_term(node), next - 1, term_at(node, next - 1), entry.term, entry.client,
                   entry.write, commit_index(node)));
}

/* Figure 2, leaders: idle or not, they are heard of before followers lose patience. */
static void send_entries_to_all(struct ldfi_node *node)
{
    ldfi_set_timer(node, "heartbeat", HEARTBEAT_STEPS);
    size_t number = 0;
    for (const char *peer; (peer = next_peer(node, &number)) != NULL;)
        send_entries(node, peer);
}

/* Figure 2, candidates: one who hears from the leader of its term follows. */
static void follow_leader(struct ldfi_node *node, const char *leader)
{
    set_role(node, "follower");
    ldfi_put(node, "leader", ldfi(), ldfi(leader));
    set_election_timer(node);
}

/* Figure 2, AppendEntries. */
static void on_append(struct ldfi_node *node, const struct ldfi_message *message)
{
    int64_t previous = ldfi_integer(message, 1), index = previous;
    struct entry entry = {ldfi_integer(message, 3), ldfi_text(message, 4), ldfi_text(message, 5)};
    if (is_past(node, ldfi_integer(message, 0))) { /* 1 */
        ldfi_send(node, message->from, "appended", ldfi(current_term(node), false, 0));
        return;
    }
    follow_leader(node, message->from);
    if (!has_previous(node, previous, ldfi_integer(message, 2))) { /* 2 */
        ldfi_send(node, message->from, "appended", ldfi(current_term(node), false, previous));
        return;
    }
    if (entry.term != 0) {
        index++;
        remove_conflict(node, index, entry.term); /* 3 */
        if (last_index(node) < index)             /* 4: only what is not there yet */
            append_entry(node, &entry);
    }
    /* 5: what the leader has committed, as far as this message vouches for it. */
    int64_t commit = ldfi_integer(message, 6);
    commit_up_to(node, commit < index ? commit : index);
    ldfi_send(node, message->from, "appended", ldfi(current_term(node), true, index));
}

/* Figure 2, leaders, rule 3: what a follower confirms is noted; after a refusal the leader tries
 * one entry earlier. */
static void on_appended(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *peer = message->from;
    int64_t index = ldfi_integer(message, 2);
    if (ldfi_integer(message, 0) != current_term(node) || !has_role(node, "leader"))
        return;
    if (!ldfi_integer(message, 1)) {
        if (index != ldfi_get_integer(node, "next", ldfi(peer), 1) - 1)
            return; /* the same answer has come before */
        ldfi_put(node, "next", ldfi(peer), ldfi(index));
        send_entries(node, peer);
    } else if (index > ldfi_get_integer(node, "match", ldfi(peer), 0)) {
        ldfi_put(node, "match", ldfi(peer), ldfi(index));
        ldfi_put(node, "next", ldfi(peer), ldfi(index + 1));
        advance_commit(node);
        if (index < last_index(node))
            send_entries(node, peer);
    }
}
