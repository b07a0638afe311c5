/* What rungs 3 to 5 promise of their logs, which hold a write in each slot. */
#ifndef PRIMARY_BACKUP_SLOT_PROMISE_H
#define PRIMARY_BACKUP_SLOT_PROMISE_H

#include "promise.h"

static bool has_write(struct ldfi_node *replica, const char *write)
{
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(replica, "log", ldfi(), row)) != NULL;) {
        if (is_same(ldfi_value_text(row, 0), write))
            return true;
    }
    return false;
}

static bool has_in_slot(struct ldfi_node *replica, int64_t slot, const char *write)
{
    const struct ldfi_row *row = ldfi_get(replica, "log", ldfi(slot));
    return row != NULL && is_same(ldfi_value_text(row, 0), write);
}

/* Have all replicas that stay this write, in this slot or, if that is 0, in any? (Who has it is not
 * asked whether it stays: it makes no difference, and what is not read cannot be a reason.) */
static bool is_everywhere(struct ldfi_node *observer, int64_t slot, const char *write)
{
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        struct ldfi_node *replica = ldfi_at(observer, REPLICAS[i]);
        const bool has_it =
            slot == 0 ? has_write(replica, write) : has_in_slot(replica, slot, write);
        if (!has_it && stays(observer, REPLICAS[i]))
            return false;
    }
    return true;
}

/* Durability: an acknowledged write is on all of them. */
static void claim_durability(struct ldfi_node *observer, bool kept)
{
    struct ldfi_node *client = ldfi_at(observer, "C");
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(client, "acked", ldfi(), row)) != NULL;) {
        const char *write = ldfi_key_text(row, 0);
        if (!kept || is_everywhere(observer, 0, write))
            ldfi_claim(observer, ldfi("durability", "C", 0, write));
    }
}

/* Agreement: what one of them has in a slot, all have there. (The replica stays in the row, so that
 * a good one cannot hide a bad one. "NoOp" is a write like any other.) */
static void claim_agreement(struct ldfi_node *observer, const char *name, bool kept)
{
    if (!stays(observer, name))
        return;
    struct ldfi_node *replica = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(replica, "log", ldfi(), row)) != NULL;) {
        const int64_t slot = ldfi_key_integer(row, 0);
        const char *write = ldfi_value_text(row, 0);
        if (!kept || is_everywhere(observer, slot, write))
            ldfi_claim(observer, ldfi("agreement", name, slot, write));
    }
}

static void claim_all(struct ldfi_node *observer, bool kept)
{
    claim_durability(observer, kept);
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        ldfi_scope(observer);
        claim_agreement(observer, REPLICAS[i], kept);
    }
#ifdef MORE_PROMISES /* of a variant */
    MORE_PROMISES(observer, kept);
#endif
}

#endif
