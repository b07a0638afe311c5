/* Repairs of Dedalus programs (../repair.h). */
#ifndef LDFI_DEDALUS_REPAIR_H
#define LDFI_DEDALUS_REPAIR_H

#include "../../lineage/execution.h"
#include "../repair.h"
#include "rule.h"

/* Firings here are of `good`, recorded with its firings. A repair that cannot be made says in
 * `obstacle` why not. `repair->number` is given; the rest is made. */

/* The rule of `early` waits: what it would derive is held back until every receiver of what the
 * rule of `late` has sent, at the same node and about the same values, has acknowledged it. */
void ded_repair_wait(struct ded_model *model, const struct lineage_execution *good, uint32_t early,
                     uint32_t late, struct harness_repair *repair);

/* What the rule of `once` sends it sends again in every step from then on. */
void ded_repair_retry(struct ded_model *model, const struct lineage_execution *good, uint32_t once,
                      struct harness_repair *repair);

#endif
