#include "execution.h"

#include <assert.h>
#include <string.h>

void lineage_execution_create(struct lineage_execution *execution,
                              struct lineage_universe *universe, uint32_t eot)
{
    *execution = (struct lineage_execution){.universe = universe, .eot = eot};
    execution->pre = lineage_relation_find(universe, "pre");
    execution->post = lineage_relation_find(universe, "post");
    execution->crash = lineage_relation_find(universe, "crash");
    execution->failed = LINEAGE_NONE;
}

void lineage_execution_free(struct lineage_execution *execution)
{
    lineage_memory_free(execution->facts.items);
    lineage_memory_free(execution->messages.items);
    lineage_memory_free(execution->firings.items);
    lineage_memory_free(execution->premises.items);
    lineage_memory_free(execution->absences.items);
    lineage_memory_free(execution->errors.items);
    lineage_memory_free(execution->undecided.items);
    lineage_memory_free(execution->facts_by_place);
    lineage_memory_free(execution->place_starts);
    lineage_memory_free(execution->firings_by_head);
    lineage_memory_free(execution->head_starts);
    *execution = (struct lineage_execution){0};
}

const uint32_t *lineage_premises_of(const struct lineage_execution *execution, uint32_t firing,
                                    size_t *count)
{
    const size_t first = execution->firings.items[firing].first_premise;
    const size_t end = firing + 1 < execution->firings.count
                           ? execution->firings.items[firing + 1].first_premise
                           : execution->premises.count;
    *count = end - first;
    return execution->premises.items + first;
}

/* Groups the numbers 0..count-1 by key, keeping their order: starts[key] .. starts[key + 1] in the
 * returned array are those with that key. Keys of LINEAGE_NONE are left out. */
static uint32_t *group(const uint32_t *keys, size_t count, size_t key_count, uint32_t **starts)
{
    uint32_t *ends = lineage_memory_clear((key_count + 2) * sizeof *ends);
    for (size_t i = 0; i < count; i++)
        if (keys[i] != LINEAGE_NONE)
            ends[keys[i] + 2]++;
    for (size_t key = 2; key < key_count + 2; key++)
        ends[key] += ends[key - 1];
    uint32_t *grouped = lineage_memory_clear((count + 1) * sizeof *grouped);
    for (size_t i = 0; i < count; i++)
        if (keys[i] != LINEAGE_NONE)
            grouped[ends[keys[i] + 1]++] = (uint32_t)i;
    *starts = ends;
    return grouped;
}

static uint32_t place_of(const struct lineage_execution *execution, uint32_t time,
                         uint32_t relation)
{
    return (uint32_t)((time - execution->indexed_from) * execution->indexed_relations) + relation;
}

/* Indexes facts from number `first` on, as far as they hold at the times indexed. */
static void index_facts(struct lineage_execution *execution, size_t first)
{
    const size_t count = execution->facts.count;
    execution->indexed_relations = (uint32_t)execution->universe->relations.count;
    uint32_t *keys = lineage_memory_resize(NULL, (count - first + 1) * sizeof *keys);
    for (size_t i = first; i < count; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        keys[i - first] = fact->time < execution->indexed_from
                              ? LINEAGE_NONE
                              : place_of(execution, fact->time,
                                         lineage_tuple_relation(execution->universe, fact->tuple));
    }
    execution->facts_by_place = group(
        keys, count - first, place_of(execution, execution->eot + 1, 0), &execution->place_starts);
    for (size_t i = 0; i < count - first; i++)
        execution->facts_by_place[i] += (uint32_t)first;
    lineage_memory_free(keys);
}

static void index_firings(struct lineage_execution *execution)
{
    const size_t count = execution->firings.count;
    uint32_t *keys = lineage_memory_resize(NULL, (count + 1) * sizeof *keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = execution->firings.items[i].head;
    execution->firings_by_head =
        group(keys, count, execution->facts.count, &execution->head_starts);
    lineage_memory_free(keys);
}

void lineage_execution_index(struct lineage_execution *execution)
{
    assert(execution->firings_by_head == NULL);
    lineage_memory_free(execution->facts_by_place);
    lineage_memory_free(execution->place_starts);
    execution->indexed_from = 0;
    index_facts(execution, 0);
    index_firings(execution);
}

void lineage_execution_index_end(struct lineage_execution *execution)
{
    assert(execution->facts_by_place == NULL);
    size_t first = execution->facts.count; /* what holds at the end is derived in the last steps */
    while (first > 0 && execution->facts.items[first - 1].time + 1 >= execution->eot)
        first--;
    execution->indexed_from = execution->eot;
    index_facts(execution, first);
}

const uint32_t *lineage_facts_at(const struct lineage_execution *execution, uint32_t relation,
                                 uint32_t time, size_t *count)
{
    *count = 0;
    if (relation >= execution->indexed_relations || time > execution->eot)
        return execution->facts_by_place;
    assert(time >= execution->indexed_from);
    const uint32_t place = place_of(execution, time, relation);
    *count = execution->place_starts[place + 1] - execution->place_starts[place];
    return execution->facts_by_place + execution->place_starts[place];
}

const uint32_t *lineage_firings_of(const struct lineage_execution *execution, uint32_t fact,
                                   size_t *count)
{
    *count = execution->head_starts[fact + 1] - execution->head_starts[fact];
    return execution->firings_by_head + execution->head_starts[fact];
}

uint32_t lineage_fact_find(const struct lineage_execution *execution, lineage_tuple tuple,
                           uint32_t time)
{
    if (tuple == LINEAGE_NONE)
        return LINEAGE_NONE;
    size_t count;
    const uint32_t *facts = lineage_facts_at(
        execution, lineage_tuple_relation(execution->universe, tuple), time, &count);
    for (size_t i = 0; i < count; i++)
        if (execution->facts.items[facts[i]].tuple == tuple)
            return facts[i];
    return LINEAGE_NONE;
}

enum lineage_match lineage_tuple_match(const struct lineage_universe *universe,
                                       lineage_tuple pattern, lineage_tuple tuple)
{
    const uint32_t arity =
        universe->relations.items[lineage_tuple_relation(universe, pattern)].arity;
    const lineage_value *wanted = lineage_tuple_values(universe, pattern);
    const lineage_value *values = lineage_tuple_values(universe, tuple);
    enum lineage_match match = LINEAGE_MATCH;
    for (uint32_t i = 0; i < arity; i++) {
        if (wanted[i] == LINEAGE_ANY)
            continue;
        if (wanted[i] == LINEAGE_UNKNOWN || values[i] == LINEAGE_UNKNOWN)
            match = LINEAGE_MAY_MATCH;
        else if (wanted[i] != values[i])
            return LINEAGE_NO_MATCH;
    }
    return match;
}

lineage_tuple lineage_promised(const struct lineage_execution *execution, lineage_tuple pre)
{
    const struct lineage_universe *universe = execution->universe;
    if (lineage_tuple_relation(universe, pre) != execution->pre)
        return LINEAGE_NONE;
    return lineage_tuple_find(universe, execution->post, lineage_tuple_values(universe, pre));
}

void lineage_broken_promises(const struct lineage_execution *execution, enum lineage_oracle oracle,
                             const struct lineage_execution *good, lineage_tuples *broken)
{
    size_t count;
    const uint32_t *promised = lineage_facts_at(execution, execution->pre, execution->eot, &count);
    for (size_t i = 0; i < count; i++) {
        const lineage_tuple tuple = execution->facts.items[promised[i]].tuple;
        const lineage_tuple post = lineage_promised(execution, tuple);
        if (lineage_fact_find(execution, post, execution->eot) != LINEAGE_NONE)
            continue;
        if (oracle == LINEAGE_MOLLY && lineage_fact_find(good, post, good->eot) == LINEAGE_NONE)
            continue;
        LINEAGE_PUSH(broken, tuple);
    }
    if (execution->failed == LINEAGE_NONE)
        return;
    const uint32_t *failed = lineage_facts_at(execution, execution->failed, execution->eot, &count);
    for (size_t i = 0; i < count; i++)
        LINEAGE_PUSH(broken, execution->facts.items[failed[i]].tuple);
}

uint32_t lineage_next_violation(const struct lineage_execution *here, uint32_t premise,
                                const struct lineage_execution *there, size_t *next)
{
    const uint32_t number = lineage_premise_number(premise);
    if (lineage_premise_kind(premise) == LINEAGE_ABSENT_FACT)
        return (*next)++ == 0 ? lineage_fact_find(there, here->facts.items[number].tuple,
                                                  here->facts.items[number].time)
                              : LINEAGE_NONE;
    const struct lineage_absence *absence = &here->absences.items[number];
    size_t count;
    const uint32_t *facts = lineage_facts_at(
        there, lineage_tuple_relation(here->universe, absence->pattern), absence->time, &count);
    while (*next < count) {
        const uint32_t fact = facts[(*next)++];
        if (lineage_tuple_match(here->universe, absence->pattern, there->facts.items[fact].tuple) ==
            LINEAGE_MATCH)
            return fact;
    }
    return LINEAGE_NONE;
}
