#include "command.h"

#include "choices.h"
#include "corpus.h"
#include "formula_file.h"
#include "machine.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum run_option {
    SEARCH = HARNESS_OWN_OPTIONS,
    ALL,
    SEED,
    RUNS,
    MAX_RUNS,
    MAX_SECONDS,
    MAX_MEMORY,
    DB,
    RECORD,
    DIMACS,
    JOBS,
    PROOF,
    KEEP
};

/* Where on the command line some options stand. */
struct places {
    struct lineage_place dimacs, proof, search;
    const char *keep; /* the folder for counterexamples; NULL: none */
};

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    {ALL, "all", 'a', NULL, "go on: report every minimal counterexample"},
    {SEARCH, "search", 0, "HOW:lineage|exhaustive|random",
     "lineage (default), exhaustive or random"},
    {MAX_SECONDS, "max-seconds", 0, "N", "stop after N seconds"},
    {MAX_RUNS, "max-runs", 0, "N", "stop after N runs"},
    {DB, "db", 0, "FILE.db", "keep runs, lineage and formula in a SQLite file"},
    {KEEP, "keep", 0, "DIR", "keep each counterexample for `ldfi regress`"},
    HARNESS_OUTPUT_OPTIONS,
    HARNESS_RARE_OPTIONS,
    {JOBS, "jobs", 'j', "N", "threads of a lineage search (default: all cores)"},
    {MAX_MEMORY, "max-memory", 0, "N", "stop at N megabytes (default: 75 % of what is free)"},
    {SEED, "seed", 0, "N", "of a random search (default 1)"},
    {RUNS, "runs", 0, "N", "schedules that a random search tries (default 1000)"},
    {RECORD, "record", 0, "all:all", "record every run whole, not the good and the bad"},
    {DIMACS, "dimacs", 0, "FILE.cnf", "write the final formula as DIMACS CNF"},
    {PROOF, "proof", 0, "FILE.rup", "prove the final formula unsatisfiable, if it is"},
    {0, NULL, 0, NULL, NULL}};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct harness_options *search = &request->session.search.options;
    struct places *places = request->own;
    uint64_t number = 0;
    switch (id) {
    case SEARCH:
        places->search = place;
        harness_read_search(value, &request->session.search.options.strategy, place,
                            &request->session.diagnostics);
        break;
    case ALL:
        search->all = true;
        break;
    case SEED:
        harness_read_number(value, UINT64_MAX, &search->seed, place, &request->session.diagnostics);
        break;
    case RUNS:
        harness_read_number(value, UINT64_MAX, &search->random_runs, place,
                            &request->session.diagnostics);
        search->random_runs_given = true;
        break;
    case MAX_RUNS:
        request->session.search.budget.runs_max =
            harness_read_positive(value, UINT64_MAX, place, &request->session.diagnostics);
        break;
    case MAX_SECONDS:
        harness_read_seconds(value, &request->session.search.budget.seconds_max, place,
                             &request->session.diagnostics);
        break;
    case MAX_MEMORY:
        number =
            harness_read_positive(value, UINT64_MAX >> 20, place, &request->session.diagnostics);
        request->session.search.budget.memory_max = (size_t)number << 20;
        break;
    case DB:
        request->db_path = value;
        break;
    case RECORD:
        search->record_all = strcmp(value, "all") == 0;
        if (!search->record_all)
            lineage_error(&request->session.diagnostics, place, "--record knows only 'all'");
        break;
    case JOBS:
        if (harness_read_number(value, HARNESS_JOBS_MAX, &number, place,
                                &request->session.diagnostics))
            search->jobs = number == 0 ? harness_count_cores() : (size_t)number;
        break;
    case KEEP:
        places->keep = value;
        break;
    case DIMACS:
        search->dimacs_path = value;
        places->dimacs = place;
        break;
    case PROOF:
    default:
        search->proof_path = value;
        places->proof = place;
        break;
    }
}

/* A file about the formula needs a search that has one. */
static void check_file(struct harness_request *request, const char *path, const char *what,
                       struct lineage_place place)
{
    const enum harness_strategy strategy = request->session.search.options.strategy;
    if (path != NULL && strategy != HARNESS_LINEAGE)
        lineage_error(&request->session.diagnostics, place,
                      "%s of a lineage search, and the %s search has none", what,
                      harness_strategy_name(strategy));
    else if (path != NULL && !harness_is_writable(path))
        lineage_error(&request->session.diagnostics, place, "cannot write %s: %s", path,
                      strerror(errno));
}

/* Options that contradict each other, and files that cannot be written. */
static bool check_options(struct harness_request *request)
{
    const struct harness_options *search = &request->session.search.options;
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    const struct places *places = request->own;
    if (search->strategy == HARNESS_REPLAY && places->search.source != NULL)
        lineage_error(diagnostics, places->search,
                      "the scenario names its \"faults\": these are replayed, and nothing is "
                      "searched");
    if (places->keep != NULL && request->session.scenario.source == request->line.source)
        lineage_error(diagnostics, (struct lineage_place){request->line.source, 1, 1},
                      "--keep needs a scenario file: a counterexample is kept with its name");
    check_file(request, search->dimacs_path, "--dimacs writes the formula", places->dimacs);
    check_file(request, search->proof_path, "--proof is about the formula", places->proof);
    if (search->dimacs_path != NULL && search->proof_path != NULL &&
        strcmp(search->dimacs_path, search->proof_path) == 0)
        lineage_error(diagnostics, places->proof,
                      "--dimacs and --proof cannot both write %s: name two files",
                      search->proof_path);
    if (search->record_all && request->db_path == NULL)
        lineage_warn(diagnostics, (struct lineage_place){0},
                     "--record all records nothing without --db FILE");
    else if (search->record_all && search->strategy == HARNESS_EXHAUSTIVE)
        lineage_warn(
            diagnostics, (struct lineage_place){0},
            "--record all: an exhaustive search merges runs, so that only the good run and "
            "counterexamples are whole and recorded");
    if (search->random_runs_given && search->strategy != HARNESS_RANDOM)
        lineage_warn(diagnostics, (struct lineage_place){0},
                     "--runs is for --search random; --max-runs ends any search");
    return diagnostics->error_count == 0;
}

static bool good_run_breaks(const struct harness_search *search)
{
    return search->counterexamples.count > 0 &&
           lineage_schedule_size(&search->counterexamples.items[0].schedule) == 0;
}

/* Opens the store that the user asked for, if any, and begins the search in it. Returns -1, or the
 * exit status to end with. */
static int open_store(struct harness_request *request)
{
    struct harness_search *search = &request->session.search;
    const struct harness_scenario *scenario = &request->session.scenario;
    if (request->db_path == NULL)
        return -1;
    const enum lineage_store_failure failure =
        lineage_store_open(request->db_path, &search->store, &request->session.diagnostics);
    if (failure != LINEAGE_STORE_OK)
        return failure == LINEAGE_STORE_UNFIT ? HARNESS_STATUS_BAD_INPUT : HARNESS_STATUS_MACHINE;
    const struct lineage_store_search description = {
        .version = HARNESS_VERSION,
        .scenario = scenario->name,
        .strategy = harness_strategy_name(search->options.strategy),
        .oracle = scenario->oracle == LINEAGE_STRICT ? "strict" : "molly",
        .model = scenario->model.items,
        .model_count = scenario->model.count,
        .universe = request->session.executor.universe,
        .bounds = &search->bounds,
        .sources = request->session.executor.sources->items,
        .source_count = request->session.executor.sources->count};
    if (lineage_store_begin(search->store, &description)) {
        harness_store_in_use = search->store;
        return -1;
    }
    lineage_error(&request->session.diagnostics, (struct lineage_place){0}, "%s",
                  lineage_store_error(search->store));
    return HARNESS_STATUS_MACHINE;
}

static void close_store(struct harness_request *request)
{
    struct harness_search *search = &request->session.search;
    harness_store_in_use = NULL;
    if (search->store == NULL)
        return;
    if (search->failure == HARNESS_MODEL_FAILURE) { /* bad input leaves nothing behind */
        lineage_store_discard(search->store);
        search->store = NULL;
        return;
    }
    double since = harness_seconds();
    const bool ended = search->failure == HARNESS_STORE_FAILURE ||
                       lineage_store_end(search->store, harness_verdict_name(search->verdict),
                                         search->complete, search->runs);
    if (!ended) {
        search->failure = HARNESS_STORE_FAILURE;
        lineage_error(&request->session.diagnostics, (struct lineage_place){0}, "%s",
                      lineage_store_error(search->store));
    }
    if (search->failure == HARNESS_STORE_FAILURE)
        lineage_store_abandon(search->store);
    lineage_store_close(search->store);
    search->store = NULL;
    harness_lap(&since, &search->timing.store);
}

/* Keeps the counterexamples where the user wants them; false, with errors, if that fails. */
static bool keep(struct harness_request *request)
{
    const struct harness_scenario *scenario = &request->session.scenario;
    const struct places *places = request->own;
    if (places->keep == NULL)
        return true;
    cJSON *json = harness_report_json(&request->session.search), *added = cJSON_CreateArray(),
          *choice = harness_choices_json(scenario, request->session.combination), *path;
    if (choice != NULL)
        cJSON_AddItemToObject(json, "choice", choice);
    cJSON_AddBoolToObject(json, "own_bounds", request->overrides_bounds);
    const bool is_kept =
        harness_corpus_keep(places->keep, scenario->source->path,
                            harness_base_name(&request->line.arena, scenario->model.items[0]), json,
                            "", added, &request->session.diagnostics);
    cJSON_ArrayForEach(path, added)
    {
        if (!request->json && !request->quiet)
            fprintf(stderr, "added %s\n", path->valuestring);
    }
    cJSON_Delete(json);
    cJSON_Delete(added);
    return is_kept;
}

/* Says why a file that was asked for is not there. */
static void warn_of_files(struct harness_request *request)
{
    const struct harness_search *search = &request->session.search;
    const struct places *places = request->own;
    const bool breaks = good_run_breaks(search);
    if (search->options.dimacs_path != NULL && breaks)
        lineage_warn(&request->session.diagnostics, places->dimacs,
                     "the run without faults breaks the promise, so there is no formula to write");
    if (search->options.proof_path != NULL && !search->proved)
        lineage_warn(&request->session.diagnostics, places->proof, "no proof is written: %s",
                     breaks             ? "the run without faults breaks the promise"
                     : search->complete ? "the search has found a counterexample"
                                        : "the search did not come to its end");
}

static void report(struct harness_request *request)
{
    if (request->json) {
        harness_print_json(harness_report_json(&request->session.search), stdout);
    } else if (!request->quiet) {
        const struct harness_style style = {harness_wants_colour(stdout), request->program,
                                            harness_request_words(request)};
        harness_report_text(&request->session.search, &style, stdout);
    }
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct places places = {.dimacs = {0}};
    struct harness_request request = {.handle = handle, .own = &places};
    struct harness_search *search = &request.session.search;
    search->options.seed = 1;
    search->options.random_runs = 1000;
    search->options.jobs = harness_count_cores();
    int status = harness_request_open(&request, command, argc, argv);
    if (status >= 0)
        return status;
    if (!check_options(&request))
        return harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT);
    status = open_store(&request);
    if (status >= 0) {
        lineage_store_close(search->store);
        return harness_request_fail(&request, status);
    }
    harness_remove_old(search->options.dimacs_path);
    harness_remove_old(search->options.proof_path);
    harness_search_run(search);
    harness_progress_end(&search->progress_drawn);
    close_store(&request);
    if (search->failure == HARNESS_MODEL_FAILURE)
        return harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT);
    if (search->failure != HARNESS_NO_FAILURE)
        return harness_request_fail(&request, HARNESS_STATUS_MACHINE);
    if (!keep(&request))
        return harness_request_fail(&request, HARNESS_STATUS_MACHINE);
    warn_of_files(&request);
    harness_request_warn(&request);
    status = harness_session_status(&request.session);
    report(&request);
    return harness_request_finish(&request, status);
}

const struct harness_command harness_command_run = {
    .name = "run",
    .summary = "look for the smallest faults that break a promise",
    .purpose = HARNESS_FINDS,
    .synopsis = "SCENARIO.json [OPTION...]\n"
                "MODEL... -N A,B,C -t N -f N -c N [OPTION...]\n",
    .about = "Looks for the smallest message losses and crashes that break a model's promise.\n",
    .more = "Exit status 0: the search ended as the scenario expects, or, where it expects\n"
            "nothing, all within the bounds is certified; 1: otherwise; 3: a budget was too\n"
            "small to know.\n",
    .examples = "ldfi run models/delivery/simple.ded -N a,b,c -t 4 -f 2 -c 0\n"
                "ldfi run scenarios/primary_backup/rung3.json\n",
    .options = options,
    .run = run_command};
