#include "report.h"

#include "shape.h"
#include "utf8.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

static cJSON *number(double value)
{
    return cJSON_CreateNumber(value);
}

static cJSON *seconds(double value)
{
    return cJSON_CreateNumber((double)(int64_t)(value * 1e6) / 1e6);
}

static cJSON *texts_json(const harness_texts *texts)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < texts->count; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(texts->items[i]));
    return array;
}

static cJSON *bounds_json(const struct harness_scenario *scenario)
{
    cJSON *bounds = cJSON_CreateObject();
    cJSON_AddItemToObject(bounds, "eot", number(scenario->eot));
    cJSON_AddItemToObject(bounds, "eff", number(scenario->eff));
    cJSON_AddItemToObject(bounds, "crashes", number(scenario->crashes));
    cJSON_AddItemToObject(bounds, "omissions",
                          scenario->omissions == LINEAGE_UNBOUNDED ? cJSON_CreateNull()
                                                                   : number(scenario->omissions));
    cJSON_AddItemToObject(bounds, "immune", texts_json(&scenario->immune));
    return bounds;
}

static cJSON *node_json(const struct lineage_universe *universe, uint32_t node)
{
    return cJSON_CreateString(lineage_node_name(universe, node));
}

static void add_omissions(cJSON *object, const struct lineage_universe *universe,
                          const struct lineage_schedule *schedule)
{
    cJSON *array = cJSON_AddArrayToObject(object, "omissions");
    for (size_t i = 0; i < schedule->omissions.count; i++) {
        cJSON *omission = cJSON_CreateObject();
        cJSON_AddItemToObject(omission, "from",
                              node_json(universe, schedule->omissions.items[i].from));
        cJSON_AddItemToObject(omission, "to", node_json(universe, schedule->omissions.items[i].to));
        cJSON_AddItemToObject(omission, "time", number(schedule->omissions.items[i].time));
        cJSON_AddItemToArray(array, omission);
    }
}

/* `times` by crash; NULL: each at its own time alone. */
static void add_crashes(cJSON *object, const struct lineage_universe *universe,
                        const struct lineage_schedule *schedule, const harness_times *times)
{
    cJSON *array = cJSON_AddArrayToObject(object, "crashes");
    for (size_t i = 0; i < schedule->crashes.count; i++) {
        cJSON *crash = cJSON_CreateObject();
        cJSON_AddItemToObject(crash, "node", node_json(universe, schedule->crashes.items[i].node));
        cJSON_AddItemToObject(crash, "time", number(schedule->crashes.items[i].time));
        cJSON *list = cJSON_AddArrayToObject(crash, "times");
        for (size_t j = 0; times != NULL && j < times[i].count; j++)
            cJSON_AddItemToArray(list, number(times[i].items[j]));
        if (times == NULL)
            cJSON_AddItemToArray(list, number(schedule->crashes.items[i].time));
        cJSON_AddItemToArray(array, crash);
    }
}

/* The schedule as people read it: omit(a,b,1) crash(c,3). */
static void add_text(cJSON *object, const struct lineage_universe *universe,
                     const struct lineage_schedule *schedule)
{
    struct lineage_text text;
    lineage_schedule_print(universe, schedule, lineage_text_open(&text));
    char *printed = lineage_text_close(&text);
    cJSON_AddStringToObject(object, "text", printed);
    lineage_memory_free(printed);
}

static cJSON *broken_json(const struct lineage_universe *universe, const lineage_tuples *broken)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < broken->count; i++) {
        char *text = lineage_tuple_text(universe, broken->items[i]);
        cJSON_AddItemToArray(array, cJSON_CreateString(text));
        lineage_memory_free(text);
    }
    return array;
}

cJSON *harness_warnings_json(const struct lineage_diagnostics *diagnostics)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < diagnostics->items.count; i++) {
        const struct lineage_diagnostic *d = &diagnostics->items.items[i];
        if (d->severity != LINEAGE_WARNING)
            continue;
        struct lineage_arena arena = {.newest = NULL};
        cJSON_AddItemToArray(
            array, cJSON_CreateString(d->place.source == NULL
                                          ? d->message
                                          : lineage_arena_format(
                                                &arena, "%s: %s",
                                                lineage_place_text(&arena, d->place), d->message)));
        lineage_arena_free(&arena);
    }
    return array;
}

cJSON *harness_head_json(const struct harness_search *search)
{
    const struct harness_scenario *scenario = search->scenario;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "tool", "ldfi");
    cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(object, "scenario", scenario->name);
    cJSON_AddItemToObject(object, "model", texts_json(&scenario->model));
    cJSON_AddItemToObject(object, "nodes", texts_json(&scenario->nodes));
    cJSON_AddItemToObject(object, "bounds", bounds_json(scenario));
    cJSON_AddStringToObject(object, "oracle",
                            scenario->oracle == LINEAGE_STRICT ? "strict" : "molly");
    return object;
}

static cJSON *statistics_json(const struct harness_statistics *statistics)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "messages", number((double)statistics->messages));
    cJSON_AddItemToObject(object, "facts", number((double)statistics->facts));
    cJSON_AddItemToObject(object, "firings", number((double)statistics->firings));
    cJSON_AddItemToObject(object, "pre", number((double)statistics->pre));
    cJSON_AddItemToObject(object, "post", number((double)statistics->post));
    return object;
}

static cJSON *timing_json(const struct harness_search *search)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "total",
                          seconds(harness_seconds() - search->budget.start_seconds));
    cJSON_AddItemToObject(object, "execute", seconds(search->timing.execute));
    cJSON_AddItemToObject(object, "lineage", seconds(search->timing.lineage));
    cJSON_AddItemToObject(object, "solve", seconds(search->timing.solve));
    cJSON_AddItemToObject(object, "store", seconds(search->timing.store));
    return object;
}

cJSON *harness_report_json(const struct harness_search *search)
{
    const struct lineage_universe *universe = search->executor->universe;
    cJSON *object = harness_head_json(search);
    cJSON_AddStringToObject(object, "search", harness_strategy_name(search->options.strategy));
    cJSON_AddStringToObject(object, "verdict", harness_verdict_name(search->verdict));
    cJSON_AddItemToObject(object, "expect",
                          search->scenario->expect == HARNESS_NO_EXPECTATION
                              ? cJSON_CreateNull()
                              : cJSON_CreateString(harness_verdict_name(search->scenario->expect)));
    cJSON_AddItemToObject(object, "stopped_by",
                          search->budget.stop == HARNESS_GOES_ON
                              ? cJSON_CreateNull()
                              : cJSON_CreateString(harness_stop_word(search->budget.stop)));
    cJSON_AddBoolToObject(object, "complete", search->complete);
    cJSON_AddBoolToObject(object, "vacuous", search->vacuous);
    cJSON_AddItemToObject(object, "runs", number((double)search->runs));
    cJSON_AddItemToObject(object, "checks", number((double)search->checks));
    cJSON_AddItemToObject(object, "hypotheses", number((double)search->hypotheses));
    if (search->options.strategy == HARNESS_EXHAUSTIVE)
        cJSON_AddItemToObject(object, "states", number((double)search->states));
    cJSON_AddItemToObject(object, "good_run", statistics_json(&search->statistics));
    cJSON *list = cJSON_AddArrayToObject(object, "counterexamples");
    for (size_t i = 0; i < search->counterexamples.count; i++) {
        const struct harness_counterexample *found = &search->counterexamples.items[i];
        cJSON *counterexample = cJSON_CreateObject();
        add_omissions(counterexample, universe, &found->schedule);
        add_crashes(counterexample, universe, &found->schedule, found->times);
        add_text(counterexample, universe, &found->schedule);
        cJSON_AddItemToObject(counterexample, "broken", broken_json(universe, &found->broken));
        cJSON_AddItemToObject(counterexample, "shape", harness_shape_json(search, found));
        cJSON_AddItemToArray(list, counterexample);
    }
    cJSON_AddItemToObject(object, "warnings", harness_warnings_json(search->diagnostics));
    cJSON_AddItemToObject(object, "seconds", timing_json(search));
    return object;
}

/* The facts asked for, if any were. */
static void add_facts(cJSON *object, const struct harness_replay *replay)
{
    const struct lineage_execution *execution = replay->execution;
    cJSON *facts = replay->shown_count > 0 ? cJSON_AddArrayToObject(object, "facts") : NULL;
    for (size_t i = 0; facts != NULL && i < execution->facts.count; i++) {
        const struct lineage_fact *fact = &execution->facts.items[i];
        if (!harness_replay_shows(replay, fact))
            continue;
        char *text = lineage_tuple_text(execution->universe, fact->tuple);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToObject(item, "time", number(fact->time));
        cJSON_AddStringToObject(item, "tuple", text);
        cJSON_AddItemToArray(facts, item);
        lineage_memory_free(text);
    }
}

cJSON *harness_replay_json(const struct harness_replay *replay)
{
    const struct harness_search *search = replay->search;
    const struct lineage_universe *universe = search->executor->universe;
    const struct lineage_execution *execution = replay->execution;
    cJSON *object = harness_head_json(search);
    cJSON *faults = cJSON_AddObjectToObject(object, "faults");
    add_omissions(faults, universe, replay->schedule);
    add_crashes(faults, universe, replay->schedule, NULL);
    cJSON_AddBoolToObject(object, "within_bounds",
                          lineage_bounds_allow(&search->bounds, replay->schedule));
    cJSON_AddStringToObject(object, "promise", replay->broken->count > 0 ? "broken" : "kept");
    cJSON_AddItemToObject(object, "broken", broken_json(universe, replay->broken));
    cJSON *messages = cJSON_AddArrayToObject(object, "messages");
    static const char *const fates[] = {"delivered", "omission", "crash", "in flight", "nobody"};
    for (size_t i = 0; i < execution->messages.count; i++) {
        const struct lineage_message *m = &execution->messages.items[i];
        cJSON *message = cJSON_CreateObject();
        char *text = lineage_tuple_text(universe, m->tuple);
        cJSON_AddItemToObject(message, "from",
                              m->from == LINEAGE_NONE ? cJSON_CreateNull()
                                                      : node_json(universe, m->from));
        cJSON_AddItemToObject(
            message, "to", m->to == LINEAGE_NONE ? cJSON_CreateNull() : node_json(universe, m->to));
        cJSON_AddItemToObject(message, "time", number(m->sent_time));
        cJSON_AddStringToObject(message, "tuple", text);
        cJSON_AddStringToObject(message, "fate", fates[m->fate]);
        cJSON_AddItemToArray(messages, message);
        lineage_memory_free(text);
    }
    add_facts(object, replay);
    cJSON_AddItemToObject(object, "warnings", harness_warnings_json(search->diagnostics));
    return object;
}

static cJSON *error_json(const struct lineage_diagnostic *diagnostic)
{
    cJSON *error = cJSON_CreateObject();
    const struct lineage_place place = diagnostic->place;
    cJSON_AddItemToObject(error, "file",
                          place.source == NULL ? cJSON_CreateNull()
                                               : cJSON_CreateString(place.source->path));
    cJSON_AddItemToObject(error, "line", number(place.line));
    cJSON_AddItemToObject(error, "column", number(place.column));
    cJSON_AddStringToObject(error, "message", diagnostic->message);
    return error;
}

cJSON *harness_errors_json(const struct lineage_diagnostics *diagnostics)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *all = cJSON_CreateArray();
    for (size_t i = 0; i < diagnostics->items.count; i++) {
        const struct lineage_diagnostic *d = &diagnostics->items.items[i];
        if (d->severity != LINEAGE_ERROR)
            continue;
        if (cJSON_GetArraySize(all) == 0)
            cJSON_AddItemToObject(object, "error", error_json(d));
        cJSON_AddItemToArray(all, error_json(d));
    }
    cJSON_AddItemToObject(object, "errors", all);
    return object;
}

/* Names may hold any bytes, JSON texts may not: what is no character becomes a question mark. */
static void make_valid(cJSON *json)
{
    for (cJSON *item = json; item != NULL; item = item->next) {
        if (item->valuestring != NULL)
            harness_make_valid(item->valuestring);
        make_valid(item->child);
    }
}

void harness_print_json(cJSON *json, FILE *out)
{
    make_valid(json);
    char *text = cJSON_Print(json);
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(json);
}
