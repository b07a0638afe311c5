#include "command.h"

#include "report_page.h"

#include "../lineage/path.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT = HARNESS_OWN_OPTIONS };

static const struct harness_option options[] = {
    {OUTPUT, "output", 'o', "FILE", "where to write the page (- for standard output)"},
    {21, "quiet", 'q', NULL, "print nothing but errors"},
    {22, "help", 'h', NULL, "print this"},
    {0, NULL, 0, NULL, NULL}};

struct output {
    const char *path;
    struct lineage_place place; /* on the command line */
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    (void)id;
    *(struct output *)request->own = (struct output){value, place};
}

/* The database's name with another ending. */
static const char *name_beside(struct lineage_arena *arena, const char *database)
{
    size_t length = strlen(database);
    if (lineage_path_has_ending(database, ".db"))
        length -= strlen(".db");
    return lineage_arena_format(arena, "%.*s.html", (int)length, database);
}

static void say(const struct harness_page *page, const char *path, size_t bytes)
{
    const bool is_small = bytes < 1000000;
    printf("%s: %.*f %s, %zu search%s with %zu run%s\n", path, is_small ? 0 : 1,
           (double)bytes / (is_small ? 1e3 : 1e6), is_small ? "kB" : "MB", page->searches,
           page->searches == 1 ? "" : "es", page->runs, page->runs == 1 ? "" : "s");
}

/* Makes the page of an open database. */
static int make_page(struct harness_request *request, struct lineage_store *store,
                     const char *database, const struct output *output)
{
    struct harness_page page = {.store = store,
                                .database = database,
                                .interrupted = &harness_interrupted,
                                .diagnostics = &request->session.diagnostics,
                                .shows_progress = isatty(STDERR_FILENO) && !request->quiet};
    struct lineage_text text;
    int status = harness_page_write(&page, lineage_text_open(&text));
    char *html = lineage_text_close(&text);
    const size_t bytes = text.count;
    if (status == HARNESS_STATUS_OK &&
        !harness_request_write(request, output->place, output->path, html, bytes))
        status = HARNESS_STATUS_MACHINE;
    if (status == HARNESS_STATUS_OK && !request->quiet && strcmp(output->path, "-") != 0)
        say(&page, output->path, bytes);
    lineage_memory_free(html);
    return status;
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct output output = {.path = NULL};
    struct harness_request request = {.command = command, .handle = handle, .own = &output};
    struct lineage_store *store;
    int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    if (request.line.operands.count != 1) {
        lineage_error(&request.session.diagnostics,
                      (struct lineage_place){request.line.source, 1, 1},
                      "name one database; see --help");
        return harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT);
    }
    const char *database = request.line.operands.items[0];
    if (output.path == NULL)
        output = (struct output){name_beside(&request.line.arena, database),
                                 request.line.operand_places.items[0]};
    if (strcmp(output.path, "-") != 0 && lineage_path_is_same(output.path, database))
        lineage_error(&request.session.diagnostics, request.line.operand_places.items[0],
                      "the page would be written over the database; name another file: -o FILE");
    else if (strcmp(output.path, "-") != 0 && !harness_is_writable(output.path))
        lineage_error(&request.session.diagnostics, output.place, "cannot write %s: %s",
                      output.path, strerror(errno));
    if (request.session.diagnostics.error_count > 0)
        return harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT);
    const enum lineage_store_failure failure =
        lineage_store_open_existing(database, &store, &request.session.diagnostics);
    if (failure != LINEAGE_STORE_OK)
        return harness_request_fail(&request, failure == LINEAGE_STORE_UNFIT
                                                  ? HARNESS_STATUS_BAD_INPUT
                                                  : HARNESS_STATUS_MACHINE);
    status = make_page(&request, store, database, &output);
    lineage_store_close(store);
    return request.session.diagnostics.error_count > 0 ? harness_request_fail(&request, status)
                                                       : harness_request_finish(&request, status);
}

const struct harness_command harness_command_report = {
    .name = "report",
    .summary = "make a page of a database, to look at in a browser",
    .purpose = HARNESS_UNDERSTANDS,
    .synopsis = "DB.db [-o FILE.html]\n",
    .about = "Makes a page of what is in a database: verdicts, bounds and runs of its\n"
             "searches, results of sweeps, comparisons of versions; of the run without faults\n"
             "and of each counterexample a picture, what each node knew at each time, and why.\n"
             "The page is one file, which any browser opens from disk; it needs no server and\n"
             "no network. Without -o it has the database's name, with the ending .html.\n",
    .more = "Runs are made again from the program that the database holds. Graphviz's `dot`\n"
            "lays out the lineage of promises, where it is installed. What the page leaves\n"
            "out of a large database, it says.\n",
    .examples = "ldfi run scenarios/primary_backup/rung3.json --db a.db -q && ldfi report a.db\n",
    .options = options,
    .run = run_command};
