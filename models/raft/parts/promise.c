/* What Raft promises (figure 3), as far as the end of a run shows it. Servers that crashed count as
 * well: what they did before is no less done.
 *
 *   election    at most one leader in a term
 *   matching    logs with the same term at an index have the same entries up to it
 *   agreement   (state machine safety) nobody applied different entries at an index
 *   durability  (leader completeness, as a client sees it) what was acknowledged is in the logs of
 *               a majority, so that every later leader has it */

/* The servers: the first from `*number` on; NULL: no more. */
static const char *next_server(struct ldfi_node *observer, size_t *number)
{
    while (*number < ldfi_node_count(observer)) {
        const char *name = ldfi_node_name(observer, (*number)++);
        if (!is_client(name))
            return name;
    }
    return NULL;
}

static bool same_entry(const struct ldfi_row *left, const struct ldfi_row *right)
{
    return ldfi_value_integer(left, 0) == ldfi_value_integer(right, 0) &&
           strcmp(ldfi_value_text(left, 1), ldfi_value_text(right, 1)) == 0 &&
           strcmp(ldfi_value_text(left, 2), ldfi_value_text(right, 2)) == 0;
}

/* ---- pre: all that there is to be promised of ---- */

static void claim_terms_led(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *server = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(server, "led", ldfi(), row)) != NULL;)
        ldfi_claim(observer, ldfi("election", name, ldfi_key_integer(row, 0), ""));
}

static void claim_applied(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *server = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(server, "applied", ldfi(), row)) != NULL;)
        ldfi_claim(observer,
                   ldfi("agreement", name, ldfi_key_integer(row, 0), ldfi_value_text(row, 2)));
}

/* Indexes at which two logs have the same term; with `all_before`, only as far as all entries up to
 * there are the same. */
static void claim_matching(struct ldfi_node *observer, const char *name, const char *other,
                           bool all_before)
{
    struct ldfi_node *left = ldfi_at(observer, name), *right = ldfi_at(observer, other);
    const struct ldfi_row *row = NULL;
    while ((row = ldfi_each(left, "log", ldfi(), row)) != NULL) {
        int64_t index = ldfi_key_integer(row, 0);
        const struct ldfi_row *same = ldfi_get(right, "log", ldfi(index));
        if (all_before && (same == NULL || !same_entry(row, same)))
            return;
        if (same != NULL && ldfi_value_integer(row, 0) == ldfi_value_integer(same, 0))
            ldfi_claim(observer, ldfi("matching", name, index, other));
    }
}

static void claim_matching_of_all(struct ldfi_node *observer, bool all_before)
{
    size_t left = 0;
    for (const char *name; (name = next_server(observer, &left)) != NULL;) {
        size_t right = left;
        for (const char *other; (other = next_server(observer, &right)) != NULL;) {
            ldfi_scope(observer);
            claim_matching(observer, name, other, all_before);
        }
    }
}

static void claim_acknowledged(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *client = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(client, "acknowledged", ldfi(), row)) != NULL;)
        ldfi_claim(observer, ldfi("durability", name, 0, ldfi_key_text(row, 0)));
}

static void promised(struct ldfi_node *observer)
{
    for (size_t number = 0; number < ldfi_node_count(observer); number++) {
        const char *name = ldfi_node_name(observer, number);
        ldfi_scope(observer);
        if (is_client(name)) {
            claim_acknowledged(observer, name);
            continue;
        }
        claim_terms_led(observer, name);
        ldfi_scope(observer);
        claim_applied(observer, name);
    }
    claim_matching_of_all(observer, false);
}

/* ---- post: what is so ---- */

static bool another_led(struct ldfi_node *observer, const char *name, int64_t term)
{
    size_t number = 0;
    for (const char *other; (other = next_server(observer, &number)) != NULL;)
        if (strcmp(other, name) != 0 && ldfi_get(ldfi_at(observer, other), "led", ldfi(term)))
            return true;
    return false;
}

static void claim_sole_leaders(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *server = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(server, "led", ldfi(), row)) != NULL;)
        if (!another_led(observer, name, ldfi_key_integer(row, 0)))
            ldfi_claim(observer, ldfi("election", name, ldfi_key_integer(row, 0), ""));
}

static bool all_agree(struct ldfi_node *observer, const struct ldfi_row *applied)
{
    size_t number = 0;
    for (const char *other; (other = next_server(observer, &number)) != NULL;) {
        const struct ldfi_row *row = ldfi_get(ldfi_at(observer, other), "applied", applied->key);
        if (row != NULL && !same_entry(row, applied))
            return false;
    }
    return true;
}

static void claim_agreed(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *server = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(server, "applied", ldfi(), row)) != NULL;)
        if (all_agree(observer, row))
            ldfi_claim(observer,
                       ldfi("agreement", name, ldfi_key_integer(row, 0), ldfi_value_text(row, 2)));
}

static bool has_write(struct ldfi_node *server, const char *client, const char *write)
{
    return index_of_write(server, client, write) != 0;
}

/* The writes in a server's log that a majority has. */
static void claim_durable(struct ldfi_node *observer, const char *name)
{
    struct ldfi_node *server = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(server, "log", ldfi(), row)) != NULL;) {
        const char *client = ldfi_value_text(row, 1), *write = ldfi_value_text(row, 2);
        size_t number = 0, count = 0;
        for (const char *other; (other = next_server(observer, &number)) != NULL;)
            count += has_write(ldfi_at(observer, other), client, write);
        if (write[0] != '\0' && is_majority(observer, count))
            ldfi_claim(observer, ldfi("durability", client, 0, write));
    }
}

static void kept(struct ldfi_node *observer)
{
    size_t number = 0;
    for (const char *name; (name = next_server(observer, &number)) != NULL;) {
        ldfi_scope(observer);
        claim_sole_leaders(observer, name);
        ldfi_scope(observer);
        claim_agreed(observer, name);
        ldfi_scope(observer);
        claim_durable(observer, name);
    }
    claim_matching_of_all(observer, true);
}
