/* What explanations, pictures and exports are made of: one run of a scenario, and beside it the run
 * without faults, both with all their lineage, of one universe. It comes from
 *
 *     SCENARIO.json   and faults (--omit, --crash, --faults; else the scenario's own),
 *     ENTRY.json      a file of the corpus (corpus.h), which names its scenario and its faults,
 *     FILE.db         a database and the number of a run in it. A database holds the program's
 *                     text, so that both runs are made again; an imported capture has no program,
 *                     and is read back.
 */
#ifndef LDFI_HARNESS_EVIDENCE_H
#define LDFI_HARNESS_EVIDENCE_H

#include "session.h"

struct harness_evidence {
    struct harness_session *session;   /* not owned; its executor can run more */
    struct lineage_restored *restored; /* of a capture; else NULL */
    const struct lineage_universe
        *universe;                /* of the session's executor, or of what was restored */
    const char *name;             /* of the scenario */
    struct lineage_bounds bounds; /* `immune` is not owned */
    bool is_capture;              /* no program, and nothing to compare with: `good` is `bad` */
    int64_t run;                  /* its number in the database; 0: it is of none */

    struct lineage_schedule faults; /* of `bad`; may be none */
    struct lineage_execution good;  /* without faults */
    struct lineage_execution bad;   /* under `faults` */
    lineage_tuples broken;          /* the pre tuples whose promise `bad` breaks */
};

/* Makes the runs with and without the faults; the evidence takes over the schedule. Both executions
 * are recorded with their firings and indexed. False with errors reported in the session. */
bool harness_evidence_make(struct harness_evidence *evidence, struct harness_session *session,
                           struct lineage_schedule *faults);

/* Opens a session from a search in a database: its program, nodes and bounds, as they were
 * recorded. False with errors reported in the session. */
bool harness_evidence_open_search(struct lineage_store *store, int64_t search,
                                  struct harness_session *session);

/* Reads the schedule of a run in a database, for a session opened from its search. */
bool harness_evidence_read_faults(struct lineage_store *store, int64_t run,
                                  struct harness_session *session, struct lineage_schedule *faults);

void harness_evidence_free(struct harness_evidence *evidence);

#endif
