/* Settles one time step: the strata in order, each to its fixpoint, then what leads to later times.
 *
 * A stratum that depends on its own absences is settled by the alternating fixpoint (Van Gelder,
 * JCSS 1993): what is possible, given what is certain, and what is certain, given what is possible,
 * in turns until nothing changes. The well-founded model is total when both agree. */
#include "engine.h"

#include <assert.h>

enum { PASSES_MAX = 4096 };

static bool runs_on(const struct ded_engine *engine)
{
    return engine->outcome == DED_OK;
}

/* Derives once from all that is there. */
static void derive_all(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    for (size_t i = 0; i < stratum->rule_count && runs_on(engine); i++)
        ded_run_plan(engine, stratum->rules[i], stratum->rules[i]->plan);
    for (size_t i = 0; i < stratum->grouping_count && runs_on(engine); i++)
        ded_summarise(engine, stratum->groupings[i]);
}

static void start_round(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    for (size_t i = 0; i < stratum->relation_count; i++) {
        struct ded_table *table = &engine->tables[stratum->relations[i]];
        table->last_round_start = table->round_start;
        table->round_start = (uint32_t)table->facts.count;
    }
}

static bool has_news(const struct ded_engine *engine, const struct ded_stratum *stratum)
{
    for (size_t i = 0; i < stratum->relation_count; i++) {
        const struct ded_table *table = &engine->tables[stratum->relations[i]];
        if (table->round_start < table->facts.count)
            return true;
    }
    return false;
}

/* Semi-naive evaluation: a first round over all that is there, then rounds in which some literal
 * reads what the round before added. A plan sees nothing that its own round adds. */
static void derive_recursively(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    for (size_t i = 0; i < stratum->relation_count; i++)
        engine->tables[stratum->relations[i]].round_start = 0;
    start_round(engine, stratum);
    for (size_t i = 0; i < stratum->rule_count && runs_on(engine); i++)
        ded_run_plan(engine, stratum->rules[i], stratum->rules[i]->plan);
    while (has_news(engine, stratum) && runs_on(engine)) {
        start_round(engine, stratum);
        for (size_t i = 0; i < stratum->rule_count && runs_on(engine); i++)
            for (size_t j = 0; j < stratum->rules[i]->delta_plan_count && runs_on(engine); j++)
                ded_run_plan(engine, stratum->rules[i], stratum->rules[i]->delta_plans[j]);
    }
    for (size_t i = 0; i < stratum->relation_count; i++)
        engine->tables[stratum->relations[i]].round_start = DED_NO_ROUND;
}

static void settle_recursive(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    if (engine->has_uncertain) {
        /* First what is certain, so that it is known when the rest asks. */
        const bool recording = engine->recording;
        engine->recording = false;
        engine->only_certain = true;
        derive_recursively(engine, stratum);
        engine->only_certain = false;
        engine->recording = recording;
    }
    derive_recursively(engine, stratum);
}

/* The facts that an alternating stratum has, beside those it started with. */
struct settled {
    LINEAGE_ARRAY(lineage_tuple) tuples;
};

/* Takes the stratum back to the facts it started with and those in `certain`. */
static void restart(struct ded_engine *engine, const struct ded_stratum *stratum,
                    const uint32_t *counts, size_t fact_count, const struct settled *certain)
{
    for (size_t i = 0; i < stratum->relation_count; i++)
        ded_table_truncate(&engine->tables[stratum->relations[i]], counts[i]);
    engine->execution->facts.count = fact_count;
    engine->marks_certain = true;
    for (size_t i = 0; i < certain->tuples.count; i++)
        ded_add_certain(engine, certain->tuples.items[i], engine->time);
}

/* Derives from all that is there until nothing is new. */
static void derive_to_the_end(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    uint32_t passes = 0;
    do {
        engine->changed = false;
        derive_all(engine, stratum);
        if (++passes > PASSES_MAX)
            ded_fail(engine,
                     stratum->rule_count > 0 ? stratum->rules[0]->place
                                             : stratum->groupings[0]->place,
                     "more than %d rounds at time %u in a cycle of rules through notin or an "
                     "aggregate: does a rule count without end?",
                     PASSES_MAX, engine->time);
    } while (engine->changed && runs_on(engine));
}

/* What is possible given what is certain: all that can be derived while only certain facts stand in
 * the way of an absence. */
static void derive_possible(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    engine->marks_certain = false;
    derive_to_the_end(engine, stratum);
    engine->marks_certain = true;
}

/* What is certain given what is possible: of that, all that can be derived while no possible fact
 * stands in the way of an absence. */
static void derive_certain(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    engine->only_certain = true;
    derive_to_the_end(engine, stratum);
    engine->only_certain = false;
}

static void collect_certain(const struct ded_engine *engine, size_t fact_count,
                            struct settled *certain)
{
    certain->tuples.count = 0;
    for (size_t i = fact_count; i < engine->execution->facts.count; i++)
        if (engine->execution->facts.items[i].certain)
            LINEAGE_PUSH(&certain->tuples, engine->execution->facts.items[i].tuple);
}

/* Nothing further can fail and yet a fact is neither certain nor impossible: names it. */
static void fail_undefined(struct ded_engine *engine, const struct ded_stratum *stratum,
                           size_t fact_count)
{
    const struct lineage_universe *universe = &engine->model->universe;
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    size_t shown = 0;
    for (size_t i = fact_count; i < engine->execution->facts.count; i++) {
        const struct lineage_fact *fact = &engine->execution->facts.items[i];
        const uint32_t relation = lineage_tuple_relation(universe, fact->tuple);
        if (fact->certain || universe->relations.items[relation].internal || shown++ >= 5)
            continue;
        fputs(shown > 1 ? ", " : "", out);
        lineage_tuple_print(universe, fact->tuple, out);
    }
    for (size_t i = 0; i < stratum->rule_count && i < 8; i++)
        fprintf(out, "%s%s:%u", i == 0 ? "; the rules are at " : ", ",
                stratum->rules[i]->place.source->path, stratum->rules[i]->place.line);
    char *undefined = lineage_text_close(&text);
    const struct lineage_place place =
        stratum->rule_count > 0 ? stratum->rules[0]->place : stratum->groupings[0]->place;
    ded_fail(engine, place,
             "at time %u a cycle of rules through notin or an aggregate leaves undefined: %s; "
             "break the cycle, for instance with @next",
             engine->time, undefined);
    lineage_memory_free(undefined);
}

static bool has_undecided(const struct ded_engine *engine, size_t fact_count)
{
    for (size_t i = fact_count; i < engine->execution->facts.count; i++)
        if (!engine->execution->facts.items[i].certain)
            return true;
    return false;
}

/* Has the stratum no facts beyond the first `fact_count` of the execution? Those of later times and
 * messages do not count. */
static bool is_settled(const struct ded_engine *engine, const struct ded_stratum *stratum,
                       size_t fact_count)
{
    for (size_t i = 0; i < stratum->relation_count; i++) {
        const struct ded_table *table = &engine->tables[stratum->relations[i]];
        if (table->facts.count > 0 && table->facts.items[table->facts.count - 1] >= fact_count)
            return false;
    }
    return true;
}

static void settle_alternating(struct ded_engine *engine, const struct ded_stratum *stratum)
{
    const bool recording = engine->recording, had_uncertain = engine->has_uncertain;
    const size_t fact_count = engine->execution->facts.count;
    uint32_t *counts = lineage_memory_clear((stratum->relation_count + 1) * sizeof *counts);
    for (size_t i = 0; i < stratum->relation_count; i++)
        counts[i] = (uint32_t)engine->tables[stratum->relations[i]].facts.count;
    struct settled certain = {0};
    size_t certain_count;
    engine->recording = false;
    do {
        certain_count = certain.tuples.count;
        restart(engine, stratum, counts, fact_count, &certain);
        derive_possible(engine, stratum);
        derive_certain(engine, stratum);
        collect_certain(engine, fact_count, &certain);
    } while (certain.tuples.count > certain_count && runs_on(engine));

    engine->recording = recording;
    if (engine->freedom == NULL && runs_on(engine)) {
        engine->has_uncertain = had_uncertain;
        if (has_undecided(engine, fact_count))
            fail_undefined(engine, stratum, fact_count);
    }
    for (size_t i = fact_count; engine->freedom != NULL && i < engine->execution->facts.count; i++)
        if (!engine->execution->facts.items[i].certain)
            LINEAGE_PUSH(&engine->execution->undecided, (uint32_t)i);
    if (recording && runs_on(engine)) { /* Nothing new: only what each fact comes from. */
        const size_t all_count = engine->execution->facts.count;
        engine->keeps_widths = true;
        derive_all(engine, stratum);
        engine->keeps_widths = false;
        assert(!runs_on(engine) || is_settled(engine, stratum, all_count));
    }
    lineage_memory_free(counts);
    lineage_memory_free(certain.tuples.items);
}

static const struct ded_agenda *agenda_of(const struct ded_engine *engine)
{
    const struct ded_model *model = engine->model;
    if (!engine->outcome_only)
        return &model->all;
    return engine->time < engine->eot ? &model->between : &model->last;
}

void ded_settle(struct ded_engine *engine)
{
    const struct ded_agenda *agenda = agenda_of(engine);
    for (size_t i = 0; i < agenda->strata.count && runs_on(engine); i++) {
        const struct ded_stratum *stratum = &agenda->strata.items[i];
        if (stratum->rule_count + stratum->grouping_count == 0)
            continue;
        if (stratum->alternating)
            settle_alternating(engine, stratum);
        else if (stratum->recursive)
            settle_recursive(engine, stratum);
        else
            derive_all(engine, stratum);
    }
    for (size_t i = 0; i < agenda->later_rules.count && runs_on(engine); i++)
        ded_run_plan(engine, agenda->later_rules.items[i], agenda->later_rules.items[i]->plan);
    for (size_t i = 0; i < agenda->later_groupings.count && runs_on(engine); i++)
        ded_summarise(engine, agenda->later_groupings.items[i]);
}
