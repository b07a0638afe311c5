/* What rung 5 promises beyond its logs. It is no part of the rung: rung5_checkpoints.c has it.
 *
 * Prefix is about every round and not only the last, so each replica keeps a history for it:
 *
 *     history(slot, round) -> write         what the slot holds from then on; "": nothing
 *     global_history(round) -> slot         the global checkpoint from then on */
#ifndef PRIMARY_BACKUP_CHECKPOINT_PROMISE_H
#define PRIMARY_BACKUP_CHECKPOINT_PROMISE_H

#include "numbering.h"
#include "promise.h"

#define MORE_PROMISES claim_checkpoints
#define WATCHES

/* A slot of a replica at the end of a round. */
static const char *held(struct ldfi_node *replica, int64_t slot, int64_t round)
{
    const char *write = "";
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(replica, "history", ldfi(slot), row)) != NULL &&
         ldfi_key_integer(row, 1) <= round;)
        write = ldfi_value_text(row, 0);
    return write;
}

/* Notes what has changed in this round. */
static void watch(struct ldfi_node *replica)
{
    const int64_t now = ldfi_now(replica);
    int64_t slot = 1, highest = highest_slot(replica);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(replica, "history", ldfi(), row)) != NULL;) {
        if (ldfi_key_integer(row, 0) > highest) /* deleted, perhaps */
            highest = ldfi_key_integer(row, 0);
    }
    for (; slot <= highest; slot++) {
        const struct ldfi_row *entry = ldfi_get(replica, "log", ldfi(slot));
        const char *write = entry == NULL ? "" : ldfi_value_text(entry, 0);
        if (!is_same(write, held(replica, slot, now)))
            ldfi_put(replica, "history", ldfi(slot, now), ldfi(write));
    }
    ldfi_scope(replica);
    const int64_t global = ldfi_get_integer(replica, "global_checkpoint", ldfi(), 0);
    int64_t noted = 0;
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(replica, "global_history", ldfi(), row)) != NULL;)
        noted = ldfi_value_integer(row, 0);
    if (global > noted)
        ldfi_put(replica, "global_history", ldfi(now), ldfi(global));
}

/* The last round in which the replica is in sync: M's removal counts from the next one on. */
static int64_t in_sync_until(struct ldfi_node *observer, const char *replica)
{
    return ldfi_get_integer(ldfi_at(observer, "M"), "removed", ldfi(replica), ldfi_now(observer));
}

/* From which round on is the slot under the replica's global checkpoint? Never: after the end. */
static int64_t under_checkpoint_since(struct ldfi_node *observer, const char *replica, int64_t slot)
{
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(ldfi_at(observer, replica), "global_history", ldfi(), row)) != NULL;) {
        if (ldfi_value_integer(row, 0) >= slot)
            return ldfi_key_integer(row, 0);
    }
    return INT64_MAX;
}

/* Do both replicas hold the same in the slot, in all these rounds in which the other one is in
 * sync? One that has crashed is not asked. */
static bool is_common(struct ldfi_node *observer, const char *name, const char *other, int64_t slot,
                      int64_t from, int64_t until)
{
    if (ldfi_crashed(observer, other))
        return true;
    const int64_t end = in_sync_until(observer, other);
    for (int64_t round = from; round <= until && round <= end; round++) {
        const char *write = held(ldfi_at(observer, name), slot, round);
        if (*write == '\0' || !is_same(write, held(ldfi_at(observer, other), slot, round)))
            return false;
    }
    return true;
}

/* Prefix: replicas that are in sync in a round and never crash hold the same, then, in every slot
 * under the global checkpoint of any of them. */
static void claim_prefix(struct ldfi_node *observer, const char *name, bool kept)
{
    if (ldfi_crashed(observer, name))
        return;
    const int64_t until = in_sync_until(observer, name);
    for (int64_t slot = 1;; slot++) {
        const int64_t from = under_checkpoint_since(observer, name, slot);
        if (from > until)
            return;
        bool common = true;
        for (size_t i = 0; kept && i < REPLICA_COUNT; i++)
            common = common && is_common(observer, name, REPLICAS[i], slot, from, until);
        if (common)
            ldfi_claim(observer, ldfi("prefix", name, slot, ""));
    }
}

enum { SETTLING_ROUNDS = 14 }; /* what a resync takes, with a copy that is sent again */

/* Progress, if nobody has crashed in the rounds that a resync may take: the primary's global
 * checkpoint has reached its highest slot. */
static void claim_progress(struct ldfi_node *observer, bool kept)
{
    struct ldfi_node *master = ldfi_at(observer, "M");
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        if (ldfi_crashed(observer, REPLICAS[i]) &&
            in_sync_until(observer, REPLICAS[i]) > (int64_t)ldfi_now(observer) - SETTLING_ROUNDS)
            return;
    }
    const char *primary = ldfi_value_text(ldfi_get(master, "primary", ldfi()), 0);
    if (!stays(observer, primary))
        return;
    struct ldfi_node *replica = ldfi_at(observer, primary);
    const int64_t highest = highest_slot(replica);
    if (highest > 0 &&
        (!kept || ldfi_get_integer(replica, "global_checkpoint", ldfi(), 0) == highest))
        ldfi_claim(observer, ldfi("progress", primary, highest, ""));
}

static void claim_checkpoints(struct ldfi_node *observer, bool kept)
{
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        ldfi_scope(observer);
        claim_prefix(observer, REPLICAS[i], kept);
    }
    ldfi_scope(observer);
    claim_progress(observer, kept);
}

#endif
