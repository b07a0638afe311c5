/* What the library asks of the world. Snapshots are not among it: see messages.c. */
#include "server.h"

#include <stdlib.h>

static struct libraft_server *server_of(struct raft_io *io)
{
    return io->impl;
}

static int init(struct raft_io *io, raft_id id, const char *address)
{
    (void)io;
    (void)id;
    (void)address;
    return 0;
}

static int start(struct raft_io *io, unsigned milliseconds, raft_io_tick_cb tick,
                 raft_io_recv_cb receive)
{
    struct libraft_server *server = server_of(io);
    server->tick = tick;
    server->receive = receive;
    server->tick_steps = milliseconds;
    ldfi_set_timer(server->node, "tick", milliseconds);
    return 0;
}

/* The library takes it that it is told of what was sent after this has returned. */
static int send_message(struct raft_io *io, struct raft_io_send *request,
                        const struct raft_message *message, raft_io_send_cb callback)
{
    struct libraft_server *server = server_of(io);
    struct libraft_sent *sent = calloc(1, sizeof *sent);
    if (sent == NULL)
        return RAFT_NOMEM;
    libraft_message_send(server->node, message);
    request->cb = callback;
    *sent = (struct libraft_sent){.request = request, .next = server->sent};
    server->sent = sent;
    return 0;
}

void libraft_io_flush(struct libraft_server *server)
{
    while (server->sent != NULL) {
        struct libraft_sent *sent = server->sent;
        server->sent = sent->next;
        sent->request->cb(sent->request, 0);
        free(sent);
    }
}

static raft_time current_time(struct raft_io *io)
{
    return ldfi_now(server_of(io)->node);
}

static int random_between(struct raft_io *io, int min, int max)
{
    return min + (int)ldfi_random(server_of(io)->node, (uint64_t)(max - min) + 1);
}

struct raft_io libraft_io(struct libraft_server *server)
{
    return (struct raft_io){.version = 1,
                            .impl = server,
                            .init = init,
                            .start = start,
                            .bootstrap = libraft_disk_bootstrap,
                            .load = libraft_disk_load,
                            .set_term = libraft_disk_set_term,
                            .set_vote = libraft_disk_set_vote,
                            .append = libraft_disk_append,
                            .truncate = libraft_disk_truncate,
                            .send = send_message,
                            .time = current_time,
                            .random = random_between};
}
