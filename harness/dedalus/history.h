/* Executions that later ones go on from. Two schedules lead to the same until the first fault that
 * only one of them has, or the first time at which a rule reads its `crash` fact, whichever is
 * earlier; so an execution takes over all up to there from that of its schedule without the last
 * fault. */
#ifndef LDFI_DEDALUS_HISTORY_H
#define LDFI_DEDALUS_HISTORY_H

#include "ending.h"
#include "execute.h"

/* An execution as far as its outcome depends on it, with what resuming needs. */
struct ded_past {
    struct lineage_schedule schedule;
    struct lineage_execution execution;
    /* By time, 1 to eot + 1: how many facts and messages there were before that step began. */
    struct ded_mark {
        size_t facts, messages;
    } * marks;
    /* By node * (eot + 1) + time: the first time at which some rule reads that this node crashes at
     * this time, if it does beside the schedule's faults; LINEAGE_NONE: none does. */
    uint32_t *read_time;
    uint64_t last_use;
};

/* Zeroed is empty. */
struct ded_history {
    LINEAGE_ARRAY(struct ded_past *) pasts;
    uint64_t uses;
    size_t bytes;
    struct ded_endings endings;
};

void ded_history_free(struct ded_history *history);

/* Runs the model under exactly the schedule as far as its outcome depends on it (relevance.c),
 * without firings. `execution` is made, and indexed at its end; lineage_execution_free. */
enum ded_outcome ded_run_outcome(struct ded_engine *engine, const struct lineage_schedule *schedule,
                                 uint32_t eot, struct lineage_execution *execution);

/* The same by way of the history, which grows. Facts and messages, with their order, are those of
 * ded_run_outcome whatever the history. */
enum ded_outcome ded_resume(struct ded_engine *engine, struct ded_history *history,
                            const struct lineage_schedule *schedule, uint32_t eot,
                            struct lineage_execution *execution);

/* As far as pre and post at the end go: the execution may stop where it comes to a state of an
 * earlier one, and then lacks the facts and messages from there on but for pre and post. */
enum ded_outcome ded_resume_to_end(struct ded_engine *engine, struct ded_history *history,
                                   const struct lineage_schedule *schedule, uint32_t eot,
                                   struct lineage_execution *execution);

/* ---- for tests ---- */

/* The first time at which the execution under `schedule` differs from a past one whose schedule
 * lacks its last fault. */
uint32_t ded_first_difference(const struct ded_past *past, const struct lineage_schedule *schedule);

#endif
