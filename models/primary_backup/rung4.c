/* Rung 4: the repair of what breaks rung 3 ("Growing a protocol", section 4.3.1): primary terms and
 * rollback.
 *
 * Every entry carries the term of the primary that wrote it, and every message the term of the one
 * that sends it. A new primary sends its whole log, which overwrites, and then where it ends,
 * behind which what older terms left is deleted. Terms alone would repair figure 3 and not figures
 * 1 and 2: only the deletion removes a write that the new primary never had.
 *
 *     log(slot) -> write, the term it was written in
 *     current_term() -> term     the highest that the replica knows
 *     tail() -> slot             where the primary's log ended when it was promoted
 *
 *     rep(slot, write, term)                     primary to backup: a new write
 *     resync(slot, write, term, written in)      one of its log
 *     resync_end(tail, term)                     nothing lies behind
 *     rep_ack(slot or 0 for the tail, term)      backup to primary */
#include "c/answers.h"
#include "c/forwarding.h"
#include "c/numbering.h"
#include "c/processes.h"
#include "c/slot_promise.h"

#ifndef TRIMS /* rung4_terms_only does not */
#define TRIMS true
#endif

static int64_t term_of(struct ldfi_node *node)
{
    return ldfi_get_integer(node, "current_term", ldfi(), 1);
}

static void set_term(struct ldfi_node *node, int64_t term)
{
    ldfi_put(node, "current_term", ldfi(), ldfi(term));
}

static void replica_start(struct ldfi_node *node)
{
    set_term(node, 1);
}

static void on_write(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (!is_primary(node)) {
        forward_write(node, message);
        return;
    }
    const struct ldfi_value slot = ldfi_value_of_integer(assign_slot(node));
    ldfi_put(node, "log", ldfi(slot), ldfi(ldfi_text(message, 0), term_of(node)));
    note_origin(node, slot, message);
    enqueue(node, CLASS_COPY, slot);
}

static void transmit(struct ldfi_node *node, int64_t class, struct ldfi_value operation,
                     const char *to)
{
    const int64_t term = term_of(node);
    if (class == CLASS_TAIL) {
        const int64_t tail = ldfi_get_integer(node, "tail", ldfi(), 0);
        ldfi_send(node, to, "resync_end", ldfi(tail, term));
        return;
    }
    const struct ldfi_row *entry = ldfi_get(node, "log", ldfi(operation));
    const char *write = ldfi_value_text(entry, 0);
    if (class == CLASS_RESYNC)
        ldfi_send(node, to, "resync", ldfi(operation, write, term, ldfi_value_integer(entry, 1)));
    else
        ldfi_send(node, to, "rep", ldfi(operation, write, term));
}

/* The fence: what comes from a primary of an older term is neither stored nor acknowledged. */
static bool heed(struct ldfi_node *node, int64_t term)
{
    const int64_t known = term_of(node);
    if (term > known)
        set_term(node, term);
    return term >= known;
}

/* A copy replaces what the slot held. That repairs rung 3: what an earlier primary left in a slot
 * gives way to what the present one says. */
static void on_copy(struct ldfi_node *node, const struct ldfi_message *message, int64_t written_in)
{
    const int64_t slot = ldfi_integer(message, 0), term = ldfi_integer(message, 2);
    if (!heed(node, term))
        return;
    ldfi_put(node, "log", ldfi(slot), ldfi(ldfi_text(message, 1), written_in));
    ldfi_send(node, message->from, "rep_ack", ldfi(slot, term));
}

/* Behind the new primary's tail nothing of an older term stays. Slots that it has assigned in its
 * own term in the meantime do. */
static void on_resync_end(struct ldfi_node *node, const struct ldfi_message *message)
{
    const int64_t tail = ldfi_integer(message, 0), term = ldfi_integer(message, 1);
    if (!heed(node, term))
        return;
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;) {
        if (ldfi_key_integer(row, 0) > tail && ldfi_value_integer(row, 1) < term)
            ldfi_delete(node, "log", row->key);
    }
    ldfi_send(node, message->from, "rep_ack", ldfi(0, term));
}

/* Acknowledgements of another term do not count. */
static void on_rep_ack(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (ldfi_integer(message, 1) == term_of(node))
        note_ack(node, message->fields.values[0], message->from);
}

/* A new primary resends its whole log, and then where it ends. */
static void lead(struct ldfi_node *node)
{
    const int64_t highest = highest_slot(node);
    ldfi_put(node, "last_slot", ldfi(), ldfi(highest));
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
        enqueue(node, CLASS_RESYNC, row->key.values[0]);
    if (TRIMS) {
        ldfi_put(node, "tail", ldfi(), ldfi(highest));
        enqueue(node, CLASS_TAIL, ldfi_value_of_integer(0));
    }
}

static void on_view(struct ldfi_node *node, const struct ldfi_message *message)
{
    const enum view_effect effect = adopt_view(node, message);
    if (effect == VIEW_IS_OLD)
        return;
    drop_strangers(node);
    (void)heed(node, ldfi_integer(message, 2));
    if (effect == VIEW_PROMOTES)
        lead(node);
}

static void replica_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (ldfi_is(message, "view"))
        on_view(node, message);
    else if (ldfi_is(message, "write"))
        on_write(node, message);
    else if (ldfi_is(message, "rep"))
        on_copy(node, message, ldfi_integer(message, 2));
    else if (ldfi_is(message, "resync"))
        on_copy(node, message, ldfi_integer(message, 3));
    else if (ldfi_is(message, "resync_end"))
        on_resync_end(node, message);
    else if (ldfi_is(message, "rep_ack"))
        on_rep_ack(node, message);
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
