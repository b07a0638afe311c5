/* The universe of a scenario: everything that its executions can mention. Values and tuples are
 * interned to 32-bit ids that stay valid, and equal, in every execution of the scenario. */
#ifndef LDFI_LINEAGE_UNIVERSE_H
#define LDFI_LINEAGE_UNIVERSE_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A value: a string or a 64-bit integer. Equal values have equal ids. */
typedef uint32_t lineage_value;

enum {
    /* In a tuple: some value that an abstraction does not tell apart any more. */
    LINEAGE_UNKNOWN = 0,
    /* In a pattern: every value. */
    LINEAGE_ANY = 2,
    /* "No id" of any kind. */
    LINEAGE_NONE = 0xffffffff,
};

/* A tuple of some relation, whatever time it holds at. */
typedef uint32_t lineage_tuple;

struct lineage_relation {
    const char *name;
    uint32_t arity;
    /* Holds an executor's intermediate results: never printed, never counted. */
    bool internal;
};

/* What derives facts: a rule of a model, with its place in the source for people to find it. */
struct lineage_rule {
    const char *text, *file;
    uint32_t line;
    bool selects; /* sums a group up by one of its members: a minimum, a maximum */
};

struct lineage_symbol;
struct lineage_tuple_record {
    uint32_t relation, first_value;
};
struct lineage_tuple_slot {
    uint32_t hash;
    lineage_tuple tuple; /* LINEAGE_NONE: empty */
};

struct lineage_universe {
    LINEAGE_ARRAY(struct lineage_relation) relations;
    LINEAGE_ARRAY(struct lineage_rule) rules;
    /* The nodes' names, in the order of the scenario; a node's number is its index. */
    LINEAGE_ARRAY(lineage_value) nodes;

    /* Private: the tables behind the ids. */
    LINEAGE_ARRAY(struct lineage_symbol) symbols;
    LINEAGE_ARRAY(struct lineage_tuple_record) tuples;
    LINEAGE_ARRAY(lineage_value) tuple_values;
    uint32_t *symbol_slots;
    struct lineage_tuple_slot *tuple_slots;
    size_t symbol_slot_count, tuple_slot_count;
    struct lineage_arena arena;
};

struct lineage_symbol {
    const char *text; /* NULL: an integer */
    int64_t integer;
    uint32_t text_bytes;
    uint32_t node, relation; /* of this name, or LINEAGE_NONE */
};

void lineage_universe_create(struct lineage_universe *universe);
void lineage_universe_destroy(struct lineage_universe *universe);

/* Makes another universe in which every id of `source` means the same; from then on each grows for
 * itself. Texts stay `source`'s, which is destroyed last. */
void lineage_universe_copy(struct lineage_universe *universe,
                           const struct lineage_universe *source);

/* The value of a string (copied) or of an integer. */
lineage_value lineage_string(struct lineage_universe *universe, const char *text, size_t bytes);
lineage_value lineage_integer_wide(struct lineage_universe *universe, int64_t integer);

/* Small integers carry themselves: an odd id is twice the integer, plus one. (-1 does not: it would
 * be LINEAGE_NONE.) */
static inline bool lineage_is_small(lineage_value value)
{
    return (value & 1) != 0;
}

static inline lineage_value lineage_integer(struct lineage_universe *universe, int64_t integer)
{
    if (integer >= -(1 << 30) && integer < 1 << 30 && integer != -1)
        return (uint32_t)((uint64_t)integer << 1 | 1);
    return lineage_integer_wide(universe, integer);
}

/* Is it an integer (and not a string)? */
bool lineage_is_integer(const struct lineage_universe *universe, lineage_value value);

/* The integer that a value stands for; `value` must be one. */
int64_t lineage_integer_of_wide(const struct lineage_universe *universe, lineage_value value);

static inline int64_t lineage_integer_of(const struct lineage_universe *universe,
                                         lineage_value value)
{
    return lineage_is_small(value) ? (int32_t)value >> 1 : lineage_integer_of_wide(universe, value);
}

/* The text of a string value, NUL-terminated; owned by the universe. */
const char *lineage_text_of(const struct lineage_universe *universe, lineage_value value);

/* <0, 0, >0: integers by size, strings bytewise, integers before strings. */
int lineage_value_compare(const struct lineage_universe *universe, lineage_value left,
                          lineage_value right);

/* Adds a node; returns its number. A name may be added once. */
uint32_t lineage_node_add(struct lineage_universe *universe, const char *name);

/* The number of the node that a value names, or LINEAGE_NONE. */
uint32_t lineage_node_of(const struct lineage_universe *universe, lineage_value value);

const char *lineage_node_name(const struct lineage_universe *universe, uint32_t node);

/* Adds a relation or a rule (their texts must outlive the universe); returns its number. */
uint32_t lineage_relation_add(struct lineage_universe *universe, struct lineage_relation relation);
uint32_t lineage_rule_add(struct lineage_universe *universe, struct lineage_rule rule);

/* The relation of that name that is not internal, or LINEAGE_NONE. */
uint32_t lineage_relation_find(const struct lineage_universe *universe, const char *name);

/* Of what a run breaks: is it a handler that failed, and no tuple of `pre`? */
static inline bool lineage_is_failure(const struct lineage_universe *universe, lineage_tuple tuple)
{
    return universe->tuples.items[tuple].relation != lineage_relation_find(universe, "pre");
}

/* The tuple with these values (as many as the relation has columns), made if there is none yet. */
lineage_tuple lineage_tuple_intern(struct lineage_universe *universe, uint32_t relation,
                                   const lineage_value *values);

/* The same, or LINEAGE_NONE if nobody made it yet. */
lineage_tuple lineage_tuple_find(const struct lineage_universe *universe, uint32_t relation,
                                 const lineage_value *values);

static inline uint32_t lineage_tuple_relation(const struct lineage_universe *universe,
                                              lineage_tuple tuple)
{
    return universe->tuples.items[tuple].relation;
}

/* Valid until the next tuple is made. */
static inline const lineage_value *lineage_tuple_values(const struct lineage_universe *universe,
                                                        lineage_tuple tuple)
{
    return universe->tuple_values.items + universe->tuples.items[tuple].first_value;
}

/* Does some column of the tuple hold LINEAGE_UNKNOWN? */
bool lineage_tuple_is_abstract(const struct lineage_universe *universe, lineage_tuple tuple);

/* Prints a value, or a tuple, as a model would write it; `_` for what is not known. */
void lineage_value_print(const struct lineage_universe *universe, lineage_value value, FILE *out);
void lineage_values_print(const struct lineage_universe *universe, uint32_t relation,
                          const lineage_value *values, FILE *out);
void lineage_tuple_print(const struct lineage_universe *universe, lineage_tuple tuple, FILE *out);

/* The same as text, in a block that the caller frees with lineage_memory_free. */
char *lineage_tuple_text(const struct lineage_universe *universe, lineage_tuple tuple);

/* Mixes one more word into a hash. */
static inline uint32_t lineage_hash(uint32_t hash, uint32_t word)
{
    hash = (hash ^ word) * 0x9e3779b1u;
    return hash ^ hash >> 15;
}

#endif
