/* A client asks one server to write, and another one when there is no answer (section 8). Its
 * input: write(name), each name once. */

static const char *server_asked(struct ldfi_node *node)
{
    const struct ldfi_row *row = ldfi_get(node, "server", ldfi());
    size_t number = 0;
    return row != NULL ? ldfi_value_text(row, 0) : next_peer(node, &number);
}

/* Patience with each write is a timer of its name. */
static void ask(struct ldfi_node *node, const char *write)
{
    ldfi_send(node, server_asked(node), "request", ldfi(write));
    ldfi_set_timer(node, write, RETRY_STEPS);
}

static bool is_pending(struct ldfi_node *node, const char *write)
{
    return ldfi_get(node, "pending", ldfi(write)) != NULL;
}

static void client_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *write = ldfi_text(message, 0);
    if (ldfi_is(message, "write")) {
        ldfi_put(node, "pending", ldfi(write), ldfi());
        ask(node, write);
    } else if (ldfi_is(message, "redirect") && is_pending(node, write)) {
        ldfi_put(node, "server", ldfi(), ldfi(ldfi_text(message, 1)));
        ask(node, write);
    } else if (ldfi_is(message, "done") && is_pending(node, write)) {
        ldfi_delete(node, "pending", ldfi(write));
        ldfi_put(node, "acknowledged", ldfi(write), ldfi());
        ldfi_cancel_timer(node, write);
    }
}

/* The next server, after the last one the first again. */
static void client_timer(struct ldfi_node *node, const char *write)
{
    const char *asked = server_asked(node), *first, *next, *peer;
    size_t number = 0;
    first = next = next_peer(node, &number);
    for (peer = first; peer != NULL; peer = next_peer(node, &number))
        if (strcmp(peer, asked) == 0)
            next = next_peer(node, &number);
    ldfi_put(node, "server", ldfi(), ldfi(next != NULL ? next : first));
    ask(node, write);
}
