#include "sweep.h"

#include "choices.h"
#include "farm.h"
#include "json.h"
#include "machine.h"
#include "report.h"
#include "status.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FOLDERS_DEEP_MAX = 32, FILE_BYTES_MAX = 1 << 22 };

/* ---- which scenarios ---- */

static bool has_ending(const char *name, const char *ending)
{
    const size_t bytes = strlen(name), ending_bytes = strlen(ending);
    return bytes > ending_bytes && strcmp(name + bytes - ending_bytes, ending) == 0;
}

/* Does a JSON file in a folder say that it is no scenario? */
static bool is_something_else(const char *path)
{
    struct lineage_arena arena = {.newest = NULL};
    const char *why = NULL;
    const struct lineage_source *source = lineage_source_read(&arena, path, FILE_BYTES_MAX, &why);
    cJSON *object = source == NULL ? NULL : cJSON_Parse(source->text);
    const bool is =
        harness_json_get(object, "$schema") != NULL || harness_json_get(object, "kind") != NULL;
    cJSON_Delete(object);
    lineage_arena_free(&arena);
    return is;
}

static void add_entry(struct harness_sweep *sweep, const char *path)
{
    while (strncmp(path, "./", 2) == 0) /* the same name on every machine, however it was typed */
        path += 2 + strspn(path + 2, "/");
    const struct harness_entry entry = {.path =
                                            lineage_arena_text(&sweep->arena, path, strlen(path)),
                                        .name = harness_base_name(&sweep->arena, path),
                                        .version = "",
                                        .expect = HARNESS_NO_EXPECTATION};
    for (size_t i = 0; i < sweep->entries.count; i++)
        if (strcmp(sweep->entries.items[i].path, path) == 0)
            return; /* named twice */
    LINEAGE_PUSH(&sweep->entries, entry);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare_names(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name); /* in any locale */
}

/* The folders on the way to a file, so that links do not lead round and round. */
struct folder {
    const struct folder *parent;
    dev_t device;
    ino_t number;
    int depth;
};

static bool is_within(const struct stat *status, const struct folder *folder)
{
    for (; folder != NULL; folder = folder->parent)
        if (status->st_dev == folder->device && status->st_ino == folder->number)
            return true;
    return false;
}

/* Counts the scenarios in `*found`, old ones too. */
static bool add_folder(struct harness_sweep *sweep, const char *path, struct lineage_place place,
                       const struct folder *folder, size_t *found)
{
    struct dirent **names = NULL;
    const int count = folder->depth < FOLDERS_DEEP_MAX
                          ? scandir(path, &names, is_visible, compare_names)
                          : (errno = ELOOP, -1);
    bool is_right = count >= 0;
    if (!is_right)
        lineage_error(sweep->diagnostics, place, "cannot read the folder %s: %s", path,
                      strerror(errno));
    for (int i = 0; i < count; i++) {
        const size_t bytes = strlen(path);
        const char *between = bytes > 0 && path[bytes - 1] == '/' ? "" : "/";
        const char *below =
            lineage_arena_format(&sweep->arena, "%s%s%s", path, between, names[i]->d_name);
        struct stat status;
        if (stat(below, &status) == 0 && S_ISDIR(status.st_mode)) {
            const struct folder inner = {folder, status.st_dev, status.st_ino, folder->depth + 1};
            if (!is_within(&status, folder))
                is_right = add_folder(sweep, below, place, &inner, found) && is_right;
        } else if (has_ending(below, ".json") && !is_something_else(below)) {
            add_entry(sweep, below);
            ++*found;
        }
        free(names[i]);
    }
    free(names);
    return is_right;
}

bool harness_sweep_add(struct harness_sweep *sweep, const char *path, struct lineage_place place)
{
    struct stat status;
    size_t found = 0;
    if (stat(path, &status) != 0) {
        lineage_error(sweep->diagnostics, place, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        add_entry(sweep, path);
        return true;
    }
    const struct folder folder = {NULL, status.st_dev, status.st_ino, 0};
    if (!add_folder(sweep, path, place, &folder, &found))
        return false;
    if (found == 0)
        lineage_error(sweep->diagnostics, place, "there is no scenario (.json) in %s", path);
    return found > 0;
}

/* Leaves the entries of this shard; the plan is about all. */
static void take_shard(struct harness_sweep *sweep)
{
    harness_texts names = {0};
    size_t kept = 0;
    for (size_t i = 0; i < sweep->entries.count; i++)
        LINEAGE_PUSH(&names, sweep->entries.items[i].path);
    harness_digest_names(&names, sweep->plan);
    lineage_memory_free(names.items);
    for (size_t i = 0; i < sweep->entries.count; i++)
        if (sweep->shard_count == 0 ||
            harness_shard_of(sweep->entries.items[i].path, sweep->shard_count) + 1 == sweep->shard)
            sweep->entries.items[kept++] = sweep->entries.items[i];
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
            harness_digest(&session, unit.key);
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

/* Takes what the store knows of a unit. */
static bool recall(struct harness_sweep *sweep, struct harness_unit *unit)
{
    struct lineage_result result;
    struct lineage_arena arena = {.newest = NULL};
    enum lineage_found found = LINEAGE_NOT_FOUND;
    if (sweep->resumes && unit->key[0] != '\0')
        found = lineage_store_find_result(sweep->store, unit->key, &arena, &result);
    if (found == LINEAGE_FOUND) {
        cJSON *report = read_report(&result);
        unit->is_old = result.done && report != NULL;
        if (unit->is_old)
            unit->answer = report;
        else
            unit->resumed = report;
    }
    lineage_arena_free(&arena);
    return found != LINEAGE_FIND_FAILED;
}

/* ---- asking them ---- */

static cJSON *answer(void *context, size_t task)
{
    const struct harness_sweep *sweep = context;
    const struct harness_job job = job_of(sweep, &sweep->units.items[sweep->open.items[task]]);
    return harness_job_answer(&job);
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
    if (sweep->store == NULL || harness_json_is(report, "verdict", ""))
        return true;
    char *text = cJSON_PrintUnformatted(report);
    char *chosen = choice == NULL ? NULL : cJSON_PrintUnformatted(choice);
    const struct lineage_result result = {
        .key = unit->key,
        .scenario = entry->path,
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

static void tick(void *context)
{
    struct harness_sweep *sweep = context;
    if (sweep->progress != NULL)
        sweep->progress(sweep);
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
    return sweep->store == NULL || lineage_store_put_shard(sweep->store, &shard);
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
        if (unit->answer == NULL)
            LINEAGE_PUSH(&sweep->open, i);
        else
            sweep->answered++;
    }
    return mark_shard(sweep, false);
}

/* How much each of several processes may hold. */
static size_t share_memory(size_t jobs)
{
    const size_t available = harness_memory_available("");
    return available == SIZE_MAX ? 0 : available / 4 * 3 / jobs;
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
    sweep->jobs = sweep->jobs == 0 ? 1 : sweep->jobs;
    sweep->store_failed = !prepare(sweep);
    if (sweep->jobs > sweep->open.count && sweep->open.count > 0) {
        /* Processes that would have nothing to do are threads of the others. */
        sweep->options.jobs = sweep->jobs / sweep->open.count;
        sweep->jobs = sweep->open.count;
    }
    if (sweep->memory_max == 0)
        sweep->memory_max = share_memory(sweep->jobs);
    const struct harness_farm farm = {.count = sweep->open.count,
                                      .jobs = sweep->jobs,
                                      .context = sweep,
                                      .answer = answer,
                                      .take = take,
                                      .tick = tick,
                                      .interrupted = sweep->interrupted};
    const bool is_over = !sweep->store_failed && !is_interrupted(sweep) && harness_farm_run(&farm);
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
    }
    for (size_t i = 0; i < sweep->entries.count; i++)
        cJSON_Delete(sweep->entries.items[i].row);
    lineage_memory_free(sweep->units.items);
    lineage_memory_free(sweep->entries.items);
    lineage_memory_free(sweep->open.items);
    lineage_arena_free(&sweep->arena);
}
