/* NAME: whoever takes a write sends a copy to everybody else, who acknowledges it. A starting
 * point for a protocol of your own.
 *
 *     ldfi run NAME.json
 *
 * loses one copy, and the promise at the end of this file is broken: nobody sends again what was
 * lost. To repair it, uncomment the line marked "repair", and run it again: certified. Then
 *
 *     ldfi run NAME.json --crashes 1
 *
 * lets a node crash, too, and finds what is still wrong. Afterwards write your own handlers here.
 *
 * All that a node knows is in its tables, rows with a key and a value; here they are "store" and
 * "owed". What is sent at one step of time is handled at the next. ldfi/protocol.h has it all. */
#include <ldfi/protocol.h>

enum { STEPS_TO_RETRY = 2 }; /* a copy arrives after one step, its acknowledgement after two */

/* Sends every copy that has not been acknowledged. */
static void send_owed(struct ldfi_node *node)
{
    const struct ldfi_row *row = NULL;
    while ((row = ldfi_each(node, "owed", ldfi(), row)) != NULL) {
        const char *other = ldfi_key_text(row, 0), *key = ldfi_key_text(row, 1);
        const struct ldfi_row *stored = ldfi_get(node, "store", ldfi(key));
        ldfi_send(node, other, "copy", ldfi(key, ldfi_value_text(stored, 0)));
        // repair: ldfi_set_timer(node, "retry", STEPS_TO_RETRY);
    }
}

/* A client writes here (NAME_inputs.ded): every other node is owed a copy. */
static void on_write(struct ldfi_node *node, const char *key, const char *value)
{
    ldfi_put(node, "store", ldfi(key), ldfi(value));
    for (size_t i = 0; i < ldfi_node_count(node); i++) {
        const char *other = ldfi_node_name(node, i);
        if (strcmp(other, ldfi_name(node)) != 0)
            ldfi_put(node, "owed", ldfi(other, key), ldfi());
    }
    send_owed(node);
}

static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *key = ldfi_text(message, 0);
    if (ldfi_is(message, "write")) {
        on_write(node, key, ldfi_text(message, 1));
    } else if (ldfi_is(message, "copy")) {
        ldfi_put(node, "store", ldfi(key), ldfi(ldfi_text(message, 1)));
        ldfi_send(node, message->from, "acknowledged", ldfi(key));
    } else if (ldfi_is(message, "acknowledged")) {
        ldfi_delete(node, "owed", ldfi(message->from, key));
    }
}

/* For each timer that has run out; there is only "retry". */
static void on_timer(struct ldfi_node *node, const char *name)
{
    (void)name;
    send_owed(node);
}

/* Claims each row that is stored at the node `from`, for the node `at`. */
static void claim_store(struct ldfi_node *observer, const char *from, const char *at)
{
    const struct ldfi_row *row = NULL;
    while ((row = ldfi_each(ldfi_at(observer, from), "store", ldfi(), row)) != NULL)
        ldfi_claim(observer, ldfi(at, ldfi_key_text(row, 0), ldfi_value_text(row, 0)));
}

/* What is promised, at the end of time: what one node has stored that lives, all others that live
 * have stored. Whatever `pre` claims, `post` must claim, too. */
static void pre(struct ldfi_node *observer)
{
    for (size_t i = 0; i < ldfi_node_count(observer); i++)
        for (size_t j = 0; j < ldfi_node_count(observer); j++) {
            const char *from = ldfi_node_name(observer, i), *at = ldfi_node_name(observer, j);
            if (i != j && !ldfi_crashed(observer, from) && !ldfi_crashed(observer, at))
                claim_store(observer, from, at);
        }
}

/* What is kept: what each node has stored. */
static void post(struct ldfi_node *observer)
{
    for (size_t i = 0; i < ldfi_node_count(observer); i++) {
        const char *name = ldfi_node_name(observer, i);
        claim_store(observer, name, name);
    }
}

/* ldfi calls these. `start` is called at every node, at time 1 (here it is not needed). */
const struct ldfi_protocol ldfi_protocol = {
    .message = on_message, .timer = on_timer, .pre = pre, .post = post};
