#include "provenance.h"

#include "classical.h"

#include <string.h>

static const struct lineage_fact *fact_of(const struct lineage_provenance *provenance,
                                          uint32_t fact)
{
    return &provenance->envelope->facts.items[fact];
}

bool lineage_is_abstract(const struct lineage_provenance *provenance, uint32_t fact)
{
    return !fact_of(provenance, fact)->certain &&
           lineage_tuple_is_abstract(provenance->envelope->universe,
                                     fact_of(provenance, fact)->tuple);
}

/* The facts of the envelope that match an absence's pattern. */
static const struct lineage_matching *matchings_of(struct lineage_provenance *provenance,
                                                   uint32_t absence, size_t *count)
{
    const struct lineage_execution *envelope = provenance->envelope;
    if (provenance->first_matching[absence] == SIZE_MAX) {
        const struct lineage_absence *a = &envelope->absences.items[absence];
        size_t fact_count;
        const uint32_t *facts = lineage_facts_at(
            envelope, lineage_tuple_relation(envelope->universe, a->pattern), a->time, &fact_count);
        provenance->first_matching[absence] = provenance->matchings.count;
        for (size_t i = 0; i < fact_count; i++) {
            const enum lineage_match match = lineage_tuple_match(
                envelope->universe, a->pattern, fact_of(provenance, facts[i])->tuple);
            const struct lineage_matching matching = {facts[i], match == LINEAGE_MATCH};
            if (match != LINEAGE_NO_MATCH)
                LINEAGE_PUSH(&provenance->matchings, matching);
        }
        provenance->matching_count[absence] =
            provenance->matchings.count - provenance->first_matching[absence];
    }
    *count = provenance->matching_count[absence];
    return provenance->matchings.items + provenance->first_matching[absence];
}

/* A bound of "the fact is present". */
static solver_formula present(const struct lineage_provenance *provenance, uint32_t fact,
                              enum lineage_bound bound)
{
    if (fact_of(provenance, fact)->certain)
        return SOLVER_TRUE;
    if (provenance->state[fact] == LINEAGE_IN_CIRCLE)
        return bound == LINEAGE_UPPER ? SOLVER_TRUE : SOLVER_FALSE;
    if (bound == LINEAGE_LOWER && lineage_is_abstract(provenance, fact))
        return SOLVER_FALSE;
    return provenance->value[fact];
}

/* A bound of "the fact does not get in the way of an absence". */
static solver_formula absent(const struct lineage_provenance *provenance,
                             struct lineage_matching matching, enum lineage_bound bound)
{
    if (bound == LINEAGE_UPPER && !matching.definite)
        return SOLVER_TRUE;
    if (fact_of(provenance, matching.fact)->certain)
        return SOLVER_FALSE;
    if (provenance->state[matching.fact] == LINEAGE_IN_CIRCLE)
        return bound == LINEAGE_UPPER ? SOLVER_TRUE : SOLVER_FALSE;
    return lineage_frozen(provenance->formulas, solver_not(provenance->value[matching.fact]));
}

/* No further fault loses the message; the input is given. */
static solver_formula arrives(struct lineage_provenance *provenance,
                              const struct lineage_message *message)
{
    const struct lineage_bounds *bounds = provenance->bounds;
    solver_formula lost = SOLVER_FALSE;
    if (message->fate == LINEAGE_GIVEN)
        return provenance->given[message->to];
    if (message->from == LINEAGE_NONE || message->from == message->to)
        return SOLVER_TRUE;
    if (lineage_bounds_may_omit(bounds, provenance->schedule, message->from, message->to,
                                message->sent_time))
        lost = lineage_omission_variable(
            provenance->variables,
            (struct lineage_omission){message->sent_time, message->from, message->to});
    if (lineage_bounds_may_crash(bounds, provenance->schedule, message->from, 1))
        lost = solver_or2(
            provenance->formulas, lost,
            lineage_crashed_by(provenance->variables, message->from, message->sent_time));
    return solver_not(lost);
}

/* Pushes a bound of each premise of one kind that the firing has. */
static void push_premises(struct lineage_provenance *provenance, uint32_t firing, bool positive,
                          enum lineage_bound bound)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(provenance->envelope, firing, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        const enum lineage_premise_kind kind = lineage_premise_kind(premises[i]);
        if (positive != (kind == LINEAGE_PRESENT))
            continue;
        if (kind == LINEAGE_PRESENT) {
            LINEAGE_PUSH(&provenance->operands, present(provenance, number, bound));
        } else if (kind == LINEAGE_ABSENT_FACT) {
            const struct lineage_matching matching = {number,
                                                      !lineage_is_abstract(provenance, number)};
            LINEAGE_PUSH(&provenance->operands, absent(provenance, matching, bound));
        } else {
            size_t matching_count;
            const struct lineage_matching *matchings =
                matchings_of(provenance, number, &matching_count);
            for (size_t j = 0; j < matching_count; j++)
                LINEAGE_PUSH(&provenance->operands, absent(provenance, matchings[j], bound));
        }
    }
}

/* A bound of "exactly `count` of the positive premises are there": at least so many, of which the
 * same bound is needed, and not one more, of which the opposite bound is. */
static solver_formula exactly(struct lineage_provenance *provenance, uint32_t firing, size_t count,
                              enum lineage_bound bound)
{
    const enum lineage_bound opposite = bound == LINEAGE_UPPER ? LINEAGE_LOWER : LINEAGE_UPPER;
    const size_t first = provenance->operands.count;
    solver_formula at_least[2];
    for (size_t more = 0; more < 2; more++) {
        push_premises(provenance, firing, true, more == 0 ? bound : opposite);
        at_least[more] = solver_at_least(provenance->formulas, provenance->operands.items + first,
                                         provenance->operands.count - first, count + more);
        provenance->operands.count = first;
    }
    return solver_and2(provenance->formulas, at_least[0],
                       lineage_frozen(provenance->formulas, solver_not(at_least[1])));
}

/* A bound of "the firing happens and its head arrives". */
solver_formula lineage_firing_formula(struct lineage_provenance *provenance, uint32_t firing,
                                      enum lineage_bound bound)
{
    const struct lineage_firing *f = &provenance->envelope->firings.items[firing];
    const size_t first = provenance->operands.count;
    if (f->exactly != LINEAGE_NONE) {
        const solver_formula counted = exactly(provenance, firing, f->exactly, bound);
        LINEAGE_PUSH(&provenance->operands, counted);
    } else {
        push_premises(provenance, firing, true, bound);
    }
    push_premises(provenance, firing, false, bound);
    if (f->message != LINEAGE_NONE)
        LINEAGE_PUSH(&provenance->operands,
                     arrives(provenance, &provenance->envelope->messages.items[f->message]));
    const solver_formula formula =
        solver_and(provenance->formulas, provenance->operands.items + first,
                   provenance->operands.count - first);
    provenance->operands.count = first;
    return formula;
}

/* A bound of "some firing of the fact happens". */
solver_formula lineage_some_firing(struct lineage_provenance *provenance, uint32_t fact,
                                   enum lineage_bound bound)
{
    size_t count;
    const uint32_t *firings = lineage_firings_of(provenance->envelope, fact, &count);
    const size_t first = provenance->operands.count;
    for (size_t i = 0; i < count; i++) {
        const solver_formula formula = lineage_firing_formula(provenance, firings[i], bound);
        LINEAGE_PUSH(&provenance->operands, formula);
    }
    const solver_formula some = solver_or(provenance->formulas, provenance->operands.items + first,
                                          provenance->operands.count - first);
    provenance->operands.count = first;
    return some;
}

/* A formula that can take every value between the bounds of P(fact). */
solver_formula lineage_between(struct lineage_provenance *provenance, uint32_t fact,
                               solver_formula low, solver_formula high)
{
    if (low == high)
        return low;
    if (provenance->choice[fact] == SOLVER_TRUE)
        provenance->choice[fact] = solver_variable(provenance->formulas);
    return solver_or2(provenance->formulas, low,
                      solver_and2(provenance->formulas, provenance->choice[fact], high));
}

/* crash(Observer, Node, Time) is a fault. */
static solver_formula crash_formula(const struct lineage_provenance *provenance, uint32_t fact)
{
    const struct lineage_universe *universe = provenance->envelope->universe;
    const lineage_value *values = lineage_tuple_values(universe, fact_of(provenance, fact)->tuple);
    return lineage_crash_at(provenance->variables, lineage_node_of(universe, values[1]),
                            (uint32_t)lineage_integer_of(universe, values[2]));
}

solver_formula lineage_fact_formula(struct lineage_provenance *provenance, uint32_t fact)
{
    const struct lineage_execution *envelope = provenance->envelope;
    if (lineage_tuple_relation(envelope->universe, fact_of(provenance, fact)->tuple) ==
        envelope->crash)
        return crash_formula(provenance, fact);
    const solver_formula low = lineage_is_abstract(provenance, fact)
                                   ? SOLVER_FALSE
                                   : lineage_some_firing(provenance, fact, LINEAGE_LOWER);
    return lineage_between(provenance, fact, low,
                           lineage_some_firing(provenance, fact, LINEAGE_UPPER));
}

void lineage_each_child(struct lineage_provenance *provenance, uint32_t firing,
                        void (*found)(struct lineage_provenance *provenance, uint32_t child,
                                      bool absence, void *context),
                        void *context)
{
    size_t count;
    const uint32_t *premises = lineage_premises_of(provenance->envelope, firing, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = lineage_premise_number(premises[i]);
        if (lineage_premise_kind(premises[i]) != LINEAGE_ABSENT) {
            found(provenance, number, lineage_premise_kind(premises[i]) == LINEAGE_ABSENT_FACT,
                  context);
            continue;
        }
        size_t matching_count;
        matchings_of(provenance, number, &matching_count);
        for (size_t j = 0; j < matching_count; j++)
            found(provenance,
                  provenance->matchings.items[provenance->first_matching[number] + j].fact, true,
                  context);
    }
}

/* ---- the walk: premises first, circles together (Tarjan 1972) ---- */

static void add_child(struct lineage_provenance *provenance, uint32_t child, bool absence,
                      void *context)
{
    (void)absence;
    (void)context;
    if (!fact_of(provenance, child)->certain)
        LINEAGE_PUSH(&provenance->children, child);
}

static void enter(struct lineage_provenance *provenance, uint32_t fact)
{
    size_t firing_count;
    const uint32_t *firings = lineage_firings_of(provenance->envelope, fact, &firing_count);
    const struct lineage_visit visit = {fact, provenance->children.count,
                                        provenance->children.count};
    for (size_t i = 0; i < firing_count; i++)
        lineage_each_child(provenance, firings[i], add_child, NULL);
    provenance->index[fact] = provenance->low[fact] = ++provenance->counter;
    provenance->state[fact] = LINEAGE_ON_PATH;
    LINEAGE_PUSH(&provenance->path, visit);
    LINEAGE_PUSH(&provenance->stack, fact);
}

static void leave(struct lineage_provenance *provenance, uint32_t fact)
{
    provenance->path.count--;
    if (provenance->path.count > 0) {
        const uint32_t caller = provenance->path.items[provenance->path.count - 1].fact;
        if (provenance->low[fact] < provenance->low[caller])
            provenance->low[caller] = provenance->low[fact];
    }
    if (provenance->low[fact] != provenance->index[fact])
        return;
    size_t first = provenance->stack.count;
    while (provenance->stack.items[--first] != fact)
        ;
    lineage_settle_circle(provenance, provenance->stack.items + first,
                          provenance->stack.count - first);
    provenance->stack.count = first;
}

/* P(fact), with all that it rests on. */
solver_formula lineage_derived(struct lineage_provenance *provenance, uint32_t root)
{
    if (fact_of(provenance, root)->certain)
        return SOLVER_TRUE;
    if (provenance->state[root] == LINEAGE_UNSEEN)
        enter(provenance, root);
    while (provenance->path.count > 0) {
        struct lineage_visit *visit = &provenance->path.items[provenance->path.count - 1];
        const uint32_t fact = visit->fact;
        if (visit->next_child == provenance->children.count) {
            provenance->children.count = visit->first_child;
            leave(provenance, fact);
            continue;
        }
        const uint32_t child = provenance->children.items[visit->next_child++];
        if (provenance->state[child] == LINEAGE_UNSEEN)
            enter(provenance, child);
        else if (provenance->state[child] == LINEAGE_ON_PATH &&
                 provenance->index[child] < provenance->low[fact])
            provenance->low[fact] = provenance->index[child];
    }
    return provenance->value[root];
}

solver_formula lineage_fired(struct lineage_provenance *provenance, uint32_t firing)
{
    LINEAGE_ARRAY(uint32_t) needed = {0};
    lineage_each_child(provenance, firing, add_child, NULL);
    for (size_t i = 0; i < provenance->children.count; i++)
        LINEAGE_PUSH(&needed, provenance->children.items[i]);
    provenance->children.count = 0;
    for (size_t i = 0; i < needed.count; i++)
        lineage_derived(provenance, needed.items[i]);
    lineage_memory_free(needed.items);
    return lineage_firing_formula(provenance, firing, LINEAGE_UPPER);
}

void lineage_provenance_create(struct lineage_provenance *provenance,
                               struct lineage_fault_variables *variables,
                               const struct lineage_hazard_input *input, lineage_labels *labels)
{
    const size_t facts = input->envelope->facts.count + 1;
    const size_t absences = input->envelope->absences.count + 1;
    *provenance = (struct lineage_provenance){.formulas = variables->formulas,
                                              .variables = variables,
                                              .envelope = input->envelope,
                                              .schedule = input->schedule,
                                              .bounds = input->bounds,
                                              .labels = labels,
                                              .given = input->given};
    provenance->value = lineage_memory_clear(facts * sizeof *provenance->value);
    provenance->choice = lineage_memory_clear(facts * sizeof *provenance->choice);
    provenance->state = lineage_memory_clear(facts);
    provenance->index = lineage_memory_clear(facts * sizeof *provenance->index);
    provenance->low = lineage_memory_clear(facts * sizeof *provenance->low);
    provenance->first_matching = lineage_memory_clear(absences * sizeof(size_t));
    provenance->matching_count = lineage_memory_clear(absences * sizeof(size_t));
    memset(provenance->first_matching, 0xff, absences * sizeof(size_t));
}

void lineage_provenance_destroy(struct lineage_provenance *provenance)
{
    lineage_memory_free(provenance->value);
    lineage_memory_free(provenance->choice);
    lineage_memory_free(provenance->state);
    lineage_memory_free(provenance->index);
    lineage_memory_free(provenance->low);
    lineage_memory_free(provenance->first_matching);
    lineage_memory_free(provenance->matching_count);
    lineage_memory_free(provenance->path.items);
    lineage_memory_free(provenance->children.items);
    lineage_memory_free(provenance->stack.items);
    lineage_memory_free(provenance->matchings.items);
    lineage_memory_free(provenance->operands.items);
    lineage_memory_free(provenance->undefined.items);
}
