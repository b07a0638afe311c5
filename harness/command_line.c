/* From the command line to a scenario: which options override what it says, and what may stand in
 * its place. */
#include "command.h"

#include "corpus.h"
#include "job.h"
#include "json.h"

#include "../lineage/path.h"

#include <string.h>
#include <sys/stat.h>

enum scenario_option {
    NODES = 1,
    EOT,
    EFF,
    CRASHES,
    OMISSIONS,
    IMMUNE,
    ORACLE,
    STRICT_LOCALITY,
    CHOOSE,
    JSON = 20,
    QUIET,
    HELP,
    JOBS = 30,
    MAX_SECONDS,
    MAX_RUNS,
    MAX_EOT,
    RESUME,
    DATABASE,
};

static void override_number(struct harness_request *request, const char *value,
                            struct lineage_place place, uint32_t *number,
                            struct lineage_place *given)
{
    uint64_t parsed;
    if (!harness_read_number(value, 1000000000, &parsed, place, &request->session.diagnostics))
        return;
    *number = (uint32_t)parsed;
    *given = place;
    request->overrides_bounds = true;
}

static void override_list(struct harness_request *request, const char *value,
                          struct lineage_place place, harness_texts *texts,
                          struct lineage_place *given)
{
    texts->count = 0;
    harness_split(&request->session.scenario, value, texts);
    *given = place;
    request->overrides_bounds = true;
}

static void set_oracle(struct harness_request *request, const char *value,
                       struct lineage_place place)
{
    const enum lineage_oracle oracle = strcmp(value, "molly") == 0 ? LINEAGE_MOLLY : LINEAGE_STRICT;
    if (oracle == LINEAGE_STRICT && strcmp(value, "strict") != 0)
        lineage_error(&request->session.diagnostics, place,
                      "the oracles are strict and molly, not '%s'", value);
    request->overrides_bounds =
        request->overrides_bounds || oracle != request->session.scenario.oracle;
    request->session.scenario.oracle = oracle;
}

void harness_read_search(const char *name, enum harness_strategy *strategy,
                         struct lineage_place place, struct lineage_diagnostics *diagnostics)
{
    for (int i = 0; i < HARNESS_REPLAY; i++)
        if (strcmp(name, harness_strategy_name((enum harness_strategy)i)) == 0) {
            *strategy = (enum harness_strategy)i;
            return;
        }
    lineage_error(diagnostics, place, "the searches are lineage, exhaustive and random, not '%s'",
                  name);
}

void harness_request_name_store(struct harness_request *request, const char *path,
                                struct lineage_place place)
{
    if (request->db_path != NULL)
        lineage_error(&request->session.diagnostics, place,
                      "one database: --db FILE or --resume FILE");
    request->db_path = path;
}

static void set_limit(struct harness_request *request, int id, const char *value,
                      struct lineage_place place)
{
    struct harness_limits *limits = &request->limits;
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    switch (id) {
    case JOBS:
        limits->jobs = (size_t)harness_read_positive(value, HARNESS_JOBS_MAX, place, diagnostics);
        break;
    case MAX_SECONDS:
        harness_read_seconds(value, &limits->seconds_max, place, diagnostics);
        break;
    case MAX_RUNS:
        limits->runs_max = harness_read_positive(value, UINT64_MAX, place, diagnostics);
        break;
    case MAX_EOT:
        limits->eot_max =
            (uint32_t)harness_read_positive(value, HARNESS_TIME_MAX, place, diagnostics);
        break;
    case DATABASE:
        harness_request_name_store(request, value, place);
        break;
    case RESUME:
    default:
        harness_request_name_store(request, value, place);
        limits->resumes = true;
        break;
    }
}

static void handle(void *context, int id, const char *value, struct lineage_place place)
{
    struct harness_request *request = context;
    struct harness_scenario *scenario = &request->session.scenario;
    struct lineage_place given;
    if (request->scenario_options_only && id > CHOOSE)
        return;
    switch (id) {
    case NODES:
        override_list(request, value, place, &scenario->nodes, &scenario->given.nodes);
        break;
    case EOT:
        override_number(request, value, place, &scenario->eot, &scenario->given.eot);
        scenario->sweeps_eot = false;
        break;
    case EFF:
        override_number(request, value, place, &scenario->eff, &scenario->given.eff);
        scenario->sweeps_eff = false;
        break;
    case CRASHES:
        override_number(request, value, place, &scenario->crashes, &scenario->given.crashes);
        break;
    case OMISSIONS:
        override_number(request, value, place, &scenario->omissions, &given);
        break;
    case IMMUNE:
        override_list(request, value, place, &scenario->immune, &scenario->given.immune);
        break;
    case ORACLE:
        set_oracle(request, value, place);
        break;
    case STRICT_LOCALITY:
        scenario->strict_locality = true;
        break;
    case CHOOSE:
        LINEAGE_PUSH(&scenario->chosen, value);
        scenario->given.choose = place;
        break;
    case JSON:
        request->json = true;
        break;
    case QUIET:
        request->quiet = true;
        break;
    case HELP:
        request->help = true;
        break;
    case HARNESS_OMIT_OPTION:
    case HARNESS_CRASH_OPTION:
    case HARNESS_FAULTS_OPTION:
        LINEAGE_PUSH(&request->faults, ((struct harness_fault_words){id, value, place}));
        break;
    case HARNESS_RUN_OPTION:
        request->run =
            (int64_t)harness_read_positive(value, INT64_MAX, place, &request->session.diagnostics);
        break;
    case JOBS:
    case MAX_SECONDS:
    case MAX_RUNS:
    case MAX_EOT:
    case RESUME:
    case DATABASE:
        set_limit(request, id, value, place);
        break;
    default:
        request->handle(request, id, value, place);
        break;
    }
}

/* The scenario file among the operands, if they name one; models otherwise. */
static const char *scenario_operand(struct harness_request *request)
{
    const char *found = NULL;
    for (size_t i = 0; i < request->line.operands.count; i++) {
        const char *operand = request->line.operands.items[i];
        const struct lineage_place place = request->line.operand_places.items[i];
        struct stat status;
        if (stat(operand, &status) == 0 && S_ISDIR(status.st_mode))
            lineage_error(&request->session.diagnostics, place,
                          "%s is a folder; name one scenario (.json) or models (.ded, .c)",
                          operand);
        if (!lineage_path_has_ending(operand, ".json"))
            continue;
        if (found != NULL)
            lineage_error(&request->session.diagnostics, place, "one scenario at a time");
        found = operand;
    }
    if (found != NULL && request->line.operands.count > 1 &&
        request->session.diagnostics.error_count == 0)
        lineage_error(&request->session.diagnostics, request->line.operand_places.items[1],
                      "a scenario names its models itself: give it alone, or models with --nodes, "
                      "--eot, --eff and --crashes");
    if (request->line.operands.count == 0)
        lineage_error(
            &request->session.diagnostics, (struct lineage_place){request->line.source, 1, 1},
            "name a scenario (.json), or models (.ded, .c) with --nodes, --eot, --eff and "
            "--crashes; see --help");
    return found;
}

void harness_request_options(struct harness_request *request, int argc, char **argv)
{
    harness_parse(&request->line, argc, argv, 2, request->command->options, handle, request);
}

/* Takes the operands behind the scenario that are the command's own. */
static void take_own_operands(struct harness_request *request)
{
    struct harness_command_line *line = &request->line;
    const size_t wanted = request->own_operand_count;
    request->own_operands.count = request->own_operand_places.count = 0;
    for (size_t i = line->operands.count - wanted; i < line->operands.count; i++) {
        LINEAGE_PUSH(&request->own_operands, line->operands.items[i]);
        LINEAGE_PUSH(&request->own_operand_places, line->operand_places.items[i]);
    }
    line->operands.count -= wanted;
    line->operand_places.count -= wanted;
}

/* Reads the scenario of a file of the corpus, as that file has it. */
static void read_entry(struct harness_request *request, const char *path)
{
    struct harness_corpus corpus = {.items = {0}};
    if (harness_corpus_read_entry(&corpus, path, &request->session.diagnostics)) {
        const struct harness_known *known = &corpus.items.items[0];
        const struct harness_job job = {
            .path = known->scenario,
            .faults = harness_json_get(known->json, "faults"),
            .choice = harness_json_get(known->json, "choice"),
            .eot = (uint32_t)harness_json_number(known->json, "eot"),
            .eff = (uint32_t)harness_json_number(known->json, "eff"),
        };
        harness_job_read(&job, &request->session);
    }
    harness_corpus_free(&corpus);
}

/* Is what stands for the scenario a database, or a file of the corpus? */
static bool reads_run(struct harness_request *request, const char *path)
{
    if (!request->takes_runs || request->session.diagnostics.error_count > 0)
        return false;
    if (lineage_store_is_database(path) || lineage_path_has_ending(path, ".db"))
        request->database = path;
    else if (lineage_path_has_ending(path, ".json") && harness_corpus_is_entry(path))
        read_entry(request, path);
    else
        return false;
    if (request->line.operands.count > 1)
        lineage_error(&request->session.diagnostics, request->line.operand_places.items[1],
                      "%s stands alone", path);
    return true;
}

/* Parses options twice: once to learn the scenario file, and once more to override it. */
void harness_request_scenario(struct harness_request *request, int argc, char **argv)
{
    harness_request_options(request, argc, argv);
    if (request->help || request->session.diagnostics.error_count > 0)
        return;
    const size_t wanted = request->own_operand_count;
    if (request->line.operands.count < request->own_operand_count)
        request->own_operand_count = request->line.operands.count;
    take_own_operands(request);
    if (request->own_operand_count < wanted || (wanted > 0 && request->line.operands.count == 0)) {
        lineage_error(&request->session.diagnostics,
                      (struct lineage_place){request->line.source, 1, 1},
                      "name a scenario (.json) or a database, and behind it a FACT; see --help");
        return;
    }
    if (request->line.operands.count > 0) {
        request->source_place = request->line.operand_places.items[0];
        if (reads_run(request, request->line.operands.items[0]))
            return;
    }
    const char *path = scenario_operand(request);
    if (request->session.diagnostics.error_count > 0)
        return;
    if (path == NULL) {
        request->overrides_bounds = false;
        for (size_t i = 0; i < request->line.operands.count; i++)
            LINEAGE_PUSH(&request->session.scenario.model, request->line.operands.items[i]);
        request->session.scenario.source = request->line.source;
        return;
    }
    harness_scenario_destroy(&request->session.scenario);
    harness_scenario_create(&request->session.scenario);
    request->overrides_bounds = false;
    if (!harness_scenario_read(&request->session.scenario, path, &request->session.diagnostics))
        return;
    request->line.operands.count = request->line.operand_places.count = 0;
    request->scenario_options_only = true;
    harness_request_options(request, argc, argv);
    take_own_operands(request);
    if (request->overrides_bounds && request->session.scenario.expect != HARNESS_NO_EXPECTATION) {
        request->session.scenario.expect = HARNESS_NO_EXPECTATION;
        request->drops_expectation = true;
    }
}
