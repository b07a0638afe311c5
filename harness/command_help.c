#include "command.h"
#include "help.h"
#include "manual.h"

#include <string.h>

static const struct harness_option options[] = {HARNESS_OUTPUT_OPTIONS, {0, NULL, 0, NULL, NULL}};

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct harness_request request = {.command = command};
    int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    const char *const *words = request.line.operands.items;
    const struct lineage_place *places = request.line.operand_places.items;
    const size_t count = request.line.operands.count;
    const struct harness_command *about = count > 0 ? harness_command_find(words[0]) : NULL;
    const bool is_all = count == 2 && strcmp(words[1], "all") == 0;
    if (count > (is_all ? 2 : 1))
        lineage_error(&request.session.diagnostics, places[is_all ? 2 : 1],
                      "name one command, and `all` to read everything about it");
    else if (about != NULL)
        harness_help_command(about, is_all, stdout);
    else if (count == 0)
        harness_help(stdout);
    else if (strcmp(words[0], "scenario") == 0)
        harness_help_scenario(stdout);
    else if (strcmp(words[0], "status") == 0)
        harness_help_status(stdout);
    else if (strcmp(words[0], "manual") == 0)
        harness_manual(stdout);
    else
        harness_report_command(words[0], places[0], &request.session.diagnostics);
    return request.session.diagnostics.error_count > 0
               ? harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT)
               : harness_request_finish(&request, HARNESS_STATUS_OK);
}

const struct harness_command harness_command_help = {
    .name = "help",
    .summary = "what a command does and takes (`ldfi help run`)",
    .purpose = HARNESS_HELPS,
    .synopsis = "[COMMAND [all]]\n"
                "scenario|status|manual\n",
    .about = "Says what a command does and takes, as its --help does: the common options, or\n"
             "with `all` every option and all there is to know. `scenario` is about the\n"
             "options of all commands that take one, `status` about exit statuses. `manual`\n"
             "prints the page ldfi(1), to be read with `ldfi help manual | man -l -`.\n",
    .examples = "ldfi help run\n",
    .options = options,
    .run = run_command};
