/* From lineage to a formula: which further faults could break the promise. See hazard.c for why it
 * is sound. */
#ifndef LDFI_LINEAGE_HAZARD_H
#define LDFI_LINEAGE_HAZARD_H

#include "execution.h"
#include "fault_variables.h"

struct lineage_hazard_input {
    const struct lineage_execution *envelope; /* of the schedule */
    const struct lineage_schedule *schedule;
    const struct lineage_bounds *bounds; /* what further faults the envelope reckons with */
    enum lineage_oracle oracle;
    const struct lineage_execution *good; /* the failure-free run; needed under LINEAGE_MOLLY */
    /* When each input that is not settled is given, by its number; NULL: all are settled. Under
     * LINEAGE_MOLLY they must be. */
    const solver_formula *given;
};

/* What formulas stand for, for people: by node of the formula graph. */
struct lineage_label {
    lineage_tuple tuple;
    uint32_t time; /* LINEAGE_NONE: nothing in particular */
};
typedef LINEAGE_ARRAY(struct lineage_label) lineage_labels;

/* A formula that holds under every schedule that includes the input's, stays within the bounds and
 * breaks the promise (or ends a run with an error); where inputs are not settled, under every such
 * schedule and choice of inputs. Its other models are hypotheses that turn out
 * wrong. Variables of faults come from `variables`; others are free choices where the lineage knows
 * only bounds. */
solver_formula lineage_hazard(struct lineage_fault_variables *variables,
                              const struct lineage_hazard_input *input, lineage_labels *labels);

#endif
