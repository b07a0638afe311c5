/* What a good outcome rests on, and what faults take away from it. A *support* is a set of messages
 * that suffices to derive an outcome, and of which nothing can be left out (Alvaro et al., SIGMOD
 * 2015, section 3.1); faults that break a promise have cut each support of it, or made something
 * hold that must not. */
#ifndef LDFI_LINEAGE_CUT_H
#define LDFI_LINEAGE_CUT_H

#include "execution.h"

/* What becomes, under the faults, of what is sent for an outcome between two times. */
enum lineage_cut {
    LINEAGE_ARRIVES,
    LINEAGE_ARRIVES_LATE, /* but not the first that was sent */
    LINEAGE_CUT_BY_OMISSION,
    LINEAGE_CUT_BY_CRASH,
    LINEAGE_TOO_LATE, /* in flight at the end of time */
    LINEAGE_NOT_SENT, /* at these times, for lack of something else */
};

/* What a node tells another. It may do so more than once: that is still one element of a support.
 */
struct lineage_delivery {
    lineage_tuple tuple;
    uint32_t from, to;
    uint32_t rule;                  /* one that sends it */
    uint32_t first_time, last_time; /* when it is sent for this outcome, in the good run */
    uint32_t count;                 /* how often */
    enum lineage_cut cut;           /* what becomes of it in the bad run */
    uint32_t cut_time;              /* when it arrives, or is lost, first; 0: not sent */
};

/* A set of deliveries: indices of lineage_supports.deliveries, ascending. */
struct lineage_support_set {
    const uint32_t *items;
    size_t count;
};

struct lineage_supports {
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct lineage_delivery)
    deliveries;                                     /* in the order in which they are first sent */
    LINEAGE_ARRAY(struct lineage_support_set) sets; /* the smallest first */
    bool is_complete;                               /* there are no others, but for ways closed */
    bool wants_absences; /* something below the outcome needs absent what may rest on messages, too
                          */
    size_t closed_count; /* firings that count for nothing */
    LINEAGE_ARRAY(uint32_t) closers; /* facts of the bad run that they want absent, each once */
};

enum { LINEAGE_SUPPORTS_MAX = 16 };

/* Finds the supports of a fact of a plain execution, recorded with its firings and indexed; of more
 * than LINEAGE_SUPPORTS_MAX small ones, and not `is_complete`. Messages of nodes to themselves, and
 * of `immune` nodes (by node; NULL: of none), belong to no support: nothing can take them away.
 * What an outcome needs *absent* is not followed. A minimum or maximum is taken to need its whole
 * group, where one member would do: then they are not `is_complete`. `bad`, of the same universe,
 * says what is cut (NULL: nothing), and closes ways: a firing that wants absent what `bad` has
 * counts for nothing. Free it with lineage_supports_free. */
void lineage_supports_find(const struct lineage_execution *good, uint32_t fact, const bool *immune,
                           const struct lineage_execution *bad, struct lineage_supports *supports);
void lineage_supports_free(struct lineage_supports *supports);

#endif
