#include "command.h"

#include "fact_words.h"

enum replay_option { FACTS = HARNESS_OWN_OPTIONS };

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    {FACTS, "facts", 0, "RELATION", "show the relation's facts, too; may be repeated"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

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
    const uint32_t relation =
        harness_find_relation(request->session.executor.universe, words->words, words->place,
                              &request->session.diagnostics);
    if (relation != LINEAGE_NONE)
        LINEAGE_PUSH(&replay->shown, relation);
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
    harness_progress_end(&request->session.search.progress_drawn);
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
    request->session.search.budget.start_seconds = harness_seconds();
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
    harness_progress_end(&request->session.search.progress_drawn);
    const bool is_broken = broken.count > 0;
    lineage_memory_free(broken.items);
    if (outcome != HARNESS_OK)
        return harness_request_outcome(request, outcome);
    return is_broken ? HARNESS_STATUS_FOUND : HARNESS_STATUS_OK;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct replay replay = {.words = {0}};
    struct harness_request request = {.handle = handle, .own = &replay};
    int status = harness_request_open(&request, command, argc, argv);
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

const struct harness_command harness_command_replay = {
    .name = "replay",
    .summary = "run one fault schedule and draw what happens",
    .purpose = HARNESS_UNDERSTANDS,
    .synopsis = "SCENARIO.json [--omit FROM,TO,TIME | --crash NODE,TIME]...\n"
                "SCENARIO.json --faults FILE.json\n",
    .about = "Runs one fault schedule and draws what happens. Exit status 0: the promise is\n"
             "kept, 1: it is broken. The faults may lie outside the scenario's bounds. Without\n"
             "any: those that the scenario names, if it does.\n",
    .examples = "ldfi replay scenarios/primary_backup/rung3.json --crash c,3\n",
    .options = options,
    .run = run_command};
