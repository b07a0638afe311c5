/* The syntax tree of a Dedalus program: what the parser builds and the checker reads. Every node
 * lives in the program's arena and knows its place in the source. */
#ifndef LDFI_DEDALUS_AST_H
#define LDFI_DEDALUS_AST_H

#include "../../lineage/diagnostic.h"

enum ded_expression_kind { DED_STRING, DED_INTEGER, DED_VARIABLE, DED_WILDCARD, DED_ARITHMETIC };

struct ded_expression {
    enum ded_expression_kind kind;
    struct lineage_place place;
    const char *text; /* of a string (without quotes) or the name of a variable */
    int64_t integer;
    char operator; /* + - * / */
    const struct ded_expression *left, *right;
};

enum ded_aggregate {
    DED_PLAIN,
    DED_COUNT,
    DED_MIN,
    DED_MAX,
    DED_SUM,
    DED_AVG,
};

struct ded_argument {
    enum ded_aggregate aggregate;
    /* Under an aggregate, the variable. */
    const struct ded_expression *expression;
};

enum ded_suffix { DED_NOW, DED_NEXT, DED_ASYNC, DED_AT };

struct ded_atom {
    const char *name;
    struct lineage_place place, suffix_place;
    bool negated;
    enum ded_suffix suffix;
    int64_t at_time; /* of DED_AT */
    const struct ded_argument *arguments;
    size_t argument_count;
};

enum ded_comparator { DED_EQ, DED_NE, DED_LT, DED_GT, DED_LE, DED_GE };

struct ded_comparison {
    enum ded_comparator comparator;
    const struct ded_expression *left, *right;
    struct lineage_place place;
};

/* A term of a rule's body: an atom, or (when `comparison` is set) a comparison. */
struct ded_term {
    struct ded_atom atom;
    const struct ded_comparison *comparison;
};

/* A rule; with no terms, a fact. */
struct ded_clause {
    struct ded_atom head;
    const struct ded_term *terms;
    size_t term_count;
    /* The clause as written, in one line. */
    const char *text;
};

struct ded_program {
    struct lineage_arena arena;
    LINEAGE_ARRAY(struct ded_clause) clauses;
    /* The files read, each once, in the order in which they were reached. */
    lineage_sources sources;
};

/* Limits on what a program may hold, so that hostile ones cannot exhaust a stack. */
enum {
    DED_SOURCE_BYTES_MAX = 1 << 24,
    DED_INCLUDE_DEPTH_MAX = 64,
    DED_TERMS_MAX = 100,
    DED_COLUMNS_MAX = 60,
    DED_OPERATORS_MAX = 200,
    DED_SLOTS_MAX = 600, /* variables of a rule, and columns that it computes */
};

#endif
