/* One question among many: what comes of a scenario, its inputs chosen, perhaps with another model,
 * perhaps under given faults. Sweeps, regressions, bisections and comparisons are made of jobs;
 * each is answered by a process of its own (farm.h). */
#ifndef LDFI_HARNESS_JOB_H
#define LDFI_HARNESS_JOB_H

#include "session.h"

/* Texts and JSON are the caller's. */
struct harness_job {
    const char *path;    /* of the scenario */
    const char *model;   /* takes the place of a model file of the scenario; NULL: none */
    size_t replaced;     /* the number of that file */
    size_t combination;  /* of its inputs (choices.h) */
    const cJSON *faults; /* replay these, whatever the scenario says; NULL: search */
    const cJSON *choice; /* of its inputs, {"to": "a"}, instead of `combination`; NULL: none */
    uint32_t eot, eff;   /* take the place of the scenario's bounds, unless `eot` is 0 */
    struct harness_options options;
    double seconds_max;   /* 0: no limit; of all its searches together */
    uint64_t runs_max;    /* 0: no limit; likewise */
    size_t memory_max;    /* bytes; 0: as the machine allows */
    uint32_t eot_max;     /* where a sweep of bounds ends */
    const cJSON *resumed; /* what an earlier sweep of its bounds has reported; NULL: nothing */
    const volatile sig_atomic_t *interrupted;
};

/* Reads the job's scenario as the job has it, for what must be known before it runs. The session's
 * diagnostics hold the errors, if false. */
bool harness_job_read(const struct harness_job *job, struct harness_session *session);

/* Answers it: the report of `ldfi run --json` with
 *   "status"  the exit status that it has earned
 *   "choice"  the inputs chosen, if the scenario leaves any open
 *   "sweep"   where bounds were swept: {"steps": [...], "certified": {...} or null, "ended"}
 * or {"error", "errors", "status"}. The caller deletes it. */
cJSON *harness_job_answer(const struct harness_job *job);

/* ---- for sweep_bounds.c ---- */

/* Adds what the session's search may still spend, and runs it; false if it failed. */
cJSON *harness_job_search(const struct harness_job *job, struct harness_session *session,
                          double seconds_spent, uint64_t runs_spent);

/* Answers a job whose scenario leaves bounds to be swept. */
cJSON *harness_sweep_bounds(const struct harness_job *job, bool sweeps_eot, bool sweeps_eff);

#endif
