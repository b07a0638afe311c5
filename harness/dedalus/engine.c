#include "engine.h"

#include <assert.h>
#include <string.h>

void ded_engine_create(struct ded_engine *engine, struct ded_model *model)
{
    const size_t relation_count = model->universe.relations.count;
    size_t slots = 1, operations = 1;
    for (size_t i = 0; i < model->rules.count; i++) {
        const struct ded_rule *rule = model->rules.items[i];
        const size_t most = rule->literal_count + rule->condition_count + rule->ranging_count + 2;
        slots = rule->slot_count > slots ? rule->slot_count : slots;
        operations = most > operations ? most : operations;
    }
    *engine = (struct ded_engine){.model = model};
    engine->tables = lineage_memory_clear((relation_count + 1) * sizeof *engine->tables);
    engine->coming_widths =
        lineage_memory_clear((relation_count + 1) * sizeof *engine->coming_widths);
    engine->absolute_tables =
        lineage_memory_clear((model->absolutes.count + 1) * sizeof *engine->absolute_tables);
    engine->slots = lineage_memory_clear(slots * sizeof *engine->slots);
    engine->premises = lineage_memory_clear(operations * sizeof *engine->premises);
    engine->views = lineage_memory_clear(operations * sizeof *engine->views);
}

void ded_engine_destroy(struct ded_engine *engine)
{
    for (size_t i = 0; engine->model != NULL && i < engine->model->universe.relations.count; i++) {
        ded_table_free(&engine->tables[i]);
        ded_table_free(&engine->coming_widths[i]);
    }
    for (size_t i = 0; engine->model != NULL && i < engine->model->absolutes.count; i++)
        ded_table_free(&engine->absolute_tables[i]);
    ded_table_free(&engine->phantoms);
    lineage_memory_free(engine->tables);
    lineage_memory_free(engine->coming_widths);
    lineage_memory_free(engine->absolute_tables);
    lineage_memory_free(engine->coming.items);
    for (int i = 0; i < 2; i++) {
        lineage_memory_free(engine->fact_of[i]);
        lineage_memory_free(engine->run_time_of[i]);
    }
    lineage_memory_free(engine->absence_of);
    lineage_memory_free(engine->message_of);
    lineage_memory_free(engine->earlier_message.items);
    lineage_memory_free(engine->slots);
    lineage_memory_free(engine->premises);
    lineage_memory_free(engine->views);
    lineage_memory_free(engine->failure);
    *engine = (struct ded_engine){0};
}

/* crash(Observer, node, time), at every observer. */
static void add_crash(struct ded_engine *engine, uint32_t node, uint32_t time, bool certain)
{
    struct lineage_universe *universe = &engine->model->universe;
    for (size_t observer = 0; observer < universe->nodes.count; observer++) {
        const lineage_value values[] = {universe->nodes.items[observer],
                                        universe->nodes.items[node],
                                        lineage_integer(universe, time)};
        const lineage_tuple tuple = lineage_tuple_intern(universe, engine->model->crash, values);
        const uint32_t fact = lineage_fact_add(engine->execution, tuple, 0, certain);
        ded_table_add(&engine->tables[engine->model->crash], fact, tuple, false);
        ded_follow_tuples(engine);
        engine->fact_of[0][tuple] = fact;
        engine->has_uncertain = engine->has_uncertain || !certain;
    }
}

/* The crashes that happen and, where rules read them, those that could. */
static void add_crashes(struct ded_engine *engine)
{
    const struct lineage_schedule *schedule = engine->schedule;
    for (size_t i = 0; i < schedule->crashes.count; i++)
        add_crash(engine, schedule->crashes.items[i].node, schedule->crashes.items[i].time, true);
    if (engine->freedom == NULL || !engine->model->reads_crash)
        return;
    for (uint32_t node = 0; node < engine->model->universe.nodes.count; node++)
        for (uint32_t time = 1; time <= engine->eot; time++)
            if (lineage_bounds_may_crash(engine->freedom, schedule, node, time))
                add_crash(engine, node, time, false);
}

/* Learns which tuples the run in view holds at a time. */
static void look_at_run(struct ded_engine *engine, uint32_t time)
{
    if (engine->run == NULL || time > engine->eot)
        return;
    ded_follow_tuples(engine);
    for (uint32_t relation = 0; relation < engine->model->universe.relations.count; relation++) {
        size_t count;
        const uint32_t *facts = lineage_facts_at(engine->run, relation, time, &count);
        for (size_t i = 0; i < count; i++)
            engine->run_time_of[time & 1][engine->run->facts.items[facts[i]].tuple] = time;
    }
}

void ded_start(struct ded_engine *engine)
{
    assert(engine->execution->facts.count == 0);
    for (size_t i = 0; i < engine->model->universe.relations.count; i++) {
        ded_table_clear(&engine->tables[i]);
        ded_table_clear(&engine->coming_widths[i]);
    }
    for (size_t i = 0; i < engine->model->absolutes.count; i++)
        ded_table_clear(&engine->absolute_tables[i]);
    engine->coming.count = engine->earlier_message.count = 0;
    engine->time = 0;
    engine->eot = engine->execution->eot;
    engine->facts_before = 0;
    engine->only_certain = engine->has_uncertain = false;
    engine->marks_certain = true;
    engine->outcome = DED_OK;
    ded_follow_tuples(engine);
    for (int parity = 0; parity < 2 && engine->run != NULL && engine->tuple_capacity > 0; parity++)
        memset(engine->run_time_of[parity], 0xff,
               engine->tuple_capacity * sizeof *engine->run_time_of[parity]);
    add_crashes(engine);
    look_at_run(engine, 1);
}

/* Keeps what later times will read of the present. */
static void keep_absolutes(struct ded_engine *engine)
{
    const struct ded_model *model = engine->model;
    for (size_t i = 0; i < model->absolutes.count; i++) {
        if (model->absolutes.items[i].time != engine->time)
            continue;
        const struct ded_table *now = &engine->tables[model->absolutes.items[i].relation];
        struct ded_table *kept = &engine->absolute_tables[i];
        for (size_t j = 0; j < now->facts.count; j++)
            ded_table_add(kept, now->facts.items[j], now->tuples.items[j],
                          now->unknown_count > 0 &&
                              lineage_tuple_is_abstract(&model->universe, now->tuples.items[j]));
    }
}

static void take_coming(struct ded_engine *engine)
{
    const struct lineage_universe *universe = &engine->model->universe;
    for (uint32_t relation = 0; relation < universe->relations.count; relation++) {
        if (relation == engine->model->crash)
            continue;
        struct ded_table *table = &engine->tables[relation];
        struct ded_table *width = &engine->coming_widths[relation];
        ded_table_clear(table);
        table->widened = width->widened;
        table->novel_count = width->novel_count;
        width->widened = width->novel_count = 0;
    }
    for (size_t i = 0; i < engine->coming.count; i++) {
        const uint32_t fact = engine->coming.items[i];
        const struct lineage_fact *coming = &engine->execution->facts.items[fact];
        ded_table_add(&engine->tables[lineage_tuple_relation(universe, coming->tuple)], fact,
                      coming->tuple,
                      !coming->certain && lineage_tuple_is_abstract(universe, coming->tuple));
    }
    engine->coming.count = 0;
}

/* The first input of a time or later. */
static size_t first_input(const struct ded_model *model, uint32_t time)
{
    size_t low = 0, high = model->inputs.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (model->inputs.items[middle].time < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* An input that may or may not be given: a firing of its own that the choice decides. */
static void take_possible(struct ded_engine *engine, const struct ded_input *input)
{
    struct lineage_execution *execution = engine->execution;
    const uint32_t fact = ded_add_possible(engine, input->tuple);
    if (execution->facts.items[fact].certain)
        return;
    const struct lineage_message choice = {.tuple = input->tuple,
                                           .from = LINEAGE_NONE,
                                           .to = input->line,
                                           .sent_time = engine->time,
                                           .fate = LINEAGE_GIVEN};
    LINEAGE_PUSH(&execution->messages, choice);
    LINEAGE_PUSH(&engine->earlier_message, LINEAGE_NONE); /* each message has its place there */
    const struct lineage_firing firing = {LINEAGE_NONE, fact,
                                          (uint32_t)execution->messages.count - 1,
                                          (uint32_t)execution->premises.count, LINEAGE_NONE};
    LINEAGE_PUSH(&execution->firings, firing);
    engine->has_uncertain = true;
}

static void take_inputs(struct ded_engine *engine)
{
    const struct ded_model *model = engine->model;
    for (size_t i = first_input(model, engine->time);
         i < model->inputs.count && model->inputs.items[i].time == engine->time; i++) {
        const struct ded_input *input = &model->inputs.items[i];
        if (engine->stated == NULL || input->line == LINEAGE_NONE || engine->settled[input->line] ||
            (engine->freedom == NULL && engine->stated[input->line]))
            ded_add_certain(engine, input->tuple, engine->time);
        else if (engine->freedom != NULL)
            take_possible(engine, input);
    }
}

void ded_advance(struct ded_engine *engine)
{
    keep_absolutes(engine);
    engine->time++;
    engine->facts_before = engine->execution->facts.count;
    take_coming(engine);
    take_inputs(engine);
    look_at_run(engine, engine->time + 1);
}
