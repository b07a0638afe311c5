/* In-sync removal: a primary that has waited six rounds for an acknowledgement since it first sent
 * the message reports the silent member to M, in every round until it hears of a new view. M takes
 * it out of the in-sync set if the report is of the present term and not about the primary
 * (master.h). Only the view that follows ends the waiting: a report may be lost, and the primary
 * may lead no longer. */
#ifndef PRIMARY_BACKUP_FAIL_SLOW_H
#define PRIMARY_BACKUP_FAIL_SLOW_H

#include "queue.h"

enum { PATIENCE_ROUNDS = 6 };

static bool is_overdue(struct ldfi_node *node, const char *backup)
{
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "sent", ldfi(), row)) != NULL;) {
        if (is_same(ldfi_key_text(row, 1), backup) &&
            ldfi_now(node) - ldfi_value_integer(row, 1) >= PATIENCE_ROUNDS &&
            !has_acked(node, row->key.values[0], backup))
            return true;
    }
    return false;
}

static void report_silent(struct ldfi_node *node, int64_t term)
{
    for (const struct ldfi_row *row = NULL; (row = each_backup(node, row)) != NULL;) {
        const char *backup = ldfi_key_text(row, 0);
        if (is_overdue(node, backup))
            ldfi_send(node, "M", "fail", ldfi(backup, term));
    }
}

#endif
