#include "execute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void run_to_the_end(struct ded_engine *engine)
{
    ded_start(engine);
    while (engine->time < engine->eot && engine->outcome == DED_OK) {
        ded_advance(engine);
        ded_settle(engine);
    }
    if (engine->outcome == DED_OK)
        lineage_execution_index(engine->execution);
}

enum ded_outcome ded_execute(struct ded_engine *engine, const struct lineage_schedule *schedule,
                             uint32_t eot, bool recording, struct lineage_execution *execution)
{
    lineage_execution_create(execution, &engine->model->universe, eot);
    engine->execution = execution;
    engine->schedule = schedule;
    engine->freedom = NULL;
    engine->run = NULL;
    engine->recording = recording;
    engine->holds_messages = engine->outcome_only = false;
    run_to_the_end(engine);
    return engine->outcome;
}

enum ded_outcome ded_envelope(struct ded_engine *engine, const struct lineage_schedule *schedule,
                              const struct lineage_bounds *bounds,
                              const struct lineage_execution *run, bool outcome_only,
                              size_t firings_max, struct lineage_execution *envelope)
{
    lineage_execution_create(envelope, &engine->model->universe, run->eot);
    engine->execution = envelope;
    engine->schedule = schedule;
    engine->freedom = bounds;
    engine->run = run;
    engine->firings_max = firings_max;
    engine->recording = true;
    engine->outcome_only = outcome_only;
    engine->holds_messages = false;
    run_to_the_end(engine);
    engine->run = NULL;
    engine->freedom = NULL;
    return engine->outcome;
}

/* State words: the number of coming tuples and these, ascending; then, for each absolute whose time
 * has passed, its number, how many tuples it holds, and these, ascending. */
static void load(struct ded_engine *engine, const uint32_t *word, size_t word_count)
{
    const struct ded_model *model = engine->model;
    const uint32_t *end = word + word_count;
    uint32_t count = *word++;
    for (; count > 0; count--)
        ded_add_certain(engine, *word++, engine->time + 1);
    while (word < end) {
        const uint32_t absolute = *word++;
        for (count = *word++; count > 0; count--) {
            const lineage_tuple tuple = *word++;
            const uint32_t fact = lineage_fact_add(engine->execution, tuple,
                                                   model->absolutes.items[absolute].time, true);
            ded_table_add(&engine->absolute_tables[absolute], fact, tuple, false);
        }
    }
}

enum ded_outcome ded_state_step(struct ded_engine *engine, const uint32_t *words, size_t word_count,
                                uint32_t time, uint32_t eot,
                                const struct lineage_schedule *schedule,
                                struct lineage_execution *execution)
{
    lineage_execution_create(execution, &engine->model->universe, eot);
    engine->execution = execution;
    engine->schedule = schedule;
    engine->freedom = NULL;
    engine->run = NULL;
    engine->recording = engine->outcome_only = false;
    engine->holds_messages = true;
    ded_start(engine);
    engine->time = time - 1;
    load(engine, words, word_count);
    ded_advance(engine);
    ded_settle(engine);
    lineage_execution_index(execution);
    return engine->outcome;
}

static int compare_words(const void *left, const void *right)
{
    const uint32_t l = *(const uint32_t *)left, r = *(const uint32_t *)right;
    return l < r ? -1 : l > r;
}

/* Sorts the words from `first` on and drops repetitions. */
static void sort_unique(ded_state *state, size_t first)
{
    const size_t count = state->count - first;
    uint32_t *words = state->items + first;
    if (count == 0)
        return;
    qsort(words, count, sizeof *words, compare_words);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++)
        if (words[i] != words[kept - 1])
            words[kept++] = words[i];
    state->count = first + kept;
}

static void save_absolute(const struct ded_engine *engine, uint32_t absolute, ded_state *state)
{
    const struct ded_absolute *what = &engine->model->absolutes.items[absolute];
    if (what->time > engine->time)
        return;
    const struct ded_table *table = what->time == engine->time ? &engine->tables[what->relation]
                                                               : &engine->absolute_tables[absolute];
    LINEAGE_PUSH(state, absolute);
    LINEAGE_PUSH(state, (uint32_t)table->tuples.count);
    const size_t first = state->count;
    for (size_t i = 0; i < table->tuples.count; i++)
        LINEAGE_PUSH(state, table->tuples.items[i]);
    sort_unique(state, first);
}

void ded_state_after(const struct ded_engine *engine, const bool *lost, ded_state *state)
{
    const struct lineage_execution *execution = engine->execution;
    state->count = 0;
    LINEAGE_PUSH(state, 0);
    for (size_t i = 0; i < engine->coming.count; i++)
        LINEAGE_PUSH(state, execution->facts.items[engine->coming.items[i]].tuple);
    for (size_t i = 0; i < execution->messages.count; i++)
        if (execution->messages.items[i].fate == LINEAGE_DELIVERED && !lost[i])
            LINEAGE_PUSH(state, execution->messages.items[i].tuple);
    sort_unique(state, 1);
    state->items[0] = (uint32_t)state->count - 1;
    for (uint32_t i = 0; i < engine->model->absolutes.count; i++)
        save_absolute(engine, i, state);
}
