/* What the files that check clauses share (check.c, check_body.c): a clause on its way to a rule.
 */
#ifndef LDFI_HARNESS_DEDALUS_CHECK_H
#define LDFI_HARNESS_DEDALUS_CHECK_H

#include "model.h"
#include "variables.h"

/* One clause on its way to a rule. */
struct ded_checker {
    struct ded_model *model;
    struct lineage_diagnostics *diagnostics;
    const struct ded_clause *clause;
    struct ded_variables variables;
    struct ded_rule *rule;
    LINEAGE_ARRAY(struct ded_literal) literals;
    LINEAGE_ARRAY(struct ded_condition) conditions;
    size_t errors_before;
};

/* The number of the atom's relation, made at its first mention; another number of arguments than
 * there is an error. */
uint32_t ded_check_relation(struct ded_checker *checker, const struct ded_atom *atom);

/* The expression in terms of the rule's slots; reports what is not allowed in one. */
const struct ded_operand *ded_compile(struct ded_checker *checker,
                                      const struct ded_expression *expression);

/* A slot of the rule beyond those of its variables, and an operand that reads a slot. */
uint32_t ded_new_slot(struct ded_checker *checker);
const struct ded_operand *ded_slot_operand(struct ded_checker *checker, uint32_t slot);

/* Gives the rule its number and place: those of the clause. */
void ded_register_rule(struct ded_checker *checker, struct ded_rule *rule);

/* A relation that no model can name, `name` being what it helps with. */
uint32_t ded_internal_relation(struct ded_checker *checker, const char *name, size_t arity);

/* A term of the body becomes a literal or a condition of the rule (check_body.c). */
void ded_check_atom(struct ded_checker *checker, const struct ded_atom *atom);
void ded_check_comparison(struct ded_checker *checker, const struct ded_comparison *comparison);

#endif
