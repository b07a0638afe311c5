/* What a primary has to send, what it has sent, and what has been acknowledged of that. An
 * operation is a write (rungs 1 and 2) or a slot.
 *
 *     queue(class, operation, to)                        in the order in which it leaves
 *     sent(operation, to) -> class, first time, last time
 *     acks(operation, from)
 *     mode() -> "unstaggered", retry_after() -> rounds   inputs: mode("c", "unstaggered")@1 */
#ifndef PRIMARY_BACKUP_QUEUE_H
#define PRIMARY_BACKUP_QUEUE_H

#include "membership.h"

/* What leaves first. (Rungs 1 and 2, which have no slots, go by the round instead.) */
enum { CLASS_RESYNC = 1, CLASS_TAIL = 2, CLASS_COPY = 3 };

/* Each rung says what an entry of its queue is as a message. */
static void transmit(struct ldfi_node *node, int64_t class, struct ldfi_value operation,
                     const char *to);

static void queue_input(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (ldfi_is(message, "mode"))
        ldfi_put(node, "mode", ldfi(), ldfi(ldfi_text(message, 0)));
    else if (ldfi_is(message, "retry"))
        ldfi_put(node, "retry_after", ldfi(), ldfi(ldfi_integer(message, 0)));
}

/* Queues the operation for every backup. */
static void enqueue(struct ldfi_node *node, int64_t class, struct ldfi_value operation)
{
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;)
        ldfi_put(node, "queue", ldfi(class, operation, ldfi_key_text(row, 0)), ldfi());
}

/* What is for a replica that is no longer a member is dropped. */
static void drop_strangers(struct ldfi_node *node)
{
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(node, "queue", ldfi(), row)) != NULL;) {
        if (!is_member(node, ldfi_key_text(row, 2)))
            ldfi_delete(node, "queue", row->key);
    }
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "sent", ldfi(), row)) != NULL;) {
        if (!is_member(node, ldfi_key_text(row, 1)))
            ldfi_delete(node, "sent", row->key);
    }
}

static bool has_acked(struct ldfi_node *node, struct ldfi_value operation, const char *backup)
{
    return ldfi_get(node, "acks", ldfi(operation, backup)) != NULL;
}

static void note_ack(struct ldfi_node *node, struct ldfi_value operation, const char *backup)
{
    ldfi_put(node, "acks", ldfi(operation, backup), ldfi());
}

static void send_queued(struct ldfi_node *node, const struct ldfi_row *row)
{
    const int64_t class = ldfi_key_integer(row, 0);
    const struct ldfi_value operation = row->key.values[1];
    const char *to = ldfi_key_text(row, 2);
    ldfi_delete(node, "queue", row->key);
    transmit(node, class, operation, to);
    ldfi_put(node, "sent", ldfi(operation, to), ldfi(class, ldfi_now(node), ldfi_now(node)));
}

/* Unstaggered, what leaves next for one backup: for b the copy of the highest slot, for others the
 * oldest entry. Resyncs keep their order and go first. */
static const struct ldfi_row *next_for(struct ldfi_node *node, const char *to)
{
    const struct ldfi_row *next = NULL;
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(node, "queue", ldfi(), row)) != NULL;) {
        if (!is_same(ldfi_key_text(row, 2), to))
            continue;
        if (next == NULL || (is_same(to, "b") && ldfi_key_integer(next, 0) == CLASS_COPY))
            next = row;
    }
    return next;
}

/* Staggered, one entry leaves a round, in order. Unstaggered, one for each backup, and b gets the
 * newest copies first: they arrive out of order, and a primary that dies leaves holes. */
static void send_next(struct ldfi_node *node)
{
    const struct ldfi_row *mode = ldfi_get(node, "mode", ldfi());
    if (mode == NULL || is_same(ldfi_value_text(mode, 0), "staggered")) {
        const struct ldfi_row *head = ldfi_each(node, "queue", ldfi(), NULL);
        if (head != NULL)
            send_queued(node, head);
        return;
    }
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;) {
        const struct ldfi_row *next = next_for(node, ldfi_key_text(row, 0));
        if (next != NULL)
            send_queued(node, next);
    }
}

/* With retry("c", 4)@1 as an input, what has not been acknowledged four rounds after it was sent is
 * sent again. */
static void send_again(struct ldfi_node *node)
{
    const int64_t retry_after = ldfi_get_integer(node, "retry_after", ldfi(), 0);
    if (retry_after == 0)
        return;
    const int64_t now = ldfi_now(node);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "sent", ldfi(), row)) != NULL;) {
        const struct ldfi_value operation = row->key.values[0];
        const char *to = ldfi_key_text(row, 1);
        if (now - ldfi_value_integer(row, 2) < retry_after || has_acked(node, operation, to))
            continue;
        transmit(node, ldfi_value_integer(row, 0), operation, to);
        ldfi_put(node, "sent", row->key,
                 ldfi(ldfi_value_integer(row, 0), ldfi_value_integer(row, 1), now));
    }
}

static void send_due(struct ldfi_node *node)
{
    send_next(node);
    ldfi_scope(node);
    send_again(node);
}

#endif
