/* The client C sends each write once, to one replica, and remembers which were acknowledged. Inputs
 * say which: request("C", Replica, Write)@Round.
 *
 *     requested(write) -> replica, round
 *     acked(write) */
#ifndef PRIMARY_BACKUP_CLIENT_H
#define PRIMARY_BACKUP_CLIENT_H

#include "inbox.h"

static void client_message(struct ldfi_node *client, const struct ldfi_message *message)
{
    if (ldfi_is(message, "request")) {
        const char *replica = ldfi_text(message, 0), *write = ldfi_text(message, 1);
        ldfi_send(client, replica, "write", ldfi(write));
        ldfi_put(client, "requested", ldfi(write), ldfi(replica, ldfi_now(client)));
    } else if (ldfi_is(message, "client_ack")) {
        ldfi_put(client, "acked", ldfi(ldfi_text(message, 0)), ldfi());
    }
}

#endif
