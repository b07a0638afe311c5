#include "command.h"

#include "try.h"

enum explain_option { TRY = HARNESS_OWN_OPTIONS, MAX_SECONDS };

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    HARNESS_RUN_CHOICE,
    {TRY, "try", 0, NULL, "make each change advised on a copy, and search that"},
    {MAX_SECONDS, "max-seconds", 0, "N", "stop each search after N seconds"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

struct command {
    bool tries;
    double seconds_max;
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct command *own = request->own;
    if (id == TRY)
        own->tries = true;
    else
        harness_read_seconds(value, &own->seconds_max, place, &request->session.diagnostics);
}

static void print_json(const struct harness_explanation *explanation,
                       const struct harness_trials *trials, const struct command *own)
{
    cJSON *object = harness_explanation_json(explanation);
    if (own->tries)
        cJSON_AddItemToObject(object, "tried", harness_trials_json(trials));
    cJSON_AddItemToObject(object, "warnings",
                          harness_warnings_json(&explanation->evidence->session->diagnostics));
    harness_print_json(object, stdout);
}

/* Where there is something to try, how to. */
static void print_hint(const struct harness_explanation *explanation)
{
    bool is_mechanical = false;
    for (size_t i = 0; i < explanation->advice.count; i++)
        is_mechanical = is_mechanical || explanation->advice.items[i].is_mechanical;
    if (is_mechanical)
        printf("\nMake these changes on a copy, and search that: add --try to this command\n");
}

static int explain(struct harness_request *request, const struct harness_evidence *evidence)
{
    const struct command *own = request->own;
    const struct harness_style style = {harness_wants_colour(stdout), request->program, ""};
    struct harness_explanation explanation;
    struct harness_trials trials = {.items = {0}};
    harness_explain(&explanation, evidence);
    if (own->tries)
        harness_try(&explanation, own->seconds_max, &trials);
    harness_request_warn(request);
    if (request->json) {
        print_json(&explanation, &trials, own);
    } else if (!request->quiet) {
        harness_explanation_text(&explanation, &style, stdout);
        if (own->tries)
            harness_trials_text(&explanation, &trials, &style, stdout);
        else
            print_hint(&explanation);
    }
    const bool is_interrupted =
        trials.is_interrupted || request->session.search.budget.stop == HARNESS_STOPPED_BY_USER;
    const int status = is_interrupted ? HARNESS_STATUS_INTERRUPTED : HARNESS_STATUS_FOUND;
    harness_trials_free(&trials);
    harness_explanation_free(&explanation);
    return status;
}

/* There is nothing to explain: the run keeps its promise; or (`is_searched`) all do. */
static int say_kept(const struct harness_request *request, const struct harness_evidence *evidence,
                    bool is_searched)
{
    const struct harness_search *search = &request->session.search;
    if (request->json) {
        cJSON *object = is_searched ? harness_report_json(search) : harness_head_json(search);
        harness_explain_head(evidence, object);
        cJSON_AddItemToObject(object, "broken", cJSON_CreateArray());
        if (!is_searched)
            cJSON_AddItemToObject(object, "warnings",
                                  harness_warnings_json(&request->session.diagnostics));
        harness_print_json(object, stdout);
    } else if (!request->quiet && is_searched) {
        printf("%s: %s, and there is nothing to explain\n", evidence->name,
               search->vacuous ? "nothing is promised"
                               : "no schedule within the bounds breaks the promise");
    } else if (!request->quiet) {
        printf("%s under ", evidence->name);
        lineage_schedule_print(evidence->universe, &evidence->faults, stdout);
        puts(": every promise is kept, and there is nothing to explain");
        if (!lineage_bounds_allow(&evidence->bounds, &evidence->faults))
            puts("  (these faults lie outside the scenario's bounds)");
    }
    return HARNESS_STATUS_OK;
}

/* The search for faults came to no end. */
static int say_unknown(const struct harness_request *request)
{
    const struct harness_search *search = &request->session.search;
    if (request->session.diagnostics.error_count == 0 && request->json)
        harness_print_json(harness_report_json(search), stdout);
    else if (request->session.diagnostics.error_count == 0 && !request->quiet)
        printf("%s: no faults were found that break the promise, before the search ended: %s\n",
               search->scenario->name, harness_stop_reason(search->budget.stop));
    return search->budget.stop == HARNESS_STOPPED_BY_USER ? HARNESS_STATUS_INTERRUPTED
           : search->failure != HARNESS_NO_FAILURE ? harness_session_status(&request->session)
                                                   : HARNESS_STATUS_NO_ANSWER;
}

/* Of a scenario without faults: those that a search finds first. Returns -1, or the exit status to
 * end with. */
static int search_faults(struct harness_request *request, struct harness_evidence *evidence)
{
    const struct command *own = request->own;
    struct harness_search *search = &request->session.search;
    struct lineage_schedule faults = {.omissions = {0}};
    search->options.jobs = request->limits.jobs;
    search->budget.seconds_max = own->seconds_max;
    harness_search_run(search);
    harness_progress_end(&search->progress_drawn);
    if (search->counterexamples.count == 0 && search->verdict != HARNESS_CERTIFIED)
        return say_unknown(request);
    if (search->counterexamples.count > 0)
        lineage_schedule_copy(&faults, &search->counterexamples.items[0].schedule);
    search->budget.seconds_max = 0; /* it was for the search */
    if (search->budget.stop == HARNESS_OUT_OF_TIME)
        search->budget.stop = HARNESS_GOES_ON;
    const enum harness_outcome outcome =
        harness_evidence_make(evidence, &request->session, &faults);
    return outcome == HARNESS_OK ? -1 : harness_request_outcome(request, outcome);
}

static bool names_faults(const struct harness_request *request)
{
    return request->database != NULL || request->run > 0 || request->faults.count > 0 ||
           request->session.scenario.faults != NULL;
}

static int make_evidence(struct harness_request *request, struct harness_evidence *evidence)
{
    return names_faults(request) ? harness_request_evidence(request, evidence)
                                 : search_faults(request, evidence);
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct command own = {.tries = false};
    struct harness_request request = {
        .command = command, .handle = handle, .own = &own, .takes_runs = true};
    struct harness_evidence evidence = {.run = 0};
    int status = harness_request_open(&request, command, argc, argv);
    if (status >= 0)
        return status;
    status = make_evidence(&request, &evidence);
    if (status < 0 && evidence.is_capture) {
        lineage_error(
            &request.session.diagnostics, request.source_place,
            "a capture promises nothing; `ldfi why` and `ldfi report` show what is in it");
        status = HARNESS_STATUS_BAD_INPUT;
    }
    if (status < 0)
        status = evidence.broken.count > 0 ? explain(&request, &evidence)
                                           : say_kept(&request, &evidence, !names_faults(&request));
    harness_evidence_free(&evidence);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_explain = {
    .name = "explain",
    .summary = "why does a run break its promise, and what would help?",
    .purpose = HARNESS_UNDERSTANDS,
    .synopsis = "SCENARIO.json [--omit FROM,TO,TIME | --crash NODE,TIME]...\n"
                "ENTRY.json | FILE.db [--run N]\n",
    .about = "What happened, what the promise lacked and which fault cut it, where the run\n"
             "parts from the one without faults, and what would help. A scenario without\n"
             "faults is searched for some. Exit status as of `ldfi replay`.\n",
    .examples = "ldfi explain scenarios/primary_backup/asynchronous.json --try\n",
    .options = options,
    .run = run_command};
