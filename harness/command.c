#include "command.h"

#include "choices.h"
#include "executor.h"
#include "formula_file.h"
#include "help.h"
#include "machine.h"

#include "../lineage/results.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

volatile sig_atomic_t harness_interrupted;
struct lineage_store *harness_store_in_use;

static void interrupt(int signal_number)
{
    (void)signal_number;
    harness_interrupted = 1;
}

/* From now on the first signal asks what runs to end with what it has; a second one, like any while
 * files are still being read, ends the program. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* What both kinds of commands begin with. `read` parses the options and reads what they name. */
static int begin(struct harness_request *request, const struct harness_command *command, int argc,
                 char **argv, void (*read)(struct harness_request *request, int argc, char **argv))
{
    harness_scenario_create(&request->session.scenario);
    request->command = command;
    request->program = argv[0];
    request->limits.jobs = harness_count_cores();
    request->limits.eot_max = HARNESS_EOT_MAX_DEFAULT;
    for (int i = 2; i < argc; i++) /* errors in options want to know, too */
        request->json = request->json || strcmp(argv[i], "--json") == 0;
    request->line.diagnostics = &request->session.diagnostics;
    read(request, argc, argv);
    if (!request->help)
        return -1;
    const bool is_all =
        request->line.operands.count == 1 && strcmp(request->line.operands.items[0], "all") == 0;
    harness_help_command(command, is_all, stdout);
    return harness_request_finish(request, HARNESS_STATUS_OK);
}

int harness_request_parse(struct harness_request *request, const struct harness_command *command,
                          int argc, char **argv)
{
    const int status = begin(request, command, argc, argv, harness_request_options);
    if (status >= 0)
        return status;
    if (request->session.diagnostics.error_count > 0)
        return harness_request_fail(request, HARNESS_STATUS_BAD_INPUT);
    catch_signals();
    return -1;
}

/* One search has one combination of inputs; reading takes the first of several. */
static bool settles_inputs(struct harness_request *request, bool only_reads)
{
    const struct harness_scenario *scenario = &request->session.scenario;
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    request->combinations = harness_choices_count(scenario, diagnostics);
    if (request->combinations > 1 && !only_reads)
        lineage_error(diagnostics, scenario->given.choose,
                      "the scenario leaves %zu combinations of inputs open; `ldfi sweep` searches "
                      "all, --choose NAME=VALUE chooses",
                      request->combinations);
    return request->combinations == 1 || (request->combinations > 1 && only_reads);
}

/* Who only reads takes bounds that are left to a sweep for the widest. */
static void settle_bounds(struct harness_request *request)
{
    struct harness_scenario *scenario = &request->session.scenario;
    request->leaves_eot = scenario->sweeps_eot;
    request->leaves_eff = scenario->sweeps_eff;
    if (scenario->sweeps_eot)
        scenario->eot = HARNESS_TIME_MAX;
    if (scenario->sweeps_eff)
        scenario->eff = 0;
    scenario->sweeps_eot = scenario->sweeps_eff = false;
}

/* Between runs, too, there may be long work. */
static void show_progress(void *search)
{
    harness_progress(search);
}

int harness_request_open(struct harness_request *request, const struct harness_command *command,
                         int argc, char **argv)
{
    const int status = begin(request, command, argc, argv, harness_request_scenario);
    if (status >= 0)
        return status;
    const bool only_reads = command == &harness_command_check;
    if (only_reads)
        settle_bounds(request);
    request->session.search.budget.interrupted = &harness_interrupted;
    if (harness_is_native(&request->session.scenario)) /* what is built is to be removed */
        catch_signals();
    if (request->session.diagnostics.error_count > 0 ||
        (request->database == NULL &&
         (!settles_inputs(request, only_reads) || !harness_session_open(&request->session))))
        return harness_request_fail(request, harness_interrupted ? HARNESS_STATUS_INTERRUPTED
                                                                 : HARNESS_STATUS_BAD_INPUT);
    if (request->drops_expectation && command == &harness_command_run)
        lineage_warn(&request->session.diagnostics,
                     (struct lineage_place){request->session.scenario.source, 1, 1},
                     "options override what the scenario asks, so \"expect\" is dropped");
    if (isatty(STDERR_FILENO) && !request->quiet)
        request->session.search.progress = harness_progress;
    if (request->session.search.progress != NULL) {
        request->session.search.budget.tick = show_progress;
        request->session.search.budget.tick_context = &request->session.search;
    }
    harness_budget_measure(&request->session.search.budget);
    lineage_memory_watch(harness_budget_watch, &request->session.search.budget);
    catch_signals();
    return -1;
}

bool harness_is_writable(const char *path)
{
    struct stat status;
    const char *slash = strrchr(path, '/');
    struct lineage_arena arena = {.newest = NULL};
    const char *folder =
        slash == NULL ? "." : lineage_arena_text(&arena, path, (size_t)(slash - path) + 1);
    const bool exists = access(path, F_OK) == 0;
    bool is_right = access(exists ? path : folder, W_OK) == 0;
    int why = errno;
    if (path[0] == '\0' || (is_right && stat(path, &status) == 0 && S_ISDIR(status.st_mode))) {
        is_right = false;
        why = path[0] == '\0' ? ENOENT : EISDIR;
    }
    lineage_arena_free(&arena);
    errno = why;
    return is_right;
}

bool harness_request_write(struct harness_request *request, struct lineage_place place,
                           const char *path, const char *bytes, size_t count)
{
    const bool is_standard_output = strcmp(path, "-") == 0;
    FILE *file = is_standard_output ? stdout : fopen(path, "wb");
    bool is_written = file != NULL && fwrite(bytes, 1, count, file) == count;
    if (file != NULL)
        is_written = (is_standard_output ? fflush(file) : fclose(file)) == 0 && is_written;
    const int why = errno;
    if (!is_written && file != NULL && !is_standard_output)
        harness_remove_old(path); /* a device stays */
    if (!is_written)
        lineage_error(&request->session.diagnostics, place, "cannot write %s: %s", path,
                      strerror(why));
    return is_written;
}

static void print_diagnostics(const struct lineage_diagnostics *diagnostics,
                              enum lineage_severity severity)
{
    for (size_t i = 0; i < diagnostics->items.count; i++)
        if (diagnostics->items.items[i].severity == severity)
            lineage_diagnostic_print(&diagnostics->items.items[i], stderr);
}

void harness_request_warn(const struct harness_request *request)
{
    if (!request->json && !request->quiet)
        print_diagnostics(&request->session.diagnostics, LINEAGE_WARNING);
}

int harness_request_fail(struct harness_request *request, int status)
{
    const struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    bool is_said = request->json;
    if (request->json) {
        harness_print_json(harness_errors_json(diagnostics), stdout);
        is_said = fflush(stdout) == 0 && ferror(stdout) == 0;
        if (!is_said) {
            fputs("ldfi: error: cannot write to standard output\n", stderr);
            status = HARNESS_STATUS_MACHINE;
        }
    }
    if (!is_said) {
        print_diagnostics(diagnostics, LINEAGE_ERROR);
        if (diagnostics->error_count > LINEAGE_ERRORS_MAX)
            fprintf(stderr, "ldfi: %zu more errors are not shown\n",
                    diagnostics->error_count - LINEAGE_ERRORS_MAX);
        if (!request->quiet)
            print_diagnostics(diagnostics, LINEAGE_WARNING);
    }
    harness_request_free(request);
    return status;
}

void harness_request_sweep(struct harness_request *request, struct harness_sweep *sweep)
{
    const struct harness_limits *limits = &request->limits;
    sweep->jobs = limits->jobs;
    sweep->seconds_max = limits->seconds_max;
    sweep->runs_max = limits->runs_max;
    sweep->eot_max = limits->eot_max;
    sweep->resumes = limits->resumes;
    sweep->options.jobs = 1;
    sweep->diagnostics = &request->session.diagnostics;
    sweep->interrupted = &harness_interrupted;
    if (isatty(STDERR_FILENO) && !request->quiet)
        sweep->command = request->command->name;
}

int harness_request_open_store(struct harness_request *request, struct lineage_store **store)
{
    if (request->db_path == NULL)
        return HARNESS_STATUS_OK;
    const enum lineage_store_failure failure =
        lineage_store_open(request->db_path, store, &request->session.diagnostics);
    return failure == LINEAGE_STORE_OK      ? HARNESS_STATUS_OK
           : failure == LINEAGE_STORE_UNFIT ? HARNESS_STATUS_BAD_INPUT
                                            : HARNESS_STATUS_MACHINE;
}

int harness_request_keep_comparison(struct harness_request *request, struct lineage_store *store,
                                    const char *kind, const cJSON *report, int status)
{
    if (store == NULL || report == NULL)
        return status;
    char *text = cJSON_PrintUnformatted(report);
    const bool is_kept = lineage_store_put_comparison(store, kind, text);
    cJSON_free(text);
    if (is_kept)
        return status;
    lineage_error(&request->session.diagnostics, (struct lineage_place){0}, "%s",
                  lineage_store_error(store));
    return HARNESS_STATUS_MACHINE;
}

int harness_request_finish(struct harness_request *request, int status)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        lineage_error(&request->session.diagnostics, (struct lineage_place){0},
                      "cannot write to standard output");
        request->json = false;
        return harness_request_fail(request, HARNESS_STATUS_MACHINE);
    }
    harness_request_free(request);
    return status;
}

void harness_request_free(struct harness_request *request)
{
    lineage_memory_watch(NULL, NULL);
    lineage_memory_free(request->faults.items);
    lineage_memory_free(request->own_operands.items);
    lineage_memory_free(request->own_operand_places.items);
    harness_session_free(&request->session);
    harness_command_line_free(&request->line);
}

static void print_list(const char *option, const harness_texts *texts, FILE *out)
{
    fprintf(out, " %s ", option);
    for (size_t i = 0; i < texts->count; i++) {
        fputs(i > 0 ? "," : "", out);
        harness_print_word(texts->items[i], out);
    }
}

const char *harness_request_words(struct harness_request *request)
{
    const struct harness_scenario *scenario = &request->session.scenario;
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    for (size_t i = 0; i < request->line.operands.count; i++) {
        fputs(i > 0 ? " " : "", out);
        harness_print_word(request->line.operands.items[i], out);
    }
    if (request->overrides_bounds || scenario->source == request->line.source) {
        print_list("--nodes", &scenario->nodes, out);
        fprintf(out, " --eot %u --eff %u --crashes %u", scenario->eot, scenario->eff,
                scenario->crashes);
        if (scenario->omissions != LINEAGE_UNBOUNDED)
            fprintf(out, " --omissions %u", scenario->omissions);
        if (scenario->immune.count > 0)
            print_list("--immune", &scenario->immune, out);
        if (scenario->oracle == LINEAGE_MOLLY)
            fputs(" --oracle molly", out);
        else if (scenario->source != request->line.source)
            fputs(" --oracle strict", out); /* the scenario may say otherwise */
    }
    for (size_t i = 0; i < scenario->chosen.count; i++) {
        fputs(" --choose ", out);
        harness_print_word(scenario->chosen.items[i], out);
    }
    char *printed = lineage_text_close(&text);
    const char *words = lineage_arena_text(&request->line.arena, printed, strlen(printed));
    lineage_memory_free(printed);
    return words;
}
