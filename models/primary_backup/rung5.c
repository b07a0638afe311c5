/* Rung 5: checkpoints ("Growing a protocol", section 4.3.2).
 *
 * A new primary need not resend what every member is known to have. "Each replica maintains a local
 * checkpoint while a global checkpoint is the minimum of all local checkpoints": the local one says
 * how far a replica is sure of its log, the global one how far all are. "A newly elected primary
 * only sends update messages to replicas possessing a sequence number greater than the global
 * checkpoint." This is an optimisation of rung 4, intricate and correct.
 *
 *     log(slot) -> write, the term it was written in
 *     current_term() -> term         the highest that the replica knows
 *     global_checkpoint() -> slot    up to there all members agree, for good
 *     pending(slot)                  not yet confirmed by the primary of this term
 *     checkpoint(backup) -> slot     local ones that the primary has heard of
 *     tail() -> slot                 where the primary's log ended when it was promoted
 *
 *     rep(slot, write, term, global checkpoint)                     primary to backup: a new write
 *     resync(slot, write, term, global checkpoint, written in)      one of its log
 *     resync_end(tail, term, global checkpoint)                     nothing lies behind
 *     rep_ack(slot or 0 for the tail, term, local checkpoint)       backup to primary */
#include "c/answers.h"
#include "c/forwarding.h"
#include "c/numbering.h"
#include "c/processes.h"
#include "c/slot_promise.h"

/* The rules that a variant may replace by one of its own (seeded/ has some that should not be). */
static bool passes_fence(struct ldfi_node *node, int64_t term);
static void store(struct ldfi_node *node, int64_t slot, const char *write, int64_t written_in);
static bool is_left_over(const struct ldfi_row *entry, int64_t tail, int64_t term);
static void doubt_entries(struct ldfi_node *node);
static int64_t reported_checkpoint(struct ldfi_node *node);
static int64_t agreed_checkpoint(struct ldfi_node *node);
static int64_t last_taken(struct ldfi_node *node);
static void fill_holes(struct ldfi_node *node);
static int64_t resync_start(struct ldfi_node *node);
static void queue_tail(struct ldfi_node *node);
static int64_t credited_checkpoint(struct ldfi_node *node);

/* ---- terms and checkpoints ---- */

static int64_t term_of(struct ldfi_node *node)
{
    return ldfi_get_integer(node, "current_term", ldfi(), 1);
}

static void set_term(struct ldfi_node *node, int64_t term)
{
    ldfi_put(node, "current_term", ldfi(), ldfi(term));
}

static int64_t global_checkpoint(struct ldfi_node *node)
{
    return ldfi_get_integer(node, "global_checkpoint", ldfi(), 0);
}

static bool is_filled(struct ldfi_node *node, int64_t slot)
{
    return ldfi_get(node, "log", ldfi(slot)) != NULL;
}

/* The end of the stretch of slots from 1 on that are filled and confirmed. */
static int64_t local_checkpoint(struct ldfi_node *node)
{
    int64_t slot = 0;
    while (is_filled(node, slot + 1) && ldfi_get(node, "pending", ldfi(slot + 1)) == NULL)
        slot++;
    return slot;
}

/* Slots under the global checkpoint are common history: there is nothing to confirm. */
static void raise_global_checkpoint(struct ldfi_node *node, int64_t slot)
{
    if (slot <= global_checkpoint(node))
        return;
    ldfi_put(node, "global_checkpoint", ldfi(), ldfi(slot));
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(node, "pending", ldfi(), row)) != NULL &&
         ldfi_key_integer(row, 0) <= slot;)
        ldfi_delete(node, "pending", row->key);
}

#ifndef REPLACES_DOUBT_ENTRIES
/* On a higher term a replica keeps what it has above the checkpoint, and marks it unconfirmed: it
 * may be promoted itself, and then needs it. */
static void doubt_entries(struct ldfi_node *node)
{
    const int64_t global = global_checkpoint(node);
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;) {
        if (ldfi_key_integer(row, 0) > global)
            ldfi_put(node, "pending", row->key, ldfi());
    }
}
#endif

/* ---- at a backup ---- */

#ifndef REPLACES_PASSES_FENCE
/* What comes from a primary of an older term is neither stored nor acknowledged. */
static bool passes_fence(struct ldfi_node *node, int64_t term)
{
    return term >= term_of(node);
}
#endif

/* Does the primary that says this count? If so, takes its term and its global checkpoint. */
static bool heed(struct ldfi_node *node, int64_t term, int64_t global)
{
    if (!passes_fence(node, term))
        return false;
    const int64_t known = term_of(node);
    if (term >= known)
        raise_global_checkpoint(node, global);
    if (term > known) {
        set_term(node, term);
        doubt_entries(node);
    }
    return true;
}

#ifndef REPLACES_STORE
/* Replaces what the slot held, and confirms it. */
static void store(struct ldfi_node *node, int64_t slot, const char *write, int64_t written_in)
{
    ldfi_put(node, "log", ldfi(slot), ldfi(write, written_in));
    ldfi_delete(node, "pending", ldfi(slot));
}
#endif

#ifndef REPLACES_REPORTED_CHECKPOINT
static int64_t reported_checkpoint(struct ldfi_node *node)
{
    return local_checkpoint(node);
}
#endif

static void acknowledge(struct ldfi_node *node, const char *primary, int64_t slot, int64_t term)
{
    ldfi_send(node, primary, "rep_ack", ldfi(slot, term, reported_checkpoint(node)));
}

static void on_copy(struct ldfi_node *node, const struct ldfi_message *message, int64_t written_in)
{
    const int64_t slot = ldfi_integer(message, 0), term = ldfi_integer(message, 2);
    if (!heed(node, term, ldfi_integer(message, 3)))
        return;
    store(node, slot, ldfi_text(message, 1), written_in);
    acknowledge(node, message->from, slot, term);
}

#ifndef REPLACES_IS_LEFT_OVER
/* Behind the new primary's tail nothing of an older term stays. Slots that it has assigned in its
 * own term in the meantime do. */
static bool is_left_over(const struct ldfi_row *entry, int64_t tail, int64_t term)
{
    return ldfi_key_integer(entry, 0) > tail && ldfi_value_integer(entry, 1) < term;
}
#endif

static void on_resync_end(struct ldfi_node *node, const struct ldfi_message *message)
{
    const int64_t tail = ldfi_integer(message, 0), term = ldfi_integer(message, 1);
    if (!heed(node, term, ldfi_integer(message, 2)))
        return;
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;) {
        if (is_left_over(row, tail, term)) {
            ldfi_delete(node, "log", row->key);
            ldfi_delete(node, "pending", row->key);
        }
    }
    acknowledge(node, message->from, 0, term);
}

/* ---- at the primary ---- */

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
    const int64_t term = term_of(node), global = global_checkpoint(node);
    if (class == CLASS_TAIL) {
        const int64_t tail = ldfi_get_integer(node, "tail", ldfi(), 0);
        ldfi_send(node, to, "resync_end", ldfi(tail, term, global));
        return;
    }
    const struct ldfi_row *entry = ldfi_get(node, "log", ldfi(operation));
    if (entry == NULL) /* never in this protocol; seeded/holes_stay has nothing to send then */
        return;
    const char *write = ldfi_value_text(entry, 0);
    if (class == CLASS_RESYNC)
        ldfi_send(node, to, "resync",
                  ldfi(operation, write, term, global, ldfi_value_integer(entry, 1)));
    else
        ldfi_send(node, to, "rep", ldfi(operation, write, term, global));
}

/* The primary remembers the highest checkpoint that it has heard of from each member in its term.
 */
static void on_rep_ack(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *backup = message->from;
    if (ldfi_integer(message, 1) != term_of(node) || !is_member(node, backup))
        return;
    note_ack(node, message->fields.values[0], backup);
    if (ldfi_integer(message, 2) > ldfi_get_integer(node, "checkpoint", ldfi(backup), 0))
        ldfi_put(node, "checkpoint", ldfi(backup), ldfi(ldfi_integer(message, 2)));
}

#ifndef REPLACES_AGREED_CHECKPOINT
/* "A global checkpoint is the minimum of all local checkpoints." */
static int64_t agreed_checkpoint(struct ldfi_node *node)
{
    int64_t least = local_checkpoint(node);
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;) {
        const int64_t slot = ldfi_get_integer(node, "checkpoint", row->key, 0);
        if (slot < least)
            least = slot;
    }
    return least;
}
#endif

static void primary_round(struct ldfi_node *node)
{
    raise_global_checkpoint(node, agreed_checkpoint(node));
    ldfi_scope(node);
    answer(node);
    ldfi_scope(node);
    send_due(node);
#ifdef REPORTS_SILENT /* rung 5b */
    ldfi_scope(node);
    report_silent(node, term_of(node));
#endif
}

/* ---- promotion ---- */

#ifndef REPLACES_LAST_TAKEN
/* A new primary goes on behind the highest slot that it has. */
static int64_t last_taken(struct ldfi_node *node)
{
    return highest_slot(node);
}
#endif

#ifndef REPLACES_FILL_HOLES
/* It fills the holes above its checkpoint with NoOps of its own term, so that whatever others hold
 * there is overwritten. */
static void fill_holes(struct ldfi_node *node)
{
    const int64_t highest = highest_slot(node);
    for (int64_t slot = global_checkpoint(node) + 1; slot <= highest; slot++) {
        if (!is_filled(node, slot))
            store(node, slot, "NoOp", term_of(node));
    }
}
#endif

#ifndef REPLACES_RESYNC_START
/* "Only operations that weren't acknowledged to the client need to be replayed." */
static int64_t resync_start(struct ldfi_node *node)
{
    return global_checkpoint(node) + 1;
}
#endif

#ifndef REPLACES_QUEUE_TAIL
/* Behind the copies of its resync it sends where its log ends. */
static void queue_tail(struct ldfi_node *node)
{
    ldfi_put(node, "tail", ldfi(), ldfi(highest_slot(node)));
    enqueue(node, CLASS_TAIL, ldfi_value_of_integer(0));
}
#endif

#ifndef REPLACES_CREDITED_CHECKPOINT
/* It knows nothing of the others but the global checkpoint, and starts from there. */
static int64_t credited_checkpoint(struct ldfi_node *node)
{
    return global_checkpoint(node);
}
#endif

static void lead(struct ldfi_node *node, int64_t term)
{
    /* Its own entries are what counts from now on. */
    set_term(node, term);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(node, "pending", ldfi(), row)) != NULL;)
        ldfi_delete(node, "pending", row->key);

    ldfi_put(node, "last_slot", ldfi(), ldfi(last_taken(node)));
    fill_holes(node);
    const int64_t highest = highest_slot(node);
    for (int64_t slot = resync_start(node); slot <= highest; slot++)
        enqueue(node, CLASS_RESYNC, ldfi_value_of_integer(slot));
    queue_tail(node);
    const int64_t credit = credited_checkpoint(node);
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;)
        ldfi_put(node, "checkpoint", row->key, ldfi(credit));
}

/* ---- a replica ---- */

static void replica_start(struct ldfi_node *node)
{
    set_term(node, 1);
}

static void on_view(struct ldfi_node *node, const struct ldfi_message *message)
{
    const enum view_effect effect = adopt_view(node, message);
    const int64_t term = ldfi_integer(message, 2);
    if (effect == VIEW_IS_OLD)
        return;
    drop_strangers(node);
    if (effect == VIEW_PROMOTES)
        lead(node, term);
    else
        (void)heed(node, term, 0);
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
        on_copy(node, message, ldfi_integer(message, 4));
    else if (ldfi_is(message, "resync_end"))
        on_resync_end(node, message);
    else if (ldfi_is(message, "rep_ack"))
        on_rep_ack(node, message);
    else if (ldfi_is(message, "client_ack"))
        pass_ack_back(node, message);
}

const struct ldfi_protocol ldfi_protocol = {.start = start,
                                            .message = message,
                                            .timer = timer,
                                            .pre = promise,
                                            .post = keep,
                                            .order = inbox_order};
