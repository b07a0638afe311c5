/* Faults as variables of formulas: one for each omission and one for each crash at a time, with
 * what the bounds say about them. */
#ifndef LDFI_LINEAGE_FAULT_VARIABLES_H
#define LDFI_LINEAGE_FAULT_VARIABLES_H

#include "../solver/formula.h"
#include "fault.h"

struct lineage_omission_variable {
    struct lineage_omission omission;
    solver_formula variable;
};

struct lineage_fault_variables {
    struct solver_formulas *formulas; /* shared, not owned */
    const struct lineage_universe *universe;
    const struct lineage_bounds *bounds;
    /* In the order in which formulas first mentioned them. */
    LINEAGE_ARRAY(struct lineage_omission_variable) omissions;
    uint32_t *omission_slots; /* hash table of the above */
    size_t omission_slot_count;
    /* By node * (eot + 1) + time: "crashes at"; and "crashed by", false at time 0. SOLVER_FALSE
     * where the bounds allow none. */
    solver_formula *crash_at, *crashed_by;
};

void lineage_fault_variables_create(struct lineage_fault_variables *variables,
                                    struct solver_formulas *formulas,
                                    const struct lineage_universe *universe,
                                    const struct lineage_bounds *bounds);
void lineage_fault_variables_destroy(struct lineage_fault_variables *variables);

/* The omission happens. */
solver_formula lineage_omission_variable(struct lineage_fault_variables *variables,
                                         struct lineage_omission omission);

/* The node crashes at exactly this time; at this time or before. */
solver_formula lineage_crash_at(const struct lineage_fault_variables *variables, uint32_t node,
                                uint32_t time);
solver_formula lineage_crashed_by(const struct lineage_fault_variables *variables, uint32_t node,
                                  uint32_t time);

/* What must hold of any schedule: no node crashes twice, no more crashes and omissions than the
 * bounds allow. Grows with the omissions mentioned. */
solver_formula lineage_faults_allowed(struct lineage_fault_variables *variables);

/* All faults of the schedule happen, crashes at exactly their times. */
solver_formula lineage_schedule_happens(struct lineage_fault_variables *variables,
                                        const struct lineage_schedule *schedule);

/* Prints what a variable means; false if it is no fault. */
bool lineage_fault_variable_print(const struct lineage_fault_variables *variables,
                                  solver_formula variable, FILE *out);

#endif
