/* How a fact that does not hold could have come about: the rules that derive such facts, tried
 * backwards from what is wanted against the facts of an execution (lineage/attempt.h). */
#ifndef LDFI_DEDALUS_ATTEMPT_H
#define LDFI_DEDALUS_ATTEMPT_H

#include "../../lineage/attempt.h"
#include "model.h"

enum {
    DED_ATTEMPTS_OF_RULE_MAX = 64,
    DED_TRIES_MAX = 1 << 15, /* facts looked at for a rule, unless `tries_max` says otherwise */
};

/* For each rule that derives facts of the pattern's relation at that time: the attempts with the
 * fewest unmet requirements, and of those that lack the same the first, at most
 * DED_ATTEMPTS_OF_RULE_MAX. No attempt is at a fact that the execution has. A rule that could
 * derive nothing like the pattern, whatever facts there were, has none; every other rule has one,
 * unless `is_cut`. The execution is plain, of this model's universe, and indexed. `time` is from 1
 * to its eot. */
void ded_find_attempts(struct ded_model *model, const struct lineage_execution *execution,
                       lineage_tuple pattern, uint32_t time, struct lineage_attempts *attempts);

/* A firing of another execution of this model, as an attempt in this one: what of its needs is met
 * here. Its head must be a fact. */
void ded_attempt_like(struct ded_model *model, const struct lineage_execution *execution,
                      const struct lineage_execution *other, uint32_t firing,
                      struct lineage_attempts *attempts);

#endif
