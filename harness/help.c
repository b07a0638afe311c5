#include "help.h"

#include "manual.h"

#include <string.h>

/* clang-format off */
const struct harness_command *const harness_commands[] = {
    &harness_command_new,
    &harness_command_run,
    &harness_command_check,
    &harness_command_replay,
    &harness_command_explain,
    &harness_command_why,
    &harness_command_why_not,
    &harness_command_report,
    &harness_command_sweep,
    &harness_command_regress,
    &harness_command_bisect,
    &harness_command_compare,
    &harness_command_merge,
    &harness_command_export,
    &harness_command_import,
    &harness_command_help,
    &harness_command_completion,
    NULL};
/* clang-format on */

/* What the commands of a purpose have in common: "Find what breaks a promise". */
static const char *purpose_name(enum harness_purpose purpose)
{
    static const char *const names[HARNESS_PURPOSE_COUNT] = {
        [HARNESS_FINDS] = "Find faults that break a promise, or certify that there are none",
        [HARNESS_UNDERSTANDS] = "Understand what happens under faults, and why",
        [HARNESS_GUARDS] = "Watch over many scenarios, versions and known bugs",
        [HARNESS_EXCHANGES] = "Exchange what was found",
        [HARNESS_HELPS] = "Learn more",
    };
    return names[purpose];
}

const struct harness_command *harness_command_find(const char *name)
{
    for (size_t i = 0; harness_commands[i] != NULL; i++)
        if (strcmp(harness_commands[i]->name, name) == 0)
            return harness_commands[i];
    return NULL;
}

void harness_report_command(const char *name, struct lineage_place place,
                            struct lineage_diagnostics *diagnostics)
{
    const char *names[sizeof harness_commands / sizeof *harness_commands];
    size_t count = 0;
    for (; harness_commands[count] != NULL; count++)
        names[count] = harness_commands[count]->name;
    const char *nearest = lineage_nearest(name, names, count);
    lineage_error(diagnostics, place, "unknown command '%s'%s%s%s", name,
                  nearest != NULL ? "; did you mean " : "; see ldfi --help",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

static void print_indented(const char *lines, const char *before, FILE *out)
{
    while (*lines != '\0') {
        const size_t bytes = strcspn(lines, "\n");
        fprintf(out, "%s%.*s\n", before, (int)bytes, lines);
        lines += bytes + (lines[bytes] == '\n');
    }
}

void harness_help(FILE *out)
{
    fputs("usage: ldfi COMMAND [ARGUMENT...]     Which faults break a replication protocol?\n",
          out);
    for (enum harness_purpose purpose = 0; purpose < HARNESS_PURPOSE_COUNT; purpose++) {
        fprintf(out, "%s:\n", purpose_name(purpose));
        for (size_t i = 0; harness_commands[i] != NULL; i++)
            if (harness_commands[i]->purpose == purpose)
                fprintf(out, "  %-10s  %s\n", harness_commands[i]->name,
                        harness_commands[i]->summary);
    }
    fputs("Example: ldfi run scenarios/primary_backup/rung3.json\n", out);
}

static void print_usage(const struct harness_command *command, FILE *out)
{
    const char *before = "usage:";
    for (const char *line = command->synopsis; *line != '\0';) {
        const size_t bytes = strcspn(line, "\n");
        fprintf(out, "%s ldfi %s %.*s\n", before, command->name, (int)bytes, line);
        line += bytes + (line[bytes] == '\n');
        before = "      ";
    }
}

static bool is_of_scenario(const struct harness_option *option)
{
    return option->id > 0 && option->id <= HARNESS_SCENARIO_OPTION_MAX;
}

/* Prints the options of the scenario, or the others; the common ones, or all. Returns how many it
 * has left out. */
static size_t print_options(const struct harness_option *options, bool of_scenario, bool is_all,
                            FILE *out)
{
    size_t left_out = 0;
    bool is_rare = false;
    for (; options->id != 0; options++) {
        is_rare = is_rare || options->id == HARNESS_RARE;
        if (options->id == HARNESS_RARE || is_of_scenario(options) != of_scenario)
            continue;
        if (is_rare && !is_all)
            left_out++;
        else
            harness_print_option(options, out);
    }
    return left_out;
}

static bool takes_scenario(const struct harness_command *command)
{
    bool takes = false;
    for (const struct harness_option *option = command->options; option->id != 0; option++)
        takes = takes || is_of_scenario(option);
    return takes;
}

void harness_help_command(const struct harness_command *command, bool is_all, FILE *out)
{
    print_usage(command, out);
    fprintf(out, "\n%s\n", command->about);
    if (is_all && command->more != NULL)
        fprintf(out, "%s\n", command->more);
    const size_t left_out = print_options(command->options, false, is_all, out);
    if (left_out > 0)
        fprintf(out, "\n%zu more options: ldfi help %s all\n", left_out, command->name);
    if (takes_scenario(command) && is_all) {
        fputs("\nInstead of what the scenario says:\n", out);
        print_options(command->options, true, true, out);
    } else if (takes_scenario(command)) {
        fputs("Instead of what the scenario says: -N, -t, -f, -c, ... (ldfi help scenario)\n", out);
    }
    fputs(strchr(command->examples, '\n')[1] != '\0' ? "\nExamples:\n" : "\nExample:\n", out);
    print_indented(command->examples, "  ", out);
}

const char harness_help_of_scenario[] =
    "A scenario is a JSON file: which model and inputs, which nodes, the bounds on\n"
    "faults, and what is expected (ldfi-scenario(5), scenarios/schema.json). Options\n"
    "say it instead: of models alone, or otherwise than the file does, which drops\n"
    "what is expected.\n";

void harness_help_scenario(FILE *out)
{
    static const struct harness_option options[] = {HARNESS_SCENARIO_OPTIONS,
                                                    {0, NULL, 0, NULL, NULL}};
    fprintf(out, "%s\n", harness_help_of_scenario);
    print_options(options, true, true, out);
    fputs("\nExample:\n  ldfi run scenarios/primary_backup/rung4.json --crashes 0\n", out);
}

/* Prints text in lines of at most so many columns, all but the first behind so many spaces. */
static void print_wrapped(const char *text, size_t indent, size_t columns, FILE *out)
{
    size_t column = indent;
    while (*text != '\0') {
        const size_t bytes = strcspn(text, " ");
        if (column > indent && column + 1 + bytes > columns) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)bytes, text);
        column += bytes;
        text += bytes + (text[bytes] == ' ');
    }
    fputc('\n', out);
}

void harness_help_status(FILE *out)
{
    for (const struct harness_status_text *text = harness_status_texts; text->meaning != NULL;
         text++) {
        fprintf(out, "%5d  ", text->status);
        print_wrapped(text->meaning, 7, 80, out);
    }
    fputs("\nOf several scenarios the status is the first of 130, 4, 2, 1, 3, 0 that occurs.\n",
          out);
}
