/* The variables of one clause: where each occurs and what binds it (dialect.md, "Variables"). */
#ifndef LDFI_DEDALUS_VARIABLES_H
#define LDFI_DEDALUS_VARIABLES_H

#include "ast.h"

struct ded_variable {
    const char *name;
    struct lineage_place place; /* of the first occurrence */
    bool bound;                 /* by a positive atom of the body, or by ranging over the nodes */
    bool ranging;
    /* Occurs only inside one negated atom: "for no value". */
    bool existential;
    size_t negated_term;                    /* the last negated atom it occurs in */
    size_t negated_term_count, other_count; /* negated atoms, and other places, it occurs in */
    struct lineage_place use;               /* a place that needs it bound */
    bool is_used;
};

struct ded_variables {
    LINEAGE_ARRAY(struct ded_variable) items;
    uint32_t *slots; /* a hash table over the names; as many slots as slot_count, or NULL */
    size_t slot_count;
};

/* Collects the variables of a clause; `node_term` is the first atom of its body. */
void ded_variables_collect(struct ded_variables *variables, const struct ded_clause *clause,
                           size_t node_term);

/* The number of the variable, or (uint32_t)-1. */
uint32_t ded_variables_find(const struct ded_variables *variables, const char *name);

void ded_variables_free(struct ded_variables *variables);

#endif
