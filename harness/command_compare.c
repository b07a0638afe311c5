#include "command.h"

#include "compare.h"
#include "json.h"

#include "../lineage/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct harness_option options[] = {
    HARNESS_LIMIT_OPTIONS, HARNESS_KEEP_OPTION, HARNESS_OUTPUT_OPTIONS, {0, NULL, 0, NULL, NULL}};

/* A version is a file. */
static void check_version(struct harness_request *request, size_t operand)
{
    const char *path = request->line.operands.items[operand];
    const struct lineage_place place = request->line.operand_places.items[operand];
    struct stat status;
    if (stat(path, &status) != 0)
        lineage_error(&request->session.diagnostics, place, "cannot read %s: %s", path,
                      strerror(errno));
    else if (S_ISDIR(status.st_mode))
        lineage_error(&request->session.diagnostics, place,
                      "%s is a folder; OLD and NEW are models (.ded) or scenarios (.json)", path);
}

/* Takes the operands: OLD, NEW, and scenarios. False with errors reported. */
static bool take_operands(struct harness_request *request, struct harness_comparison *comparison)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    const char *const *operands = request->line.operands.items;
    const struct lineage_place *places = request->line.operand_places.items;
    const size_t count = request->line.operands.count;
    const struct lineage_place start = {request->line.source, 1, 1};
    if (count < 2) {
        lineage_error(diagnostics, start,
                      "name OLD and NEW, two models (.ded) or scenarios (.json); see --help");
        return false;
    }
    check_version(request, 0);
    check_version(request, 1);
    if (lineage_path_has_ending(operands[0], ".json") !=
        lineage_path_has_ending(operands[1], ".json"))
        lineage_error(
            diagnostics, places[1],
            "OLD and NEW are two models (.ded) or two scenarios (.json), not one of each");
    else if (lineage_path_has_ending(operands[0], ".json") && count > 2)
        lineage_error(diagnostics, places[2],
                      "two scenarios are compared as they are, so none can be named beside them");
    else if (!lineage_path_has_ending(operands[0], ".json") && count == 2)
        lineage_error(diagnostics, start,
                      "name scenarios (.json), or folders that hold some, in which both models are "
                      "searched");
    if (diagnostics->error_count > 0)
        return false;
    comparison->versions[HARNESS_OLD] = operands[0];
    comparison->versions[HARNESS_NEW] = operands[1];
    if (count == 2)
        return harness_comparison_add_scenarios(comparison, places[0]);
    for (size_t i = 2; i < count; i++)
        harness_comparison_add(comparison, operands[i], places[i]);
    if (diagnostics->error_count == 0 && comparison->pairs.count == 0)
        lineage_error(diagnostics, places[2],
                      "none of the %zu scenarios here names OLD or NEW; name files to have them "
                      "searched with both all the same",
                      comparison->left_out);
    return diagnostics->error_count == 0;
}

/* The errors of a version that could not be searched, for people. */
static void print_errors(const cJSON *version, const char *name)
{
    const cJSON *error;
    cJSON_ArrayForEach(error, harness_json_get(version, "errors"))
    {
        const char *file = harness_json_text(error, "file");
        fprintf(stderr, "%s:%.0f:%.0f: error: %s (%s, in %s)\n", file[0] == '\0' ? "ldfi" : file,
                harness_json_number(error, "line"), harness_json_number(error, "column"),
                harness_json_text(error, "message"), name, harness_json_text(version, "scenario"));
    }
}

/* Keeps the table where the user wants it. */
static int keep(struct harness_request *request, struct harness_comparison *comparison,
                struct lineage_store *store, int status)
{
    if (store == NULL)
        return status;
    cJSON *json = harness_comparison_json(comparison, status);
    const int kept = harness_request_keep_comparison(request, store, "compare", json, status);
    cJSON_Delete(json);
    return kept;
}

static void report(const struct harness_request *request, struct harness_comparison *comparison,
                   int status)
{
    harness_progress_end(&comparison->progress_drawn);
    if (request->json) {
        harness_print_json(harness_comparison_json(comparison, status), stdout);
        return;
    }
    for (size_t i = 0; i < comparison->pairs.count; i++) {
        print_errors(harness_json_get(comparison->pairs.items[i].row, "old"), "OLD");
        print_errors(harness_json_get(comparison->pairs.items[i].row, "new"), "NEW");
    }
    if (!request->quiet) {
        const struct harness_style style = {harness_wants_colour(stdout), request->program, ""};
        harness_comparison_text(comparison, &style, stdout);
    }
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct harness_comparison comparison = {.interrupted = &harness_interrupted};
    struct harness_request request = {.own = &comparison};
    int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    comparison.jobs = request.limits.jobs;
    comparison.seconds_max = request.limits.seconds_max;
    comparison.runs_max = request.limits.runs_max;
    comparison.eot_max = request.limits.eot_max;
    comparison.diagnostics = &request.session.diagnostics;
    comparison.shows_progress = isatty(STDERR_FILENO) && !request.quiet;
    struct lineage_store *store = NULL;
    status = take_operands(&request, &comparison) ? harness_request_open_store(&request, &store)
                                                  : HARNESS_STATUS_BAD_INPUT;
    if (status == HARNESS_STATUS_OK) {
        status = harness_comparison_run(&comparison);
        report(&request, &comparison, status);
        status = keep(&request, &comparison, store, status);
    }
    lineage_store_close(store);
    harness_comparison_free(&comparison);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_compare = {
    .name = "compare",
    .summary = "is a new version as safe as the old, and what did it save?",
    .purpose = HARNESS_GUARDS,
    .synopsis = "OLD.ded NEW.ded SCENARIO... [OPTION...]\n"
                "OLD.json NEW.json [OPTION...]\n",
    .about = "Searches each scenario (files, or folders) with both versions of a model. Says\n"
             "which bugs are new, what is promised no longer, which messages were saved, and\n"
             "which redundancy went. Two scenarios are compared as they are. Exit status 1:\n"
             "NEW is worse; 3: a budget, or NEW's bounds, were too small to know.\n",
    .more = "A version takes the place of that model of the scenario which is one of the two,\n"
            "or else of its first; of a folder, those scenarios are searched that name one of\n"
            "them. Messages are counted without faults and with one crash. NEW is worse if it\n"
            "has a bug that OLD lacks, needs fewer faults for one that OLD has, is certified\n"
            "less far, or promises less.\n",
    .examples = "ldfi compare scenarios/primary_backup/rung[45].json\n",
    .options = options,
    .run = run_command};
