/* Raft: what its parts (parts/) and its rules (rules/) know of each other.
 *
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", USENIX ATC 2014.
 * "Figure 2" below is its summary of the algorithm, on one page; comments say which of its rules
 * the code obeys, in words of their own. One shard, a fixed set of servers, no snapshots. Servers
 * that crash stay away, so that "on stable storage" means nothing here.
 *
 * Nodes whose names begin with a capital letter are clients, all others are servers.
 *
 * A server's tables:
 *   term       ()      -> number                 figure 2: currentTerm
 *   voted_for  (term)  -> server                 votedFor, of all terms
 *   log        (index) -> term, client, write    log[]; from 1 on
 *   last       ()      -> index                  of the last entry in the log
 *   commit     ()      -> index                  commitIndex
 *   applied    (index) -> term, client, write    what the state machine was given; lastApplied
 *   next       (server) -> index                 nextIndex[]
 *   match      (server) -> index                 matchIndex[]
 *   role       ()      -> name                   follower, candidate, leader
 *   votes      (term, server) -> nothing         that this server has been given
 *   leader     ()      -> server                 of the current term, as far as is known
 *   led        (term)  -> nothing                terms that this server led: for the promise
 * A client's:
 *   pending      (write) -> nothing              not acknowledged yet
 *   acknowledged (write) -> nothing
 *   server       ()      -> server               whom it asks: the leader, it hopes */
#ifndef RAFT_H
#define RAFT_H

#include <ldfi/protocol.h>

enum {
    HEARTBEAT_STEPS = 2,
    /* The first server's, and how much longer the next one's is. The paper draws them at random
     * (section 5.2); here they are apart by design, so that the run without faults is the same for
     * every seed. A lost heartbeat alone starts no election. */
    ELECTION_STEPS = 4,
    ELECTION_STEPS_APART = 2,
    RETRY_STEPS = 4 /* a client's */
};

struct entry {
    int64_t term;
    const char *client;
    const char *write; /* empty: the entry with which a leader begins its term */
};

/* ---- parts/server.c ---- */

static bool is_client(const char *name);
/* The servers but this one, in the scenario's order: the first after `*number`; NULL: no more.
 * Start with 0. */
static const char *next_peer(struct ldfi_node *node, size_t *number);
static bool is_majority(struct ldfi_node *node, size_t count);
static int64_t current_term(struct ldfi_node *node);
static bool has_role(struct ldfi_node *node, const char *role);
static void set_role(struct ldfi_node *node, const char *role);
static void set_election_timer(struct ldfi_node *node);
static void follow_term(struct ldfi_node *node, int64_t term);

/* ---- parts/log.c ---- */

static int64_t last_index(struct ldfi_node *node);
/* False: there is none. */
static bool read_entry(struct ldfi_node *node, int64_t index, struct entry *entry);
/* 0: there is no such entry. */
static int64_t term_at(struct ldfi_node *node, int64_t index);
static void append_entry(struct ldfi_node *node, const struct entry *entry);

/* ---- parts/election.c ---- */

static void start_election(struct ldfi_node *node);
static void on_request_vote(struct ldfi_node *node, const struct ldfi_message *message);
static void on_vote(struct ldfi_node *node, const struct ldfi_message *message);

/* ---- parts/replication.c ---- */

static void send_entries(struct ldfi_node *node, const char *peer);
static void send_entries_to_all(struct ldfi_node *node);
static void on_append(struct ldfi_node *node, const struct ldfi_message *message);
static void on_appended(struct ldfi_node *node, const struct ldfi_message *message);

/* ---- parts/commit.c ---- */

static int64_t commit_index(struct ldfi_node *node);
static void commit_up_to(struct ldfi_node *node, int64_t index);
static void advance_commit(struct ldfi_node *node);
static void on_request(struct ldfi_node *node, const struct ldfi_message *message);

/* ---- parts/client.c ---- */

static void client_message(struct ldfi_node *node, const struct ldfi_message *message);
static void client_timer(struct ldfi_node *node, const char *write);

/* ---- parts/promise.c ---- */

static void promised(struct ldfi_node *observer);
static void kept(struct ldfi_node *observer);

/* ---- rules/: a file each, which a seeded bug replaces (seeded/) ---- */

static bool has_voted_for_another(struct ldfi_node *node, const char *candidate);
static bool is_up_to_date(struct ldfi_node *node, int64_t index, int64_t term);
static bool is_past(struct ldfi_node *node, int64_t term);
static bool has_previous(struct ldfi_node *node, int64_t index, int64_t term);
static void remove_conflict(struct ldfi_node *node, int64_t index, int64_t term);
static bool is_on_majority(struct ldfi_node *node, int64_t index);
static bool is_of_own_term(struct ldfi_node *node, int64_t index);
static bool may_acknowledge(struct ldfi_node *node, int64_t index);

#endif
