#include "command.h"

#include "corpus.h"
#include "formula_file.h"
#include "sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum sweep_option {
    DB = HARNESS_OWN_OPTIONS,
    SEARCH,
    SHARD,
    MAX_MEMORY,
    ALL,
    JUNIT,
    MARKDOWN,
    ANNOTATE,
    KEEP,
    REPORT
};

enum { SHARDS_MAX = 1000000 };

static const struct harness_option options[] = {
    HARNESS_LIMIT_OPTIONS,
    HARNESS_RESUME_OPTION,
    {KEEP, "keep", 0, "DIR", "keep each counterexample for `ldfi regress`"},
    {JUNIT, "junit", 0, "FILE.xml", "write the results as JUnit XML"},
    {MARKDOWN, "markdown", 0, "FILE.md", "append them to a file as a Markdown table"},
    HARNESS_OUTPUT_OPTIONS,
    HARNESS_RARE_OPTIONS,
    {SEARCH, "search", 0, "HOW:lineage|exhaustive|random",
     "lineage (default), exhaustive or random"},
    {ALL, "all", 'a', NULL, "look for every minimal counterexample"},
    {MAX_MEMORY, "max-memory", 0, "N", "stop each search at N megabytes"},
    {DB, "db", 0, "FILE.db", "keep results in a database; run all"},
    {REPORT, "report", 0, NULL, "run nothing: report what --resume holds"},
    {SHARD, "shard", 0, "I/N", "only the I-th of N parts, the same everywhere"},
    {ANNOTATE, "annotate", 0, "github:github", "print workflow commands for what is unexpected"},
    {0, NULL, 0, NULL, NULL}};

struct command {
    struct harness_sweep sweep;
    const char *junit, *markdown, *keep;
    bool annotates;
    struct lineage_place junit_place, markdown_place, report_place;
};

static void read_shard(struct harness_request *request, const char *value,
                       struct lineage_place place, struct harness_sweep *sweep)
{
    unsigned number = 0, count = 0;
    int bytes = 0;
    if (sscanf(value, "%7u/%7u%n", &number, &count, &bytes) == 2 && value[bytes] == '\0' &&
        number >= 1 && number <= count && count <= SHARDS_MAX) {
        sweep->shard = number;
        sweep->shard_count = count;
    } else {
        lineage_error(&request->session.diagnostics, place,
                      "a shard is I/N, such as 3/8 for the third of eight, not '%s'", value);
    }
}

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct command *command = request->own;
    struct harness_sweep *sweep = &command->sweep;
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    switch (id) {
    case MAX_MEMORY:
        sweep->memory_max =
            (size_t)harness_read_positive(value, UINT64_MAX >> 20, place, diagnostics) << 20;
        break;
    case SEARCH:
        harness_read_search(value, &sweep->options.strategy, place, diagnostics);
        break;
    case ALL:
        sweep->options.all = true;
        break;
    case DB:
        harness_request_name_store(request, value, place);
        break;
    case SHARD:
        read_shard(request, value, place, sweep);
        break;
    case JUNIT:
        command->junit = value;
        command->junit_place = place;
        break;
    case MARKDOWN:
        command->markdown = value;
        command->markdown_place = place;
        break;
    case KEEP:
        command->keep = value;
        break;
    case REPORT:
        sweep->reports_only = true;
        command->report_place = place;
        break;
    case ANNOTATE:
    default:
        command->annotates = strcmp(value, "github") == 0;
        if (!command->annotates)
            lineage_error(diagnostics, place, "--annotate knows only 'github'");
        break;
    }
}

/* Asked before anything takes long: can the file be written, and is it not another one? */
static void check_file(struct harness_request *request, const char *path, const char *other,
                       struct lineage_place place)
{
    const char *files[] = {other, request->db_path};
    if (path != NULL && !harness_is_writable(path))
        lineage_error(&request->session.diagnostics, place, "cannot write %s: %s", path,
                      strerror(errno));
    for (size_t i = 0; path != NULL && i < sizeof files / sizeof *files; i++)
        if (files[i] != NULL && strcmp(path, files[i]) == 0)
            lineage_error(&request->session.diagnostics, place,
                          "%s has two meanings: name two files", path);
}

/* A report is about a database that is there, and makes none. */
static void check_report(struct harness_request *request, const struct command *command)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    struct stat file;
    if (!command->sweep.reports_only)
        return;
    if (!request->limits.resumes)
        lineage_error(diagnostics, command->report_place,
                      "--report wants the database that it reports: name it with --resume FILE");
    else if (stat(request->db_path, &file) != 0)
        lineage_error(diagnostics, command->report_place, "cannot read %s: %s", request->db_path,
                      strerror(errno));
    else if (S_ISREG(file.st_mode) && file.st_size == 0)
        lineage_error(diagnostics, command->report_place, "%s is empty: there is nothing to report",
                      request->db_path);
}

static bool add_paths(struct harness_request *request, struct harness_sweep *sweep)
{
    const struct lineage_place start = {request->line.source, 1, 1};
    if (request->line.operands.count == 0)
        lineage_error(&request->session.diagnostics, start,
                      "name scenarios (.json) or folders that hold some; see --help");
    for (size_t i = 0; i < request->line.operands.count; i++)
        harness_sweep_add(sweep, request->line.operands.items[i],
                          request->line.operand_places.items[i]);
    return request->session.diagnostics.error_count == 0;
}

/* Keeps what all searches found. */
static void keep(struct harness_request *request, const struct command *command)
{
    const struct harness_sweep *sweep = &command->sweep;
    cJSON *added = cJSON_CreateArray();
    for (size_t i = 0; command->keep != NULL && i < sweep->units.count; i++) {
        const struct harness_entry *entry = &sweep->entries.items[sweep->units.items[i].entry];
        harness_corpus_keep(command->keep, entry->path, entry->version,
                            sweep->units.items[i].answer, "", added, &request->session.diagnostics);
    }
    cJSON_Delete(added);
}

/* Writes the files that were asked for; false, with errors, if that fails. */
static bool write_files(struct harness_request *request, const struct command *command)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    if (command->junit != NULL && !harness_sweep_junit(&command->sweep, command->junit))
        lineage_error(diagnostics, command->junit_place, "cannot write %s", command->junit);
    FILE *file = command->markdown == NULL ? NULL : fopen(command->markdown, "a");
    if (file != NULL)
        harness_sweep_markdown(&command->sweep, file);
    keep(request, command);
    if (command->markdown != NULL && (file == NULL || ferror(file) | fclose(file)))
        lineage_error(diagnostics, command->markdown_place, "cannot write %s", command->markdown);
    return diagnostics->error_count == 0;
}

static void report(const struct harness_request *request, struct command *command, int status)
{
    struct harness_sweep *sweep = &command->sweep;
    harness_progress_end(&sweep->progress_drawn);
    if (request->json) {
        harness_print_json(harness_sweep_json(sweep, status), stdout);
    } else if (!request->quiet) {
        const struct harness_style style = {harness_wants_colour(stdout), request->program, ""};
        harness_sweep_text(sweep, &style, stdout);
    }
    if (command->annotates) /* one JSON object is all that standard output may hold then */
        harness_sweep_annotate(sweep, request->json ? stderr : stdout);
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct command own = {.junit = NULL};
    struct harness_request request = {.handle = handle, .own = &own};
    struct harness_sweep *sweep = &own.sweep;
    *sweep =
        (struct harness_sweep){.options = {.seed = 1, .random_runs = 1000}, .marks_shard = true};
    int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    harness_request_sweep(&request, sweep);
    check_file(&request, own.junit, own.markdown, own.junit_place);
    check_file(&request, own.markdown, NULL, own.markdown_place);
    check_report(&request, &own);
    status = add_paths(&request, sweep) ? harness_request_open_store(&request, &sweep->store)
                                        : HARNESS_STATUS_BAD_INPUT;
    if (status == HARNESS_STATUS_OK) {
        harness_remove_old(own.junit); /* nobody shall take it for this sweep's */
        status = harness_sweep_run(sweep);
        if (!write_files(&request, &own))
            status = HARNESS_STATUS_MACHINE;
        if (!request.json || request.session.diagnostics.error_count == 0)
            report(&request, &own, status);
    }
    lineage_store_close(sweep->store);
    harness_sweep_free(sweep);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_sweep = {
    .name = "sweep",
    .summary = "search many scenarios, every night or on every commit",
    .purpose = HARNESS_GUARDS,
    .synopsis = "SCENARIO... [OPTION...]\n",
    .about = "Searches every scenario in the files and folders, each with all its inputs and,\n"
             "where it leaves bounds to \"sweep\", with growing ones. Exit status 0: all is as\n"
             "expected; 1: a verdict is not; 3: a budget was too small to know.\n",
    .examples = "ldfi sweep scenarios/paxos --max-seconds 60\n",
    .options = options,
    .run = run_command};
