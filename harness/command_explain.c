#include "command.h"

#include "explain.h"

enum explain_option { TRY = HARNESS_OWN_OPTIONS };

static const struct harness_option options[] = {
    HARNESS_SCENARIO_OPTIONS,
    HARNESS_FAULT_OPTIONS,
    HARNESS_RUN_CHOICE,
    {TRY, "try", 0, NULL, "try what would help on a copy, and search that"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    bool *tries = request->own;
    (void)id;
    (void)value;
    (void)place;
    *tries = true;
}

static int explain(struct harness_request *request, const struct harness_evidence *evidence)
{
    struct harness_explanation explanation;
    const struct harness_style style = {harness_wants_colour(stdout), request->program, ""};
    harness_explain(&explanation, evidence);
    harness_request_warn(request);
    if (!request->quiet)
        harness_explanation_text(&explanation, &style, stdout);
    harness_explanation_free(&explanation);
    return HARNESS_STATUS_FOUND;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    bool tries = false;
    struct harness_request request = {
        .command = command, .handle = handle, .own = &tries, .takes_runs = true};
    struct harness_evidence evidence = {.run = 0};
    int status = harness_request_open(&request, command, argc, argv);
    if (status >= 0)
        return status;
    status = harness_request_evidence(&request, &evidence);
    if (status < 0 && evidence.broken.count > 0)
        status = explain(&request, &evidence);
    else if (status < 0)
        status = HARNESS_STATUS_OK;
    harness_evidence_free(&evidence);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_explain = {
    .name = "explain",
    .summary = "why does a run break its promise, and what would help?",
    .purpose = HARNESS_UNDERSTANDS,
    .synopsis = "SCENARIO.json [--omit FROM,TO,TIME]... [--crash NODE,TIME]...\n"
                "FILE.db [--run N]\n",
    .about = "Says why a run breaks its promise.\n",
    .examples = "ldfi explain scenarios/primary_backup/rung3.json --crash c,3\n",
    .options = options,
    .run = run_command};
