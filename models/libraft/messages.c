/* Messages of the library as messages of ldfi: terms and indices are integers, entries a text. What
 * a message means is in raft.h. Two of its six kinds are never sent here: nobody asks for a
 * transfer of leadership, and no log gets as long as a snapshot is due. */
#include "server.h"

/* A field that counts: terms, indices, servers, flags. */
static unsigned long long number(const struct ldfi_message *from, size_t field)
{
    return libraft_unsigned(ldfi_integer(from, field));
}

void libraft_message_send(struct ldfi_node *node, const struct raft_message *message)
{
    const char *to = message->server_address;
    switch (message->type) {
    case RAFT_IO_REQUEST_VOTE: {
        const struct raft_request_vote *vote = &message->request_vote;
        ldfi_send(node, to, "request_vote",
                  ldfi(libraft_signed(vote->term), libraft_signed(vote->candidate_id),
                       libraft_signed(vote->last_log_index), libraft_signed(vote->last_log_term),
                       vote->disrupt_leader, vote->pre_vote));
        return;
    }
    case RAFT_IO_REQUEST_VOTE_RESULT: {
        const struct raft_request_vote_result *result = &message->request_vote_result;
        ldfi_send(node, to, "request_vote_result",
                  ldfi(libraft_signed(result->term), result->vote_granted, result->pre_vote));
        return;
    }
    case RAFT_IO_APPEND_ENTRIES: {
        const struct raft_append_entries *append = &message->append_entries;
        char *entries = libraft_text_of_entries(append->entries, append->n_entries);
        ldfi_send(node, to, "append_entries",
                  ldfi(libraft_signed(append->term), libraft_signed(append->prev_log_index),
                       libraft_signed(append->prev_log_term), libraft_signed(append->leader_commit),
                       entries));
        raft_free(entries);
        return;
    }
    case RAFT_IO_APPEND_ENTRIES_RESULT: {
        const struct raft_append_entries_result *result = &message->append_entries_result;
        ldfi_send(node, to, "append_entries_result",
                  ldfi(libraft_signed(result->term), libraft_signed(result->rejected),
                       libraft_signed(result->last_log_index)));
        return;
    }
    default:
        libraft_fail("a message that nobody has asked for", message->type);
    }
}

static void read_request_vote(const struct ldfi_message *from, struct raft_request_vote *vote)
{
    vote->term = number(from, 0);
    vote->candidate_id = number(from, 1);
    vote->last_log_index = number(from, 2);
    vote->last_log_term = number(from, 3);
    vote->disrupt_leader = number(from, 4) != 0;
    vote->pre_vote = number(from, 5) != 0;
}

static void read_append_entries(const struct ldfi_message *from, struct raft_append_entries *append)
{
    append->term = number(from, 0);
    append->prev_log_index = number(from, 1);
    append->prev_log_term = number(from, 2);
    append->leader_commit = number(from, 3);
    append->entries = libraft_entries_of_text(ldfi_text(from, 4), &append->n_entries);
}

bool libraft_message_read(const struct ldfi_node *node, const struct ldfi_message *from,
                          struct raft_message *message)
{
    if (from->from == NULL)
        return false;
    message->server_id = libraft_id(node, from->from);
    message->server_address = from->from;
    if (ldfi_is(from, "request_vote")) {
        message->type = RAFT_IO_REQUEST_VOTE;
        read_request_vote(from, &message->request_vote);
    } else if (ldfi_is(from, "request_vote_result")) {
        message->type = RAFT_IO_REQUEST_VOTE_RESULT;
        message->request_vote_result.term = number(from, 0);
        message->request_vote_result.vote_granted = number(from, 1) != 0;
        message->request_vote_result.pre_vote = (raft_tribool)number(from, 2);
    } else if (ldfi_is(from, "append_entries")) {
        message->type = RAFT_IO_APPEND_ENTRIES;
        read_append_entries(from, &message->append_entries);
    } else if (ldfi_is(from, "append_entries_result")) {
        message->type = RAFT_IO_APPEND_ENTRIES_RESULT;
        message->append_entries_result.term = number(from, 0);
        message->append_entries_result.rejected = number(from, 1);
        message->append_entries_result.last_log_index = number(from, 2);
    } else {
        return false;
    }
    return true;
}
