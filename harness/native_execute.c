/* Protocols in C: running them, and what their runs say. Runs happen in a worker's process; what it
 * says of them is read here. */
#include "native_executor.h"

void harness_native_create(const struct harness_executor *executor,
                           struct lineage_execution *execution)
{
    const struct harness_native *self = executor->self;
    lineage_execution_create(execution, executor->universe, executor->eot);
    execution->failed = self->failed;
}

/* ---- running ---- */

static bool is_finding(enum native_outcome outcome)
{
    return outcome == NATIVE_KILLED || outcome == NATIVE_LOOPS || outcome == NATIVE_LEAKS ||
           outcome == NATIVE_RUNNING;
}

void harness_native_fail(struct harness_executor *executor, uint32_t site, const char *what)
{
    struct harness_native *self = executor->self;
    const struct native_status *status = &self->worker.shared->status;
    const struct lineage_place start = {self->sources.items[0], 0, 0};
    if (strncmp(what, NATIVE_VARIABLE, strlen(NATIVE_VARIABLE)) == 0) {
        const char *variable = native_site_variable(&self->sites, site);
        what = lineage_arena_format(
            &self->sites.arena, "%s%s%s", variable == NULL ? "a variable" : "the variable ",
            variable == NULL ? "" : variable, what + strlen(NATIVE_VARIABLE));
    }
    executor->failure_place = site == 0 ? start : native_site_place(&self->sites, site);
    if (executor->failure_place.source == NULL)
        executor->failure_place = start;
    if (status->event[0] != '\0')
        snprintf(self->failure, sizeof self->failure, "%s (%s at %s at %u)", what, status->event,
                 status->node < self->universe.nodes.count
                     ? lineage_node_name(&self->universe, status->node)
                     : "the end",
                 status->time);
    else
        snprintf(self->failure, sizeof self->failure, "%s", what);
    executor->failure = self->failure;
}

/* Memory is gone after a run. The run is made again, with a look after each call; what only the
 * first run took, such as a buffer of the C library's, is no leak. */
static enum native_reply find_leak(struct harness_executor *executor)
{
    struct harness_native *self = executor->self;
    self->worker.shared->checks_memory = 1;
    const enum native_reply reply =
        native_worker_run(&self->worker, self->module, executor->poll, executor->poll_context);
    self->worker.shared->checks_memory = 0;
    return reply;
}

/* Has the request run, and reads the trace. */
enum harness_outcome harness_native_request(struct harness_executor *executor,
                                            const struct lineage_schedule *schedule)
{
    struct harness_native *self = executor->self;
    struct native_shared *shared = self->worker.shared;
    char why[NATIVE_WHY_BYTES] = "";
    self->has_run = false;
    enum native_reply reply =
        native_worker_run(&self->worker, self->module, executor->poll, executor->poll_context);
    if (reply == NATIVE_REPLIED && shared->status.outcome == NATIVE_LEAKS)
        reply = find_leak(executor);
    executor->calls += reply == NATIVE_REPLIED ? shared->status.calls : 0;
    if (reply == NATIVE_INTERRUPTED)
        return HARNESS_INTERRUPTED;
    shared->status.text[NATIVE_TEXT_BYTES - 1] = '\0';
    shared->status.event[sizeof shared->status.event - 1] = '\0';
    if (reply == NATIVE_BROKEN || shared->status.outcome == NATIVE_WRONG ||
        shared->status.outcome == NATIVE_LARGE) {
        harness_native_fail(executor, shared->status.site,
                            shared->status.outcome == NATIVE_LARGE
                                ? "the run takes more memory than a run may take"
                                : shared->status.text);
        return HARNESS_FAILED;
    }
    const bool is_whole = !is_finding((enum native_outcome)shared->status.outcome);
    const size_t words = shared->status.words < NATIVE_TRACE_WORDS ? (size_t)shared->status.words
                                                                   : NATIVE_TRACE_WORDS;
    const enum native_reading reading =
        native_run_read(&self->run, &self->names, shared->trace, words, schedule, why);
    if (reading == NATIVE_READ_MISUSE) {
        shared->status.event[0] = '\0'; /* it is of the last call, not of this one */
        harness_native_fail(executor, self->run.misuse_site, why);
        return HARNESS_FAILED;
    }
    if (is_whole && reading == NATIVE_READ_GARBLED)
        shared->status.outcome = NATIVE_RUNNING;
    return HARNESS_OK;
}

enum harness_outcome harness_native_run(struct harness_executor *executor,
                                        const struct lineage_schedule *schedule)
{
    struct harness_native *self = executor->self;
    struct native_shared *shared = self->worker.shared;
    size_t words;
    native_request_begin(&self->request, &self->names, shared->request, NATIVE_REQUEST_WORDS);
    native_request_faults(&self->request, schedule);
    if (!native_request_end(&self->request, 1, executor->eot, executor->eot, false, &words)) {
        shared->status.event[0] = '\0';
        harness_native_fail(executor, 0, "its inputs take more memory than they may take");
        return HARNESS_FAILED;
    }
    shared->request_words = words;
    self->run.first_time = 1;
    self->run.last_time = self->run.eot = executor->eot;
    const enum harness_outcome outcome = harness_native_request(executor, schedule);
    if (outcome == HARNESS_OK) {
        lineage_schedule_free(&self->run_schedule);
        lineage_schedule_copy(&self->run_schedule, schedule);
        self->has_run = true;
    }
    return outcome;
}

/* ---- findings ---- */

/* That the run ended with a handler that crashed, did not end or leaks: a tuple that breaks the
 * promise by itself. LINEAGE_NONE: it ended well. */
lineage_tuple harness_native_finding(struct harness_native *self)
{
    const struct native_status *status = &self->worker.shared->status;
    struct lineage_universe *universe = &self->universe;
    char what[128] = "has written over the memory of others";
    if (!is_finding((enum native_outcome)status->outcome))
        return LINEAGE_NONE;
    const char *signal_name = status->outcome == NATIVE_KILLED && status->site != 0
                                  ? sigabbrev_np((int)status->site)
                                  : NULL;
    if (status->outcome == NATIVE_LOOPS)
        snprintf(what, sizeof what, "does not end");
    else if (status->outcome == NATIVE_LEAKS)
        snprintf(what, sizeof what, "leaks memory");
    else if (signal_name != NULL)
        snprintf(what, sizeof what, "crashes: SIG%s", signal_name);
    else if (status->outcome == NATIVE_KILLED)
        snprintf(what, sizeof what, "ends the process");
    const lineage_value values[] = {status->node < universe->nodes.count
                                        ? universe->nodes.items[status->node]
                                        : lineage_string(universe, "", 0),
                                    lineage_string(universe, status->event, strlen(status->event)),
                                    lineage_string(universe, what, strlen(what))};
    return lineage_tuple_intern(universe, self->failed, values);
}

static uint32_t find_rule(void *context, uint32_t site, enum native_operation operation)
{
    struct harness_native *self = context;
    (void)operation;
    return native_site_rule(&self->sites, &self->universe, site);
}

struct native_rules harness_native_rules(struct harness_native *self)
{
    return (struct native_rules){find_rule,   self,        self->runs_out,
                                 self->keeps, self->stays, self->fails};
}

static void find_sites(struct harness_native *self)
{
    uint32_t *offsets = lineage_memory_clear((self->run.operations.count + 1) * sizeof *offsets);
    size_t count = 0;
    for (size_t i = 0; i < self->run.operations.count; i++) {
        const struct native_run_operation *operation = &self->run.operations.items[i];
        if (operation->operation == NATIVE_PUT || operation->operation == NATIVE_SEND ||
            operation->operation == NATIVE_CLAIM)
            offsets[count++] = operation->site;
    }
    native_sites_find(&self->sites, offsets, count);
    lineage_memory_free(offsets);
}

static enum harness_outcome run_and_record(struct harness_executor *executor,
                                           const struct lineage_schedule *schedule,
                                           enum native_extent extent,
                                           struct lineage_execution *execution)
{
    struct harness_native *self = executor->self;
    const struct native_rules rules = harness_native_rules(self);
    const enum harness_outcome outcome = harness_native_run(executor, schedule);
    harness_native_create(executor, execution);
    if (outcome == HARNESS_OK) {
        if (extent == NATIVE_FIRINGS)
            find_sites(self);
        native_record(&self->run, &self->names, &rules, schedule, extent, self->is_opaque,
                      harness_native_finding(self), execution);
    }
    lineage_execution_index(execution);
    return outcome;
}

enum harness_outcome harness_native_execute(struct harness_executor *executor,
                                            const struct lineage_schedule *schedule, bool recording,
                                            struct lineage_execution *execution)
{
    return run_and_record(executor, schedule, recording ? NATIVE_FIRINGS : NATIVE_FACTS, execution);
}

enum harness_outcome harness_native_outcome(struct harness_executor *executor,
                                            const struct lineage_schedule *schedule, bool end_only,
                                            struct lineage_execution *execution)
{
    (void)end_only;
    return run_and_record(executor, schedule, NATIVE_OUTCOME, execution);
}

enum harness_outcome harness_native_envelope(struct harness_executor *executor,
                                             const struct lineage_schedule *schedule,
                                             const struct lineage_bounds *bounds,
                                             const struct lineage_execution *run,
                                             size_t firings_max, struct lineage_execution *result)
{
    struct harness_native *self = executor->self;
    (void)run;
    if (!self->has_run || !lineage_schedule_equal(&self->run_schedule, schedule)) {
        const enum harness_outcome outcome = harness_native_run(executor, schedule);
        if (outcome != HARNESS_OK) {
            harness_native_create(executor, result);
            return outcome;
        }
    }
    harness_native_create(executor, result);
    const bool is_whole =
        native_envelope(&self->run, schedule, bounds, self->is_opaque, firings_max, result);
    lineage_execution_index(result);
    return is_whole ? HARNESS_OK : HARNESS_TOO_LARGE;
}
