#include "command.h"

#include "printable.h"
#include "starting_point.h"
#include "version.h"

#include <errno.h>
#include <string.h>

enum new_option { LANGUAGE = HARNESS_OWN_OPTIONS };

static const struct harness_option options[] = {
    {LANGUAGE, "language", 'l', "WHICH:c|dedalus", "what it is written in: c (default) or dedalus"},
    HARNESS_OUTPUT_OPTIONS,
    {0, NULL, 0, NULL, NULL}};

/* What to make, and where. */
struct job {
    const struct harness_starting_point *point;
    const char *folder, *name;
    struct lineage_place place; /* of the folder's name */
};

static void handle(struct harness_request *request, int id, const char *value,
                   struct lineage_place place)
{
    struct job *job = request->own;
    (void)id;
    for (job->point = harness_starting_points; job->point->language != NULL; job->point++)
        if (strcmp(job->point->language, value) == 0)
            return;
    lineage_error(&request->session.diagnostics, place, "the languages are c and dedalus, not '%s'",
                  value);
}

/* Takes the one operand; false with an error reported if it is not right. */
static bool read_name(struct harness_request *request, struct job *job)
{
    struct lineage_diagnostics *diagnostics = &request->session.diagnostics;
    if (request->line.operands.count != 1) {
        const bool is_none = request->line.operands.count == 0;
        lineage_error(diagnostics,
                      is_none ? (struct lineage_place){request->line.source, 1, 1}
                              : request->line.operand_places.items[1],
                      "name one thing to make, like `ldfi new mine`; see --help");
        return false;
    }
    const char *word = request->line.operands.items[0];
    size_t bytes = strlen(word);
    while (bytes > 1 && word[bytes - 1] == '/')
        bytes--; /* as a shell completes the name of a folder */
    job->place = request->line.operand_places.items[0];
    job->folder = lineage_arena_text(&request->line.arena, word, bytes);
    const char *slash = strrchr(job->folder, '/');
    job->name = slash == NULL ? job->folder : slash + 1;
    const char *flaw = harness_starting_name_flaw(job->name);
    if (flaw != NULL)
        lineage_error(diagnostics, job->place, "'%s' cannot be the name: %s",
                      harness_make_printable(
                          lineage_arena_text(&request->line.arena, job->name, strlen(job->name))),
                      flaw);
    else if ((flaw = harness_starting_folder_flaw(job->folder, &request->line.arena)) != NULL)
        lineage_error(diagnostics, job->place, "%s", flaw);
    return flaw == NULL;
}

/* The command line that runs the scenario, and what follows it. */
static const char *run_words(struct harness_request *request, const struct job *job,
                             const char *more)
{
    struct lineage_text text;
    FILE *out = lineage_text_open(&text);
    harness_print_word(request->program, out);
    fputs(" run ", out);
    harness_print_word(
        lineage_arena_format(&request->line.arena, "%s/%s.json", job->folder, job->name), out);
    fputs(more, out);
    char *printed = lineage_text_close(&text);
    const char *words = lineage_arena_text(&request->line.arena, printed, text.count);
    lineage_memory_free(printed);
    return words;
}

static void print_text(struct harness_request *request, const struct job *job)
{
    const char *paths[HARNESS_STARTING_FILES];
    int widest = 0;
    for (size_t i = 0; i < HARNESS_STARTING_FILES; i++) {
        paths[i] = harness_starting_path(&job->point->files[i], job->folder, job->name,
                                         &request->line.arena);
        widest = (int)strlen(paths[i]) > widest ? (int)strlen(paths[i]) : widest;
    }
    printf("%s: a starting point in %s\n", job->folder, job->point->title);
    for (size_t i = 0; i < HARNESS_STARTING_FILES; i++)
        printf("  %-*s  %s\n", widest, paths[i], job->point->files[i].what);
    printf("Which lost message breaks its promise?\n  %s\n", run_words(request, job, ""));
    printf("And once you have repaired that, what does a crash break?\n  %s\n",
           run_words(request, job, " --crashes 1"));
}

static void print_json(struct harness_request *request, const struct job *job)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "tool", "ldfi");
    cJSON_AddStringToObject(object, "version", HARNESS_VERSION);
    cJSON_AddStringToObject(object, "command", "new");
    cJSON_AddNumberToObject(object, "status", HARNESS_STATUS_OK);
    cJSON_AddStringToObject(object, "folder", job->folder);
    cJSON_AddStringToObject(object, "language", job->point->language);
    cJSON *files = cJSON_AddArrayToObject(object, "files");
    for (size_t i = 0; i < HARNESS_STARTING_FILES; i++)
        cJSON_AddItemToArray(
            files, cJSON_CreateString(harness_starting_path(&job->point->files[i], job->folder,
                                                            job->name, &request->line.arena)));
    cJSON *next = cJSON_AddArrayToObject(object, "next");
    cJSON_AddItemToArray(next, cJSON_CreateString(run_words(request, job, "")));
    cJSON_AddItemToArray(next, cJSON_CreateString(run_words(request, job, " --crashes 1")));
    harness_print_json(object, stdout);
}

static int run_command(const struct harness_command *command, int argc, char **argv)
{
    struct job job = {.point = harness_starting_points};
    struct harness_request request = {.handle = handle, .own = &job};
    const int status = harness_request_parse(&request, command, argc, argv);
    if (status >= 0)
        return status;
    if (!read_name(&request, &job))
        return harness_request_fail(&request, HARNESS_STATUS_BAD_INPUT);
    const char *failed =
        harness_starting_write(job.point, job.folder, job.name, &request.line.arena);
    if (failed != NULL) {
        lineage_error(&request.session.diagnostics, job.place, "cannot write %s: %s", failed,
                      strerror(errno));
        return harness_request_fail(&request, HARNESS_STATUS_MACHINE);
    }
    if (request.json)
        print_json(&request, &job);
    else if (!request.quiet)
        print_text(&request, &job);
    return harness_request_finish(&request, HARNESS_STATUS_OK);
}

const struct harness_command harness_command_new = {
    .name = "new",
    .summary = "start a protocol of your own: a model, a promise, a scenario",
    .purpose = HARNESS_FINDS,
    .synopsis = "NAME [--language WHICH]\n",
    .about = "Makes the folder NAME with a protocol to start from: a few dozen lines in C, or\n"
             "rules of Dedalus, that copy what a client writes to all nodes, and promise that\n"
             "it is there in the end. The promise holds until a message is lost: `ldfi run`\n"
             "finds which. Comments say what repairs it; then make the protocol your own.\n"
             "\n"
             "NAME begins with a letter; letters, digits, - and _ may follow. It may stand\n"
             "behind a path. Nothing is written over: the folder must be new, or empty.\n",
    .more = "The folder has three files: the model NAME.c (`ldfi/protocol.h` says what it may\n"
            "call) or NAME.ded (ldfi-dedalus(5)), NAME_inputs.ded with what happens to the\n"
            "protocol from outside, and the scenario NAME.json (ldfi-scenario(5)), which\n"
            "expects that the promise is certified: `ldfi sweep NAME` fails until it is.\n",
    .examples = "ldfi new mine && ldfi run mine/mine.json\n",
    .options = options,
    .run = run_command};
