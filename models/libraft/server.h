/* A server of the C Raft library (libraft, Debian's libraft-dev) at a node of ldfi.
 *
 * The library is written for an event loop: it asks for messages to be sent and for entries to be
 * written, and is told later what has become of that. Here a call of a handler is a turn of that
 * loop. Whatever the library keeps is on the heap, behind ldfi_state. A time step is a millisecond
 * of the library. */
#ifndef MODELS_LIBRAFT_SERVER_H
#define MODELS_LIBRAFT_SERVER_H

#include <ldfi/protocol.h>
#include <raft.h>

/* Entries that are on their way to the disk. */
struct libraft_write {
    struct raft_io_append *request;
    const struct raft_entry *entries; /* the library's; they stay until it is told */
    raft_index first;
    unsigned count; /* of them that a truncation has left */
    uint32_t done_at;
    struct libraft_write *next;
};

/* A message that has been sent; the library is not told yet. */
struct libraft_sent {
    struct raft_io_send *request;
    struct libraft_sent *next;
};

struct libraft_server {
    struct raft raft;
    struct raft_io io;
    struct raft_fsm fsm;
    struct ldfi_node *node; /* the node, for as long as one of its handlers runs */

    raft_io_tick_cb tick;
    raft_io_recv_cb receive;
    unsigned tick_steps;

    struct libraft_sent *sent;
    struct libraft_write *writes; /* in the order in which they were asked for */
    raft_index next_index;        /* behind the last entry, written or about to be */
};

/* The name of the node that is no server. */
#define LIBRAFT_CLIENT "C"

/* Ends the run: something that cannot go wrong here has gone wrong. */
_Noreturn void libraft_fail(const char *what, int status);

/* The library's numbers are unsigned, ldfi's are not. */
int64_t libraft_signed(unsigned long long number);
unsigned long long libraft_unsigned(int64_t number);

/* ---- server.c ---- */

/* The server's number in the library, from 1, and back. */
raft_id libraft_id(const struct ldfi_node *node, const char *name);

/* Starts this node's server. Timeouts are in time steps. */
void libraft_server_start(struct ldfi_node *node, unsigned election_timeout, unsigned heartbeat);

/* The server of this node, for the handler that runs now; NULL if there is none. */
struct libraft_server *libraft_server_of(struct ldfi_node *node);

/* A write that a client asks for. */
void libraft_server_submit(struct libraft_server *server, const char *client, const char *write);

/* The end of a handler: tells the library what has been sent; notes in the table `leads` in which
 * term it leads, and in `gave_up` if it has found something so wrong that it stopped. */
void libraft_server_finish(struct libraft_server *server);

/* ---- io.c ---- */

/* The library's interface to clock, chance, network and disk. */
struct raft_io libraft_io(struct libraft_server *server);

/* Tells the library that messages have been sent. */
void libraft_io_flush(struct libraft_server *server);

/* ---- disk.c: tables `metadata` and `log` ---- */

int libraft_disk_bootstrap(struct raft_io *io, const struct raft_configuration *configuration);
int libraft_disk_load(struct raft_io *io, raft_term *term, raft_id *voted_for,
                      struct raft_snapshot **snapshot, raft_index *start_index,
                      struct raft_entry *entries[], size_t *entry_count);
int libraft_disk_set_term(struct raft_io *io, raft_term term);
int libraft_disk_set_vote(struct raft_io *io, raft_id voted_for);
int libraft_disk_append(struct raft_io *io, struct raft_io_append *request,
                        const struct raft_entry entries[], unsigned count,
                        raft_io_append_cb callback);
int libraft_disk_truncate(struct raft_io *io, raft_index index);

/* The timer "disk" has run out: tells the library of the entries that are written by now. */
void libraft_disk_written(struct libraft_server *server);

/* ---- messages.c ---- */

/* Sends a message of the library. */
void libraft_message_send(struct ldfi_node *node, const struct raft_message *message);

/* What has arrived, as the library's; false if it is none of its messages. Memory of entries goes
 * to the library. */
bool libraft_message_read(const struct ldfi_node *node, const struct ldfi_message *from,
                          struct raft_message *message);

/* ---- entries.c: entries as text ---- */

/* Bytes as text, in which those that are no letter, digit or one of "-_.~" are %XX. The caller
 * frees it. */
char *libraft_text_of_buffer(const struct raft_buffer *buffer);

/* Entries as text, "2:command:w1,2:command:w2". The caller frees it. */
char *libraft_text_of_entries(const struct raft_entry entries[], unsigned count);

/* The entries of such a text, in an array and one batch, both of raft_malloc; NULL if there is
 * none. */
struct raft_entry *libraft_entries_of_text(const char *text, unsigned *count);

/* ---- client.c ---- */

void libraft_client_message(struct ldfi_node *node, const struct ldfi_message *message);
void libraft_client_timer(struct ldfi_node *node, const char *write);

/* ---- promise.c ---- */

void libraft_promised(struct ldfi_node *observer);
void libraft_kept(struct ldfi_node *observer);

/* heap.c: has the library take memory that is zero. */
void libraft_settle_heap(void);

#endif
