#include "command.h"

#include "bisect.h"
#include "folder.h"
#include "git.h"
#include "json.h"

#include "../lineage/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum bisect_option { SCENARIO = HARNESS_OWN_OPTIONS, GIT, FAULTS, ASSUME_MONOTONE };

static const struct harness_option options[] = {
    {SCENARIO, "scenario", 0, "FILE.json", "search the versions with this scenario"},
    {GIT, "git", 0, "OLD..NEW", "OLD, and the commits up to NEW that change FILE..."},
    {FAULTS, "faults", 0, "FILE.json", "today's faults: as of `ldfi run --json`, or a corpus"},
    {ASSUME_MONOTONE, "assume-monotone", 0, NULL, "halve: a version with the bug hands it on"},
    HARNESS_LIMIT_OPTIONS,
    HARNESS_RESUME_OPTION,
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

struct command {
    struct harness_bisect bisect;
    struct harness_history history;
    struct lineage_arena arena;
    const char *scenario, *range, *faults_path;
    struct lineage_place scenario_place, range_place, faults_place;
    cJSON *faults;
    double start_seconds, drawn; /* of progress, while commits are checked out */
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct command *command = request->own;
    switch (id) {
    case SCENARIO:
        command->scenario = value;
        command->scenario_place = place;
        break;
    case GIT:
        command->range = value;
        command->range_place = place;
        break;
    case FAULTS:
        command->faults_path = value;
        command->faults_place = place;
        break;
    case ASSUME_MONOTONE:
    default:
        command->bisect.assumes_monotone = true;
        break;
    }
}

/* The number of the scenario's model that is this file; SIZE_MAX: none, or it cannot be read. */
static size_t find_model(const char *scenario_path, const char *const *models, size_t model_count)
{
    struct harness_scenario scenario;
    struct lineage_diagnostics ignored = {.error_count = 0};
    size_t found = SIZE_MAX;
    harness_scenario_create(&scenario);
    if (harness_scenario_read(&scenario, scenario_path, &ignored))
        found = harness_scenario_find_model(&scenario, models, model_count);
    harness_scenario_destroy(&scenario);
    lineage_diagnostics_free(&ignored);
    return found;
}

/* ---- versions that are files ---- */

/* Adds the scenarios beside the one given that name the model; true if there is one. */
static bool add_own_scenarios(struct command *command, size_t version, const char *model)
{
    struct dirent **names = NULL;
    const char *slash = strrchr(command->scenario, '/');
    const char *folder = slash == NULL
                             ? "."
                             : lineage_arena_text(&command->arena, command->scenario,
                                                  (size_t)(slash - command->scenario) + 1);
    const int count = harness_folder_list(folder, &names);
    bool is_any = false;
    for (int i = 0; i < count; i++) {
        const char *path = lineage_arena_format(&command->arena, "%s%s",
                                                slash == NULL ? "" : folder, names[i]->d_name);
        if (lineage_path_has_ending(path, ".json") && find_model(path, &model, 1) != SIZE_MAX) {
            harness_bisect_add_question(&command->bisect, version,
                                        (struct harness_question){.scenario = path});
            is_any = true;
        }
        free(names[i]);
    }
    free(names);
    return is_any;
}

static void add_file(struct harness_request *request, struct command *command, size_t operand)
{
    const char *const *operands = request->line.operands.items;
    const struct lineage_place place = request->line.operand_places.items[operand];
    const char *path = operands[operand];
    const size_t version =
        harness_bisect_add(&command->bisect, harness_base_name(&command->arena, path));
    if (access(path, R_OK) != 0)
        lineage_error(&request->session.diagnostics, place, "cannot read %s: %s", path,
                      strerror(errno));
    else if (lineage_path_has_ending(path, ".json"))
        harness_bisect_add_question(&command->bisect, version,
                                    (struct harness_question){.scenario = path});
    else if (command->scenario == NULL)
        lineage_error(&request->session.diagnostics, place,
                      "to search a model, name a scenario with --scenario FILE");
    else {
        const bool has_own = add_own_scenarios(command, version, path);
        const size_t replaced =
            find_model(command->scenario, operands, request->line.operands.count);
        harness_bisect_add_question(
            &command->bisect, version,
            (struct harness_question){.scenario = command->scenario,
                                      .model = path,
                                      .replaced = replaced == SIZE_MAX ? 0 : replaced,
                                      .in_reserve = has_own});
    }
}

/* The first model of a scenario; NULL: it cannot be read. */
static const char *first_model(struct command *command, const char *path)
{
    struct harness_scenario scenario;
    struct lineage_diagnostics ignored = {.error_count = 0}; /* they come up when it runs */
    const char *model = NULL;
    harness_scenario_create(&scenario);
    if (harness_scenario_read(&scenario, path, &ignored) && scenario.model.count > 0)
        model = lineage_arena_text(&command->arena, scenario.model.items[0],
                                   strlen(scenario.model.items[0]));
    harness_scenario_destroy(&scenario);
    lineage_diagnostics_free(&ignored);
    return model;
}

/* Of versions that are scenarios the newest says what today's inputs are. */
static void add_reserves(struct harness_request *request, struct command *command)
{
    const size_t count = request->line.operands.count;
    const char *newest = count > 0 ? request->line.operands.items[count - 1] : "";
    for (size_t i = 0; i + 1 < count && lineage_path_has_ending(newest, ".json"); i++) {
        const char *path = request->line.operands.items[i];
        const char *model =
            lineage_path_has_ending(path, ".json") ? first_model(command, path) : NULL;
        if (model != NULL)
            harness_bisect_add_question(
                &command->bisect, i,
                (struct harness_question){.scenario = newest, .model = model, .in_reserve = true});
    }
}

/* ---- versions that are commits ---- */

static bool make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        const bool is_there = mkdir(path, 0777) == 0 || errno == EEXIST;
        *at = '/';
        if (!is_there)
            return false;
    }
    return true;
}

/* Copies a file of today into a worktree where it is not there. */
static bool borrow(struct command *command, const char *path, const char *target)
{
    const char *why = NULL;
    if (access(target, F_OK) == 0)
        return true;
    const struct lineage_source *source = lineage_source_read(&command->arena, path, 1 << 24, &why);
    char *name = lineage_arena_text(&command->arena, target, strlen(target));
    FILE *file = source != NULL && make_folders(name) ? fopen(target, "w") : NULL;
    if (file == NULL)
        return false;
    fputs(source->text, file);
    return fclose(file) == 0;
}

/* Says which model a commit lacks that its scenario names; NULL: it has all. */
static const char *find_missing(struct command *command, const char *scenario_path)
{
    struct harness_scenario scenario;
    struct lineage_diagnostics ignored = {.error_count = 0}; /* they come up when it runs */
    const char *missing = NULL;
    harness_scenario_create(&scenario);
    if (harness_scenario_read(&scenario, scenario_path, &ignored))
        for (size_t i = 0; i < scenario.model.count && missing == NULL; i++)
            if (access(scenario.model.items[i], F_OK) != 0)
                missing = lineage_arena_format(&command->arena, "there is no %s",
                                               scenario.model.items[i]);
    harness_scenario_destroy(&scenario);
    lineage_diagnostics_free(&ignored);
    return missing;
}

/* A commit is searched with its own scenario. What it lacks of today's is taken from today, the
 * model excepted. */
static void add_commit(struct harness_request *request, struct command *command, size_t number,
                       const struct harness_scenario *today)
{
    struct harness_history *history = &command->history;
    const size_t version =
        harness_bisect_add(&command->bisect, history->commits.items[number].label);
    if (harness_interrupted || !harness_history_check_out(history, number, command->range_place,
                                                          &request->session.diagnostics))
        return;
    const char *worktree = history->commits.items[number].worktree;
    for (size_t i = 1; i < today->model.count; i++) {
        const char *below = harness_history_path(history, today->model.items[i]);
        if (below != NULL)
            borrow(command, today->model.items[i],
                   lineage_arena_format(&command->arena, "%s/%s", worktree, below));
    }
    const char *scenario = lineage_arena_format(&command->arena, "%s/%s", worktree,
                                                harness_history_path(history, command->scenario));
    borrow(command, command->scenario, scenario);
    command->bisect.versions.items[version].missing = find_missing(command, scenario);
    if (command->bisect.versions.items[version].missing == NULL)
        harness_bisect_add_question(&command->bisect, version,
                                    (struct harness_question){.scenario = scenario});
    const char *reserve = lineage_arena_format(&command->arena, "%s.today.json", scenario);
    if (command->bisect.versions.items[version].missing == NULL &&
        borrow(command, command->scenario, reserve) && find_missing(command, reserve) == NULL)
        harness_bisect_add_question(
            &command->bisect, version,
            (struct harness_question){.scenario = reserve, .in_reserve = true});
}

/* Checking out a long history takes its time. */
static void show_commit(const struct harness_request *request, struct command *command,
                        size_t number)
{
    char line[128];
    if (number == 0)
        command->start_seconds = harness_seconds();
    const double seconds = harness_seconds() - command->start_seconds;
    if (request->quiet || !isatty(STDERR_FILENO) || number == 0 ||
        !harness_progress_is_due(command->start_seconds, &command->drawn))
        return;
    snprintf(line, sizeof line, "bisect: %zu of %zu commits checked out, %.0f s, about %.0f s left",
             number, command->history.commits.count, seconds,
             1 + seconds / (double)number * (double)(command->history.commits.count - number));
    harness_progress_show(line);
}

static void add_history(struct harness_request *request, struct command *command)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    struct harness_scenario today;
    harness_scenario_create(&today);
    if (command->scenario == NULL)
        lineage_error(diagnostics, command->range_place,
                      "name the scenario to search the commits with: --scenario FILE");
    else if (harness_scenario_read(&today, command->scenario, diagnostics) &&
             harness_history_read(&command->history, command->range, request->line.operands.items,
                                  request->line.operands.count, command->range_place,
                                  diagnostics)) {
        if (harness_history_path(&command->history, command->scenario) == NULL)
            lineage_error(diagnostics, command->scenario_place,
                          "the scenario is not in this repository");
        for (size_t i = 0; i < command->history.commits.count && diagnostics->error_count == 0;
             i++) {
            show_commit(request, command, i);
            add_commit(request, command, i, &today);
        }
        harness_progress_end(&command->drawn);
    }
    harness_scenario_destroy(&today);
}

/* ---- the command ---- */

static void read_faults(struct harness_request *request, struct command *command)
{
    const char *why = NULL;
    if (command->faults_path == NULL)
        return;
    const struct lineage_source *source =
        lineage_source_read(&command->arena, command->faults_path, 1 << 22, &why);
    command->faults = source == NULL ? NULL : cJSON_Parse(source->text);
    /* A file of the corpus holds them under "faults". */
    const cJSON *inner = harness_json_get(command->faults, "faults");
    command->bisect.faults = cJSON_IsObject(inner) ? inner : command->faults;
    if (!cJSON_IsArray(harness_json_get(command->bisect.faults, "omissions")) ||
        !cJSON_IsArray(harness_json_get(command->bisect.faults, "crashes")))
        lineage_error(&request->session.diagnostics, command->faults_place,
                      "cannot read faults from %s: %s", command->faults_path,
                      why != NULL ? why
                                  : "it is no object with the lists \"omissions\" and \"crashes\"");
}

static void collect(struct harness_request *request, struct command *command)
{
    if (command->range != NULL)
        add_history(request, command);
    else
        for (size_t i = 0; i < request->line.operands.count; i++)
            add_file(request, command, i);
    if (command->range == NULL && request->session.diagnostics.error_count == 0)
        add_reserves(request, command);
    read_faults(request, command);
    if (request->session.diagnostics.error_count == 0 && command->bisect.versions.count == 0)
        lineage_error(&request->session.diagnostics,
                      (struct lineage_place){request->line.source, 1, 1},
                      "name the versions, oldest first: scenarios (.json), models (.ded) with "
                      "--scenario, or --git OLD..NEW; see --help");
}

/* Reports an error that a search or a replay has ended with. */
static void pass_on(struct harness_request *request, const char *label, const cJSON *row)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    cJSON *error = cJSON_Duplicate(harness_json_get(row, "error"), true);
    if (error == NULL)
        return;
    harness_history_cut_paths(error);
    const char *path = harness_json_text(error, "file");
    struct lineage_source *source = lineage_arena_allocate(&diagnostics->arena, sizeof *source);
    source->path = lineage_arena_text(&diagnostics->arena, path, strlen(path));
    const struct lineage_place place = {.source = path[0] != '\0' ? source : NULL,
                                        .line = (uint32_t)harness_json_number(error, "line"),
                                        .column = (uint32_t)harness_json_number(error, "column")};
    lineage_error(diagnostics, place, "%s: %s", label, harness_json_text(error, "message"));
    cJSON_Delete(error);
}

/* Why there is nothing to trace back. */
static void explain(struct harness_request *request, const struct harness_bisect *bisect,
                    int status)
{
    const struct harness_version *last = &bisect->versions.items[bisect->versions.count - 1];
    for (size_t i = 0; i < last->questions.count; i++) {
        const struct harness_question *question = &last->questions.items[i];
        pass_on(request, last->label,
                harness_json_get(question->row, "error") != NULL ? question->row
                                                                 : question->replay);
    }
    if (request->session.diagnostics.error_count == 0)
        lineage_error(&request->session.diagnostics, (struct lineage_place){0},
                      "there is no bug to trace back: %s",
                      last->missing != NULL    ? last->missing
                      : bisect->faults != NULL ? "today's faults break no version's promise"
                      : status == HARNESS_STATUS_NO_ANSWER
                          ? "no counterexample was found, but not all searches came to their ends"
                      : bisect->assumes_monotone ? "the last version has no counterexample"
                                                 : "no counterexample was found");
}

static int run(struct harness_request *request, struct command *command)
{
    struct harness_bisect *bisect = &command->bisect;
    harness_request_sweep(request, &bisect->sweep);
    bisect->sweep.options.all = true;
    int status = harness_request_open_store(request, &bisect->sweep.store);
    if (status == HARNESS_STATUS_OK)
        status = harness_bisect_run(bisect);
    harness_progress_end(&bisect->sweep.progress_drawn);
    harness_history_cut_paths(bisect->json);
    if (bisect->json != NULL) {
        cJSON_AddNumberToObject(bisect->json, "status", status);
        status = harness_request_keep_comparison(request, bisect->sweep.store, "bisect",
                                                 bisect->json, status);
    }
    if (bisect->json != NULL && request->json) {
        harness_print_json(cJSON_Duplicate(bisect->json, true), stdout);
    } else if (bisect->json != NULL && !request->quiet) {
        harness_bisect_text(bisect, harness_wants_colour(stdout), stdout);
    } else if (bisect->json == NULL && status != HARNESS_STATUS_INTERRUPTED) {
        explain(request, bisect, status);
    }
    lineage_store_close(bisect->sweep.store);
    return status;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct command own = {.scenario = NULL};
    struct harness_request request = {.handle = handle, .own = &own};
    int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    collect(&request, &own);
    status = request.session.diagnostics.error_count > 0 ? HARNESS_STATUS_BAD_INPUT
             : harness_interrupted                       ? HARNESS_STATUS_INTERRUPTED
                                                         : run(&request, &own);
    harness_bisect_free(&own.bisect);
    harness_history_free(&own.history);
    cJSON_Delete(own.faults);
    lineage_arena_free(&own.arena);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_bisect = {
    .name = "bisect",
    .summary = "since which version has a bug been there?",
    .purpose = HARNESS_GUARDS,
    .synopsis = "SCENARIO.json... [OPTION...]\n"
                "--scenario SCENARIO.json MODEL... [OPTION...]\n"
                "--scenario SCENARIO.json --git OLD..NEW [-- FILE...]\n",
    .about = "Since when has the bug of the newest version that has one been there? Versions\n"
             "come oldest first: scenarios, models, or commits. Exit status 0: answered; 2: no\n"
             "version has a bug; 3: a search that matters did not come to its end.\n",
    .more = "Each version is searched, for the faults that show a bug today need not show it\n"
            "yesterday. A model is searched with the scenarios beside SCENARIO.json that name\n"
            "it, or else in the place of the model there. A commit is searched with its own\n"
            "SCENARIO.json; what it lacks of today's is taken from today, the model excepted.\n"
            "Each commit is checked out in a folder of its own below TMPDIR, which is removed\n"
            "at the end; of a merge the first parent is followed.\n"
            "\n"
            "  ldfi bisect --scenario scenarios/s.json --git v1.0..HEAD -- models\n"
            "\n"
            "Two failures count as one bug if the same promises break (`same promise`), and\n"
            "for the same causes (`same`). That is a good hint, and no proof.\n",
    .examples = "ldfi bisect scenarios/primary_backup/rung[123].json\n",
    .options = options,
    .run = run_command};
