/* Raft, a replicated log with elections: see raft.h. */
#include "raft.h"

#include "rules/acknowledges_committed.c"
#include "rules/checks_previous.c"
#include "rules/commits_on_majority.c"
#include "rules/commits_own_term.c"
#include "rules/refuses_past_terms.c"
#include "rules/removes_conflicts.c"
#include "rules/votes_for_up_to_date.c"
#include "rules/votes_once.c"

#include "parts/client.c"
#include "parts/commit.c"
#include "parts/election.c"
#include "parts/log.c"
#include "parts/promise.c"
#include "parts/replication.c"
#include "parts/server.c"

static void start(struct ldfi_node *node)
{
    if (is_client(ldfi_name(node)))
        return;
    set_role(node, "follower");
    set_election_timer(node);
}

/* All messages between servers begin with the sender's term. */
static void server_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (ldfi_is(message, "request")) {
        on_request(node, message);
        return;
    }
    /* Figure 2, all servers: whoever hears of a higher term enters it and follows. */
    if (ldfi_integer(message, 0) > current_term(node))
        follow_term(node, ldfi_integer(message, 0));
    if (ldfi_is(message, "request_vote"))
        on_request_vote(node, message);
    else if (ldfi_is(message, "vote"))
        on_vote(node, message);
    else if (ldfi_is(message, "append"))
        on_append(node, message);
    else if (ldfi_is(message, "appended"))
        on_appended(node, message);
}

static void on_message(struct ldfi_node *node, const struct ldfi_message *message)
{
    if (is_client(ldfi_name(node)))
        client_message(node, message);
    else
        server_message(node, message);
}

static void on_timer(struct ldfi_node *node, const char *name)
{
    if (is_client(ldfi_name(node)))
        client_timer(node, name);
    else if (strcmp(name, "election") == 0)
        start_election(node);
    else
        send_entries_to_all(node);
}

const struct ldfi_protocol ldfi_protocol = {
    .start = start,
    .message = on_message,
    .timer = on_timer,
    .pre = promised,
    .post = kept,
};
