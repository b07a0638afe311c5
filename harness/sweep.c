#include "sweep.h"

#include "choices.h"
#include "farm.h"
#include "inputs.h"
#include "json.h"
#include "machine.h"
#include "report.h"
#include "status.h"

#include <math.h>
#include <string.h>

/* Leaves the entries of this shard; the plan is about all. */
static void take_shard(struct harness_sweep *sweep)
{
    harness_texts names = {0};
    size_t kept = 0;
    for (size_t i = 0; i < sweep->entries.count; i++)
        LINEAGE_PUSH(&names, sweep->entries.items[i].label);
    harness_digest_names(&names, sweep->plan);
    lineage_memory_free(names.items);
    for (size_t i = 0; i < sweep->entries.count && sweep->shard_count > 0; i++) {
        const struct harness_entry *entry = &sweep->entries.items[i];
        /* Only the files of this shard are looked into. */
        if (harness_shard_of(entry->label, sweep->shard_count) + 1 == sweep->shard &&
            !(entry->in_folder && harness_is_something_else(entry->path)))
            sweep->entries.items[kept++] = *entry;
    }
    if (sweep->shard_count > 0)
        sweep->entries.count = kept;
}

/* ---- which questions ---- */

static struct harness_job job_of(const struct harness_sweep *sweep, const struct harness_unit *unit)
{
    const struct harness_entry *entry = &sweep->entries.items[unit->entry];
    return (struct harness_job){.path = entry->path,
                                .model = entry->model,
                                .replaced = entry->replaced,
                                .combination = unit->combination,
                                .faults = entry->faults,
                                .choice = entry->choice,
                                .eot = entry->eot,
                                .eff = entry->eff,
                                .options = sweep->options,
                                .seconds_max = sweep->seconds_max,
                                .runs_max = sweep->runs_max,
                                .memory_max = sweep->memory_max,
                                .eot_max = sweep->eot_max,
                                .resumed = unit->resumed,
                                .interrupted = sweep->interrupted};
}

static bool is_interrupted(const struct harness_sweep *sweep)
{
    return sweep->interrupted != NULL && *sweep->interrupted;
}

/* How many schedules there may be, roughly. */
static double guess_cost(const struct harness_scenario *scenario)
{
    const double places = (double)scenario->nodes.count * scenario->eot;
    const uint32_t losses = scenario->eff < 2         ? 0
                            : scenario->omissions < 3 ? scenario->omissions
                                                      : 3;
    return scenario->faults != NULL ? 1 : pow(places + 1, 1.0 + scenario->crashes + losses);
}

/* The key of what has been read; "" if it cannot be searched. */
static void find_key(struct harness_session *session, char key[HARNESS_DIGEST_BYTES])
{
    struct harness_scenario *scenario = &session->scenario;
    if (!harness_digest(session, key))
        return;
    scenario->eot = scenario->sweeps_eot ? HARNESS_TIME_MAX : scenario->eot;
    scenario->eff = scenario->sweeps_eff ? 0 : scenario->eff;
    scenario->sweeps_eot = scenario->sweeps_eff = false;
    if (!harness_scenario_check(scenario, &session->diagnostics))
        key[0] = '\0';
}

/* Reads an entry's scenario and adds its questions. One that cannot be read is a question, too: it
 * is answered by what is wrong with it. */
static void add_units(struct harness_sweep *sweep, size_t number)
{
    struct harness_entry *entry = &sweep->entries.items[number];
    entry->first_unit = sweep->units.count;
    size_t combinations = 1;
    for (size_t i = 0; i < combinations && !is_interrupted(sweep); i++) {
        struct harness_session session = {.combination = 0};
        struct harness_unit unit = {.entry = number, .combination = i};
        const struct harness_job job = job_of(sweep, &unit);
        if (harness_job_read(&job, &session)) {
            const struct harness_scenario *scenario = &session.scenario;
            combinations = harness_choices_count(scenario, &session.diagnostics);
            entry->sweeps_eot = scenario->sweeps_eot;
            entry->sweeps_bounds = scenario->sweeps_eot || scenario->sweeps_eff;
            if (scenario->model.count > 0)
                entry->version = harness_base_name(
                    &sweep->arena,
                    scenario->model.items[entry->model != NULL ? entry->replaced : 0]);
            unit.choice = harness_choices_json(scenario, i);
            unit.cost = guess_cost(scenario);
            find_key(&session, unit.key);
        }
        entry->expect = session.scenario.expect;
        harness_session_free(&session);
        LINEAGE_PUSH(&sweep->units, unit);
    }
    entry->unit_count = sweep->units.count - entry->first_unit;
}

/* The report of a result, if it is one: databases come from anywhere. */
static cJSON *read_report(const struct lineage_result *result)
{
    cJSON *report = cJSON_Parse(result->report);
    if (cJSON_IsObject(report) && harness_json_get(report, "error") == NULL &&
        result->verdict != NULL && harness_json_is(report, "verdict", result->verdict))
        return report;
    cJSON_Delete(report);
    return NULL;
}

/* Makes a report that of the unit, whoever asked first. */
static void make_own(const struct harness_sweep *sweep, const struct harness_unit *unit,
                     cJSON *report)
{
    const struct harness_entry *entry = &sweep->entries.items[unit->entry];
    cJSON_DeleteItemFromObjectCaseSensitive(report, "choice");
    if (unit->choice != NULL)
        cJSON_AddItemToObject(report, "choice", cJSON_Duplicate(unit->choice, true));
    if (harness_json_get(report, "scenario") != NULL)
        cJSON_ReplaceItemInObjectCaseSensitive(report, "scenario", cJSON_CreateString(entry->name));
}

/* Takes what the store knows of a unit. */
static bool recall(struct harness_sweep *sweep, struct harness_unit *unit)
{
    struct lineage_result result = {.key = NULL};
    struct lineage_arena arena = {.newest = NULL};
    enum lineage_found found = LINEAGE_NOT_FOUND;
    if (sweep->resumes && unit->key[0] != '\0')
        found = lineage_store_find_result(sweep->store, unit->key, &arena, &result);
    if (found == LINEAGE_FOUND) {
        cJSON *report = read_report(&result);
        unit->is_old = (result.done || sweep->reports_only) && report != NULL;
        if (report != NULL) /* the same question may have been asked by another scenario */
            make_own(sweep, unit, report);
        if (unit->is_old)
            unit->answer = report;
        else
            unit->resumed = report;
    }
    lineage_arena_free(&arena);
    return found != LINEAGE_FIND_FAILED;
}

/* ---- asking them ---- */

/* Do the files say something else than when the unit was planned? */
static bool has_changed(const struct harness_job *job, const struct harness_unit *unit)
{
    struct harness_session session = {.combination = 0};
    char key[HARNESS_DIGEST_BYTES] = "";
    if (harness_job_read(job, &session))
        find_key(&session, key);
    harness_session_free(&session);
    return unit->key[0] != '\0' && strcmp(key, unit->key) != 0;
}

static cJSON *answer(void *context, size_t task)
{
    const struct harness_sweep *sweep = context;
    const struct harness_unit *unit = &sweep->units.items[sweep->open.items[task]];
    struct harness_job job = job_of(sweep, unit);
    job.options.is_certified = unit->is_excluded;
    cJSON *report = harness_job_answer(&job);
    if (has_changed(&job, unit)) {
        cJSON_Delete(report);
        return harness_error_json("its files changed while it was searched; search it again",
                                  HARNESS_STATUS_BAD_INPUT);
    }
    if (unit->is_excluded)
        cJSON_AddTrueToObject(report, "by_one_formula");
    return report;
}

/* Is there nothing more to be learned with more time? */
static bool is_done(const struct harness_entry *entry, const cJSON *report)
{
    const char *ended = harness_json_text(harness_json_get(report, "sweep"), "ended");
    if (harness_json_text(report, "stopped_by")[0] != '\0')
        return false;
    if (entry->sweeps_bounds)
        return strcmp(ended, "counterexample") == 0 ||
               (strcmp(ended, "bounds") == 0 && !entry->sweeps_eot); /* all EFF up to EOT */
    return !harness_json_is(report, "verdict", "incomplete");
}

/* A whole number of a report, which may come from a database from anywhere. */
static uint64_t whole(const cJSON *object, const char *key)
{
    const double number = harness_json_number(object, key);
    return number >= 0 && number <= 1e15 ? (uint64_t)number : 0;
}

static bool keep(struct harness_sweep *sweep, const struct harness_unit *unit)
{
    const struct harness_entry *entry = &sweep->entries.items[unit->entry];
    const cJSON *report = unit->answer, *bounds = harness_json_get(report, "bounds");
    const cJSON *choice = harness_json_get(report, "choice");
    const cJSON *first = harness_json_first(report, "counterexamples");
    if (sweep->store == NULL || sweep->reports_only || harness_json_is(report, "verdict", ""))
        return true;
    char *text = cJSON_PrintUnformatted(report);
    char *chosen = choice == NULL ? NULL : cJSON_PrintUnformatted(choice);
    const struct lineage_result result = {
        .key = unit->key,
        .scenario = entry->label,
        .choice = chosen == NULL ? "" : chosen,
        .version = entry->version,
        .verdict = harness_json_text(report, "verdict"),
        .vacuous = harness_json_is_true(report, "vacuous"),
        .eot = (uint32_t)whole(bounds, "eot"),
        .eff = (uint32_t)whole(bounds, "eff"),
        .crashes = (uint32_t)whole(bounds, "crashes"),
        .runs = whole(report, "runs"),
        .smallest = first == NULL ? NULL : harness_json_text(first, "text"),
        .done = is_done(entry, report),
        .is_copy = unit->is_old,
        .report = text,
        .seconds = harness_json_number(harness_json_get(report, "seconds"), "total")};
    const bool is_kept = lineage_store_put_result(sweep->store, &result);
    cJSON_free(text);
    cJSON_free(chosen);
    return is_kept;
}

static bool take(void *context, size_t task, cJSON *report)
{
    struct harness_sweep *sweep = context;
    struct harness_unit *unit = &sweep->units.items[sweep->open.items[task]];
    unit->answer = report;
    sweep->answered++;
    sweep->store_failed = !keep(sweep, unit);
    return !sweep->store_failed;
}

/* Shows progress; `entry` is the scenario of the oldest task. */
static void show(struct harness_sweep *sweep, struct harness_tasks tasks, size_t entry,
                 const struct harness_tally *tally)
{
    if (sweep->command == NULL)
        return;
    tasks.command = sweep->command;
    tasks.jobs = sweep->jobs;
    tasks.oldest = tally->running > 0 ? sweep->entries.items[entry].name : "";
    tasks.start_seconds = sweep->start_seconds;
    harness_progress_tasks(&tasks, tally, &sweep->progress_drawn);
}

static void tick(void *context, const struct harness_tally *tally)
{
    struct harness_sweep *sweep = context;
    const size_t entry =
        tally->running > 0 ? sweep->units.items[sweep->open.items[tally->oldest]].entry : 0;
    show(sweep,
         (struct harness_tasks){.what = "searches",
                                .known = sweep->units.count - sweep->open.count,
                                .total = sweep->open.count,
                                .seconds_max = sweep->seconds_max,
                                .goes_on = sweep->goes_on},
         entry, tally);
}

/* The shard in the store: begun, or come to its end. */
static bool mark_shard(struct harness_sweep *sweep, bool finished)
{
    const size_t count = sweep->shard_count == 0 ? 1 : sweep->shard_count;
    const struct lineage_shard shard = {.plan = sweep->plan,
                                        .number =
                                            sweep->shard_count == 0 ? 1 : (uint32_t)sweep->shard,
                                        .count = (uint32_t)count,
                                        .planned = (uint32_t)sweep->entries.count,
                                        .finished = finished};
    return sweep->store == NULL || !sweep->marks_shard || sweep->reports_only ||
           lineage_store_put_shard(sweep->store, &shard);
}

/* Insertion keeps the order of equals. */
static void sort_by_cost(struct harness_sweep *sweep)
{
    const struct harness_unit *units = sweep->units.items;
    for (size_t i = 1; i < sweep->open.count; i++) {
        const size_t moving = sweep->open.items[i];
        size_t j = i;
        for (; j > 0 && units[sweep->open.items[j - 1]].cost > units[moving].cost; j--)
            sweep->open.items[j] = sweep->open.items[j - 1];
        sweep->open.items[j] = moving;
    }
}

/* Collects all questions, and what is known of them. */
static bool prepare(struct harness_sweep *sweep)
{
    take_shard(sweep);
    for (size_t i = 0; i < sweep->entries.count; i++)
        add_units(sweep, i);
    for (size_t i = 0; i < sweep->units.count && !is_interrupted(sweep); i++) {
        struct harness_unit *unit = &sweep->units.items[i];
        if (!recall(sweep, unit) || (unit->is_old && !keep(sweep, unit)))
            return false;
        if (unit->answer != NULL)
            sweep->answered++;
        else if (!sweep->reports_only || unit->key[0] == '\0')
            LINEAGE_PUSH(&sweep->open, i); /* of a report: what cannot be read is told, not run */
    }
    if (sweep->cheapest_first)
        sort_by_cost(sweep);
    return mark_shard(sweep, false);
}

/* ---- inputs and faults together ---- */

/* Is it a scenario with inputs left open that one formula may be about? */
static bool may_exclude(const struct harness_sweep *sweep, const struct harness_entry *entry)
{
    size_t open = 0;
    for (size_t i = 0; i < entry->unit_count; i++)
        open += sweep->units.items[entry->first_unit + i].answer == NULL;
    return open > 1 && !entry->sweeps_bounds && entry->faults == NULL && !sweep->reports_only &&
           sweep->options.strategy == HARNESS_LINEAGE;
}

/* Which combinations of an entry's inputs are suspects, as a list of 0 and 1. */
static cJSON *suspect(void *context, size_t task)
{
    const struct harness_sweep *sweep = context;
    const struct harness_entry *entry = &sweep->entries.items[sweep->several.items[task]];
    const struct harness_job job = job_of(sweep, &sweep->units.items[entry->first_unit]);
    bool *suspects = lineage_memory_clear(entry->unit_count + 1);
    cJSON *object = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(object, "suspects");
    harness_inputs_suspect(&job, entry->unit_count, suspects);
    for (size_t i = 0; i < entry->unit_count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateBool(suspects[i]));
    lineage_memory_free(suspects);
    return object;
}

/* Without an answer all stay suspects. */
static bool exclude(void *context, size_t task, cJSON *object)
{
    struct harness_sweep *sweep = context;
    const struct harness_entry *entry = &sweep->entries.items[sweep->several.items[task]];
    const cJSON *list = harness_json_get(object, "suspects"), *item;
    size_t number = entry->first_unit;
    if ((size_t)cJSON_GetArraySize(list) == entry->unit_count)
        cJSON_ArrayForEach(item, list)
        {
            sweep->units.items[number++].is_excluded = cJSON_IsFalse(item);
        }
    cJSON_Delete(object);
    return true;
}

static void tick_formulas(void *context, const struct harness_tally *tally)
{
    struct harness_sweep *sweep = context;
    show(sweep,
         (struct harness_tasks){
             .what = "formulas over inputs", .total = sweep->several.count, .goes_on = true},
         tally->running > 0 ? sweep->several.items[tally->oldest] : 0, tally);
}

/* Finds out which combinations of inputs need no search of their own. */
static bool exclude_inputs(struct harness_sweep *sweep)
{
    for (size_t i = 0; i < sweep->entries.count; i++)
        if (may_exclude(sweep, &sweep->entries.items[i]))
            LINEAGE_PUSH(&sweep->several, i);
    const struct harness_farm farm = {.count = sweep->several.count,
                                      .jobs = sweep->jobs,
                                      .context = sweep,
                                      .answer = suspect,
                                      .take = exclude,
                                      .tick = tick_formulas,
                                      .interrupted = sweep->interrupted};
    return harness_farm_run(&farm);
}

static int finish(struct harness_sweep *sweep)
{
    int status = sweep->store_failed     ? HARNESS_STATUS_MACHINE
                 : sweep->is_interrupted ? HARNESS_STATUS_INTERRUPTED
                                         : HARNESS_STATUS_OK;
    if (sweep->store_failed)
        lineage_error(sweep->diagnostics, (struct lineage_place){0}, "%s",
                      lineage_store_error(sweep->store));
    for (size_t i = 0; i < sweep->entries.count; i++) {
        struct harness_entry *entry = &sweep->entries.items[i];
        entry->row = harness_sweep_row(sweep, entry);
        const int own = (int)harness_json_number(entry->row, "status");
        if (own != HARNESS_STATUS_INTERRUPTED) /* it is the sweep that was */
            status = harness_worst_status(status, own);
    }
    return status;
}

int harness_sweep_run(struct harness_sweep *sweep)
{
    sweep->start_seconds = harness_seconds();
    sweep->store_failed = !prepare(sweep);
    const struct harness_share share = harness_share_machine(sweep->jobs, sweep->open.count);
    sweep->jobs = share.processes;
    sweep->options.jobs = share.threads;
    if (sweep->memory_max == 0)
        sweep->memory_max = share.memory_max;
    const struct harness_farm farm = {.count = sweep->open.count,
                                      .jobs = sweep->jobs,
                                      .context = sweep,
                                      .answer = answer,
                                      .take = take,
                                      .tick = tick,
                                      .interrupted = sweep->interrupted};
    const bool is_over = !sweep->store_failed && !is_interrupted(sweep) && exclude_inputs(sweep) &&
                         harness_farm_run(&farm);
    sweep->is_interrupted = !is_over && !sweep->store_failed;
    if (is_over)
        sweep->store_failed = !mark_shard(sweep, true);
    return finish(sweep);
}

void harness_sweep_free(struct harness_sweep *sweep)
{
    for (size_t i = 0; i < sweep->units.count; i++) {
        cJSON_Delete(sweep->units.items[i].answer);
        cJSON_Delete(sweep->units.items[i].resumed);
        cJSON_Delete(sweep->units.items[i].choice);
    }
    for (size_t i = 0; i < sweep->entries.count; i++)
        cJSON_Delete(sweep->entries.items[i].row);
    lineage_memory_free(sweep->units.items);
    lineage_memory_free(sweep->entries.items);
    lineage_memory_free(sweep->open.items);
    lineage_memory_free(sweep->several.items);
    lineage_arena_free(&sweep->arena);
}
