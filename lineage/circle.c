/* Facts of one time step that need one another in a circle (hazard.c says why this is sound). */
#include "provenance.h"

enum { UNFOLDED_MAX = 24 };

static const struct lineage_fact *fact_of(const struct lineage_provenance *provenance,
                                          uint32_t fact)
{
    return &provenance->envelope->facts.items[fact];
}

/* Remembers what a node of the graph stands for, the first fact to have it. */
static void label(struct lineage_provenance *provenance, uint32_t fact)
{
    const uint32_t node = provenance->value[fact] >> 1;
    const struct lineage_label none = {0, LINEAGE_NONE};
    if (provenance->labels == NULL || node == 0)
        return;
    while (provenance->labels->count <= node)
        LINEAGE_PUSH(provenance->labels, none);
    if (provenance->labels->items[node].time == LINEAGE_NONE)
        provenance->labels->items[node] = (struct lineage_label){fact_of(provenance, fact)->tuple,
                                                                 fact_of(provenance, fact)->time};
}

struct circle_edges {
    bool any, through_absence;
};

static void note_edge(struct lineage_provenance *provenance, uint32_t child, bool absence,
                      void *context)
{
    struct circle_edges *edges = context;
    if (provenance->state[child] != LINEAGE_IN_CIRCLE)
        return;
    edges->any = true;
    edges->through_absence = edges->through_absence || absence;
}

/* Does the firing sum up contributions? Nothing else needs facts of an internal relation. */
static bool sums_up(const struct lineage_provenance *provenance, uint32_t firing)
{
    const struct lineage_universe *universe = provenance->envelope->universe;
    size_t count;
    const uint32_t *premises = lineage_premises_of(provenance->envelope, firing, &count);
    for (size_t i = 0; i < count; i++) {
        if (lineage_premise_kind(premises[i]) != LINEAGE_PRESENT)
            continue;
        const uint32_t fact = lineage_premise_number(premises[i]);
        const uint32_t relation =
            lineage_tuple_relation(universe, fact_of(provenance, fact)->tuple);
        if (universe->relations.items[relation].internal)
            return true;
    }
    return false;
}

/* How the firing leans on the circle. An aggregate does so through absences, whatever its premises
 * say: a further contribution makes another value. */
static struct circle_edges edges_of(struct lineage_provenance *provenance, uint32_t firing)
{
    struct circle_edges edges = {false, false};
    lineage_each_child(provenance, firing, note_edge, &edges);
    if (edges.any && sums_up(provenance, firing))
        edges.through_absence = true;
    return edges;
}

static bool is_circle_through_absence(struct lineage_provenance *provenance,
                                      const uint32_t *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t firing_count;
        const uint32_t *firings =
            lineage_firings_of(provenance->envelope, members[i], &firing_count);
        for (size_t j = 0; j < firing_count; j++)
            if (edges_of(provenance, firings[j]).through_absence)
                return true;
    }
    return false;
}

static void unfold(struct lineage_provenance *provenance, const uint32_t *members, size_t count)
{
    solver_formula next[UNFOLDED_MAX];
    for (size_t i = 0; i < count; i++) {
        provenance->value[members[i]] = SOLVER_FALSE;
        provenance->state[members[i]] = LINEAGE_DONE;
    }
    for (size_t round = 0; round < count; round++) {
        bool changed = false;
        for (size_t i = 0; i < count; i++) {
            next[i] = lineage_fact_formula(provenance, members[i]);
            changed = changed || next[i] != provenance->value[members[i]];
        }
        for (size_t i = 0; i < count; i++)
            provenance->value[members[i]] = next[i];
        if (!changed)
            return;
    }
}

/* Some firing into the circle that needs nothing of it happens: without one nothing in it can. And,
 * of a circle through an absence, an error where that absence may be undefined. */
static solver_formula way_in(struct lineage_provenance *provenance, const uint32_t *members,
                             size_t count)
{
    solver_formula in = SOLVER_FALSE;
    for (size_t i = 0; i < count; i++) {
        size_t firing_count;
        const uint32_t *firings =
            lineage_firings_of(provenance->envelope, members[i], &firing_count);
        for (size_t j = 0; j < firing_count; j++) {
            const struct circle_edges edges = edges_of(provenance, firings[j]);
            const solver_formula fires =
                lineage_firing_formula(provenance, firings[j], LINEAGE_UPPER);
            if (!edges.any)
                in = solver_or2(provenance->formulas, in, fires);
            if (edges.through_absence)
                LINEAGE_PUSH(&provenance->undefined, fires);
        }
    }
    return in;
}

static void bound_circle(struct lineage_provenance *provenance, const uint32_t *members,
                         size_t count, bool through_absence)
{
    const solver_formula in = way_in(provenance, members, count);
    for (size_t i = 0; i < count; i++) {
        const solver_formula low = lineage_is_abstract(provenance, members[i])
                                       ? SOLVER_FALSE
                                       : lineage_some_firing(provenance, members[i], LINEAGE_LOWER);
        solver_formula high = lineage_some_firing(provenance, members[i], LINEAGE_UPPER);
        if (!through_absence)
            high = solver_and2(provenance->formulas, in, high);
        provenance->value[members[i]] = lineage_between(provenance, members[i], low, high);
    }
    for (size_t i = 0; i < count; i++)
        provenance->state[members[i]] = LINEAGE_DONE;
}

void lineage_settle_circle(struct lineage_provenance *provenance, const uint32_t *members,
                           size_t count)
{
    for (size_t i = 0; i < count; i++)
        provenance->state[members[i]] = LINEAGE_IN_CIRCLE;
    bool is_circle = count > 1;
    if (count == 1) {
        size_t firing_count;
        const uint32_t *firings =
            lineage_firings_of(provenance->envelope, members[0], &firing_count);
        for (size_t i = 0; i < firing_count; i++)
            is_circle = is_circle || edges_of(provenance, firings[i]).any;
    }
    if (!is_circle) {
        provenance->state[members[0]] = LINEAGE_DONE;
        provenance->value[members[0]] = lineage_fact_formula(provenance, members[0]);
    } else {
        const bool through_absence = is_circle_through_absence(provenance, members, count);
        if (!through_absence && count <= UNFOLDED_MAX)
            unfold(provenance, members, count);
        else
            bound_circle(provenance, members, count, through_absence);
    }
    for (size_t i = 0; i < count; i++)
        label(provenance, members[i]);
}
