/* The results of sweeps in the store, and how databases are joined (merge.c). */
#ifndef LDFI_LINEAGE_RESULTS_H
#define LDFI_LINEAGE_RESULTS_H

#include "store.h"

/* A row of the table `result` (schema.sql). Texts are the caller's; of a row that was found, the
 * arena's. */
struct lineage_result {
    const char *key, *scenario, *choice, *version, *verdict, *report;
    const char *smallest; /* NULL: no counterexample */
    uint32_t eot, eff, crashes;
    uint64_t runs;
    double seconds;
    bool vacuous, done;
    bool is_copy; /* of one that is there, under another scenario's name */
};

/* Adds a result, at once on disk. One of the same question that is there stays if the new one is a
 * copy, or did not get as far: to the end, or else to larger bounds, through more runs. */
bool lineage_store_put_result(struct lineage_store *store, const struct lineage_result *result);

enum lineage_found { LINEAGE_FOUND, LINEAGE_NOT_FOUND, LINEAGE_FIND_FAILED };

/* Finds a result by its key, of whatever scenario. */
enum lineage_found lineage_store_find_result(struct lineage_store *store, const char *key,
                                             struct lineage_arena *arena,
                                             struct lineage_result *result);

/* A row of the table `shard`. */
struct lineage_shard {
    const char *plan;
    uint32_t number, count, planned;
    bool finished;
};
bool lineage_store_put_shard(struct lineage_store *store, const struct lineage_shard *shard);

/* Keeps what `ldfi bisect` or `ldfi compare` (`kind`) printed as JSON. */
bool lineage_store_put_comparison(struct lineage_store *store, const char *kind,
                                  const char *report);

/* ---- joining databases (merge.c) ---- */

/* What came of joining one database into another. */
struct lineage_merged {
    uint64_t results, searches; /* rows that were new, or got further than ours */
    uint64_t conflicts;         /* the same question with another answer */
    bool machine_failed;        /* if it failed: disk full, locked, and the like */
};

/* Takes the results, shards and searches of the database at `path` into the store. What is there
 * already stays, so that doing it twice changes nothing; of a result (or search) without an end and
 * one with it, the latter stays, and of two without, the one that got further: the order of joining
 * does not matter, but for conflicts, and for the seconds and dates of answers that are the same.
 * Calls `conflict` for each question that the two answer differently: the store's answer stays. All
 * or nothing. */
bool lineage_store_merge(struct lineage_store *store, const char *path,
                         void (*conflict)(void *context, const char *scenario, const char *choice,
                                          const char *ours, const char *theirs),
                         void *context, struct lineage_merged *merged);

/* Calls `lacks` for each shard of a sweep that is not here, or has not come to its end. */
bool lineage_store_lacks(struct lineage_store *store,
                         void (*lacks)(void *context, const char *plan, uint32_t number,
                                       uint32_t count, bool is_there),
                         void *context);

#endif
