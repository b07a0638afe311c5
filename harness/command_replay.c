#include "command.h"

#include "faults_file.h"

#include <string.h>

enum replay_option { OMIT = HARNESS_OWN_OPTIONS, CRASH, FAULTS, FACTS };

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    {OMIT, "omit", 0, "FROM,TO,TIME", "lose what FROM sends TO at TIME; may be repeated"},
    {CRASH, "crash", 0, "NODE,TIME", "NODE sends nothing from TIME on; may be repeated"},
    {FAULTS, "faults", 0, "FILE.json", "one of \"counterexamples\" of `ldfi run --json`"},
    {FACTS, "facts", 0, "RELATION", "show the relation's facts, too; may be repeated"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

/* A fault or relation as given, to be understood once the model is known. */
struct replay_words {
    int id;
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
    const struct replay_words fault = {id, value, place};
    LINEAGE_PUSH(&replay->words, fault);
}

static uint32_t find_node(struct harness_request *request, const char *name,
                          struct lineage_place place)
{
    const struct lineage_universe *universe = request->session.executor.universe;
    for (uint32_t node = 0; node < universe->nodes.count; node++)
        if (strcmp(lineage_node_name(universe, node), name) == 0)
            return node;
    lineage_error(&request->session.diagnostics, place,
                  "'%s' is no node of the scenario; the nodes are %s", name,
                  harness_join(&request->line.arena, &request->session.scenario.nodes, ", "));
    return LINEAGE_NONE;
}

static void read_fault(struct harness_request *request, const struct replay_words *fault)
{
    struct replay *replay = request->own;
    const bool is_crash = fault->id == CRASH;
    const size_t wanted = is_crash ? 2 : 3;
    harness_texts parts = {0};
    uint64_t time;
    harness_split(&request->session.scenario, fault->words, &parts);
    if (parts.count != wanted) {
        lineage_error(&request->session.diagnostics, fault->place, "write %s, as in %s",
                      is_crash ? "--crash NODE,TIME" : "--omit FROM,TO,TIME",
                      is_crash ? "--crash c,4" : "--omit a,b,1");
    } else if (harness_read_number(parts.items[wanted - 1], request->session.scenario.eot, &time,
                                   fault->place, &request->session.diagnostics)) {
        const uint32_t from = find_node(request, parts.items[0], fault->place);
        const uint32_t to =
            is_crash ? from : find_node(request, parts.items[wanted - 2], fault->place);
        if (time == 0)
            lineage_error(&request->session.diagnostics, fault->place,
                          "time runs from 1 to %u (EOT)", request->session.scenario.eot);
        else if (is_crash && lineage_schedule_crash_time(&replay->schedule, from) != LINEAGE_NONE)
            lineage_error(&request->session.diagnostics, fault->place, "%s crashes twice",
                          parts.items[0]);
        else if (is_crash)
            lineage_schedule_add_crash(&replay->schedule,
                                       (struct lineage_crash){(uint32_t)time, from});
        else if (from == to && from != LINEAGE_NONE)
            lineage_error(&request->session.diagnostics, fault->place,
                          "a message of a node to itself cannot be lost");
        else
            lineage_schedule_add_omission(&replay->schedule,
                                          (struct lineage_omission){(uint32_t)time, from, to});
    }
    lineage_memory_free(parts.items);
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
    bool names_faults = false;
    for (size_t i = 0; i < replay->words.count; i++)
        names_faults = names_faults || replay->words.items[i].id != FACTS;
    if (!names_faults) /* then those of the scenario, if it has some */
        lineage_schedule_copy(&replay->schedule, &request->session.search.replayed);
    for (size_t i = 0; i < replay->words.count; i++) {
        const struct replay_words *fault = &replay->words.items[i];
        if (fault->id == FAULTS)
            harness_faults_read(fault->words, fault->place, request->session.executor.universe,
                                request->session.scenario.eot, &replay->schedule,
                                &request->session.diagnostics, &request->line.arena);
        else if (fault->id == FACTS)
            find_relation(request, fault);
        else
            read_fault(request, fault);
    }
    return request->session.diagnostics.error_count == 0;
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
    if (outcome == HARNESS_INTERRUPTED &&
        request->session.search.budget.stop == HARNESS_OUT_OF_MEMORY) {
        lineage_error(&request->session.diagnostics, (struct lineage_place){0}, "%s",
                      harness_stop_reason(HARNESS_OUT_OF_MEMORY));
        return HARNESS_STATUS_NO_ANSWER;
    }
    if (outcome == HARNESS_INTERRUPTED)
        return HARNESS_STATUS_INTERRUPTED;
    if (outcome == HARNESS_FAILED) {
        lineage_error(&request->session.diagnostics, executor->failure_place, "%s",
                      executor->failure);
        return HARNESS_STATUS_BAD_INPUT;
    }
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
    .synopsis = "SCENARIO.json [--omit FROM,TO,TIME]... [--crash NODE,TIME]...\n"
                "SCENARIO.json --faults FILE.json\n",
    .about = "Runs one fault schedule and draws what happens. Exit status 0: the promise is\n"
             "kept, 1: it is broken. The faults may lie outside the scenario's bounds. Without\n"
             "any: those that the scenario names, if it does.\n",
    .examples = "ldfi replay scenarios/primary_backup/rung3.json --crash c,3\n",
    .options = options,
    .run = run_command};
