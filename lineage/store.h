/* The store: searches, their runs with all lineage, hypotheses, formulas and counterexamples in one
 * SQLite file (WAL; runs are committed behind, a twentieth of a second at most). schema.sql
 * documents tables and views. */
#ifndef LDFI_LINEAGE_STORE_H
#define LDFI_LINEAGE_STORE_H

#include "diagnostic.h"
#include "execution.h"
#include "fault_variables.h"

#include "../solver/solver.h"

enum { LINEAGE_STORE_VERSION = 4 };

struct lineage_store;

enum lineage_store_failure {
    LINEAGE_STORE_OK,
    LINEAGE_STORE_UNFIT,  /* no database, not one of ours, or of another version: bad input */
    LINEAGE_STORE_BROKEN, /* the machine failed: disk full, locked, not writable */
};

/* Opens or makes the database at `path`. On failure `*store` is NULL and an error
 * is reported; a file that was not there before is not there afterwards either. */
enum lineage_store_failure lineage_store_open(const char *path, struct lineage_store **store,
                                              struct lineage_diagnostics *diagnostics);

/* Does the file begin as SQLite's do? */
bool lineage_store_is_database(const char *path);

/* Opens one that is there, to read. It may be one that cannot be written to. */
enum lineage_store_failure lineage_store_open_existing(const char *path,
                                                       struct lineage_store **store,
                                                       struct lineage_diagnostics *diagnostics);

/* Rolls back what is not committed and closes; NULL is allowed. */
void lineage_store_close(struct lineage_store *store);

/* Takes back the search that was begun, and the file if lineage_store_open made it; closes. */
void lineage_store_discard(struct lineage_store *store);

/* What went wrong in the last call that returned false. */
const char *lineage_store_error(const struct lineage_store *store);

struct lineage_store_search {
    const char *version, *scenario, *strategy, *oracle;
    const char *const *model;
    size_t model_count;
    const struct lineage_universe *universe;
    const struct lineage_bounds *bounds;
    const struct lineage_source *const *sources; /* the program's texts */
    size_t source_count;
};

/* Starts a search; what follows belongs to it. All functions below return false on failure. */
bool lineage_store_begin(struct lineage_store *store, const struct lineage_store_search *search);

/* One run: its schedule, what it broke, and (unless `execution` is NULL) everything in it, whole or
 * not at all. It is on disk when a later call or lineage_store_commit has put it there. */
struct lineage_store_run {
    const char *kind; /* good, hypothesis, check, counterexample */
    const struct lineage_schedule *schedule;
    const lineage_tuples *broken;
    const struct lineage_execution *execution;
    /* What could happen beside it (execution.h); NULL: not known. */
    const struct lineage_execution *envelope;
    bool no_more_crashes; /* the envelope reckons with none */
};
bool lineage_store_run(struct lineage_store *store, const struct lineage_store_run *run);

/* Puts all runs so far on disk. */
bool lineage_store_commit(struct lineage_store *store);

/* The clauses of the formula and what its variables mean. */
bool lineage_store_formula(struct lineage_store *store, const struct solver *solver,
                           void (*describe)(void *context, solver_formula meaning, FILE *out),
                           void *context);

/* The search ended so. */
bool lineage_store_end(struct lineage_store *store, const char *verdict, bool complete,
                       uint64_t runs);

/* The search cannot go on: takes back what is not committed and marks the search as incomplete, or
 * as one that found a counterexample, as far as the machine still lets us. */
void lineage_store_abandon(struct lineage_store *store);

/* ---- reading back (restore.c) ---- */

/* What a search of a database says of its good run, or of a capture: enough to build its formula
 * again. */
struct lineage_restored {
    struct lineage_arena arena;
    int64_t search;
    const char *scenario, *strategy;
    lineage_sources sources; /* the program's texts */
    struct lineage_universe universe;
    struct lineage_bounds bounds; /* `immune` lives in the arena */
    enum lineage_oracle oracle;
    struct lineage_execution good, envelope;
    bool has_envelope;
    bool no_more_crashes; /* the envelope reckons with none */
};

/* Reads the search of this number; 0: the newest. Databases come from anywhere, so all is checked:
 * what points nowhere, or is of a wrong kind, is an error and never a crash. On false
 * lineage_store_error says why; free it in both cases. */
bool lineage_store_restore(struct lineage_store *store, int64_t search,
                           struct lineage_restored *restored);
/* The same without executions, relations, rules and tuples: what is needed to run the program. */
bool lineage_store_restore_program(struct lineage_store *store, int64_t search,
                                   struct lineage_restored *restored);
void lineage_restored_free(struct lineage_restored *restored);

/* One execution of a database. */
struct lineage_stored_run {
    int64_t id, search;
    bool is_capture;
};

/* Finds a run by its number; 0: of the newest search the first counterexample, or else the good
 * run. Envelopes are no runs. False if there is none: lineage_store_error says so. */
bool lineage_store_find_run(struct lineage_store *store, int64_t id,
                            struct lineage_stored_run *found);

/* Adds the faults of a run to the schedule, for `node_count` nodes and times up to `eot`. */
bool lineage_store_read_schedule(struct lineage_store *store, int64_t run, size_t node_count,
                                 uint32_t eot, struct lineage_schedule *schedule);

/* The database behind the store; for tests and for reading. */
struct sqlite3;
struct sqlite3 *lineage_store_database(struct lineage_store *store);

#endif
