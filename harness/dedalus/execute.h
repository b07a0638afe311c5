/* Runs a Dedalus model: executions, envelopes, and single steps for a search that merges states. */
#ifndef LDFI_DEDALUS_EXECUTE_H
#define LDFI_DEDALUS_EXECUTE_H

#include "engine.h"

/* Runs the model to `eot` under exactly the schedule. `execution` is made and indexed; free it with
 * lineage_execution_free, whatever is returned. With `recording`, every firing is in it; without,
 * facts and messages alone. */
enum ded_outcome ded_execute(struct ded_engine *engine, const struct lineage_schedule *schedule,
                             uint32_t eot, bool recording, struct lineage_execution *execution);

/* What could happen in some execution whose faults include the schedule's and stay within the
 * bounds. `run` is the execution under exactly the schedule. Facts that hold in all of them are
 * certain; firings are recorded for the others. DED_TOO_LARGE if there are more than `firings_max`.
 * With `outcome_only` it is about what the outcome depends on (relevance.c) alone. */
enum ded_outcome ded_envelope(struct ded_engine *engine, const struct lineage_schedule *schedule,
                              const struct lineage_bounds *bounds,
                              const struct lineage_execution *run, bool outcome_only,
                              size_t firings_max, struct lineage_execution *envelope);

/* A state between two time steps: the tuples that go into the next, and those that rules will read
 * by absolute time. Equal states have equal words. The state before time 1 is the single word 0. */
typedef LINEAGE_ARRAY(uint32_t) ded_state;

/* Computes the facts of one time step from the state before it, with the crashes of the schedule
 * (its omissions are not asked). They and the messages sent are in `execution`, which is made and
 * indexed; lineage_execution_free. */
enum ded_outcome ded_state_step(struct ded_engine *engine, const uint32_t *words, size_t word_count,
                                uint32_t time, uint32_t eot,
                                const struct lineage_schedule *schedule,
                                struct lineage_execution *execution);

/* The state behind the step just computed when of its messages those marked are lost (by number in
 * the execution; those that a crash loses are lost anyway). */
void ded_state_after(const struct ded_engine *engine, const bool *lost, ded_state *state);

#endif
