/* What a replica knows of the others. A view takes effect in the round in which it arrives, before
 * anything else in that round is handled; views that are not newer are ignored.
 *
 *     epoch() -> number       the newest view that it knows
 *     primary() -> replica    who leads there
 *     member(replica)         who is in sync there */
#ifndef PRIMARY_BACKUP_MEMBERSHIP_H
#define PRIMARY_BACKUP_MEMBERSHIP_H

#include "inbox.h"

static void join(struct ldfi_node *node)
{
    ldfi_put(node, "epoch", ldfi(), ldfi(0));
    ldfi_put(node, "primary", ldfi(), ldfi("c"));
    for (size_t i = 0; i < REPLICA_COUNT; i++)
        ldfi_put(node, "member", ldfi(REPLICAS[i]), ldfi());
}

static const char *primary_of(struct ldfi_node *node)
{
    return ldfi_value_text(ldfi_get(node, "primary", ldfi()), 0);
}

static bool is_primary(struct ldfi_node *node)
{
    return is_same(primary_of(node), ldfi_name(node));
}

static bool is_member(struct ldfi_node *node, const char *replica)
{
    return ldfi_get(node, "member", ldfi(replica)) != NULL;
}

/* The members but the node itself, by name: the first after `previous`, or NULL. */
static const struct ldfi_row *each_backup(struct ldfi_node *node, const struct ldfi_row *previous)
{
    const struct ldfi_row *row = ldfi_each(node, "member", ldfi(), previous);
    if (row != NULL && is_same(ldfi_key_text(row, 0), ldfi_name(node)))
        row = ldfi_each(node, "member", ldfi(), row);
    return row;
}

enum view_effect { VIEW_IS_OLD, VIEW_ADOPTED, VIEW_PROMOTES };

/* Takes what view(epoch, primary, term, member, member, member) says; the term is the rung's. A
 * replica is promoted once at most, so it has no queue and no acknowledgements to forget. */
static enum view_effect adopt_view(struct ldfi_node *node, const struct ldfi_message *view)
{
    const int64_t epoch = ldfi_integer(view, 0);
    if (epoch <= ldfi_get_integer(node, "epoch", ldfi(), 0))
        return VIEW_IS_OLD;
    const bool led = is_primary(node);
    ldfi_put(node, "epoch", ldfi(), ldfi(epoch));
    ldfi_put(node, "primary", ldfi(), ldfi(ldfi_text(view, 1)));
    for (size_t i = 0; i < REPLICA_COUNT; i++) {
        if (*ldfi_text(view, 3 + i) == '\0')
            ldfi_delete(node, "member", ldfi(REPLICAS[i]));
    }
    return is_primary(node) && !led ? VIEW_PROMOTES : VIEW_ADOPTED;
}

#endif
