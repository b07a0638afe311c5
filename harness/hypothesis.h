/* Testing a hypothesis: does a schedule break the promise? If not, what does its run teach? A test
 * needs an executor and reads nothing else that changes, so hypotheses can be tested side by side,
 * each by a tester with an executor of its own (pool.h), and it does not matter by whom. */
#ifndef LDFI_HARNESS_HYPOTHESIS_H
#define LDFI_HARNESS_HYPOTHESIS_H

#include "../lineage/lesson.h"
#include "executor.h"

/* Which further faults an envelope reckons with. */
enum harness_scope { HARNESS_ALL_FAULTS, HARNESS_NO_MORE_CRASHES, HARNESS_SCOPE_COUNT };

struct harness_tester {
    struct harness_executor *executor;    /* its poll stops a test */
    const struct lineage_execution *good; /* the failure-free run, in the executor's universe */
    const struct lineage_bounds *bounds;
    enum lineage_oracle oracle;
    bool keeps;        /* run and envelope stay with the hypothesis */
    bool recording;    /* the run is recorded whole */
    bool to_be_proved; /* no solver's word may go into the lesson */
};

struct harness_hypothesis {
    struct lineage_schedule schedule;
    bool tries[HARNESS_SCOPE_COUNT]; /* envelopes worth trying, the widest first */
    size_t good_firings;             /* of the failure-free run */

    /* Results. */
    bool is_tested;
    enum harness_outcome outcome;
    bool breaks;
    size_t facts;                 /* of the run, but for those taken over from earlier ones */
    struct lineage_lesson lesson; /* if it keeps the promise */
    /* Of each envelope tried: its firings. Was it given up; and if not, which one was it? */
    size_t firings[HARNESS_SCOPE_COUNT];
    bool is_too_large[HARNESS_SCOPE_COUNT], has_envelope;
    enum harness_scope scope;
    double execute_seconds, lineage_seconds;
    /* What a tester that `keeps` leaves. */
    struct lineage_execution run, envelope;
};

/* Runs the schedule and, if it keeps the promise, learns. */
void harness_hypothesis_test(struct harness_hypothesis *hypothesis,
                             const struct harness_tester *tester);

/* Learns from a run under the schedule that kept the promise. Its index may grow. */
void harness_hypothesis_learn(struct harness_hypothesis *hypothesis,
                              const struct harness_tester *tester, struct lineage_execution *run);

/* Frees the results, and the schedule too. */
void harness_hypothesis_clear(struct harness_hypothesis *hypothesis);
void harness_hypothesis_free(struct harness_hypothesis *hypothesis);

#endif
