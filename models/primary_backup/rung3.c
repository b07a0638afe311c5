/* Rung 3: sequence numbers ("Growing a protocol", section 4.3.1, figure 3).
 *
 * The primary numbers the writes, so that newer data is never overwritten by older. "If the
 * sequence number associated with a write request has been seen before, drop the payload but
 * acknowledge the request": that rule is the new bug. A backup may hold another write in that slot,
 * left by a primary that died early, and acknowledges what it does not store.
 *
 *     log(slot) -> write
 *
 *     rep(slot, write), rep_ack(slot)     primary and backup */
#include "c/answers.h"
#include "c/forwarding.h"
#include "c/numbering.h"
#include "c/processes.h"
#include "c/slot_promise.h"

static void replica_start(struct ldfi_node *node)
{
    (void)node; /* the log is empty */
}

static void on_write(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (!is_primary(node)) {
        forward_write(node, message);
        return;
    }
    const struct ldfi_value slot = ldfi_value_of_integer(assign_slot(node));
    ldfi_put(node, "log", ldfi(slot), ldfi(ldfi_text(message, 0)));
    note_origin(node, slot, message);
    enqueue(node, CLASS_COPY, slot);
}

static void transmit(struct ldfi_node *node, int64_t class, struct ldfi_value operation,
                     const char *to)
{
    (void)class;
    const struct ldfi_row *entry = ldfi_get(node, "log", ldfi(operation));
    ldfi_send(node, to, "rep", ldfi(operation, ldfi_value_text(entry, 0)));
}

/* "If the sequence number ... has been seen before, drop the payload but acknowledge the request."
 */
static void on_rep(struct ldfi_node *node, const struct ldfi_message *message)
{
    const int64_t slot = ldfi_integer(message, 0);
    if (ldfi_get(node, "log", ldfi(slot)) == NULL)
        ldfi_put(node, "log", ldfi(slot), ldfi(ldfi_text(message, 1)));
    ldfi_send(node, message->from, "rep_ack", ldfi(slot));
}

/* A new primary goes on behind the highest slot that it has, and pushes its log as if it were new.
 */
static void lead(struct ldfi_node *node)
{
    ldfi_put(node, "last_slot", ldfi(), ldfi(highest_slot(node)));
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
        enqueue(node, CLASS_COPY, row->key.values[0]);
}

static void on_view(struct ldfi_node *node, const struct ldfi_message *message)
{
    const enum view_effect effect = adopt_view(node, message);
    if (effect == VIEW_ADOPTED)
        drop_strangers(node);
    else if (effect == VIEW_PROMOTES)
        lead(node);
}

static void replica_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (ldfi_is(message, "view"))
        on_view(node, message);
    else if (ldfi_is(message, "write"))
        on_write(node, message);
    else if (ldfi_is(message, "rep"))
        on_rep(node, message);
    else if (ldfi_is(message, "rep_ack"))
        note_ack(node, message->fields.values[0], message->from);
    else if (ldfi_is(message, "client_ack"))
        pass_ack_back(node, message);
}

static void primary_round(struct ldfi_node *node)
{
    answer(node);
    ldfi_scope(node);
    send_due(node);
}

const struct ldfi_protocol ldfi_protocol = {.start = start,
                                            .message = message,
                                            .timer = timer,
                                            .pre = promise,
                                            .post = keep,
                                            .order = inbox_order};
