/* The parts of the executor for protocols in C. Private to native_*.c. */
#ifndef LDFI_HARNESS_NATIVE_EXECUTOR_H
#define LDFI_HARNESS_NATIVE_EXECUTOR_H

#include "../lineage/path.h"
#include "executor.h"
#include "native/attempts.h"
#include "native/difference.h"
#include "native/inputs.h"
#include "native/module.h"
#include "native/record.h"
#include "native/request.h"
#include "native/sites.h"
#include "native/sources.h"
#include "native/worker.h"
#include "scenario.h"
#include <signal.h>
#include <stdlib.h>

enum { FAILURE_BYTES = 2048 };

struct harness_native {
    struct lineage_universe universe;
    struct lineage_arena arena;
    struct ded_program program; /* of the inputs */
    lineage_sources sources;    /* of the protocol and, behind them, of the inputs */
    size_t protocol_sources;
    native_inputs inputs;
    struct native_names names;
    const char *module; /* its path */
    bool is_built;      /* here, from C files: it is removed in the end */
    bool is_copy;       /* what the fields above name is another's, but for the universe */
    bool is_opaque;
    struct native_worker worker;
    struct native_request request;
    struct native_sites sites;
    struct native_run run; /* the last one */
    struct lineage_schedule run_schedule;
    bool has_run;                           /* `run` is whole, and under run_schedule */
    uint32_t failed;                        /* a relation */
    uint32_t stays, fails, runs_out, keeps; /* rules (record.h) */
    char failure[FAILURE_BYTES];
    native_state state;            /* under construction */
    struct lineage_execution good; /* the run without faults, once attempts have needed it */
    bool has_good;
    lineage_tuple failure_tuple; /* of the step at work; LINEAGE_NONE: nothing went wrong */
};

/* An empty execution of this scenario. */
void harness_native_create(const struct harness_executor *executor,
                           struct lineage_execution *execution);

/* The protocol is at fault: says what, and where in the module (0: nowhere). */
void harness_native_fail(struct harness_executor *executor, uint32_t site, const char *what);

/* Has the request that stands in the shared memory run, and reads the trace into `run`. */
enum harness_outcome harness_native_request(struct harness_executor *executor,
                                            const struct lineage_schedule *schedule);

/* Runs the whole scenario under a schedule. */
enum harness_outcome harness_native_run(struct harness_executor *executor,
                                        const struct lineage_schedule *schedule);

/* That the last run ended with a handler that crashed, did not end or leaks: a tuple that breaks
 * the promise by itself. LINEAGE_NONE: it ended well. */
lineage_tuple harness_native_finding(struct harness_native *self);

/* What the executor has for executor.h. */
enum harness_outcome harness_native_execute(struct harness_executor *executor,
                                            const struct lineage_schedule *schedule, bool recording,
                                            struct lineage_execution *execution);
enum harness_outcome harness_native_outcome(struct harness_executor *executor,
                                            const struct lineage_schedule *schedule, bool end_only,
                                            struct lineage_execution *execution);
enum harness_outcome harness_native_envelope(struct harness_executor *executor,
                                             const struct lineage_schedule *schedule,
                                             const struct lineage_bounds *bounds,
                                             const struct lineage_execution *run,
                                             size_t firings_max, struct lineage_execution *result);
void harness_native_initial(struct harness_executor *executor, harness_state *state);
enum harness_outcome harness_native_step(struct harness_executor *executor,
                                         const harness_state *state, uint32_t time,
                                         const struct lineage_schedule *schedule,
                                         struct lineage_execution *execution);
void harness_native_after(struct harness_executor *executor, const bool *lost,
                          harness_state *state);

/* By which rules runs derive facts. */
struct native_rules harness_native_rules(struct harness_native *self);

#endif
