/* How the evaluator runs a rule's body: a chain of operations, each of which binds slots or drops
 * what does not fit, and passes on to the next. */
#ifndef LDFI_DEDALUS_PLAN_H
#define LDFI_DEDALUS_PLAN_H

#include "rule.h"

enum ded_action {
    DED_SKIP,        /* the column may hold anything */
    DED_EQUAL_VALUE, /* it holds this constant */
    DED_EQUAL_SLOT,  /* it holds what the slot holds */
    DED_BIND,        /* the slot takes what it holds */
};

/* What to do with one column of a fact. */
struct ded_column_action {
    enum ded_action action;
    lineage_value value;
    uint32_t slot;
};

/* Which facts of a relation of the rule's own stratum an operation sees, in rounds of semi-naive
 * evaluation: so each combination of facts is met once. */
enum ded_window {
    DED_WINDOW_ALL,   /* what was there when the round began */
    DED_WINDOW_OLD,   /* what was there when the round before began */
    DED_WINDOW_DELTA, /* what that round added */
};

enum ded_operation_kind {
    DED_MATCH,     /* for each fact that fits a literal */
    DED_ABSENT,    /* if no fact fits a negated literal */
    DED_CONDITION, /* if a comparison holds */
    DED_LET,       /* with a slot set to a term */
    DED_RANGE,     /* for each node, in a slot */
    DED_NODE,      /* if the slot holds a node */
    DED_EMIT,      /* the body holds: derive the head */
};

struct ded_operation {
    enum ded_operation_kind kind;
    uint32_t slot;
    const struct ded_condition *condition;

    uint32_t literal; /* its number in the rule */
    uint32_t relation, at_time, absolute;
    enum ded_window window;
    const struct ded_column_action *columns;
    uint32_t column_count;
    uint64_t key; /* the columns whose values are known ahead, as a bit mask */
};

struct ded_plan {
    const struct ded_operation *operations; /* the last is DED_EMIT */
};

#endif
