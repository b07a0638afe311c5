/* What a run that kept the promise teaches about all schedules that include its own. */
#ifndef LDFI_LINEAGE_LESSON_H
#define LDFI_LINEAGE_LESSON_H

#include "hazard.h"

#include "../solver/solver.h"

struct lineage_lesson {
    const struct lineage_schedule *schedule;
    const struct lineage_execution *run;      /* under exactly the schedule; kept the promise */
    const struct lineage_execution *envelope; /* of the schedule, or NULL: not known */
    const struct lineage_execution *good;     /* the failure-free run */
    enum lineage_oracle oracle;
    bool reads_crash;             /* something in the model reads which nodes crash */
    struct solver_options solver; /* for the question whether anything is left to try */
};

/* A formula that holds of every schedule within the bounds that breaks the promise. It takes
 * omissions into `variables` as it meets them. Where the hazard formula has no model under the
 * schedule's own faults, the lesson is short: none of the schedules that include it. */
solver_formula lineage_lesson_formula(struct lineage_fault_variables *variables,
                                      const struct lineage_lesson *lesson, lineage_labels *labels);

#endif
