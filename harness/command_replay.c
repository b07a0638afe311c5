#include "command.h"

#include "debug.h"
#include "fact_words.h"

#include <string.h>

enum replay_option { FACTS = HARNESS_OWN_OPTIONS, GDB, AT };

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    {FACTS, "facts", 0, "RELATION", "show the relation's facts, too; may be repeated"},
    {GDB, "gdb", 0, NULL, "under gdb, up to where it goes wrong"},
    {AT, "at", 0, "NODE,TIME", "with --gdb: up to that node at TIME"},
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
    bool debugs;
    struct lineage_place debug_place;
    struct replay_words at; /* words NULL: where the explanation says */
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct replay *replay = request->own;
    const struct replay_words relation = {value, place};
    if (id == GDB) {
        replay->debugs = true;
        replay->debug_place = place;
    } else if (id == AT) {
        replay->at = relation;
    } else {
        LINEAGE_PUSH(&replay->words, relation);
    }
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

/* ---- under gdb ---- */

/* NODE,TIME as given. */
static bool read_stop(struct harness_request *request, struct harness_breakpoint *stop)
{
    const struct replay *replay = request->own;
    const struct lineage_universe *universe = request->session.executor.universe;
    harness_texts parts = {0};
    uint64_t time = 0;
    harness_split(&request->session.scenario, replay->at.words, &parts);
    const bool is_right = parts.count == 2 &&
                          harness_read_number(parts.items[1], request->session.scenario.eot, &time,
                                              replay->at.place, &request->session.diagnostics);
    *stop = (struct harness_breakpoint){LINEAGE_NONE, (uint32_t)time, NULL, 0};
    for (uint32_t i = 0; is_right && i < universe->nodes.count; i++)
        if (strcmp(lineage_node_name(universe, i), parts.items[0]) == 0)
            stop->node = i;
    lineage_memory_free(parts.items);
    if (stop->node == LINEAGE_NONE && request->session.diagnostics.error_count == 0)
        lineage_error(&request->session.diagnostics, replay->at.place,
                      "write --at NODE,TIME, as in --at a,4, of a node of the scenario");
    return stop->node != LINEAGE_NONE;
}

static int debug(struct harness_request *request, int argc, char **argv)
{
    const struct replay *replay = request->own;
    struct harness_executor *executor = &request->session.executor;
    struct harness_breakpoint stop;
    if (executor->calls == 0) {
        lineage_error(&request->session.diagnostics, replay->debug_place,
                      "--gdb is for protocols in C; rules have `ldfi why` and `ldfi explain`");
        return HARNESS_STATUS_BAD_INPUT;
    }
    if (replay->at.words != NULL) {
        if (!read_stop(request, &stop))
            return HARNESS_STATUS_BAD_INPUT;
    } else {
        const enum harness_outcome outcome =
            harness_find_stop(executor, &replay->schedule, request->session.scenario.oracle, &stop);
        if (outcome != HARNESS_OK)
            return harness_request_outcome(request, outcome);
    }
    bool *left_out = lineage_memory_clear((size_t)argc + 1);
    for (int i = 1; i < argc; i++) {
        left_out[i] = strcmp(argv[i], "--gdb") == 0 || strncmp(argv[i], "--at=", 5) == 0 ||
                      strcmp(argv[i], "--at") == 0;
        if (strcmp(argv[i], "--at") == 0 && i + 1 < argc)
            left_out[++i] = true;
    }
    const bool is_run = harness_debug(argv, left_out, "native_at_handler", stop);
    lineage_memory_free(left_out);
    if (is_run)
        return HARNESS_STATUS_OK;
    lineage_error(&request->session.diagnostics, replay->debug_place,
                  "gdb cannot be run: install it, or name another in the environment variable GDB");
    return HARNESS_STATUS_BAD_INPUT;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct replay replay = {.words = {0}};
    struct harness_request request = {.handle = handle, .own = &replay};
    int status = harness_request_open(&request, command, argc, argv);
    if (status < 0) {
        status = !read_words(&request) ? HARNESS_STATUS_BAD_INPUT
                 : replay.debugs       ? debug(&request, argc, argv)
                                       : replay_schedule(&request);
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
