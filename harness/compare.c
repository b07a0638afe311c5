#include "compare.h"

#include "choices.h"
#include "farm.h"
#include "json.h"
#include "machine.h"
#include "status.h"
#include "sweep.h"

#include "../lineage/path.h"

#include <string.h>
#include <sys/stat.h>

/* ---- which questions ---- */

static struct harness_job job_of(const struct harness_comparison *comparison,
                                 const struct harness_pair *pair, enum harness_side version)
{
    return (struct harness_job){.path = pair->paths[version],
                                .model = pair->models[version],
                                .replaced = pair->replaced,
                                .combination = pair->combination,
                                .options = comparison->options,
                                .seconds_max = comparison->seconds_max,
                                .runs_max = comparison->runs_max,
                                .memory_max = comparison->memory_max,
                                .eot_max = comparison->eot_max,
                                .interrupted = comparison->interrupted};
}

/* Reads a version's scenario, of which the session is to be freed; in how many ways its inputs may
 * be chosen: 1 where it cannot be read, which is then the answer. */
static size_t count_combinations(const struct harness_comparison *comparison,
                                 const struct harness_pair *pair, enum harness_side version,
                                 struct harness_session *session)
{
    const struct harness_job job = job_of(comparison, pair, version);
    *session = (struct harness_session){.combination = 0};
    return harness_job_read(&job, session)
               ? harness_choices_count(&session->scenario, &session->diagnostics)
               : 1;
}

/* Is the combination of that number the same in both? */
static bool is_same_choice(const struct harness_session sessions[2], size_t number)
{
    cJSON *old = harness_choices_json(&sessions[HARNESS_OLD].scenario, number);
    cJSON *new = harness_choices_json(&sessions[HARNESS_NEW].scenario, number);
    const bool is_same = (old == NULL && new == NULL) || cJSON_Compare(old, new, true);
    cJSON_Delete(old);
    cJSON_Delete(new);
    return is_same;
}

/* Adds a pair for each combination of inputs; false if the scenarios leave different ones open. */
static bool add_pairs(struct harness_comparison *comparison, struct harness_pair pair,
                      struct lineage_place place)
{
    struct harness_session sessions[2];
    const size_t old = count_combinations(comparison, &pair, HARNESS_OLD, &sessions[HARNESS_OLD]);
    const size_t new = count_combinations(comparison, &pair, HARNESS_NEW, &sessions[HARNESS_NEW]);
    bool are_same = old == new;
    for (; are_same && pair.combination < new; pair.combination++) {
        are_same = is_same_choice(sessions, pair.combination);
        LINEAGE_PUSH(&comparison->pairs, pair);
    }
    if (!are_same)
        lineage_error(comparison->diagnostics, place,
                      "%s and %s leave different inputs open; what is to be compared must have the "
                      "same to choose from",
                      pair.paths[HARNESS_OLD], pair.paths[HARNESS_NEW]);
    harness_session_free(&sessions[HARNESS_OLD]);
    harness_session_free(&sessions[HARNESS_NEW]);
    return are_same;
}

/* Which of the scenario's models is one of the versions; SIZE_MAX: none is. One that cannot be read
 * is asked about all the same: the answer says why. */
static size_t find_version(const struct harness_comparison *comparison, const char *path)
{
    struct harness_session session = {.combination = 0};
    const struct harness_job job = {.path = path};
    const bool is_read = harness_job_read(&job, &session);
    const size_t found =
        is_read ? harness_scenario_find_model(&session.scenario, comparison->versions, 2) : 0;
    harness_session_free(&session);
    return found;
}

/* Is the scenario one of the pairs, because it was named twice? */
static bool is_known(const struct harness_comparison *comparison, const char *path)
{
    for (size_t i = 0; i < comparison->pairs.count; i++)
        if (strcmp(comparison->pairs.items[i].paths[HARNESS_NEW], path) == 0)
            return true;
    return false;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool harness_comparison_add(struct harness_comparison *comparison, const char *path,
                            struct lineage_place place)
{
    struct harness_sweep found = {.diagnostics = comparison->diagnostics};
    bool is_right = harness_sweep_add(&found, path, place);
    for (size_t i = 0; is_right && i < found.entries.count; i++) {
        const char *scenario = found.entries.items[i].path;
        if (is_known(comparison, scenario))
            continue;
        const size_t replaced = find_version(comparison, scenario);
        if (replaced == SIZE_MAX && is_folder(path)) {
            comparison->left_out++;
            continue;
        }
        scenario = lineage_arena_text(&comparison->arena, scenario, strlen(scenario));
        const struct harness_pair pair = {
            .paths = {scenario, scenario},
            .models = {comparison->versions[HARNESS_OLD], comparison->versions[HARNESS_NEW]},
            .replaced = replaced == SIZE_MAX ? 0 : replaced};
        is_right = add_pairs(comparison, pair, place);
    }
    harness_sweep_free(&found);
    return is_right;
}

bool harness_comparison_add_scenarios(struct harness_comparison *comparison,
                                      struct lineage_place place)
{
    const struct harness_pair pair = {
        .paths = {comparison->versions[HARNESS_OLD], comparison->versions[HARNESS_NEW]}};
    return add_pairs(comparison, pair, place);
}

/* ---- asking them ---- */

/* The tasks of a pair: a search of each version; behind these for all pairs, what is measured. */
static cJSON *search(void *context, size_t task)
{
    const struct harness_comparison *comparison = context;
    const struct harness_job job = job_of(comparison, &comparison->pairs.items[task / 2], task % 2);
    return harness_job_answer(&job);
}

static bool take_answer(void *context, size_t task, cJSON *report)
{
    struct harness_comparison *comparison = context;
    comparison->pairs.items[task / 2].answers[task % 2] = report;
    return true;
}

/* Where bounds were swept: the larger end of time that the searches came to. */
static void fix_bounds(const struct harness_pair *pair, struct harness_job jobs[2])
{
    double eot = 0;
    for (int v = 0; v < 2; v++) {
        const double own = harness_json_number(harness_json_get(pair->answers[v], "bounds"), "eot");
        eot = harness_json_get(pair->answers[v], "sweep") != NULL && own > eot ? own : eot;
    }
    for (int v = 0; v < 2; v++)
        if (harness_json_get(pair->answers[v], "sweep") != NULL)
            jobs[v].eot = (uint32_t)eot;
}

static cJSON *measure(void *context, size_t task)
{
    const struct harness_comparison *comparison = context;
    const struct harness_pair *pair = &comparison->pairs.items[task];
    struct harness_job jobs[2] = {job_of(comparison, pair, HARNESS_OLD),
                                  job_of(comparison, pair, HARNESS_NEW)};
    fix_bounds(pair, jobs);
    return harness_compare_measure(jobs);
}

static bool take_measures(void *context, size_t task, cJSON *measures)
{
    struct harness_comparison *comparison = context;
    comparison->pairs.items[task].measures = measures;
    return true;
}

static void show(struct harness_comparison *comparison, struct harness_tasks tasks,
                 const char *oldest, const struct harness_tally *tally)
{
    if (!comparison->shows_progress)
        return;
    tasks.command = "compare";
    tasks.jobs = comparison->jobs;
    const char *slash = strrchr(oldest, '/');
    tasks.oldest = slash != NULL ? slash + 1 : oldest;
    tasks.start_seconds = comparison->start_seconds;
    harness_progress_tasks(&tasks, tally, &comparison->progress_drawn);
}

static void tick(void *context, const struct harness_tally *tally)
{
    struct harness_comparison *comparison = context;
    const struct harness_pair *pair = &comparison->pairs.items[tally->oldest / 2];
    show(comparison,
         (struct harness_tasks){.what = "searches",
                                .total = comparison->pairs.count * 2,
                                .seconds_max = comparison->seconds_max,
                                .goes_on = true},
         pair->paths[tally->oldest % 2], tally);
}

static void tick_measures(void *context, const struct harness_tally *tally)
{
    struct harness_comparison *comparison = context;
    show(comparison,
         (struct harness_tasks){.what = "measurements", .total = comparison->pairs.count},
         comparison->pairs.items[tally->oldest].paths[HARNESS_NEW], tally);
}

int harness_comparison_run(struct harness_comparison *comparison)
{
    comparison->start_seconds = harness_seconds();
    const struct harness_share share =
        harness_share_machine(comparison->jobs, comparison->pairs.count * 2);
    comparison->jobs = share.processes;
    comparison->memory_max = share.memory_max;
    comparison->options = (struct harness_options){
        .all = true, .seed = 1, .random_runs = 1000, .jobs = share.threads};
    const struct harness_farm searches = {.count = comparison->pairs.count * 2,
                                          .jobs = comparison->jobs,
                                          .context = comparison,
                                          .answer = search,
                                          .take = take_answer,
                                          .tick = tick,
                                          .interrupted = comparison->interrupted};
    struct harness_farm measures = searches;
    measures.count = comparison->pairs.count;
    measures.answer = measure;
    measures.take = take_measures;
    measures.tick = tick_measures;
    comparison->is_interrupted = !harness_farm_run(&searches) || !harness_farm_run(&measures);
    int status = comparison->is_interrupted ? HARNESS_STATUS_INTERRUPTED : HARNESS_STATUS_OK;
    for (size_t i = 0; i < comparison->pairs.count; i++) {
        struct harness_pair *pair = &comparison->pairs.items[i];
        pair->row = harness_compare_judge(pair);
        status = harness_worst_status(status, (int)harness_json_number(pair->row, "status"));
    }
    comparison->sum = harness_compare_sum(comparison);
    return status;
}

void harness_comparison_free(struct harness_comparison *comparison)
{
    for (size_t i = 0; i < comparison->pairs.count; i++) {
        struct harness_pair *pair = &comparison->pairs.items[i];
        cJSON_Delete(pair->answers[HARNESS_OLD]);
        cJSON_Delete(pair->answers[HARNESS_NEW]);
        cJSON_Delete(pair->measures);
        cJSON_Delete(pair->row);
    }
    cJSON_Delete(comparison->sum);
    lineage_memory_free(comparison->pairs.items);
    lineage_arena_free(&comparison->arena);
}

/* ---- the sum ---- */

/* Adds the numbers of a pair {"old", "new"}; null stays only where both are. */
static void add_numbers(cJSON *total, const cJSON *more)
{
    static const char *const keys[] = {"old", "new"};
    for (int i = 0; i < 2; i++) {
        const cJSON *left = harness_json_get(total, keys[i]);
        const cJSON *right = harness_json_get(more, keys[i]);
        if (!cJSON_IsNumber(right))
            continue;
        const double sum = right->valuedouble + (cJSON_IsNumber(left) ? left->valuedouble : 0);
        cJSON_ReplaceItemInObjectCaseSensitive(total, keys[i], cJSON_CreateNumber(sum));
    }
}

/* The same for what is measured in the good run and under one crash. */
static void add_measured(cJSON *total, const cJSON *more)
{
    static const char *const keys[] = {"good_run", "one_crash"};
    for (int i = 0; i < 2; i++) {
        cJSON *sum = cJSON_GetObjectItemCaseSensitive(total, keys[i]);
        const cJSON *numbers = harness_json_get(more, keys[i]);
        if (cJSON_IsNull(sum))
            cJSON_ReplaceItemInObjectCaseSensitive(total, keys[i], cJSON_Duplicate(numbers, true));
        else if (cJSON_IsObject(numbers))
            add_numbers(sum, numbers);
    }
}

static void add_messages(cJSON *total, const cJSON *messages)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, messages)
    {
        cJSON *sum, *place = NULL;
        int at = 0; /* the list keeps the order of names */
        cJSON_ArrayForEach(sum, total)
        {
            const int order =
                strcmp(harness_json_text(sum, "relation"), harness_json_text(item, "relation"));
            at += order < 0;
            place = order == 0 ? sum : place;
        }
        if (place == NULL)
            cJSON_InsertItemInArray(total, at, cJSON_Duplicate(item, true));
        else
            add_measured(place, item);
    }
}

/* Adds what one row saved; what `total` begins with is the first. */
static void add_saved(cJSON *total, const cJSON *saved)
{
    cJSON *schedules = cJSON_GetObjectItemCaseSensitive(total, "one_crash");
    const cJSON *more = harness_json_get(saved, "one_crash");
    add_numbers(cJSON_GetObjectItemCaseSensitive(total, "facts"), harness_json_get(saved, "facts"));
    if (cJSON_IsNull(schedules))
        cJSON_ReplaceItemInObjectCaseSensitive(total, "one_crash", cJSON_Duplicate(more, true));
    else if (cJSON_IsObject(more))
        add_numbers(cJSON_GetObjectItemCaseSensitive(schedules, "schedules"),
                    harness_json_get(more, "schedules"));
    add_messages(cJSON_GetObjectItemCaseSensitive(total, "messages"),
                 harness_json_get(saved, "messages"));
    add_measured(cJSON_GetObjectItemCaseSensitive(total, "all"), harness_json_get(saved, "all"));
}

static double count_kind(const cJSON *list, const char *kind)
{
    double count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        count += harness_json_is(item, "kind", kind);
    }
    return count;
}

cJSON *harness_compare_sum(const struct harness_comparison *comparison)
{
    static const char *const outcomes[][2] = {{"worse", "worse"},
                                              {"no worse", "no_worse"},
                                              {"not known", "not_known"},
                                              {"error", "errors"},
                                              {"interrupted", "interrupted"}};
    static const char *const kinds[][2] = {
        {"new bug", "new_bugs"},         {"old bug", "old_bugs"}, {"both", "both"},
        {"repaired", "repaired"},        {"moved", "moved"},      {"open", "open"},
        {"fewer faults", "fewer_faults"}};
    cJSON *object = cJSON_CreateObject(), *saved = NULL;
    double counts[5] = {0}, found[7] = {0};
    for (size_t i = 0; i < comparison->pairs.count; i++) {
        const cJSON *row = comparison->pairs.items[i].row;
        const cJSON *own = harness_json_get(row, "saved");
        for (int j = 0; j < 5; j++)
            counts[j] += harness_json_is(row, "outcome", outcomes[j][0]);
        for (int j = 0; j < 7; j++)
            found[j] += count_kind(harness_json_get(row, "counterexamples"), kinds[j][0]);
        if (saved != NULL && cJSON_IsObject(own)) {
            add_saved(saved, own);
        } else if (cJSON_IsObject(own)) {
            saved = cJSON_Duplicate(own, true);
            cJSON_DeleteItemFromObjectCaseSensitive(saved, "outcome_from");
            cJSON_DeleteItemFromObjectCaseSensitive(saved, "eot");
        }
    }
    cJSON_AddNumberToObject(object, "scenarios", (double)comparison->pairs.count);
    for (int i = 0; i < 5; i++)
        cJSON_AddNumberToObject(object, outcomes[i][1], counts[i]);
    cJSON *list = cJSON_AddObjectToObject(object, "counterexamples");
    for (int i = 0; i < 7; i++)
        cJSON_AddNumberToObject(list, kinds[i][1], found[i]);
    cJSON_AddItemToObject(object, "saved", saved == NULL ? cJSON_CreateNull() : saved);
    return object;
}
