#include "shape.h"

#include <assert.h>
#include <stdlib.h>

static bool contains(const struct lineage_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void sort(struct lineage_names *names)
{
    if (names->count > 1)
        qsort(names->items, names->count, sizeof *names->items, compare_texts);
}

/* ---- promises ---- */

/* The first fact that the firing needs and that holds the value, or LINEAGE_NONE. */
static uint32_t holder(const struct lineage_execution *execution, uint32_t firing,
                       lineage_value value)
{
    const struct lineage_universe *universe = execution->universe;
    size_t count;
    const uint32_t *premises = lineage_premises_of(execution, firing, &count);
    for (size_t i = 0; i < count; i++) {
        if (lineage_premise_kind(premises[i]) != LINEAGE_PRESENT)
            continue;
        const uint32_t fact = lineage_premise_number(premises[i]);
        const lineage_tuple tuple = execution->facts.items[fact].tuple;
        const uint32_t arity =
            universe->relations.items[lineage_tuple_relation(universe, tuple)].arity;
        for (uint32_t j = 0; j < arity; j++)
            if (lineage_tuple_values(universe, tuple)[j] == value)
                return fact;
    }
    return LINEAGE_NONE;
}

/* Has the rule that first derived the fact written this value of it, or has it come from the facts
 * that the rule read? Where these are the same promise at an earlier time, or an aggregate's
 * contributions, the question is theirs. */
static bool is_written(const struct lineage_execution *execution, uint32_t fact,
                       lineage_value value)
{
    const struct lineage_universe *universe = execution->universe;
    for (size_t i = 0; i <= execution->facts.count; i++) {
        size_t count;
        const uint32_t *firings = lineage_firings_of(execution, fact, &count);
        if (count == 0)
            return false; /* an input */
        fact = holder(execution, firings[0], value);
        if (fact == LINEAGE_NONE)
            return true;
        const uint32_t relation =
            lineage_tuple_relation(universe, execution->facts.items[fact].tuple);
        if (relation != execution->pre && !universe->relations.items[relation].internal)
            return false;
    }
    return false; /* it goes round in a circle */
}

const char *lineage_promise_of(const struct lineage_execution *execution, lineage_tuple tuple)
{
    const struct lineage_universe *universe = execution->universe;
    const uint32_t fact = lineage_fact_find(execution, tuple, execution->eot);
    const uint32_t arity = universe->relations.items[execution->pre].arity;
    assert(fact != LINEAGE_NONE);
    if (lineage_tuple_relation(universe, tuple) != execution->pre)
        return universe->relations.items[lineage_tuple_relation(universe, tuple)].name;
    for (uint32_t i = 0; i < arity; i++) {
        const lineage_value value = lineage_tuple_values(universe, tuple)[i];
        if (!lineage_is_integer(universe, value) &&
            lineage_node_of(universe, value) == LINEAGE_NONE &&
            lineage_text_of(universe, value)[0] != '\0' && is_written(execution, fact, value))
            return lineage_text_of(universe, value);
    }
    return "pre";
}

static void name_promises(const struct lineage_execution *bad, const lineage_tuples *broken,
                          struct lineage_arena *arena, struct lineage_names *promises)
{
    promises->items = lineage_arena_allocate(arena, (broken->count + 1) * sizeof *promises->items);
    for (size_t i = 0; i < broken->count; i++) {
        const char *name = lineage_promise_of(bad, broken->items[i]);
        if (!contains(promises, name))
            promises->items[promises->count++] = lineage_arena_text(arena, name, strlen(name));
    }
    sort(promises);
}

/* ---- causes ---- */

static const char *cause_of(const struct lineage_universe *universe,
                            const struct lineage_difference_item *item, struct lineage_arena *arena)
{
    static const char *const what[LINEAGE_DIFFERENCE_KINDS] = {"lost", "reads crash", "differs"};
    const char *name = universe->relations.items[item->relation].name;
    /* Internal relations are those of a rule, which has a number: it differs between versions. */
    return lineage_arena_format(arena, "%.*s %s", (int)strcspn(name, "#"), name, what[item->kind]);
}

static void name_causes(const struct lineage_universe *universe,
                        const struct lineage_difference *difference, struct lineage_arena *arena,
                        struct lineage_names *causes)
{
    const size_t relations = universe->relations.count;
    bool *is_named = lineage_memory_clear(LINEAGE_DIFFERENCE_KINDS * relations + 1);
    causes->items = lineage_arena_allocate(arena, (LINEAGE_DIFFERENCE_KINDS * relations + 1) *
                                                      sizeof *causes->items);
    for (size_t i = 0; i < difference->items.count; i++) {
        const struct lineage_difference_item *item = &difference->items.items[i];
        bool *named = &is_named[item->kind * relations + item->relation];
        if (*named)
            continue;
        *named = true;
        const char *cause = cause_of(universe, item, arena);
        if (!contains(causes, cause))
            causes->items[causes->count++] = cause;
    }
    sort(causes);
    lineage_memory_free(is_named);
}

void lineage_shape_of(const struct lineage_execution *bad, const lineage_tuples *broken,
                      const struct lineage_difference *difference, struct lineage_arena *arena,
                      struct lineage_shape *shape)
{
    *shape = (struct lineage_shape){.promises = {.count = 0}};
    name_promises(bad, broken, arena, &shape->promises);
    name_causes(bad->universe, difference, arena, &shape->causes);
}

/* ---- likeness ---- */

static bool is_within(const struct lineage_names *small, const struct lineage_names *large)
{
    for (size_t i = 0; i < small->count; i++)
        if (!contains(large, small->items[i]))
            return false;
    return true;
}

static bool are_equal(const struct lineage_names *left, const struct lineage_names *right)
{
    return is_within(left, right) && is_within(right, left);
}

enum lineage_likeness lineage_shapes_compare(const struct lineage_shape *left,
                                             const struct lineage_shape *right)
{
    if (!are_equal(&left->promises, &right->promises))
        return LINEAGE_OTHER_BUG;
    return are_equal(&left->causes, &right->causes) ? LINEAGE_SAME_BUG : LINEAGE_LIKE_BUG;
}

static void print_names(const struct lineage_names *names, FILE *out)
{
    for (size_t i = 0; i < names->count; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", names->items[i]);
}

void lineage_shape_print(const struct lineage_shape *shape, FILE *out)
{
    print_names(&shape->promises, out);
    fputs(": ", out);
    if (shape->causes.count == 0)
        fputs("no faults", out);
    print_names(&shape->causes, out);
}
