/* What the files attempt*.c share. */
#ifndef LDFI_DEDALUS_ATTEMPT_INTERNAL_H
#define LDFI_DEDALUS_ATTEMPT_INTERNAL_H

#include "attempt.h"
#include "binding.h"

typedef LINEAGE_ARRAY(struct lineage_requirement) ded_requirements;

/* Adds a requirement and counts how it stands. */
void ded_require(struct lineage_attempt *attempt, ded_requirements *requirements,
                 struct lineage_requirement requirement);

/* Everything that the rule needs, as the binding has it: of positive literals the fact that fits,
 * if there is one. Variables get no further values. */
void ded_require_body(struct ded_binding *binding, struct lineage_attempt *attempt,
                      ded_requirements *requirements, struct lineage_arena *arena);

/* Moves the requirements into the arena and into the attempt. */
void ded_take_requirements(struct lineage_attempt *attempt, ded_requirements *requirements,
                           struct lineage_arena *arena);

/* For a condition that is false: that counts which it finds too small get one more contribution. It
 * is open whether that is enough, and does not count among what is open. */
void ded_require_larger_counts(const struct ded_binding *binding,
                               const struct ded_condition *condition,
                               ded_requirements *requirements);

/* The message with this tuple that `sender` (a value; LINEAGE_NONE: whoever) sent at the time; or
 * LINEAGE_NONE. */
uint32_t ded_find_message(const struct lineage_execution *execution, lineage_tuple tuple,
                          uint32_t time, lineage_value sender);

/* The attempts at an aggregate's fact like the columns wanted, summed up at `time`. */
void ded_attempt_grouping(struct ded_model *model, const struct lineage_execution *execution,
                          const struct ded_grouping *grouping, const lineage_value *wanted,
                          uint32_t time, struct lineage_attempts *attempts);

/* An aggregate's firing of another execution, as ded_attempt_like. */
void ded_attempt_grouping_like(struct ded_model *model, const struct lineage_execution *execution,
                               const struct ded_grouping *grouping,
                               const struct lineage_execution *other, uint32_t firing,
                               struct lineage_attempts *attempts);

#endif
