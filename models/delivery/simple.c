/* Best-effort broadcast in C: the first protocol to read before writing one of your own.
 *
 * The broadcaster sends its message to every other node, once. simple.ded says the same as rules.
 * One lost message breaks it: one node has what another will never get.
 *
 *     ldfi run scenarios/delivery_c/simple_4_2_0.json
 *
 * A protocol is some functions in a table, `ldfi_protocol` at the end of the file. ldfi runs one
 * copy at each node of the scenario, and calls the functions when something happens there. */
#include <ldfi/protocol.h>

#include "promise.h"

/* Sends the text to all nodes but this one. What is sent now arrives in the next time step, unless
 * ldfi loses it. `ldfi(...)` makes a tuple of integers and strings: the fields of a message, a key,
 * a row. */
static void send_to_others(struct ldfi_node *node, const char *text)
{
    for (size_t i = 0; i < ldfi_node_count(node); i++) {
        const char *other = ldfi_node_name(node, i);
        if (strcmp(other, ldfi_name(node)) != 0)
            ldfi_send(node, other, "copy", ldfi(text));
    }
}

/* Something has arrived at this node. */
static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    /* What the node learns goes into a table and into no variable of its own: that is how ldfi sees
     * what rests on what. The tables of a node last; here `holds(text) -> whose it is`. */
    if (ldfi_is(message, "broadcast")) {
        /* An input, which comes from nobody: the scenario says broadcast("a", "hello")@1, so at
         * time 1 node a gets this message with the field "hello". */
        const char *text = ldfi_text(message, 0);
        ldfi_put(node, "holds", ldfi(text), ldfi(ldfi_name(node)));
        send_to_others(node, text);
    } else if (ldfi_is(message, "copy")) {
        ldfi_put(node, "holds", ldfi(ldfi_text(message, 0)), ldfi(message->from));
    }
}

/* `pre` and `post` are the promise, in promise.h; go on there, and then to retry.c. */
const struct ldfi_protocol ldfi_protocol = {.message = on_message, .pre = promise, .post = keep};
