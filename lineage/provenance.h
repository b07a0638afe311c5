/* Provenance: for each fact of an envelope the formula that says when it is derived (hazard.c has
 * the argument). Private to this folder. */
#ifndef LDFI_LINEAGE_PROVENANCE_H
#define LDFI_LINEAGE_PROVENANCE_H

#include "hazard.h"

enum lineage_bound { LINEAGE_LOWER, LINEAGE_UPPER };

enum lineage_provenance_state {
    LINEAGE_UNSEEN,
    LINEAGE_ON_PATH,   /* its premises are being looked at */
    LINEAGE_IN_CIRCLE, /* of the circle under construction: granted above, refused below */
    LINEAGE_DONE,
};

/* A fact that matches an absence, for certain or perhaps. */
struct lineage_matching {
    uint32_t fact;
    bool definite;
};

/* A fact on the way down through its premises. */
struct lineage_visit {
    uint32_t fact;
    size_t next_child, first_child;
};

struct lineage_provenance {
    struct solver_formulas *formulas;
    struct lineage_fault_variables *variables;
    const struct lineage_execution *envelope;
    const struct lineage_schedule *schedule;
    const struct lineage_bounds *bounds; /* on further faults, as the envelope has them */
    lineage_labels *labels;              /* may be NULL */
    const solver_formula *given;         /* by input that is not settled (hazard.h) */

    solver_formula *value, *choice; /* by fact; choice SOLVER_TRUE: none yet */
    unsigned char *state;           /* by fact */
    uint32_t *index, *low;          /* by fact: Tarjan's numbers */
    uint32_t counter;
    LINEAGE_ARRAY(struct lineage_visit) path;
    LINEAGE_ARRAY(uint32_t) children;
    LINEAGE_ARRAY(uint32_t) stack;

    LINEAGE_ARRAY(struct lineage_matching) matchings;
    size_t *first_matching, *matching_count; /* by absence; first SIZE_MAX: not looked up */

    LINEAGE_ARRAY(solver_formula) operands; /* a stack */
    /* Firings that need an absence of their own circle: if one has all it needs from outside, some
     * fact may be undefined. */
    LINEAGE_ARRAY(solver_formula) undefined;
};

void lineage_provenance_create(struct lineage_provenance *provenance,
                               struct lineage_fault_variables *variables,
                               const struct lineage_hazard_input *input, lineage_labels *labels);
void lineage_provenance_destroy(struct lineage_provenance *provenance);

/* P(root): when the fact `root` is derived. */
solver_formula lineage_derived(struct lineage_provenance *provenance, uint32_t root);

/* An upper bound of "the firing happens", for a firing that derives no fact. */
solver_formula lineage_fired(struct lineage_provenance *provenance, uint32_t firing);

/* ---- for circle.c ---- */

/* A bound of "the firing happens and its head arrives", and of "some firing of the fact does". What
 * they rest on must be done, or in the circle. */
solver_formula lineage_firing_formula(struct lineage_provenance *provenance, uint32_t firing,
                                      enum lineage_bound bound);
solver_formula lineage_some_firing(struct lineage_provenance *provenance, uint32_t fact,
                                   enum lineage_bound bound);

/* A formula that can take every value between the bounds of P(fact); and P(fact) from both. */
solver_formula lineage_between(struct lineage_provenance *provenance, uint32_t fact,
                               solver_formula low, solver_formula high);
solver_formula lineage_fact_formula(struct lineage_provenance *provenance, uint32_t fact);

/* Does the fact stand for several tuples? */
bool lineage_is_abstract(const struct lineage_provenance *provenance, uint32_t fact);

/* Calls `found` for each fact that a firing needs present or absent. */
void lineage_each_child(struct lineage_provenance *provenance, uint32_t firing,
                        void (*found)(struct lineage_provenance *provenance, uint32_t child,
                                      bool absence, void *context),
                        void *context);

/* Sets the values of facts that need one another, or of one fact by itself. */
void lineage_settle_circle(struct lineage_provenance *provenance, const uint32_t *members,
                           size_t count);

#endif
