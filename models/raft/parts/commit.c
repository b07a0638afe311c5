/* What is committed, and what clients are told: sections 5.3, 5.4.2 and 8.
 *
 *   request(write), from a client; done(write), redirect(write, leader), to it */

static int64_t commit_index(struct ldfi_node *node)
{
    return ldfi_get_integer(node, "commit", ldfi(), 0);
}

/* Figure 2, all servers: what is committed is applied, in the order of the log. */
static void commit_up_to(struct ldfi_node *node, int64_t index)
{
    int64_t committed = commit_index(node);
    struct entry entry;
    while (committed < index && read_entry(node, committed + 1, &entry)) {
        committed++;
        ldfi_put(node, "applied", ldfi(committed), ldfi(entry.term, entry.client, entry.write));
        ldfi_put(node, "commit", ldfi(), ldfi(committed));
    }
}

static void acknowledge(struct ldfi_node *node, int64_t index)
{
    struct entry entry;
    if (read_entry(node, index, &entry) && entry.write[0] != '\0' && may_acknowledge(node, index))
        ldfi_send(node, entry.client, "done", ldfi(entry.write));
}

/* Figure 2, leaders, rule 4: an entry of the current term that a majority has is committed, and
 * with it all before it. */
static void advance_commit(struct ldfi_node *node)
{
    int64_t committed = commit_index(node), index = last_index(node);
    while (index > committed && !(is_of_own_term(node, index) && is_on_majority(node, index)))
        index--;
    commit_up_to(node, index);
    while (committed < index)
        acknowledge(node, ++committed);
}

/* 0: it is not in the log. */
static int64_t index_of_write(struct ldfi_node *node, const char *client, const char *write)
{
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
        if (strcmp(ldfi_value_text(row, 1), client) == 0 &&
            strcmp(ldfi_value_text(row, 2), write) == 0)
            return ldfi_key_integer(row, 0);
    return 0;
}

/* Section 8: who is no leader says who is; and a leader appends a write once, however often it is
 * asked to. Figure 2, leaders: the answer waits until the entry is applied. */
static void on_request(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *write = ldfi_text(message, 0);
    if (!has_role(node, "leader")) {
        const struct ldfi_row *leader = ldfi_get(node, "leader", ldfi());
        if (leader != NULL)
            ldfi_send(node, message->from, "redirect", ldfi(write, ldfi_value_text(leader, 0)));
        return;
    }
    int64_t index = index_of_write(node, message->from, write);
    if (index == 0) {
        append_entry(node, &(struct entry){current_term(node), message->from, write});
        send_entries_to_all(node);
        index = last_index(node);
    }
    acknowledge(node, index);
    advance_commit(node); /* a single server is a majority */
}
