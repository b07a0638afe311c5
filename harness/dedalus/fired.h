/* The values that the variables of a rule had when it fired, read off the firing: the recorded
 * lineage says which facts there were, and the rule which of their columns are which variables. */
#ifndef LDFI_DEDALUS_FIRED_H
#define LDFI_DEDALUS_FIRED_H

#include "binding.h"

/* The rule of this number in the universe; NULL: that is a step of an aggregate. */
const struct ded_rule *ded_rule_find(const struct ded_model *model, uint32_t number);

/* The clause that the rule was made of. */
const struct ded_clause *ded_clause_of(const struct ded_model *model, const struct ded_rule *rule);

/* Gives the variables of the binding's rule the values that they had in a firing of it; those that
 * the firing does not tell stay as they are. */
void ded_bind_fired(struct ded_binding *binding, const struct lineage_execution *execution,
                    uint32_t firing);

/* The values of the rule's slots in a firing of it, by slot; LINEAGE_NONE: the firing does not tell
 * (a variable of an absence alone). The caller frees them. */
lineage_value *ded_fired_values(struct ded_model *model, const struct ded_rule *rule,
                                const struct lineage_execution *execution, uint32_t firing);

/* The slot of the variable of this name, or LINEAGE_NONE. */
uint32_t ded_slot_find(const struct ded_rule *rule, const char *name);

/* `B = "b", P = "a"`: those that have names, in the order in which the rule names them; empty for a
 * step of an aggregate. The caller frees it. */
char *ded_fired_text(struct ded_model *model, const struct lineage_execution *execution,
                     uint32_t firing);

#endif
