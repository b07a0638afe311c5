/* What a server is: one of a fixed set, in a term, in one of three roles. */

static bool is_client(const char *name)
{
    return name[0] >= 'A' && name[0] <= 'Z';
}

static const char *next_peer(struct ldfi_node *node, size_t *number)
{
    while (*number < ldfi_node_count(node)) {
        const char *name = ldfi_node_name(node, (*number)++);
        if (!is_client(name) && strcmp(name, ldfi_name(node)) != 0)
            return name;
    }
    return NULL;
}

static bool is_majority(struct ldfi_node *node, size_t count)
{
    size_t servers = 0;
    for (size_t number = 0; number < ldfi_node_count(node); number++)
        servers += !is_client(ldfi_node_name(node, number));
    return count * 2 > servers;
}

static int64_t current_term(struct ldfi_node *node)
{
    return ldfi_get_integer(node, "term", ldfi(), 0);
}

static bool has_role(struct ldfi_node *node, const char *role)
{
    const struct ldfi_row *row = ldfi_get(node, "role", ldfi());
    return strcmp(ldfi_value_text(row, 0), role) == 0;
}

static void set_role(struct ldfi_node *node, const char *role)
{
    ldfi_put(node, "role", ldfi(), ldfi(role));
}

/* The further down the scenario's list of nodes, the more patient. */
static void set_election_timer(struct ldfi_node *node)
{
    uint32_t steps = ELECTION_STEPS;
    for (size_t number = 0; strcmp(ldfi_node_name(node, number), ldfi_name(node)) != 0; number++)
        if (!is_client(ldfi_node_name(node, number)))
            steps += ELECTION_STEPS_APART;
    ldfi_set_timer(node, "election", steps);
}

/* Enters a term as a follower who knows no leader. Whoever had a timer for elections keeps it: only
 * a leader, or a vote given, earns the others more patience (figure 2, followers). */
static void follow_term(struct ldfi_node *node, int64_t term)
{
    if (has_role(node, "leader")) {
        ldfi_cancel_timer(node, "heartbeat");
        set_election_timer(node);
    }
    ldfi_put(node, "term", ldfi(), ldfi(term));
    ldfi_delete(node, "leader", ldfi());
    set_role(node, "follower");
}
