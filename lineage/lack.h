/* What a promise needed and did not get: the facts of the good run that are missing in the bad one
 * where the broken promise looks at them. A promise mostly says what must *not* be (notin
 * lacks(W)); then what it needs is whatever kept lacks(W) from being derived. So this follows
 * differential provenance (difference.h) from the broken promise, but through absences alone. */
#ifndef LDFI_LINEAGE_LACK_H
#define LDFI_LINEAGE_LACK_H

#include "execution.h"

/* A fact of the good run that the bad one lacks. */
struct lineage_lack {
    uint32_t fact;    /* of the good run */
    uint32_t because; /* the new fact of the bad run that it would have prevented, or one that this
                         was derived from; LINEAGE_NONE: the promise reads it itself */
    lineage_tuple broken; /* the pre tuple whose promise needs it */
};

/* A fact of the bad run that the good one lacks, and that stands against the promise. */
struct lineage_intruder {
    uint32_t fact; /* of the bad run */
    lineage_tuple broken;
};

struct lineage_lacks {
    LINEAGE_ARRAY(struct lineage_lack) missing;
    LINEAGE_ARRAY(struct lineage_intruder) intruders;
    /* Private: by fact of the good run, of the bad run, and of the bad run: visited. */
    bool *is_missing, *is_intruder, *is_followed;
};

/* Both executions are plain, of one universe, recorded with their firings and indexed; `good` has
 * no faults; `broken`: pre tuples whose promise `bad` breaks. Each fact is listed once. Free it
 * with lineage_lacks_free. */
void lineage_lacks_find(const struct lineage_execution *good, const struct lineage_execution *bad,
                        const lineage_tuples *broken, struct lineage_lacks *lacks);

/* Adds a fact of the bad run that closes all ways to what the promise lacks (cut.h), if the good
 * run has no such fact, and the facts whose absence lets it be. */
void lineage_lacks_follow(const struct lineage_execution *good, const struct lineage_execution *bad,
                          uint32_t fact, lineage_tuple broken, struct lineage_lacks *lacks);
void lineage_lacks_free(struct lineage_lacks *lacks);

#endif
