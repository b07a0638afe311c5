/* "The primary locally chooses monotonically increasing sequence numbers" ("Growing a protocol",
 * section 4.3.1): it gives each write the next slot of its log.
 *
 *     last_slot() -> slot         the last that the primary has given away
 *     log(slot) -> write, ...     in all rungs that have slots */
#ifndef PRIMARY_BACKUP_NUMBERING_H
#define PRIMARY_BACKUP_NUMBERING_H

#include "inbox.h"

static int64_t assign_slot(struct ldfi_node *node)
{
    const int64_t slot = ldfi_get_integer(node, "last_slot", ldfi(), 0) + 1;
    ldfi_put(node, "last_slot", ldfi(), ldfi(slot));
    return slot;
}

/* The highest slot that is filled; 0 if there is none. */
static int64_t highest_slot(struct ldfi_node *node)
{
    int64_t highest = 0;
    for (const struct ldfi_row *row = NULL; (row = ldfi_each(node, "log", ldfi(), row)) != NULL;)
        highest = ldfi_key_integer(row, 0);
    return highest;
}

#endif
