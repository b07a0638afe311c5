/* Who takes part, and in which order a process handles what reaches it in one round. */
#ifndef PRIMARY_BACKUP_INBOX_H
#define PRIMARY_BACKUP_INBOX_H

#include <ldfi/protocol.h>

/* "We focused on a cluster with one primary and two replicas" ("Growing a protocol", section 4).
 * Beside them, a client C and the master oracle M. */
enum { REPLICA_COUNT = 3 };
static const char *const REPLICAS[REPLICA_COUNT] = {"a", "b", "c"};

static inline bool is_same(const char *left, const char *right)
{
    return strcmp(left, right) == 0;
}

/* First the inputs; then views, so that who is promoted knows it before all else; then what a
 * primary says, in the order in which it says it; then what comes back; writes last. */
static inline size_t rank_in_inbox(const char *kind)
{
    static const char *const KINDS[] = {"view",    "resync",     "resync_end", "rep",
                                        "rep_ack", "client_ack", "write"};
    for (size_t rank = 0; rank < sizeof KINDS / sizeof *KINDS; rank++) {
        if (is_same(kind, KINDS[rank]))
            return rank + 1;
    }
    return 0;
}

static inline int compare_values(struct ldfi_value left, struct ldfi_value right)
{
    if (left.text != NULL && right.text != NULL)
        return strcmp(left.text, right.text);
    return (left.integer > right.integer) - (left.integer < right.integer);
}

/* Messages of one kind go by their first field: the slot, or the write. */
static int inbox_order(const struct ldfi_message *left, const struct ldfi_message *right)
{
    const size_t left_rank = rank_in_inbox(left->kind), right_rank = rank_in_inbox(right->kind);
    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    if (left_rank == 0)
        return 0;
    return compare_values(left->fields.values[0], right->fields.values[0]);
}

#endif
