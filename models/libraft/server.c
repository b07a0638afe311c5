/* The servers: the library with its state machine, and what it tells clients. */
#include "server.h"

#include <stdlib.h>

/* A write on its way through the log, and who is to hear of it. */
struct submission {
    struct raft_apply request;
    struct libraft_server *server;
    const char *client, *write; /* ldfi's; they stay */
};

_Noreturn void libraft_fail(const char *what, int status)
{
    fprintf(stderr, "models/libraft: %s (%d)\n", what, status);
    abort();
}

int64_t libraft_signed(unsigned long long number)
{
    if (number > INT64_MAX)
        libraft_fail("a number too large", RAFT_TOOBIG);
    return (int64_t)number;
}

unsigned long long libraft_unsigned(int64_t number)
{
    if (number < 0)
        libraft_fail("a number below 0", RAFT_MALFORMED);
    return (unsigned long long)number;
}

raft_id libraft_id(const struct ldfi_node *node, const char *name)
{
    for (size_t number = 0; number < ldfi_node_count(node); number++) {
        if (strcmp(ldfi_node_name(node, number), name) == 0)
            return number + 1;
    }
    libraft_fail("a server of that name", RAFT_BADID);
}

/* The state machine: what is applied goes to the table `applied`, by its index. */
static int apply(struct raft_fsm *fsm, const struct raft_buffer *command, void **result)
{
    struct libraft_server *server = fsm->data;
    char *text = libraft_text_of_buffer(command);
    raft_index index = raft_last_applied(&server->raft) + 1;
    ldfi_put(server->node, "applied", ldfi(libraft_signed(index)), ldfi(text));
    raft_free(text);
    *result = NULL;
    return 0;
}

/* All nodes are servers but the client. */
static void configure(struct libraft_server *server)
{
    struct raft_configuration configuration;
    raft_configuration_init(&configuration);
    int status = 0;
    for (size_t number = 0; number < ldfi_node_count(server->node) && status == 0; number++) {
        const char *name = ldfi_node_name(server->node, number);
        if (strcmp(name, LIBRAFT_CLIENT) != 0)
            status = raft_configuration_add(&configuration, number + 1, name, RAFT_VOTER);
    }
    if (status == 0)
        status = raft_bootstrap(&server->raft, &configuration);
    if (status != 0)
        libraft_fail("the servers' configuration", status);
    raft_configuration_close(&configuration);
}

void libraft_server_start(struct ldfi_node *node, unsigned election_timeout, unsigned heartbeat)
{
    struct libraft_server *server = calloc(1, sizeof *server);
    libraft_settle_heap();
    if (server == NULL)
        libraft_fail("memory", RAFT_NOMEM);
    *ldfi_state(node) = server;
    server->node = node;
    server->io = libraft_io(server);
    server->fsm = (struct raft_fsm){.version = 1, .data = server, .apply = apply};
    const char *name = ldfi_name(node);
    int status = raft_init(&server->raft, &server->io, &server->fsm, libraft_id(node, name), name);
    if (status != 0)
        libraft_fail("the server", status);
    raft_set_election_timeout(&server->raft, election_timeout);
    raft_set_heartbeat_timeout(&server->raft, heartbeat);
    configure(server);
    status = raft_start(&server->raft);
    if (status != 0)
        libraft_fail("the server's start", status);
}

struct libraft_server *libraft_server_of(struct ldfi_node *node)
{
    struct libraft_server *server = *ldfi_state(node);
    if (server != NULL)
        server->node = node;
    return server;
}

static void refuse(struct libraft_server *server, const char *client, const char *write)
{
    raft_id id;
    const char *leader;
    raft_leader(&server->raft, &id, &leader);
    ldfi_send(server->node, client, "refused", ldfi(write, leader != NULL ? leader : ""));
}

static void submitted(struct raft_apply *request, int status, void *result)
{
    (void)result;
    struct submission *submission = request->data;
    struct libraft_server *server = submission->server;
    if (status == 0)
        ldfi_send(server->node, submission->client, "accepted", ldfi(submission->write));
    else
        ldfi_send(server->node, submission->client, "refused", ldfi(submission->write, ""));
    free(submission);
}

void libraft_server_submit(struct libraft_server *server, const char *client, const char *write)
{
    struct submission *submission = calloc(1, sizeof *submission);
    struct raft_buffer command = {raft_malloc(strlen(write)), strlen(write)};
    if (submission == NULL || command.base == NULL)
        libraft_fail("memory", RAFT_NOMEM);
    memcpy(command.base, write, command.len);
    *submission = (struct submission){{.data = submission}, server, client, write};
    int status = raft_apply(&server->raft, &submission->request, &command, 1, submitted);
    if (status == 0)
        return;
    if (status != RAFT_NOTLEADER)
        libraft_fail("a write that the library does not take", status);
    refuse(server, client, write);
    raft_free(command.base);
    free(submission);
}

void libraft_server_finish(struct libraft_server *server)
{
    libraft_io_flush(server);
    const struct ldfi_tuple term = ldfi(libraft_signed(server->raft.current_term));
    if (raft_state(&server->raft) == RAFT_LEADER && ldfi_get(server->node, "leads", term) == NULL)
        ldfi_put(server->node, "leads", term, ldfi());
    if (raft_state(&server->raft) == RAFT_UNAVAILABLE)
        ldfi_put(server->node, "gave_up", ldfi(), ldfi());
}
