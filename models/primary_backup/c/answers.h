/* "Client requests are routed to the primary and are only acknowledged after they have been
 * replicated by the primary on all replicas" ("Growing a protocol", section 4).
 *
 *     origin(operation) -> write, sender     not yet answered */
#ifndef PRIMARY_BACKUP_ANSWERS_H
#define PRIMARY_BACKUP_ANSWERS_H

#include "queue.h"

static bool is_replicated(struct ldfi_node *node, struct ldfi_value operation);

#ifndef REPLACES_IS_REPLICATED
/* The primary waits for every other member. Those that M has removed are not waited for: the
 * question is asked in every round. */
static bool is_replicated(struct ldfi_node *node, struct ldfi_value operation)
{
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;) {
        if (!has_acked(node, operation, ldfi_key_text(row, 0)))
            return false;
    }
    return true;
}
#endif

static void note_origin(struct ldfi_node *node, struct ldfi_value operation,
                        const struct ldfi_message *write)
{
    ldfi_put(node, "origin", ldfi(operation), ldfi(ldfi_text(write, 0), write->from));
}

/* Acknowledges to whoever sent the write. */
static void answer(struct ldfi_node *node)
{
    for (const struct ldfi_row *row = NULL;
         (row = ldfi_each(node, "origin", ldfi(), row)) != NULL;) {
        if (!is_replicated(node, row->key.values[0]))
            continue;
        ldfi_send(node, ldfi_value_text(row, 1), "client_ack", ldfi(ldfi_value_text(row, 0)));
        ldfi_delete(node, "origin", row->key);
    }
}

#endif
