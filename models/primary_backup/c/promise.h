/* What all promises are about: the replicas that are in sync at the end and have not crashed. */
#ifndef PRIMARY_BACKUP_PROMISE_H
#define PRIMARY_BACKUP_PROMISE_H

#include "master.h"

static bool stays(struct ldfi_node *observer, const char *replica)
{
    return is_in_sync(ldfi_at(observer, "M"), replica) && !ldfi_crashed(observer, replica);
}

/* Claims all that is promised, or what of it is kept. */
static void claim_all(struct ldfi_node *observer, bool kept);

static void promise(struct ldfi_node *observer)
{
    claim_all(observer, false);
}

static void keep(struct ldfi_node *observer)
{
    claim_all(observer, true);
}

#endif
