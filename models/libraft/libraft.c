/* The C Raft library, as Debian ships it, under ldfi: three servers or more that run the library,
 * and a client, the node C. Nothing of Raft is here; what is here is the library's raft_io and
 * raft_fsm (raft.h) over ldfi/protocol.h. `make -C models/libraft` builds libraft.so out of it.
 *
 * Inputs: `server(Node, Election, Heartbeat)` starts the server of a node, with its timeouts in
 * time steps; `write("C", Write)` has the client ask for a write. */
#include "server.h"

static void server_message(struct libraft_server *server, const struct ldfi_message *from)
{
    struct raft_message message;
    if (ldfi_is(from, "submit"))
        libraft_server_submit(server, from->from, ldfi_text(from, 0));
    else if (libraft_message_read(server->node, from, &message))
        server->receive(&server->io, &message);
    libraft_server_finish(server);
}

static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    struct libraft_server *server = libraft_server_of(node);
    if (strcmp(ldfi_name(node), LIBRAFT_CLIENT) == 0)
        libraft_client_message(node, message);
    else if (server != NULL)
        server_message(server, message);
    else if (ldfi_is(message, "server") && message->from == NULL)
        libraft_server_start(node, (unsigned)ldfi_integer(message, 0),
                             (unsigned)ldfi_integer(message, 1));
}

static void on_timer(struct ldfi_node *node, const char *name)
{
    if (strcmp(ldfi_name(node), LIBRAFT_CLIENT) == 0) {
        libraft_client_timer(node, name);
        return;
    }
    struct libraft_server *server = libraft_server_of(node);
    if (strcmp(name, "disk") == 0) {
        libraft_disk_written(server);
    } else {
        ldfi_set_timer(node, "tick", server->tick_steps);
        server->tick(&server->io);
    }
    libraft_server_finish(server);
}

const struct ldfi_protocol ldfi_protocol = {
    .message = on_message,
    .timer = on_timer,
    .pre = libraft_promised,
    .post = libraft_kept,
    .opaque_state = true,
};
