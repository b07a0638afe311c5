/* Broadcast with retries: the broadcaster sends its message again in every time step.
 *
 * The answer to simple.c, as retry.ded is to simple.ded: losses that end some day are outlived.
 * What breaks it is a loss followed by the crash of the broadcaster, the only node that ever sends.
 *
 *     ldfi run scenarios/delivery_c/retry_4_2_1.json
 *
 * New here: timers. A node that should do something without being sent anything sets one. */
#include <ldfi/protocol.h>

#include "promise.h"

/* Sends all that this node has to say, and sees to it that it does so again in one step. */
static void send_to_others(struct ldfi_node *node)
{
    ldfi_set_timer(node, "retry", 1);
    const struct ldfi_row *row = NULL;
    while ((row = ldfi_each(node, "outbox", ldfi(), row)) != NULL) {
        for (size_t i = 0; i < ldfi_node_count(node); i++) {
            const char *other = ldfi_node_name(node, i);
            if (strcmp(other, ldfi_name(node)) != 0)
                ldfi_send(node, other, "copy", row->key);
        }
    }
}

static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *text = ldfi_text(message, 0);
    if (ldfi_is(message, "broadcast")) {
        /* What is to be sent again must be in a table, too. */
        ldfi_put(node, "outbox", ldfi(text), ldfi());
        ldfi_put(node, "holds", ldfi(text), ldfi(ldfi_name(node)));
        send_to_others(node);
    } else if (ldfi_is(message, "copy")) {
        /* Puts what is there already, from the second copy on. Each of them is a reason of its own
         * for the row: to keep it away, all must be lost. */
        ldfi_put(node, "holds", ldfi(text), ldfi(message->from));
    }
}

/* A timer has run out. There is but one, or its name would say which. */
static void on_timer(struct ldfi_node *node, const char *name)
{
    (void)name;
    send_to_others(node);
}

const struct ldfi_protocol ldfi_protocol = {
    .message = on_message, .timer = on_timer, .pre = promise, .post = keep};
