/* Classical lineage, to compare with: what lineage-driven fault injection knows when it leaves
 * absences out (Alvaro, Rosen, Hellerstein, SIGMOD 2015, section 3). What a run did not have is
 * taken to stay absent, and only the promises of the good run are watched. A search built so
 * (`make classical`) certifies what it must not. It shows how often absences decide, and that
 * ci/fuzz/judge catches a search that is wrong; it is never installed. Private to this folder. */
#ifndef LDFI_LINEAGE_CLASSICAL_H
#define LDFI_LINEAGE_CLASSICAL_H

#include "execution.h"
#include "memory.h"

#include "../solver/formula.h"

#ifdef LINEAGE_WITHOUT_ABSENCES

/* What the formula says when no further fault happens: SOLVER_TRUE or SOLVER_FALSE. */
static inline solver_formula lineage_frozen(const struct solver_formulas *formulas,
                                            solver_formula formula)
{
    bool *holds = lineage_memory_clear((formula >> 1) + 1);
    for (uint32_t node = 0; node <= formula >> 1; node++) {
        const struct solver_node *gate = &formulas->nodes[node];
        holds[node] = !solver_is_variable(formulas, node);
        for (uint32_t i = 0; i < gate->operand_count; i++) {
            const solver_formula operand = formulas->operands[gate->first_operand + i];
            holds[node] = holds[node] && holds[operand >> 1] != (operand & 1);
        }
    }
    const bool value = holds[formula >> 1] != (formula & 1);
    lineage_memory_free(holds);
    return value ? SOLVER_TRUE : SOLVER_FALSE;
}

static inline bool lineage_is_watched(const struct lineage_execution *good, lineage_tuple pre)
{
    return lineage_fact_find(good, pre, good->eot) != LINEAGE_NONE;
}

#else
#define lineage_frozen(formulas, formula) (formula)
#define lineage_is_watched(good, pre) ((void)(good), true)
#endif

#endif
