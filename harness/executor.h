/* What runs a scenario. Search, store and reports know executions (lineage/execution.h) and never
 * what produced them; an executor of another kind fills in the same functions. */
#ifndef LDFI_HARNESS_EXECUTOR_H
#define LDFI_HARNESS_EXECUTOR_H

#include "../lineage/attempt.h"
#include "../lineage/diagnostic.h"
#include "../lineage/execution.h"
#include "repair.h"

enum harness_outcome {
    HARNESS_OK,
    HARNESS_FAILED,      /* the model is at fault: harness_executor.failure says how */
    HARNESS_INTERRUPTED, /* harness_executor.poll said stop */
    HARNESS_TOO_LARGE,   /* an envelope grew beyond the limit given */
};

/* A state between two time steps, as words; equal states have equal words. */
typedef LINEAGE_ARRAY(uint32_t) harness_state;

struct harness_executor {
    /* The executor's own. */
    void *self;
    struct lineage_universe *universe;
    uint32_t eot;
    /* Does anything that runs read which nodes crash, and when? If not, a crash is nothing but the
     * messages that it loses. */
    bool reads_crash;
    /* Calls of handlers so far; an executor of rules has none. */
    uint64_t calls;
    /* The texts of what it runs, as lineage_store_search and harness_scenario.texts have them. */
    const lineage_sources *sources;
    /* Asked now and then while something runs; it ends as HARNESS_INTERRUPTED when this is true. */
    bool (*poll)(void *context);
    void *poll_context;
    /* After HARNESS_FAILED: what and where; valid until the next call. */
    const char *failure;
    struct lineage_place failure_place;

    /* Runs the scenario under exactly the schedule. The execution is made and indexed; the caller
     * frees it (lineage_execution_free), whatever is returned. With `recording` every firing is in
     * it; without, facts and messages alone. */
    enum harness_outcome (*execute)(struct harness_executor *executor,
                                    const struct lineage_schedule *schedule, bool recording,
                                    struct lineage_execution *execution);

    /* Runs the scenario under exactly the schedule as far as the outcome depends on it: pre and
     * post at the end of time, and an error of the model, are as execute has them; other facts and
     * messages that nothing of that depends on may be missing. With `end_only` all others may. It
     * is indexed at its end alone. */
    enum harness_outcome (*outcome)(struct harness_executor *executor,
                                    const struct lineage_schedule *schedule, bool end_only,
                                    struct lineage_execution *execution);

    /* What could happen under some schedule that includes this one, within the bounds. `run` is
     * the execution under exactly this one, indexed. The properties that make the hazard formula
     * sound (lineage/hazard.c) are the executor's to keep. It gives up beyond `firings_max`
     * firings. */
    enum harness_outcome (*envelope)(struct harness_executor *executor,
                                     const struct lineage_schedule *schedule,
                                     const struct lineage_bounds *bounds,
                                     const struct lineage_execution *run, size_t firings_max,
                                     struct lineage_execution *envelope);

    /* For a search that merges states: the state before time 1; one step from a state, under the
     * crashes of a schedule, with the facts of its time and the messages sent in `execution`
     * (made, indexed); the state after that step when the marked messages are lost. */
    void (*initial)(struct harness_executor *executor, harness_state *state);
    enum harness_outcome (*step)(struct harness_executor *executor, const harness_state *state,
                                 uint32_t time, const struct lineage_schedule *schedule,
                                 struct lineage_execution *execution);
    void (*after)(struct harness_executor *executor, const bool *lost, harness_state *state);

    /* The time step that what runs now is at; may be NULL. */
    uint32_t (*now)(const struct harness_executor *executor);

    /* Leaves the facts that the scenario's "given" states open, by line: from now on runs take
     * those that are `stated` or `settled`, and envelopes take the others that are not settled for
     * possible. (Both are the caller's, and stay.) False if they are not plain facts, one or more a
     * line: then nothing has changed. */
    bool (*leave_open)(struct harness_executor *executor, const bool *stated, const bool *settled);

    /* Does exchanging the names of two nodes leave everything that the executor runs what it is? If
     * it might not, `*place` and `*why` say what tells them apart. */
    bool (*alike)(const struct harness_executor *executor, uint32_t left, uint32_t right,
                  struct lineage_place *place, const char **why);

    /* The ways in which a fact like the pattern could have come about at a time, from 1 to its eot,
     * in an execution without such a fact: of each rule those that lack the fewest, and of these a
     * limited number. The execution is plain, of this executor's universe, and indexed. */
    void (*attempts)(const struct harness_executor *executor,
                     const struct lineage_execution *execution, lineage_tuple pattern,
                     uint32_t time, struct lineage_attempts *attempts);

    /* A firing of another execution, which derives a fact there, as an attempt in this one. */
    void (*attempt_like)(const struct harness_executor *executor,
                         const struct lineage_execution *execution,
                         const struct lineage_execution *other, uint32_t firing,
                         struct lineage_attempts *attempts);

    /* Adds the inputs that runs take, in the order of their times. Texts are the executor's. */
    void (*inputs)(const struct harness_executor *executor, lineage_inputs *inputs);

    /* Makes another executor of the same scenario that can run beside this one in another thread;
     * it has a universe of its own, in which what this one's has now means the same. It is closed
     * first. */
    void (*copy)(const struct harness_executor *executor, struct harness_executor *copy);

    /* What the variables of a firing's rule stood for: `B = "b", P = "a"`; the caller frees it. */
    char *(*bindings)(const struct harness_executor *executor,
                      const struct lineage_execution *execution, uint32_t firing);

    /* By relation: does nothing but the promise depend on it? What it says is not to be changed.
     * The caller frees it. */
    bool *(*promise_relations)(const struct harness_executor *executor);

    /* Repairs (repair.h), from firings of the run without faults: what `early` would derive is held
     * back until what `late` sends has been acknowledged; what `once` sends is sent again. */
    void (*repair_wait)(const struct harness_executor *executor,
                        const struct lineage_execution *good, uint32_t early, uint32_t late,
                        struct harness_repair *repair);
    void (*repair_retry)(const struct harness_executor *executor,
                         const struct lineage_execution *good, uint32_t once,
                         struct harness_repair *repair);

    void (*close)(struct harness_executor *executor);
};

struct harness_scenario;

/* Does the scenario name a protocol in C? */
bool harness_is_native(const struct harness_scenario *scenario);

/* Opens the executor that the scenario's model asks for. Returns false with errors reported. In
 * both cases call executor->close if it is set. */
bool harness_executor_open(struct harness_executor *executor,
                           const struct harness_scenario *scenario,
                           struct lineage_diagnostics *diagnostics);

/* The same, of the executor for Dedalus models, and of that for protocols in C. */
bool harness_dedalus_open(struct harness_executor *executor,
                          const struct harness_scenario *scenario,
                          struct lineage_diagnostics *diagnostics);
bool harness_native_open(struct harness_executor *executor, const struct harness_scenario *scenario,
                         struct lineage_diagnostics *diagnostics);

#endif
