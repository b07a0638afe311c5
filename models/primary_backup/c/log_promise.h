/* What rungs 1 and 2 promise of their logs, which are sets of writes. */
#ifndef PRIMARY_BACKUP_LOG_PROMISE_H
#define PRIMARY_BACKUP_LOG_PROMISE_H

#include "promise.h"

/* Have all replicas that stay this write? (Who has it is not asked whether it stays: it makes no
 * difference, and what is not read cannot be a reason.) */
static bool is_everywhere(struct ldfi_node *observer, const char *write)
{
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        if (ldfi_get(ldfi_at(observer, REPLICAS[i]), "log", ldfi(write)) == NULL &&
            stays(observer, REPLICAS[i]))
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
        if (!kept || is_everywhere(observer, write))
            ldfi_claim(observer, ldfi("durability", "C", write));
    }
}

/* Agreement: what one of them has, all have. (The replica stays in the row, so that a good one
 * cannot hide a bad one.) */
static void claim_agreement(struct ldfi_node *observer, const char *name, bool kept)
{
    if (!stays(observer, name))
        return;
    struct ldfi_node *replica = ldfi_at(observer, name);
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(replica, "log", ldfi(), row)) != NULL;) {
        const char *write = ldfi_key_text(row, 0);
        if (!kept || is_everywhere(observer, write))
            ldfi_claim(observer, ldfi("agreement", name, write));
    }
}

static void claim_all(struct ldfi_node *observer, bool kept)
{
    claim_durability(observer, kept);
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        ldfi_scope(observer);
        claim_agreement(observer, REPLICAS[i], kept);
    }
}

#endif
