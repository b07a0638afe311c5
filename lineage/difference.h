/* What differs between a good execution of a scenario and a bad one, and what the differences that
 * matter to a broken promise begin with: differential provenance (Chen, Wu, Haeberlen, Zhou, Loo:
 * The Good, the Bad, and the Differences: Better Network Diagnostics with Differential Provenance,
 * SIGCOMM 2016). There the two trees are of different events, and have to be brought into line
 * first; here both executions have the same inputs, so a fact of one is that fact of the other
 * which has the same tuple and time. What has no such fact is explained by why-not provenance:
 * through the firings that the other execution has. difference.c says how. */
#ifndef LDFI_LINEAGE_DIFFERENCE_H
#define LDFI_LINEAGE_DIFFERENCE_H

#include "execution.h"

enum lineage_difference_kind {
    /* All that the firing needs is in both executions, and its message was lost in the other. */
    LINEAGE_LOST,
    /* The firing reads that a node crashes, or that it does not; or it is a handler's, of a node
     * that has crashed there by then. */
    LINEAGE_READS_CRASH,
    /* All that the firing needs is in both executions: they are not of one program. */
    LINEAGE_UNEXPLAINED,
};
enum { LINEAGE_DIFFERENCE_KINDS = 3 };

/* A firing of one execution that is not in the other, though nothing that it rests on differs but
 * for the fault itself. */
struct lineage_difference_item {
    enum lineage_difference_kind kind;
    bool is_new;     /* a firing of the bad execution; else of the good one, and missing */
    uint32_t firing; /* its number there */
    uint32_t rule;
    uint32_t relation;   /* that the rule derives */
    lineage_tuple tuple; /* the message; the crash fact; the head */
    uint32_t time;       /* when the message was sent; when the head holds */
};

struct lineage_difference {
    /* By time, then kind, then as recorded. */
    LINEAGE_ARRAY(struct lineage_difference_item) items;
    size_t lost_count; /* how many of them are LINEAGE_LOST */
};

/* The differences that broken promises begin with. `good` has no faults; both executions are plain,
 * of one universe, recorded with their firings, and indexed. `broken`: pre tuples whose promise
 * `bad` breaks (lineage_broken_promises, by either oracle). There are none if `good` breaks them
 * just so. Takes memory and time in the size of both executions, and of no firing more than those
 * that explain something. Free it with lineage_difference_free. */
void lineage_difference_find(const struct lineage_execution *good,
                             const struct lineage_execution *bad, const lineage_tuples *broken,
                             struct lineage_difference *difference);
void lineage_difference_free(struct lineage_difference *difference);

/* Is the item one to show first? Where something was lost, what was lost; else all. What reads a
 * crash is mostly a failure detector that works as it should, and there with every crash. */
static inline bool lineage_difference_leads(const struct lineage_difference *difference,
                                            const struct lineage_difference_item *item)
{
    return difference->lost_count == 0 || item->kind == LINEAGE_LOST;
}

#endif
