/* Rung 1: one write with failover ("Growing a protocol", section 4.2, figure 2).
 *
 * The primary logs a write, sends it to the backups one after the other, and acknowledges it when
 * both have it. A new primary pushes what it has to the others. It never takes anything away, and
 * that is the bug: a write that reached one backup alone stays there for ever.
 *
 *     log(write)
 *
 *     write(write), client_ack(write)     client, or who forwards, and primary (rung 2)
 *     rep(write), rep_ack(write)          primary and backup */
#include "c/answers.h"
#include "c/forwarding.h"
#include "c/log_promise.h"
#include "c/processes.h"

#ifndef FORWARDS_WRITES /* rung 2 does */
#define FORWARDS_WRITES false
#endif

static void replica_start(struct ldfi_node *node)
{
    (void)node; /* the log is empty */
}

/* The primary logs a write in the round in which it gets it, and queues it for every backup. */
static void on_write(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (!is_primary(node)) {
        if (FORWARDS_WRITES)
            forward_write(node, message);
        return;
    }
    const struct ldfi_value write = message->fields.values[0];
    ldfi_put(node, "log", ldfi(write), ldfi());
    note_origin(node, write, message);
    enqueue(node, ldfi_now(node), write);
}

static void transmit(struct ldfi_node *node, int64_t class, struct ldfi_value operation,
                     const char *to)
{
    (void)class;
    ldfi_send(node, to, "rep", ldfi(operation));
}

/* A backup logs what it is sent, and says so. */
static void on_rep(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *write = ldfi_text(message, 0);
    ldfi_put(node, "log", ldfi(write), ldfi());
    ldfi_send(node, message->from, "rep_ack", ldfi(write));
}

/* A new primary pushes its log: "a re-sync is necessary to ensure that all the active replicas in
 * the system are consistent with the new primary" (section 4.3.2). */
static void resync(struct ldfi_node *node)
{
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
        enqueue(node, ldfi_now(node), row->key.values[0]);
}

static void on_view(struct ldfi_node *node, const struct ldfi_message *message)
{
    const enum view_effect effect = adopt_view(node, message);
    if (effect == VIEW_ADOPTED)
        drop_strangers(node);
    else if (effect == VIEW_PROMOTES)
        resync(node);
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
