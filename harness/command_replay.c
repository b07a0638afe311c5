#include "command.h"

#include <string.h>

enum replay_option { FACTS = HARNESS_OWN_OPTIONS };

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    {FACTS, "facts", 0, "RELATION", "show the relation's facts, too; as often as needed"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

static const char usage[] =
    "usage: ldfi replay SCENARIO.json [--omit FROM,TO,TIME]... [--crash NODE,TIME]...\n"
    "       ldfi replay SCENARIO.json --faults FILE.json\n\n"
    "Runs one fault schedule and shows what happens. Exit status 0: the promise is kept, 1: it\n"
    "is broken. The faults may lie outside the scenario's bounds. Without faults: those that the\n"
    "scenario names, if it does.\n\n"
    "  ldfi replay scenarios/primary_backup/rung3.json --crash c,3\n";

/* A relation as given, to be understood once the model is known. */
struct replay_words {
    const char *words;
    struct lineage_place place;
};

struct replay {
    LINEAGE_ARRAY(struct replay_words) words;
    struct lineage_schedule schedule;
    LINEAGE_ARRAY(uint32_t) shown; /* the relations whose facts are wanted */
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct replay *replay = request->own;
    const struct replay_words relation = {value, place};
    (void)id;
    LINEAGE_PUSH(&replay->words, relation);
}

static void find_relation(struct harness_request *request, const struct replay_words *words)
{
    struct replay *replay = request->own;
    const struct lineage_universe *universe = request->session.executor.universe;
    const uint32_t relation = lineage_relation_find(universe, words->words);
    LINEAGE_ARRAY(const char *) names = {0};
    for (size_t i = 0; i < universe->relations.count; i++)
        if (!universe->relations.items[i].internal)
            LINEAGE_PUSH(&names, universe->relations.items[i].name);
    const char *nearest = lineage_nearest(words->words, names.items, names.count);
    if (relation == LINEAGE_NONE)
        lineage_error(&request->session.diagnostics, words->place,
                      "the model has no relation %s%s%s%s", words->words,
                      nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                      nearest != NULL ? "?" : "");
    else
        LINEAGE_PUSH(&replay->shown, relation);
    lineage_memory_free(names.items);
}

static bool read_words(struct harness_request *request)
{
    struct replay *replay = request->own;
    for (size_t i = 0; i < replay->words.count; i++)
        find_relation(request, &replay->words.items[i]);
    return harness_request_faults(request, &replay->schedule) &&
           request->session.diagnostics.error_count == 0;
}

static void show(struct harness_request *request, const struct lineage_execution *execution,
                 const lineage_tuples *broken)
{
    const struct replay *replay = request->own;
    const struct harness_replay shown = {
        &request->session.search, &replay->schedule,  execution, broken,
        replay->shown.items,      replay->shown.count};
    const struct harness_style style = {harness_wants_colour(stdout), "", ""};
    harness_request_warn(request);
    if (request->json)
        harness_print_json(harness_replay_json(&shown), stdout);
    else if (!request->quiet)
        harness_replay_text(&shown, &style, stdout);
}

/* Runs the schedule; before it, if the oracle compares with it, the run without faults. */
static int replay_schedule(struct harness_request *request)
{
    const struct replay *replay = request->own;
    struct harness_executor *executor = &request->session.executor;
    const struct lineage_schedule none = {.omissions = {0}};
    const bool compares = request->session.scenario.oracle == LINEAGE_MOLLY;
    struct lineage_execution good, execution;
    lineage_tuples broken = {0};
    executor->poll = harness_budget_poll;
    executor->poll_context = &request->session.search.budget;
    enum harness_outcome outcome = HARNESS_OK;
    if (compares)
        outcome = executor->execute(executor, &none, false, &good);
    if (outcome == HARNESS_OK) {
        outcome = executor->execute(executor, &replay->schedule, true, &execution);
        if (outcome == HARNESS_OK) {
            lineage_broken_promises(&execution, request->session.scenario.oracle,
                                    compares ? &good : NULL, &broken);
            show(request, &execution, &broken);
        }
        lineage_execution_free(&execution);
    }
    if (compares)
        lineage_execution_free(&good);
    const bool is_broken = broken.count > 0;
    lineage_memory_free(broken.items);
    if (outcome != HARNESS_OK)
        return harness_request_outcome(request, outcome);
    return is_broken ? HARNESS_STATUS_FOUND : HARNESS_STATUS_OK;
}

int harness_command_replay(const struct harness_command *command, int argc, char **argv)
{
    struct replay replay = {.words = {0}};
    struct harness_request request = {.options = options, .handle = handle, .own = &replay};
    int status = harness_request_open(&request, command, usage, argc, argv);
    if (status < 0) {
        status = read_words(&request) ? replay_schedule(&request) : HARNESS_STATUS_BAD_INPUT;
        status = request.session.diagnostics.error_count > 0
                     ? harness_request_fail(&request, status)
                     : harness_request_finish(&request, status);
    }
    lineage_memory_free(replay.words.items);
    lineage_memory_free(replay.shown.items);
    lineage_schedule_free(&replay.schedule);
    return status;
}
