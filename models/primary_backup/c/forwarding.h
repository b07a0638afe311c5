/* A replica that is not the primary passes a write on, and the acknowledgement back to whoever sent
 * it the write. If it is gone by then, the acknowledgement is lost with it, and that is fine.
 *
 *     forwarded(write) -> sender */
#ifndef PRIMARY_BACKUP_FORWARDING_H
#define PRIMARY_BACKUP_FORWARDING_H

#include "membership.h"

static void forward_write(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *write = ldfi_text(message, 0);
    ldfi_put(node, "forwarded", ldfi(write), ldfi(message->from));
    ldfi_send(node, primary_of(node), "write", ldfi(write));
}

static void pass_ack_back(struct ldfi_node *node, const struct ldfi_message *message)
{
    const char *write = ldfi_text(message, 0);
    const struct ldfi_row *forwarded = ldfi_get(node, "forwarded", ldfi(write));
    if (forwarded != NULL)
        ldfi_send(node, ldfi_value_text(forwarded, 0), "client_ack", ldfi(write));
}

#endif
