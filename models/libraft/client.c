/* The client: gives each write to one server after the other until one has accepted it.
 *
 * Tables: `asked`, the number of the server that was asked last, and `acknowledged`, both by write.
 */
#include "server.h"

enum { RETRY_STEPS = 5 };

/* Asks the server of that name; again after a while, if there is no answer. */
static void ask(struct ldfi_node *node, const char *write, const char *server)
{
    ldfi_put(node, "asked", ldfi(write), ldfi(server));
    ldfi_send(node, server, "submit", ldfi(write));
    ldfi_set_timer(node, write, RETRY_STEPS);
}

/* The server after that one, in the order of nodes. */
static const char *server_after(struct ldfi_node *node, const char *server)
{
    size_t number = libraft_id(node, server) - 1;
    const char *name;
    do {
        number = (number + 1) % ldfi_node_count(node);
        name = ldfi_node_name(node, number);
    } while (strcmp(name, LIBRAFT_CLIENT) == 0);
    return name;
}

void libraft_client_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *write = ldfi_text(message, 0);
    if (ldfi_is(message, "write") && message->from == NULL) {
        ask(node, write, server_after(node, LIBRAFT_CLIENT));
    } else if (ldfi_is(message, "accepted")) {
        ldfi_put(node, "acknowledged", ldfi(write), ldfi());
        ldfi_cancel_timer(node, write);
    } else if (ldfi_is(message, "refused")) {
        const char *leader = ldfi_text(message, 1);
        if (*leader != '\0' && ldfi_get(node, "acknowledged", ldfi(write)) == NULL)
            ask(node, write, leader);
    }
}

void libraft_client_timer(struct ldfi_node *node, const char *write)
{
    const struct ldfi_row *row = ldfi_get(node, "asked", ldfi(write));
    ask(node, write, server_after(node, ldfi_value_text(row, 0)));
}
