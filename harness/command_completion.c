#include "command.h"
#include "completion.h"

#include <string.h>

static const struct harness_option options[] = {HARNESS_OUTPUT_OPTIONS, {0, NULL, 0, NULL, NULL}};

/* The nodes of a scenario, a line each: what completion offers behind --crash. */
static void print_nodes(struct harness_request *request, const char *path)
{
    struct harness_scenario *scenario = &request->session.scenario;
    if (!harness_scenario_read(scenario, path, &request->session.diagnostics))
        return;
    for (size_t i = 0; i < scenario->nodes.count; i++)
        puts(scenario->nodes.items[i]);
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct harness_request request = {.command = command};
    const int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    const char *const *words = request.line.operands.items;
    const size_t count = request.line.operands.count;
    if (count == 1 && strcmp(words[0], "bash") == 0)
        harness_completion_bash(stdout);
    else if (count == 1 && strcmp(words[0], "zsh") == 0)
        harness_completion_zsh(stdout);
    else if (count == 2 && strcmp(words[0], "nodes") == 0)
        print_nodes(&request, words[1]);
    else
        lineage_error(&request.session.diagnostics,
                      (struct lineage_place){request.line.source, 1, 1},
                      "name a shell, bash or zsh; or `nodes` and a scenario; see --help");
    return request.session.diagnostics.error_count > 0
               ? harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT)
               : harness_request_finish(&request, HARNESS_STATUS_OK);
}

const struct harness_command harness_command_completion = {
    .name = "completion",
    .summary = "teach bash or zsh to complete commands, options and nodes",
    .purpose = HARNESS_HELPS,
    .synopsis = "bash|zsh\n"
                "nodes SCENARIO.json\n",
    .about = "Prints a script by which a shell completes commands, options, their values,\n"
             "files, and the nodes of the scenario on the line. `make install` puts it where\n"
             "shells look; by hand: `source <(ldfi completion bash)`. `nodes` prints the nodes\n"
             "of a scenario, a line each.\n",
    .examples = "ldfi completion nodes scenarios/primary_backup/rung3.json\n",
    .options = options,
    .run = run_command};
