/* What explanations, pictures and exports are made of: one run of a scenario, and beside it the run
 * without faults, both with all their lineage, of one universe. It comes from
 *
 *     SCENARIO.json   and faults (--omit, --crash, --faults; else the scenario's own),
 *     ENTRY.json      a file of the corpus (corpus.h), which names its scenario and its faults,
 *     FILE.db         a database and the number of a run in it (--run; else its first
 *                     counterexample). A database holds the program's texts, so that both runs are
 *                     made again; an imported capture has no program, and is read back.
 */
#ifndef LDFI_HARNESS_EVIDENCE_H
#define LDFI_HARNESS_EVIDENCE_H

#include "session.h"

struct harness_evidence {
    struct harness_session *session; /* not owned; its executor can run more */
    const struct lineage_universe *universe;
    const char *name;             /* of the scenario */
    struct lineage_bounds bounds; /* `immune` is not owned */
    enum lineage_oracle oracle;
    bool is_capture; /* no program, no executor, no `good` */
    int64_t run;     /* its number in the database; 0: it is of none */

    struct lineage_schedule faults; /* of `bad`; may be none; of a capture: that it shows */
    struct lineage_execution good;  /* without faults */
    struct lineage_execution bad;   /* under `faults`, or the capture */
    lineage_tuples broken;          /* the pre tuples whose promise `bad` breaks */

    struct lineage_restored restored; /* private: what a capture lives in */
};

/* Makes the runs without and with the faults, recorded with their firings and indexed; takes the
 * schedule over. Free it, whatever is returned, before the session. */
enum harness_outcome harness_evidence_make(struct harness_evidence *evidence,
                                           struct harness_session *session,
                                           struct lineage_schedule *faults);

/* Reads a capture back into zeroed evidence. On false lineage_store_error says why; free it in both
 * cases. */
bool harness_evidence_restore(struct harness_evidence *evidence, struct lineage_store *store,
                              const struct lineage_stored_run *run);

/* Opens a session from a search in a database (0: the newest): its program, nodes and bounds, as
 * they were recorded. False with errors reported in the session. */
bool harness_evidence_open_search(struct lineage_store *store, int64_t search,
                                  struct harness_session *session);

/* Adds the faults of a run in a database to the schedule, for a session opened from its search.
 * False with errors reported in the session. */
bool harness_evidence_read_faults(struct lineage_store *store, int64_t run,
                                  struct harness_session *session, struct lineage_schedule *faults);

void harness_evidence_free(struct harness_evidence *evidence);

#endif
