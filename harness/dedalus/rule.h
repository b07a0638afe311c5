/* The checked form of a program: relations are numbers, variables are slots of a small array,
 * aggregates are split into the rule that collects and the step that sums up. What the checker
 * builds, the planner orders and the evaluator runs. */
#ifndef LDFI_DEDALUS_RULE_H
#define LDFI_DEDALUS_RULE_H

#include "../../lineage/universe.h"
#include "ast.h"

/* An arithmetic term over slots. */
struct ded_operand {
    enum { DED_OPERAND_VALUE, DED_OPERAND_SLOT, DED_OPERAND_ARITHMETIC } kind;
    lineage_value value;
    uint32_t slot;
    char operator;
    const struct ded_operand *left, *right;
};

enum ded_column_kind {
    DED_COLUMN_VALUE, /* a constant */
    DED_COLUMN_SLOT,  /* a variable */
    DED_COLUMN_ANY,   /* `_`, or a variable that occurs only inside this notin */
};

struct ded_column {
    enum ded_column_kind kind;
    lineage_value value;
    uint32_t slot;
};

/* An atom of a body. In a negated one each slot is bound before it is asked. */
struct ded_literal {
    uint32_t relation;
    bool negated;
    uint32_t at_time;  /* 0: the current time */
    uint32_t absolute; /* where there is one: its number in the model's absolutes */
    struct ded_column *columns;
    struct lineage_place place;
};

/* Of values; strings are ordered, too. */
static inline bool ded_compares(const struct lineage_universe *universe,
                                enum ded_comparator comparator, lineage_value left,
                                lineage_value right)
{
    if (comparator == DED_EQ)
        return left == right;
    if (comparator == DED_NE)
        return left != right;
    const int order = lineage_value_compare(universe, left, right);
    switch (comparator) {
    case DED_LT:
        return order < 0;
    case DED_GT:
        return order > 0;
    case DED_LE:
        return order <= 0;
    case DED_GE:
    case DED_EQ:
    case DED_NE:
    default:
        return order >= 0;
    }
}

/* left comparator right; or, with `let` set, slot := right. */
struct ded_condition {
    bool let;
    uint32_t slot;
    enum ded_comparator comparator;
    const struct ded_operand *left, *right;
};

struct ded_plan;

struct ded_rule {
    uint32_t number; /* in the universe */
    struct lineage_place place;
    uint32_t head;
    enum ded_suffix suffix;             /* DED_NOW, DED_NEXT or DED_ASYNC */
    const struct ded_operand **columns; /* of the head */
    struct ded_literal *literals;
    size_t literal_count;
    struct ded_condition *conditions;
    size_t condition_count;
    uint32_t slot_count;
    const char **slot_names; /* NULL for those that the checker made up */

    /* The slot with the node that the rule runs at, which must be one of the nodes; LINEAGE_NONE
     * where it runs anywhere. */
    uint32_t node_slot;
    /* Its messages have a sender: the node. (Not so where the node is `_`.) */
    bool has_sender;
    /* Slots that range over all nodes: the rule's node or the receiver, when nothing binds them. */
    uint32_t ranging[2];
    size_t ranging_count;

    bool computes_head; /* with arithmetic */
    /* The positive literal whose fact the head repeats, column by column, as where a fact persists;
     * LINEAGE_NONE: none. */
    uint32_t copied;
    /* Its stratum feeds on itself and computes: it may count without end. */
    bool may_count;

    /* Plans of the body: in full, and (for literals of its own stratum) from what is new in one. */
    const struct ded_plan *plan;
    const struct ded_plan **delta_plans;
    size_t delta_plan_count;
};

/* How the column of an aggregate's head comes about. */
struct ded_summary {
    enum ded_aggregate aggregate; /* DED_PLAIN: the group's value */
    uint32_t source;              /* column of the contributions */
};

/* head(..., aggregate<V>, ...) of the contributions: the distinct bindings of the head's variables,
 * which an internal relation collects. Groups agree in their first `group_columns` columns. */
struct ded_grouping {
    uint32_t number;
    struct lineage_place place;
    uint32_t head, contributions;
    enum ded_suffix suffix;
    bool has_sender; /* column 0 of the contributions is the node that sends */
    uint32_t group_columns;
    struct ded_summary *summaries; /* one a column of the head */
};

/* Relations that depend on one another within a time step, and what derives them there. */
struct ded_stratum {
    struct ded_rule **rules;
    size_t rule_count;
    struct ded_grouping **groupings;
    size_t grouping_count;
    uint32_t *relations;
    size_t relation_count;
    bool recursive;
    /* Depends on its own absences: the alternating fixpoint must settle it. */
    bool alternating;
};

/* What asks when a rule reads `crash` through one of its literals (probe.c). */
struct ded_probe {
    const struct ded_rule *rule;
    uint32_t literal;
    bool asks_time; /* the literal's time is not `_` */
    const struct ded_plan *plan;
};

/* What settles in a time step, in this order; then the rules to later times. */
struct ded_agenda {
    LINEAGE_ARRAY(struct ded_stratum) strata;
    LINEAGE_ARRAY(struct ded_rule *) later_rules;
    LINEAGE_ARRAY(struct ded_grouping *) later_groupings;
    LINEAGE_ARRAY(struct ded_probe) probes; /* of `between` and `last` */
};

/* An input: a tuple that the program states at a time. */
struct ded_input {
    lineage_tuple tuple;
    uint32_t time;
    struct lineage_place place;
    /* The line of the program's further text that states it, from 0; LINEAGE_NONE: a file does. */
    uint32_t line;
};

/* A relation as it stood at an absolute time, which some rule reads. */
struct ded_absolute {
    uint32_t relation, time;
};

struct ded_model {
    struct lineage_universe universe;
    struct lineage_arena arena;
    struct ded_program program;
    const struct lineage_source *more; /* the text that is no file; NULL: there is none */

    LINEAGE_ARRAY(struct ded_rule *) rules;
    LINEAGE_ARRAY(struct ded_grouping *) groupings;
    LINEAGE_ARRAY(struct ded_input) inputs; /* in ascending order of time */
    LINEAGE_ARRAY(struct ded_absolute) absolutes;

    /* What a time step does: everything; or what the outcome depends on, at the end of time and
     * before (relevance.c). */
    struct ded_agenda all, between, last;

    uint32_t crash, pre, post; /* relations */
    bool reads_crash;          /* something that the outcome depends on reads `crash` */
    /* Integers only ever grow by small constants: within the limits on facts and time no sum of
     * them, known or not, leaves 64 bits. */
    bool integers_are_bounded;
    /* Where strings are put in an order, by a comparison, min or max; without a source: nowhere. */
    struct lineage_place string_order;
    /* Where each relation is first mentioned, by number. */
    LINEAGE_ARRAY(struct lineage_place) relation_places;
};

#endif
