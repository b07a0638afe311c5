/* Progress that the promise about logs does not ask for: a protocol that acknowledges nothing keeps
 * that. It is part of no rung: rung4_acknowledged.c has it, where nothing is lost. */
#ifndef PRIMARY_BACKUP_ACKNOWLEDGEMENT_PROMISE_H
#define PRIMARY_BACKUP_ACKNOWLEDGEMENT_PROMISE_H

#include "promise.h"

#define MORE_PROMISES claim_acknowledgements

/* Has a primary (a is one only when nobody else is left) crashed later than six rounds before? */
static bool is_disturbed(struct ldfi_node *observer, int64_t requested)
{
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        if (!is_same(REPLICAS[i], "a") && ldfi_crashed(observer, REPLICAS[i]) &&
            ldfi_get_integer(ldfi_at(observer, "M"), "removed", ldfi(REPLICAS[i]), 0) >
                requested - 6)
            return true;
    }
    return false;
}

/* A write is acknowledged if the replica that it was sent to does not crash, nor a primary. */
static void claim_acknowledgements(struct ldfi_node *observer, bool kept)
{
    struct ldfi_node *client = ldfi_at(observer, "C");
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(client, "requested", ldfi(), row)) != NULL;) {
        if (ldfi_crashed(observer, ldfi_value_text(row, 0)) ||
            is_disturbed(observer, ldfi_value_integer(row, 1)))
            continue;
        const char *write = ldfi_key_text(row, 0);
        if (!kept || ldfi_get(client, "acked", ldfi(write)) != NULL)
            ldfi_claim(observer, ldfi("acknowledged", "C", 0, write));
    }
}

#endif
