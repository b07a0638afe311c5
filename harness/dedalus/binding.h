/* Values for some of a rule's variables, and what follows from them. Private to this folder. */
#ifndef LDFI_DEDALUS_BINDING_H
#define LDFI_DEDALUS_BINDING_H

#include "../../lineage/attempt.h"
#include "model.h"

struct ded_binding {
    struct ded_model *model; /* its universe takes patterns */
    const struct lineage_execution *execution;
    const struct ded_rule *rule;
    uint32_t time;         /* at which the rule runs */
    lineage_value *values; /* by slot; LINEAGE_NONE: it has none */
};

/* Takes values for the variables of the head, so that it derives the columns wanted, of which
 * LINEAGE_ANY may be any. False: it derives nothing like that. */
bool ded_bind_head(struct ded_binding *binding, const lineage_value *wanted);

/* Gives values to all variables to which equations give one. False: the head, which has arithmetic,
 * would be something else than wanted. */
bool ded_refine(struct ded_binding *binding, const lineage_value *wanted);

/* Do a fact's columns fit the literal? Takes the values that they give; where they do not fit, some
 * may have been taken. */
bool ded_bind_literal(struct ded_binding *binding, const struct ded_literal *literal,
                      const lineage_value *columns);

/* The facts that a literal reads, and their time. */
const uint32_t *ded_literal_facts(const struct ded_binding *binding,
                                  const struct ded_literal *literal, uint32_t *time, size_t *count);

/* The first fact that fits the literal, or LINEAGE_NONE. */
uint32_t ded_find_fitting(struct ded_binding *binding, const struct ded_literal *literal);

/* The literal as a pattern: what has no value yet may be anything. */
lineage_tuple ded_literal_pattern(const struct ded_binding *binding,
                                  const struct ded_literal *literal);

/* What a fact that fits has beside being like the pattern: the same in two columns. NULL: nothing.
 */
const char *ded_literal_remark(const struct ded_binding *binding, const struct ded_literal *literal,
                               struct lineage_arena *arena);

/* How a literal stands, a negated one or one that nothing has been found for; a condition; the
 * rule's node, which must be a node. */
enum lineage_standing ded_absence_stands(struct ded_binding *binding,
                                         const struct ded_literal *literal, uint32_t *fact);
enum lineage_standing ded_condition_stands(const struct ded_binding *binding,
                                           const struct ded_condition *condition);
enum lineage_standing ded_node_stands(const struct ded_binding *binding);

/* The columns of the head; false: some have no value. */
bool ded_head_values(const struct ded_binding *binding, lineage_value *columns);

/* A condition with its values, then as written; a column of the head that must come to what is
 * wanted, and still has variables without values (else NULL); the rule's node; the variables that
 * have values. All in the arena. */
const char *ded_condition_text(const struct ded_binding *binding,
                               const struct ded_condition *condition, struct lineage_arena *arena);
const char *ded_column_text(const struct ded_binding *binding, uint32_t column,
                            lineage_value wanted, struct lineage_arena *arena);
const char *ded_node_text(const struct ded_binding *binding, struct lineage_arena *arena);
const char *ded_binding_text(const struct ded_binding *binding, struct lineage_arena *arena);

#endif
