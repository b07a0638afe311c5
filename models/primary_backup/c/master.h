/* The master oracle M: it stands for a group of servers that run a consensus protocol among
 * themselves ("Growing a protocol", section 4). It knows at once which replica has crashed, and
 * tells the others one round later.
 *
 *     in_sync(replica)            the replicas that are told of views, and may lead
 *     removed(replica) -> round   when it was taken out of them
 *     primary() -> replica        who leads
 *     epoch() -> number           every failure starts a new one
 *     term() -> number            that of a primary starts a new term, too
 *     suspected(replica) -> round M will believe it dead from this round on, whether or not it is
 *     silent(replica)             the primary has reported it (rung 5b) */
#ifndef PRIMARY_BACKUP_MASTER_H
#define PRIMARY_BACKUP_MASTER_H

#include "inbox.h"

static const char *choose_primary(struct ldfi_node *master);

static bool is_in_sync(struct ldfi_node *master, const char *replica)
{
    return ldfi_get(master, "in_sync", ldfi(replica)) != NULL;
}

#ifndef REPLACES_CHOOSE_PRIMARY
/* The in-sync replica with the highest name leads; NULL: none is left. Copies go to the lowest name
 * first, so the one that is most likely to be behind is promoted. */
static const char *choose_primary(struct ldfi_node *master)
{
    for (size_t i = REPLICA_COUNT; i > 0; i--) {
        if (is_in_sync(master, REPLICAS[i - 1]))
            return REPLICAS[i - 1];
    }
    return NULL;
}
#endif

static bool seems_dead(struct ldfi_node *master, const char *replica)
{
    return ldfi_crashed(master, replica) ||
           ldfi_get_integer(master, "suspected", ldfi(replica), INT64_MAX) <= ldfi_now(master);
}

/* Takes out of the in-sync set whoever has failed by now. */
static void remove_failed(struct ldfi_node *master)
{
    const char *led = ldfi_value_text(ldfi_get(master, "primary", ldfi()), 0);
    bool any_failed = false, primary_failed = false;
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        const char *replica = REPLICAS[i];
        if (!is_in_sync(master, replica) ||
            (!seems_dead(master, replica) && ldfi_get(master, "silent", ldfi(replica)) == NULL))
            continue;
        ldfi_delete(master, "in_sync", ldfi(replica));
        ldfi_delete(master, "silent", ldfi(replica));
        ldfi_put(master, "removed", ldfi(replica), ldfi(ldfi_now(master)));
        any_failed = true;
        primary_failed |= is_same(replica, led);
    }
    if (any_failed)
        ldfi_put(master, "epoch", ldfi(), ldfi(ldfi_get_integer(master, "epoch", ldfi(), 0) + 1));
    if (primary_failed) {
        ldfi_put(master, "term", ldfi(), ldfi(ldfi_get_integer(master, "term", ldfi(), 1) + 1));
        const char *next = choose_primary(master);
        if (next != NULL)
            ldfi_put(master, "primary", ldfi(), ldfi(next));
    }
}

/* From the first failure on, M tells every in-sync replica the view in every round. A member that
 * is gone leaves its place empty. */
static void tell_view(struct ldfi_node *master)
{
    const int64_t epoch = ldfi_get_integer(master, "epoch", ldfi(), 0);
    if (epoch == 0)
        return;
    const char *primary = ldfi_value_text(ldfi_get(master, "primary", ldfi()), 0);
    const int64_t term = ldfi_get_integer(master, "term", ldfi(), 1);
    const char *members[REPLICA_COUNT];
    for (size_t i = 0; i < REPLICA_COUNT; i++)
        members[i] = is_in_sync(master, REPLICAS[i]) ? REPLICAS[i] : "";
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        if (*members[i] != '\0')
            ldfi_send(master, REPLICAS[i], "view",
                      ldfi(epoch, primary, term, members[0], members[1], members[2]));
    }
}

/* What M learns in a round it tells in the next. */
static void master_round(struct ldfi_node *master)
{
    ldfi_set_timer(master, "round", 1);
    ldfi_scope(master);
    tell_view(master);
    ldfi_scope(master);
    remove_failed(master);
}

static void master_start(struct ldfi_node *master)
{
    for (size_t i = 0; i < REPLICA_COUNT; i++)
        ldfi_put(master, "in_sync", ldfi(REPLICAS[i]), ldfi());
    ldfi_put(master, "primary", ldfi(), ldfi("c"));
    ldfi_put(master, "epoch", ldfi(), ldfi(0));
    ldfi_put(master, "term", ldfi(), ldfi(1));
    master_round(master);
}

static void master_message(struct ldfi_node *master, const struct ldfi_message *message)
{
    /* An input: M takes the replica for dead from that round on, though it lives. */
    if (ldfi_is(message, "suspect"))
        ldfi_put(master, "suspected", ldfi(ldfi_text(message, 0)), ldfi(ldfi_integer(message, 1)));
    /* Rung 5b: a primary reports a silent member. It counts if that one does not lead itself, and
     * if the report is of the present term: else the primary may lead no longer. */
    else if (ldfi_is(message, "fail") &&
             ldfi_integer(message, 1) == ldfi_get_integer(master, "term", ldfi(), 1) &&
             is_in_sync(master, ldfi_text(message, 0)) &&
             !is_same(ldfi_text(message, 0),
                      ldfi_value_text(ldfi_get(master, "primary", ldfi()), 0)))
        ldfi_put(master, "silent", ldfi(ldfi_text(message, 0)), ldfi());
}

#endif
