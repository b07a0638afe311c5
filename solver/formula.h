/* Boolean formulas as a shared graph: variables, conjunctions and negations, each made once. Equal
 * subformulas are the same node, so equality of formulas is equality of ids.
 *
 * This folder knows nothing of faults or protocols: a variable is a number. */
#ifndef LDFI_SOLVER_FORMULA_H
#define LDFI_SOLVER_FORMULA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the solver gets memory: resizes (`old` NULL: allocates; `bytes` 0: frees and returns NULL)
 * and never returns NULL otherwise, but ends or unwinds the program. */
struct solver_memory {
    void *(*resize)(void *old, size_t bytes);
};

/* A formula: twice the number of a node, plus one if it is negated. */
typedef uint32_t solver_formula;

enum { SOLVER_TRUE = 0, SOLVER_FALSE = 1 };

struct solver_node {
    uint32_t first_operand, operand_count; /* no operands: a variable, or node 0, which is true */
};

struct solver_formulas {
    struct solver_memory memory;
    struct solver_node *nodes;
    size_t node_count, node_capacity;
    solver_formula *operands;
    size_t operand_count, operand_capacity;
    uint32_t *slots; /* hash table of conjunctions */
    size_t slot_count;
    solver_formula *scratch;
    size_t scratch_capacity;
};

void solver_formulas_create(struct solver_formulas *formulas, struct solver_memory memory);
void solver_formulas_destroy(struct solver_formulas *formulas);

/* A new variable. */
solver_formula solver_variable(struct solver_formulas *formulas);

static inline solver_formula solver_not(solver_formula formula)
{
    return formula ^ 1;
}

/* The conjunction, and the disjunction, of `count` formulas; of none: true, and false. */
solver_formula solver_and(struct solver_formulas *formulas, const solver_formula *operands,
                          size_t count);
solver_formula solver_or(struct solver_formulas *formulas, const solver_formula *operands,
                         size_t count);

static inline solver_formula solver_and2(struct solver_formulas *formulas, solver_formula left,
                                         solver_formula right)
{
    const solver_formula operands[] = {left, right};
    return solver_and(formulas, operands, 2);
}

static inline solver_formula solver_or2(struct solver_formulas *formulas, solver_formula left,
                                        solver_formula right)
{
    const solver_formula operands[] = {left, right};
    return solver_or(formulas, operands, 2);
}

/* At least `threshold` of the formulas hold: a ladder of count x threshold nodes. */
solver_formula solver_at_least(struct solver_formulas *formulas, const solver_formula *operands,
                               size_t count, size_t threshold);

/* Under 64 assignments at once, a bit each: may a node be true, may it be false? Of a variable of
 * unknown value both. */
struct solver_lanes {
    uint64_t may_hold, may_fail;
};

/* Computes the lanes of all nodes, an array by node in which the caller has set those of the
 * variables. They are exact where every variable's value is known, and else bounds. */
void solver_simulate(const struct solver_formulas *formulas, struct solver_lanes *lanes);

/* Those of a formula. */
static inline struct solver_lanes solver_lanes_of(const struct solver_lanes *lanes,
                                                  solver_formula formula)
{
    const struct solver_lanes node = lanes[formula >> 1];
    return (formula & 1) == 0 ? node : (struct solver_lanes){node.may_fail, node.may_hold};
}

/* The formula under one of the 64 assignments, made in other formulas: where the lanes know the
 * value of a node, that value; what is left is over the variables of unknown value, each a new one.
 */
solver_formula solver_restrict(const struct solver_formulas *formulas,
                               const struct solver_lanes *lanes, unsigned assignment,
                               solver_formula formula, struct solver_formulas *restricted);

static inline bool solver_is_variable(const struct solver_formulas *formulas, uint32_t node)
{
    return node > 0 && formulas->nodes[node].operand_count == 0;
}

#endif
